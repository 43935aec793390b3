/* tests/test_transient.c -- a transient ends when its plan says so
 *
 * The system relaxes exponentially, y = e^-t, with |y| as its residual.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/interrupt.h"
#include "sim/transient.h"
#include "tests/check.h"

#define MAX_LOOKS 100u

/* What the system and the observer saw. */
struct record {
  size_t n_rhs;
  size_t n_residuals;
  size_t n_looks;
  double time[MAX_LOOKS], y[MAX_LOOKS];
  double bad_from;  // time from which the right-hand side is NaN
};

static void relax(double t, const double *y, double *dydt, void *context) {
  struct record *record = context;
  record->n_rhs++;
  dydt[0] = t < record->bad_from ? -y[0] : NAN;
}

static double magnitude(const double *y, void *context) {
  struct record *record = context;
  record->n_residuals++;
  return fabs(y[0]);
}

static void look(double time, const double *y, void *context) {
  struct record *record = context;
  assert_in_range(record->n_looks, 0, MAX_LOOKS - 1);
  record->time[record->n_looks] = time;
  record->y[record->n_looks++] = y[0];
}

/* Run from y = 1 with the named integrator. */
static enum sim_status run(const char *name, struct sim_transient_plan plan,
                           struct record *record, double *y,
                           struct sim_transient_end *end,
                           struct sim_error *err) {
  const struct sim_system system = {
      .dim = 1, .rhs = relax, .residual = magnitude, .context = record};
  const struct sim_integrator_settings settings = {.step = 0.01,
                                                   .tolerance = 1e-9};
  struct sim_integrator *integrator;
  plan.context = record;
  CHECK_OK(sim_integrator_create(&integrator, sim_integrator_find(name), 1,
                                 &settings, err),
           *err);
  *y = 1;
  const enum sim_status status =
      sim_transient_run(&plan, integrator, &system, y, end, err);
  sim_integrator_destroy(integrator);
  return status;
}

static struct record no_fault(void) {
  return (struct record){.bad_from = INFINITY};
}

static void a_fixed_duration_is_kept_exactly(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct record record = no_fault();
  struct sim_transient_end end;
  double y;
  // Nobody looks: one interval, so euler's steps are those of the duration.
  const struct sim_transient_plan plan = {.duration = 3, .interval = 0.7};
  CHECK_OK(run("euler", plan, &record, &y, &end, &err), err);
  CHECK(end.time == 3 && end.is_settled);
  CHECK_NEAR(y, pow(0.99, 300), 1e-15);
  CHECK(end.residual == y);
  assert_int_equal(record.n_rhs, 300);
  assert_int_equal(record.n_residuals, 1);
}

static void settling_ends_within_one_interval(void **state) {
  (void)state;
  for (double until = 0.3; until > 1e-6; until /= 7) {
    struct sim_error err = {0};
    struct record record = no_fault();
    struct sim_transient_end end;
    double y;
    const struct sim_transient_plan plan = {
        .duration = 100, .until = until, .interval = 0.5};
    CHECK_OK(run("rkf45", plan, &record, &y, &end, &err), err);
    CHECK(end.is_settled && end.residual <= until);
    CHECK_NEAR(end.time, 0.5 * ceil(-log(until) / 0.5), 1e-12);
    CHECK_NEAR(y, exp(-end.time), 1e-8);
    CHECK(end.residual == y);
  }
}

static void not_having_settled_is_told_and_is_no_failure(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct record record = no_fault();
  struct sim_transient_end end;
  double y;
  const struct sim_transient_plan plan = {
      .duration = 2.2, .until = 0.01, .interval = 0.5};
  CHECK_OK(run("rkf45", plan, &record, &y, &end, &err), err);
  CHECK(!end.is_settled && end.time == 2.2);
  CHECK_NEAR(end.residual, exp(-2.2), 1e-8);
}

static void settling_in_the_last_interval_counts(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct record record = no_fault();
  struct sim_transient_end end;
  double y;
  const struct sim_transient_plan plan = {
      .duration = 2.2, .until = 0.111, .interval = 1};
  CHECK_OK(run("rkf45", plan, &record, &y, &end, &err), err);
  CHECK(end.is_settled && end.time == 2.2);
}

static void a_longer_interval_than_the_duration_is_cut(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct record record = no_fault();
  struct sim_transient_end end;
  double y;
  const struct sim_transient_plan plan = {
      .duration = 0.25, .until = 1e-3, .interval = 1};
  CHECK_OK(run("rkf45", plan, &record, &y, &end, &err), err);
  CHECK(end.time == 0.25);
  CHECK_NEAR(y, exp(-0.25), 1e-8);
}

static void the_observer_sees_the_start_and_every_interval(void **state) {
  (void)state;
  // Multiples of 0.1 are not exact: 6 * 0.1 > 0.6 and 10 * 0.07 > 0.7, while
  // 3 * (0.9 / 3) < 0.9 by a rounding; there is no sliver of an interval.
  const struct {
    double duration, interval;
    size_t n;  // intervals
  } cases[] = {
      {0.6, 0.1, 6}, {0.7, 0.07, 10}, {0.75, 0.1, 8},
      {3, 0.1, 30},  {2, 0.33, 7},    {1, 1.0 / 49, 49},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct sim_error err = {0};
    struct record record = no_fault();
    struct sim_transient_end end;
    double y;
    const struct sim_transient_plan plan = {.duration = cases[i].duration,
                                            .interval = cases[i].interval,
                                            .observe = look};
    CHECK_OK(run("rk4", plan, &record, &y, &end, &err), err);
    assert_int_equal(record.n_looks, cases[i].n + 1);
    CHECK(record.time[0] == 0 && record.y[0] == 1);
    for (size_t k = 1; k <= cases[i].n; k++) {
      CHECK(record.time[k] > record.time[k - 1]);
      CHECK_NEAR(record.time[k],
                 fmin((double)k * cases[i].interval, cases[i].duration), 1e-15);
      CHECK_NEAR(record.y[k], exp(-record.time[k]), 1e-8);
    }
    CHECK(record.time[cases[i].n] == cases[i].duration);
    CHECK(end.time == cases[i].duration && record.y[cases[i].n] == y);
  }
}

/* 1/49 * 49 < 1 in doubles. */
static void an_interval_that_rounds_down_adds_no_sliver(void **state) {
  (void)state;
  size_t n_short = 0;
  for (size_t n = 2; n < MAX_LOOKS; n++) {
    struct sim_error err = {0};
    struct record record = no_fault();
    struct sim_transient_end end;
    double y;
    const struct sim_transient_plan plan = {
        .duration = 1, .interval = 1.0 / (double)n, .observe = look};
    n_short += (double)n * plan.interval < 1;
    CHECK_OK(run("euler", plan, &record, &y, &end, &err), err);
    assert_int_equal(record.n_looks, n + 1);
    CHECK(end.time == 1);
  }
  CHECK(n_short > 0);
}

static void watching_changes_no_step_of_the_residual(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct record plain = no_fault(), watched = no_fault();
  struct sim_transient_end end;
  double y, z;
  struct sim_transient_plan plan = {
      .duration = 50, .until = 1e-4, .interval = 1};
  CHECK_OK(run("rkf45", plan, &plain, &y, &end, &err), err);
  plan.observe = look;
  CHECK_OK(run("rkf45", plan, &watched, &z, &end, &err), err);
  CHECK(y == z);
  assert_int_equal(plain.n_rhs, watched.n_rhs);
  assert_int_equal(watched.n_looks, watched.n_residuals + 1);
}

static void a_failure_leaves_the_last_good_state(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct record record = no_fault();
  struct sim_transient_end end;
  double y;
  const struct sim_transient_plan plan = {
      .duration = 3, .interval = 1, .observe = look};
  record.bad_from = 1.5;
  assert_int_equal(run("rkf45", plan, &record, &y, &end, &err), SIM_EFAIL);
  assert_int_equal(err.status, SIM_EFAIL);
  CHECK_NEAR(y, exp(-1.5), 1e-6);
  CHECK(end.time == 1);
  assert_int_equal(record.n_looks, 2);
}

static void runs_do_not_depend_on_the_run_before(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct record record = no_fault();
  const struct sim_system system = {
      .dim = 1, .rhs = relax, .residual = magnitude, .context = &record};
  const struct sim_transient_plan plan = {.duration = 2};
  for (size_t i = 0; sim_integrator_registry[i]; i++) {
    const struct sim_integrator_ops *ops = sim_integrator_registry[i];
    const struct sim_integrator_settings settings = {.step = 0.01,
                                                     .tolerance = 1e-6};
    struct sim_integrator *integrator;
    struct sim_transient_end end;
    double first = 1, other = -5, second = 1;
    if (ops->needs_jacobian) {
      continue;
    }
    CHECK_OK(sim_integrator_create(&integrator, ops, 1, &settings, &err), err);
    CHECK_OK(sim_transient_run(&plan, integrator, &system, &first, &end, &err),
             err);
    CHECK_OK(sim_transient_run(&plan, integrator, &system, &other, &end, &err),
             err);
    CHECK_OK(sim_transient_run(&plan, integrator, &system, &second, &end, &err),
             err);
    CHECK(first == second);
    sim_integrator_destroy(integrator);
  }
}

/* The child exits with what a run after SIGINT says. */
static void an_interrupt_ends_it_before_the_next_interval(void **state) {
  (void)state;
  for (int is_watched = 0; is_watched < 2; is_watched++) {
    const pid_t child = fork();
    if (child == 0) {
      struct sim_error err = {0};
      struct record record = {.bad_from = INFINITY};
      struct sim_transient_end end;
      double y;
      sim_interrupt_install();
      raise(SIGINT);
      const enum sim_status status =
          run("euler",
              (struct sim_transient_plan){
                  .duration = 5, .until = is_watched ? 1e-9 : 0, .interval = 1},
              &record, &y, &end, &err);
      _exit(record.n_rhs == 0 ? (int)status : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == SIM_EINTERRUPT);
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fixed_duration_is_kept_exactly),
      cmocka_unit_test(settling_ends_within_one_interval),
      cmocka_unit_test(not_having_settled_is_told_and_is_no_failure),
      cmocka_unit_test(settling_in_the_last_interval_counts),
      cmocka_unit_test(a_longer_interval_than_the_duration_is_cut),
      cmocka_unit_test(the_observer_sees_the_start_and_every_interval),
      cmocka_unit_test(an_interval_that_rounds_down_adds_no_sliver),
      cmocka_unit_test(watching_changes_no_step_of_the_residual),
      cmocka_unit_test(a_failure_leaves_the_last_good_state),
      cmocka_unit_test(runs_do_not_depend_on_the_run_before),
      cmocka_unit_test(an_interrupt_ends_it_before_the_next_interval),
  };
  return cmocka_run_group_tests_name("transient", tests, NULL, NULL);
}
