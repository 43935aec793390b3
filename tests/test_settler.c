/* tests/test_settler.c -- transients of a small network and where they end
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/settler.h"

#include "tests/check.h"
#include "tests/settle_network.h"

/* --- energy along a transient --- */

struct watch {
  const struct model_network *net;
  const struct model_drive *drive;
  const struct model_settler *settler;
  struct model_work work;
  double tolerance;  // of an adaptive step
  double energy[LANES], bound[LANES];
  size_t n_looks, n_steps;
  double time;
};

/* One step may be wrong by tolerance (1 + |s|) in every number, which changes
 * the energy by that times the net current. */
static void watch_energy(double time, const double *s, void *context) {
  struct watch *w = context;
  double rate[NODES * LANES], energy[LANES], bound[LANES] = {0};
  model_network_rate(w->net, w->drive, s, rate, &w->work);
  model_network_energy(w->net, w->drive, s, &w->work, energy);
  for (size_t i = 0; i < NODES * LANES; i++) {
    const double force = rate[i] / w->net->inv_capacitance[i / LANES];
    bound[i % LANES] += fabs(force) * w->tolerance * (1 + fabs(s[i]));
  }
  const size_t n_steps = w->settler->integrator->stats.n_steps;
  for (size_t k = 0; k < LANES; k++) {
    const double allowed =
        (double)(n_steps - w->n_steps) * fmax(bound[k], w->bound[k]);
    if (w->n_looks > 0) {
      CHECK(energy[k] <= w->energy[k] + allowed + 4e-15 * fabs(energy[k]));
    }
    w->energy[k] = energy[k];
    w->bound[k] = bound[k];
  }
  w->n_steps = n_steps;
  w->n_looks++;
  w->time = time;
}

static void check_descent(const char *integrator, double step, double interval,
                          double tolerance) {
  struct sim_error err = {0};
  struct small small;
  struct model_settler settler;
  double x_t[VISIBLE * LANES], s[NODES * LANES], time;
  network(&small);
  anchors(LANES, x_t);
  rest(LANES, x_t, s);
  struct model_settling settling = small_settling(integrator, step, 30, 0);
  settling.settings.tolerance = tolerance > 0 ? tolerance : 1;
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  CHECK_OK(model_settler_init(&settler, &settling, &small.net, LANES, &err),
           err);
  struct watch watch = {.net = &small.net,
                        .drive = &drive,
                        .settler = &settler,
                        .tolerance = tolerance};
  CHECK_OK(model_work_init(&watch.work, &small.net.layout, LANES, &err), err);
  settler.observe = watch_energy;
  settler.observe_context = &watch;
  settler.observe_every = interval;
  CHECK_OK(model_settler_run(&settler, &drive, s, 0, &time, &err), err);
  assert_int_equal(watch.n_looks, lround(30 / interval) + 1);
  CHECK(watch.time == 30 && time == 30);
  model_work_finish(&watch.work);
  model_settler_finish(&settler);
  small_finish(&small);
}

static void every_euler_step_lowers_the_co_content(void **state) {
  (void)state;
  check_descent("euler", 0.02, 0.02, 0);
}

static void adaptive_transients_lower_the_co_content(void **state) {
  (void)state;
  check_descent("rkf45", 0.01, 0.05, 1e-6);
  check_descent("rkf45", 0.01, 1.0, 1e-4);
  check_descent("rkc", 0.01, 0.05, 1e-6);
  check_descent("rkc", 0.01, 1.0, 1e-4);
}

/* --- transients in closed form --- */

/* Without couplings x - x* decays with (1 + lambda)/C, h towards r'(h) b. */
static void uncoupled_visible_nodes_decay_exponentially(void **state) {
  (void)state;
  struct small small;
  network(&small);
  memset(small.net.theta, 0, small.net.layout.bias_at[0] * sizeof(double));
  for (size_t i = 0; i < VISIBLE; i++) {
    small.net.inv_capacitance[i] = 0.25;
  }
  for (size_t k = 0; sim_integrator_registry[k]; k++) {
    struct sim_error err = {0};
    struct model_settler settler;
    double x_t[VISIBLE], s[NODES], time;
    anchors(1, x_t);
    rest(1, x_t, s);
    const int is_euler = !sim_integrator_registry[k]->is_adaptive;
    const double step = is_euler ? 1e-4 : 0.01;
    struct model_settling settling =
        small_settling(sim_integrator_names[k], step, 0.3, 0);
    settling.settings.tolerance = 1e-8;
    const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
    CHECK_OK(model_settler_init(&settler, &settling, &small.net, 1, &err), err);
    CHECK_OK(model_settler_run(&settler, &drive, s, 0, &time, &err), err);
    for (size_t i = 0; i < VISIBLE; i++) {
      const double b = model_network_bias(&small.net, 0)[i];
      const double end = (b + LAMBDA * x_t[i]) / (1 + LAMBDA);
      const double want = end + (x_t[i] - end) * exp(-16 * 0.25 * 0.3);
      // Euler: h rate^2 t/2 of the decay; rk1imp adds up thousands of steps.
      CHECK_NEAR(s[i], want, is_euler ? 3e-4 * fabs(x_t[i] - end) : 1e-5);
    }
    model_settler_finish(&settler);
  }
  small_finish(&small);
}

/* --- the equilibrium --- */

static void settle_one(const struct small *small,
                       const struct model_settling *settling,
                       const struct model_drive *drive, const double *x_t,
                       double *s) {
  struct sim_error err = {0};
  struct model_settler settler;
  double time;
  rest(1, x_t, s);
  CHECK_OK(model_settler_init(&settler, settling, &small->net, 1, &err), err);
  CHECK_OK(model_settler_run(&settler, drive, s, 0, &time, &err), err);
  CHECK(settler.residual[0] <= settling->until && time < settling->duration);
  model_settler_finish(&settler);
}

static void check_equilibrium(const struct small *small, const double *x_t,
                              const double *s, double tolerance) {
  double want[NODES];
  memcpy(want, s, sizeof want);
  own_equilibrium(small, &(struct own_drive){.spring = LAMBDA, .x_t = x_t},
                  want);
  for (size_t i = 0; i < NODES; i++) {
    CHECK_NEAR(s[i], want[i], tolerance);
  }
}

static void the_equilibrium_does_not_depend_on_capacitances(void **state) {
  (void)state;
  static const double c_x[] = {1, 16, 100, 0.5};
  struct small small;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double x_t[VISIBLE], s[NODES], first[NODES];
  network(&small);
  anchors(1, x_t);
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  const struct model_settling settling =
      small_settling("rkf45", 0.01, 3e3, 1e-7);
  for (int k = 0; k < 5; k++) {
    for (size_t i = 0; i < NODES; i++) {
      const double c = i < VISIBLE ? c_x[k % 4] : 1.0;
      small.net.inv_capacitance[i] =
          1 / (k < 4 ? c : gsl_ran_flat(rng, 0.3, 10));
    }
    settle_one(&small, &settling, &drive, x_t, s);
    memcpy(first, k == 0 ? s : first, sizeof first);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(s[i], first[i], 1e-6);
    }
    check_equilibrium(&small, x_t, s, 1e-6);
  }
  small_finish(&small);
  gsl_rng_free(rng);
}

/* Implicit ones come to rest whatever their tolerance; explicit ones bounce at
 * the end of their stability by as much as it allows. */
static struct model_settling settling_to_rest(const char *integrator) {
  struct model_settling settling = small_settling(integrator, 0.02, 1000, 1e-7);
  settling.settings.tolerance =
      settling.integrator->needs_jacobian ? 1e-5 : 1e-9;
  return settling;
}

static void all_integrators_find_the_same_equilibrium(void **state) {
  (void)state;
  struct small small;
  double x_t[VISIBLE], s[NODES], first[NODES];
  network(&small);
  anchors(1, x_t);
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  for (size_t k = 0; sim_integrator_names[k]; k++) {
    const struct model_settling settling =
        settling_to_rest(sim_integrator_names[k]);
    settle_one(&small, &settling, &drive, x_t, s);
    memcpy(first, k == 0 ? s : first, sizeof first);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(s[i], first[i], 1e-6);
    }
    check_equilibrium(&small, x_t, s, 1e-6);
  }
  small_finish(&small);
}

static void held_nodes_stay_where_they_are(void **state) {
  (void)state;
  for (size_t k = 0; sim_integrator_names[k]; k++) {
    struct small small;
    double x_t[VISIBLE], s[NODES], want[NODES];
    network(&small);
    anchors(1, x_t);
    const struct model_drive drive = {LAMBDA, x_t, NULL, true, NULL};
    const struct model_settling settling =
        settling_to_rest(sim_integrator_names[k]);
    settle_one(&small, &settling, &drive, x_t, s);
    // Weighted means of one number round: rkc walks by a digit now and then.
    for (size_t i = 0; i < VISIBLE; i++) {
      CHECK_NEAR(s[i], x_t[i], 1e-12);
    }
    memcpy(want, s, sizeof want);
    own_equilibrium(
        &small,
        &(struct own_drive){.spring = LAMBDA, .x_t = x_t, .is_clamped = 1},
        want);
    for (size_t i = VISIBLE; i < NODES; i++) {
      CHECK_NEAR(s[i], want[i], 1e-6);
    }
    small_finish(&small);
  }
}

/* Rest is h = 0: an amplifier without gain there would be dead for ever. */
static void hidden_nodes_leave_their_rest_with_every_curve(void **state) {
  (void)state;
  for (size_t c = 0; circuit_transfer_names[c]; c++) {
    struct sim_error err = {0};
    struct small small;
    struct model_settler settler;
    double x_t[VISIBLE], s[NODES], time;
    small_make(&small, 3, width, circuit_transfer_names[c], 1.0, 21);
    for (size_t i = 0; i < NODES; i++) {
      small.net.theta[small.net.layout.bias_at[0] + i] = 0.4;
    }
    anchors(1, x_t);
    rest(1, x_t, s);
    const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
    const struct model_settling settling = small_settling("euler", 0.02, 3, 0);
    CHECK_OK(model_settler_init(&settler, &settling, &small.net, 1, &err), err);
    CHECK_OK(model_settler_run(&settler, &drive, s, 0, &time, &err), err);
    size_t n_moved = 0;
    for (size_t i = VISIBLE; i < NODES; i++) {
      n_moved += fabs(s[i]) > 0.01;
    }
    if (n_moved < NODES / 2) {
      fail_msg("%s: only %zu nodes moved", circuit_transfer_names[c], n_moved);
    }
    model_settler_finish(&settler);
    small_finish(&small);
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_euler_step_lowers_the_co_content),
      cmocka_unit_test(adaptive_transients_lower_the_co_content),
      cmocka_unit_test(uncoupled_visible_nodes_decay_exponentially),
      cmocka_unit_test(the_equilibrium_does_not_depend_on_capacitances),
      cmocka_unit_test(all_integrators_find_the_same_equilibrium),
      cmocka_unit_test(held_nodes_stay_where_they_are),
      cmocka_unit_test(hidden_nodes_leave_their_rest_with_every_curve),
  };
  return cmocka_run_group_tests_name("settler", tests, NULL, NULL);
}
