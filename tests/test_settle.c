/* tests/test_settle.c -- transients of a small network and where they end
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/phases.h"
#include "sim/interrupt.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 8, HIDDEN = 16, NODES = 40, LANES = 3 };
static const size_t width[] = {VISIBLE, HIDDEN, HIDDEN};
#define LAMBDA 15.0

static void network(struct small *small) {
  small_make(small, 3, width, "silu", 2.0, 21);
}

/* x = x_t, h = 0. */
static void rest(size_t n_lanes, const double *x_t, double *s) {
  memcpy(s, x_t, VISIBLE * n_lanes * sizeof *s);
  memset(s + VISIBLE * n_lanes, 0, (NODES - VISIBLE) * n_lanes * sizeof *s);
}

static void sources(size_t n_lanes, double *x_t) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 5);
  fill_normal(rng, VISIBLE * n_lanes, 1.0, x_t);
  gsl_rng_free(rng);
}

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
  sources(LANES, x_t);
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
    sources(1, x_t);
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
  sources(1, x_t);
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
  sources(1, x_t);
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
    sources(1, x_t);
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
    sources(1, x_t);
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

/* --- spring and nudge in one branch --- */

static void one_branch_settles_like_spring_and_nudge_apart(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_phases phases;
  const struct model_learning rule = {
      .spring = 4, .scale = 1.5, .nudge = 0.05, .phases = 3};
  const struct model_settling settling = settle_fully();
  double x_t[VISIBLE], u[VISIBLE], xhat[VISIBLE], want[NODES];
  network(&small);
  sources(1, x_t);
  for (size_t i = 0; i < VISIBLE; i++) {
    u[i] = 1 - 0.5 * (double)i;
    xhat[i] = x_t[i] + u[i] / (1.5 * 4);
  }
  const struct model_batch batch = {.n = 1, .x_t = x_t, .u = u};
  CHECK_OK(model_phases_init(&phases, &rule, &settling, &small.net, 1, &err),
           err);
  model_phases_load(&phases, &batch, 0);
  CHECK_OK(model_phases_free(&phases, &err), err);
  for (double sign = 1; sign > -2; sign -= 2) {
    CHECK_OK(model_phases_nudged(&phases, sign, &err), err);
    const struct own_drive apart = {.spring = 4,
                                    .x_t = x_t,
                                    .nudge = sign * 0.05 * 1.5 * 4 * 1.5 * 4,
                                    .xhat = xhat};
    memcpy(want, phases.free_state, sizeof want);
    own_equilibrium(&small, &apart, want);
    CHECK(fabs(want[0] - phases.free_state[0]) > 1e-3);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(phases.state[i], want[i], 1e-12);
    }
  }
  model_phases_finish(&phases);
  small_finish(&small);
}

/* --- what an observer sees of a phase --- */

struct looks {
  size_t n;
  double time;
  double first[NODES], last[NODES];
};

static void note_look(double time, const double *s, void *context) {
  struct looks *looks = context;
  memcpy(looks->n++ == 0 ? looks->first : looks->last, s, sizeof looks->last);
  looks->time = time;
}

/* Phases of 2 tau, looked at every tau: three looks. Under `rerun` minus
 * starts where the repeated free phase ended, not from rest. */
static void an_observer_sees_minus_only(void **state) {
  (void)state;
  static const enum model_protocol protocols[] = {
      MODEL_SNAPSHOT, MODEL_RERUN, MODEL_SEQUENTIAL, MODEL_RESET};
  struct small small;
  double x_t[VISIBLE], u[VISIBLE] = {1, -1, 2}, at_rest[NODES];
  network(&small);
  sources(1, x_t);
  rest(1, x_t, at_rest);
  const struct model_batch batch = {.n = 1, .x_t = x_t, .u = u};
  const struct model_settling settling = small_settling("euler", 0.05, 2, 0);
  for (size_t p = 0; p < 4; p++) {
    struct sim_error err = {0};
    struct model_phases phases;
    struct looks looks = {0};
    const struct model_learning rule = {.spring = 4,
                                        .scale = 1.5,
                                        .nudge = 0.05,
                                        .phases = 3,
                                        .protocol = (int)protocols[p]};
    CHECK_OK(model_phases_init(&phases, &rule, &settling, &small.net, 1, &err),
             err);
    model_phases_load(&phases, &batch, 0);
    CHECK_OK(model_phases_free(&phases, &err), err);
    CHECK_OK(model_phases_nudged(&phases, +1.0, &err), err);
    phases.settler.observe = note_look;
    phases.settler.observe_context = &looks;
    phases.settler.observe_every = 1;
    CHECK_OK(model_phases_nudged(&phases, -1.0, &err), err);
    assert_int_equal(looks.n, 3);
    CHECK(looks.time == 2 && phases.settler.observe == note_look);
    assert_memory_equal(looks.last, phases.state, sizeof looks.last);
    CHECK(fabs(looks.last[0] - phases.free_state[0]) > 1e-3);
    const int is_from_rest = memcmp(looks.first, at_rest, sizeof at_rest) == 0;
    assert_int_equal(is_from_rest, protocols[p] == MODEL_RESET);
    model_phases_finish(&phases);
  }
  small_finish(&small);
}

/* --- what can go wrong --- */

/* Linear nodes and strong couplings: the energy has no minimum. Without biases
 * only the sample with a source leaves zero. */
static void an_operating_point_that_runs_away_is_reported(void **state) {
  (void)state;
  for (int is_kept = 0; is_kept < 2; is_kept++) {
    struct sim_error err = {0};
    struct small small;
    struct model_settler settler;
    double x_t[VISIBLE * LANES] = {0}, s[NODES * LANES], time;
    small_make(&small, 3, width, "identity", 12.0, 21);
    memset(small.net.theta + small.net.layout.bias_at[0], 0,
           NODES * sizeof(double));
    for (size_t i = 0; i < VISIBLE; i++) {
      x_t[i * LANES + 1] = 0.3 - 0.1 * (double)i;
    }
    rest(LANES, x_t, s);
    const struct model_settling settling = {.analysis = SIM_OPERATING_POINT,
                                            .until = 1e-6,
                                            .keep_unsettled = is_kept};
    const struct model_drive drive = {1, x_t, NULL, false, NULL};
    static const char want[] =
        "diverged (the energy may have no minimum) after 0 tau: sample 41, "
        "node 0 of layer 0: voltage in units of voltage_unit ";
    CHECK_OK(model_settler_init(&settler, &settling, &small.net, LANES, &err),
             err);
    assert_int_equal(model_settler_run(&settler, &drive, s, 40, &time, &err),
                     SIM_EFAIL);
    if (strncmp(err.message, want, sizeof want - 1) != 0) {
      fail_msg("%s", err.message);
    }
    model_settler_finish(&settler);
    small_finish(&small);
  }
}

/* The child exits with what a settling after SIGINT says. */
static void an_interrupt_ends_it_before_an_operating_point(void **state) {
  (void)state;
  const pid_t child = fork();
  if (child == 0) {
    struct sim_error err = {0};
    struct small small;
    struct model_settler settler;
    double x_t[VISIBLE], s[NODES], time;
    network(&small);
    sources(1, x_t);
    rest(1, x_t, s);
    const struct model_settling settling = {.analysis = SIM_OPERATING_POINT};
    const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
    CHECK_OK(model_settler_init(&settler, &settling, &small.net, 1, &err), err);
    sim_interrupt_install();
    raise(SIGINT);
    _exit((int)model_settler_run(&settler, &drive, s, 0, &time, &err));
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == SIM_EINTERRUPT);
}

static void a_residual_that_is_no_number_stays_so(void **state) {
  (void)state;
  struct small small;
  double rate[NODES * LANES] = {0}, residual[LANES];
  network(&small);
  rate[4 * LANES + 1] = NAN;
  rate[5 * LANES + 1] = 2;
  rate[5 * LANES + 2] = -3;
  model_network_residual(&small.net, LANES, rate, residual);
  CHECK(residual[0] == 0 && isnan(residual[1]) && residual[2] == 3);
  small_finish(&small);
}

/* Lanes without a sample repeat the first: with one sample in the tile a
 * failure in lane 2 is that of sample 40. */
static void an_idle_lane_is_blamed_on_the_first_sample(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_settler settler;
  double x_t[VISIBLE * LANES] = {0}, s[NODES * LANES], time;
  network(&small);
  memset(small.net.theta, 0, small.net.layout.n_parameters * sizeof(double));
  x_t[5 * LANES + 2] = -0.7;
  rest(LANES, x_t, s);
  const struct model_settling settling = small_settling("euler", 0.1, 30, 0);
  const struct model_drive drive = {20, x_t, NULL, false, NULL};
  CHECK_OK(model_settler_init(&settler, &settling, &small.net, LANES, &err),
           err);
  settler.n_samples = 1;
  assert_int_equal(model_settler_run(&settler, &drive, s, 40, &time, &err),
                   SIM_EFAIL);
  CHECK(strstr(err.message, ": sample 40, node 5 of layer 0: "));
  model_settler_finish(&settler);
  small_finish(&small);
}

/* Spring 20 and C_x = 1: x - x* grows by 1 - 0.1 (1 + 20) = -1.1 in every
 * step of 0.1 tau. Without couplings and biases the largest source wins. */
static void euler_diverges_at_spring_20_and_says_where(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_settler settler;
  double x_t[VISIBLE * LANES] = {0}, s[NODES * LANES], time;
  char want[256];
  network(&small);
  memset(small.net.theta, 0, small.net.layout.n_parameters * sizeof(double));
  x_t[5 * LANES + 2] = -0.7;
  x_t[3 * LANES + 1] = 0.2;
  rest(LANES, x_t, s);
  const struct model_settling settling = small_settling("euler", 0.1, 30, 0);
  const struct model_drive drive = {20, x_t, NULL, false, NULL};
  CHECK_OK(model_settler_init(&settler, &settling, &small.net, LANES, &err),
           err);

  const double end = 20 * -0.7 / 21;
  double distance = -0.7 - end;
  int n = 0;
  while (fabs(end + distance) <= 1e6) {
    distance *= -1.1;
    n++;
  }
  snprintf(want, sizeof want,
           "diverged (a smaller step or another integrator may help) after "
           "%.4g tau: sample 42, node 5 of layer 0: voltage in units of "
           "voltage_unit %.4g",
           0.1 * n, end + distance);
  CHECK_FAILS(model_settler_run(&settler, &drive, s, 40, &time, &err), err,
              SIM_EFAIL, want);
  model_settler_finish(&settler);
  small_finish(&small);
}

/* A negative conductance of 5 to the source makes x grow as e^(4t): it passes
 * 1e6 from 0.7 at ln(1e6/0.7)/4 = 3.54 tau, whatever the integrator. */
static void adaptive_integrators_say_where_they_diverge(void **state) {
  (void)state;
  static const char *const names[] = {"rkf45", "rkc", "rk8pd", "msadams"};
  for (size_t i = 0; i < 4; i++) {
    struct sim_error err = {0};
    struct small small;
    struct model_settler settler;
    double x_t[VISIBLE * LANES] = {0}, s[NODES * LANES], time, at, value;
    network(&small);
    memset(small.net.theta, 0, small.net.layout.n_parameters * sizeof(double));
    rest(LANES, x_t, s);
    s[2 * LANES + 1] = -0.7;
    struct model_settling settling = small_settling(names[i], 0.1, 30, 0);
    settling.settings.tolerance = 1e-6;
    const struct model_drive drive = {-5, x_t, NULL, false, NULL};
    CHECK_OK(model_settler_init(&settler, &settling, &small.net, LANES, &err),
             err);
    assert_int_equal(model_settler_run(&settler, &drive, s, 7, &time, &err),
                     SIM_EFAIL);
    const int n = sscanf(err.message,
                         "diverged (a smaller step or another integrator may "
                         "help) after %lf tau: sample 8, node 2 of layer 0: "
                         "voltage in units of voltage_unit %lf",
                         &at, &value);
    if (n != 2) {
      fail_msg("%s: %s", names[i], err.message);
    }
    CHECK_NEAR(at, log(1e6 / 0.7) / 4, 0.01);
    CHECK_NEAR(value, -1e6, 0.05e6);
    model_settler_finish(&settler);
    small_finish(&small);
  }
}

static void a_missed_residual_names_its_place(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_settler settler;
  double x_t[VISIBLE * LANES], s[NODES * LANES], time;
  network(&small);
  for (size_t i = 0; i < NODES; i++) {
    small.net.inv_capacitance[i] = i % 2 == 0 ? 1 : 0.1;
  }
  sources(LANES, x_t);
  rest(LANES, x_t, s);
  const struct model_settling settling = small_settling("euler", 0.05, 2, 1e-9);
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  CHECK_OK(model_settler_init(&settler, &settling, &small.net, LANES, &err),
           err);
  assert_int_equal(model_settler_run(&settler, &drive, s, 10, &time, &err),
                   SIM_EFAIL);

  // s is where it ended: the worst node by the formulas.
  size_t worst_lane = 0, worst_node = 0;
  double worst = 0;
  for (size_t k = 0; k < LANES; k++) {
    double one[NODES], source[VISIBLE], force[NODES];
    for (size_t i = 0; i < NODES; i++) {
      one[i] = lane_of(s, LANES, i, k);
      source[i % VISIBLE] = lane_of(x_t, LANES, i % VISIBLE, k);
    }
    own_force(&small, &(struct own_drive){.spring = LAMBDA, .x_t = source}, one,
              force);
    for (size_t i = 0; i < NODES; i++) {
      if (fabs(force[i]) > worst) {
        worst = fabs(force[i]);
        worst_node = i;
        worst_lane = k;
      }
    }
  }
  const size_t layer = worst_node < VISIBLE            ? 0
                       : worst_node < VISIBLE + HIDDEN ? 1
                                                       : 2;
  const size_t first[] = {0, VISIBLE, VISIBLE + HIDDEN};
  CHECK(worst_node < NODES - 1 || worst_lane < LANES - 1);
  char want[256];
  snprintf(want, sizeof want,
           "not settled after 2 tau: sample %zu, node %zu of layer %zu: "
           "residual %.4g",
           10 + worst_lane, worst_node - first[layer], layer, worst);
  assert_string_equal(err.message, want);
  CHECK_REL(settler.residual[worst_lane], worst, 1e-12);
  model_settler_finish(&settler);
  small_finish(&small);
}

static void unsettled_phases_can_be_kept(void **state) {
  (void)state;
  struct small small;
  double end[2][NODES], x_t[VISIBLE];
  network(&small);
  sources(1, x_t);
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  for (int has_limit = 0; has_limit < 2; has_limit++) {
    struct sim_error err = {0};
    struct model_settler settler;
    double time = 0;
    struct model_settling settling =
        small_settling("euler", 0.05, 2, has_limit ? 1e-9 : 0);
    settling.keep_unsettled = has_limit;
    rest(1, x_t, end[has_limit]);
    CHECK_OK(model_settler_init(&settler, &settling, &small.net, 1, &err), err);
    CHECK_OK(
        model_settler_run(&settler, &drive, end[has_limit], 0, &time, &err),
        err);
    CHECK(time == 2 && settler.residual[0] > 1e-3);
    model_settler_finish(&settler);
  }
  // The residual was looked at after 1 tau, which cuts no Euler step.
  for (size_t i = 0; i < NODES; i++) {
    CHECK_NEAR(end[0][i], end[1][i], 1e-13);
  }
  small_finish(&small);
}

static void a_limit_of_steps_is_reported_as_such(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_settler settler;
  double x_t[VISIBLE], s[NODES], time;
  network(&small);
  sources(1, x_t);
  rest(1, x_t, s);
  struct model_settling settling = small_settling("rkf45", 0.001, 30, 0);
  settling.settings.max_steps = 2;
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  CHECK_OK(model_settler_init(&settler, &settling, &small.net, 1, &err), err);
  assert_int_equal(model_settler_run(&settler, &drive, s, 0, &time, &err),
                   SIM_EFAIL);
  CHECK(strncmp(err.message, "rkf45 came only to time 0.00", 28) == 0);
  CHECK(strstr(err.message,
               " in 2 steps; try a larger tolerance or another "
               "integrator"));
  model_settler_finish(&settler);
  small_finish(&small);
}

/* The second run must not hear of the fault of the first. */
static void an_implicit_integrator_needs_tiles_of_one(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_settler settler;
  double x_t[VISIBLE * LANES], s[NODES * LANES], time;
  network(&small);
  sources(LANES, x_t);
  rest(LANES, x_t, s);
  const struct model_settling settling = small_settling("msbdf", 0.01, 30, 0);
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  assert_int_equal(model_settling_lanes(&settling), 1);
  CHECK_OK(model_settler_init(&settler, &settling, &small.net, LANES, &err),
           err);
  CHECK_FAILS(model_settler_run(&settler, &drive, s, 0, &time, &err), err,
              SIM_EFAIL, "msbdf needs a Jacobian");
  model_settler_finish(&settler);
  small_finish(&small);
}

static void a_large_network_refuses_implicit_integrators(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct sim_where where = {"digits.yaml", 9, "settle.integrator"};
  struct model_settling settling = small_settling("bsimp", 0.1, 30, 0);
  CHECK_OK(model_settling_check(&settling, 512, &where, &err), err);
  CHECK_FAILS(model_settling_check(&settling, 513, &where, &err), err,
              SIM_ECONFIG,
              "digits.yaml:9: settle.integrator: must be explicit for networks "
              "of more than 512 nodes, got bsimp for 513 nodes");
  settling.integrator = sim_integrator_find("rkc");
  CHECK_OK(model_settling_check(&settling, 513, &where, &err), err);
}

static void times_in_seconds_become_times_in_tau(void **state) {
  (void)state;
  const struct sim_settle_params params = {.integrator = 4,
                                           .step = {2e-7, false},
                                           .duration = {30, true},
                                           .until = 1e-3,
                                           .tolerance = 1e-5,
                                           .max_steps = 9,
                                           .unsettled = 1};
  const struct model_settling s = model_settling_make(&params, 4e-6);
  assert_string_equal(s.integrator->name, sim_integrator_names[4]);
  CHECK_REL(s.settings.step, 0.05, 1e-15);
  CHECK(s.duration == 30 && s.until == 1e-3 && s.keep_unsettled);
  CHECK(s.settings.tolerance == 1e-5 && s.settings.max_steps == 9);
}

static void a_settler_without_memory_leaves_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_settler settler;
  const struct model_settling settling = small_settling("euler", 0.1, 30, 0);
  network(&small);
  long n = 0;
  do {
    sim_alloc_refuse_after(n++);
  } while (model_settler_init(&settler, &settling, &small.net, 2, &err) &&
           !settler.rate && !settler.work.r && !settler.integrator);
  sim_alloc_refuse_after(-1);
  CHECK(n > 3 + 3 + 1);  // the settler's arrays, its work, its integrator
  model_settler_finish(&settler);
  small_finish(&small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_euler_step_lowers_the_co_content),
      cmocka_unit_test(adaptive_transients_lower_the_co_content),
      cmocka_unit_test(uncoupled_visible_nodes_decay_exponentially),
      cmocka_unit_test(the_equilibrium_does_not_depend_on_capacitances),
      cmocka_unit_test(all_integrators_find_the_same_equilibrium),
      cmocka_unit_test(held_nodes_stay_where_they_are),
      cmocka_unit_test(hidden_nodes_leave_their_rest_with_every_curve),
      cmocka_unit_test(one_branch_settles_like_spring_and_nudge_apart),
      cmocka_unit_test(an_observer_sees_minus_only),
      cmocka_unit_test(an_operating_point_that_runs_away_is_reported),
      cmocka_unit_test(an_interrupt_ends_it_before_an_operating_point),
      cmocka_unit_test(a_residual_that_is_no_number_stays_so),
      cmocka_unit_test(an_idle_lane_is_blamed_on_the_first_sample),
      cmocka_unit_test(euler_diverges_at_spring_20_and_says_where),
      cmocka_unit_test(adaptive_integrators_say_where_they_diverge),
      cmocka_unit_test(a_missed_residual_names_its_place),
      cmocka_unit_test(unsettled_phases_can_be_kept),
      cmocka_unit_test(a_limit_of_steps_is_reported_as_such),
      cmocka_unit_test(an_implicit_integrator_needs_tiles_of_one),
      cmocka_unit_test(a_large_network_refuses_implicit_integrators),
      cmocka_unit_test(times_in_seconds_become_times_in_tau),
      cmocka_unit_test(a_settler_without_memory_leaves_nothing),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
