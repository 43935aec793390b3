/* tests/test_settler_faults.c -- phases that do not settle, and what is said
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/settler.h"
#include "sim/interrupt.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/settle_network.h"

/* --- divergence --- */

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

/* --- residuals --- */

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
    anchors(1, x_t);
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
  anchors(LANES, x_t);
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
  anchors(1, x_t);
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
  anchors(1, x_t);
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
  anchors(LANES, x_t);
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
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
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
      cmocka_unit_test(a_settler_without_memory_leaves_nothing),
  };
  return cmocka_run_group_tests_name("settler_faults", tests, NULL, NULL);
}
