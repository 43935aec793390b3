/* tests/test_integrator_faults.c -- where integrators stop, and what they say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/integrator.h"
#include "tests/check.h"
#include "tests/known_systems.h"

/* --- failures --- */

/* From time `from` on, number `index` of the right-hand side is `bad`. */
static void check_bad_number(const struct sim_integrator_ops *ops, double from,
                             size_t index, double bad) {
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(&spiral, &watch);
  struct sim_integrator *integrator = make(ops, 2, 1e-6);
  const struct sim_fault *fault = &integrator->fault;
  double y[] = {1, 0}, want[2];
  char start[64];
  watch.bad_from = from;
  watch.bad_index = index;
  watch.bad_value = bad;
  assert_int_equal(sim_integrator_advance(integrator, &system, 0, 2, y, &err),
                   SIM_EFAIL);
  assert_int_equal(err.status, SIM_EFAIL);
  snprintf(start, sizeof start, "diverged at time %g: number %zu is ",
           fault->time, index);
  err.message[strlen(start)] = '\0';
  assert_string_equal(err.message, start);
  assert_int_equal(fault->index, index);
  CHECK_NEAR(fault->time, from, 0.002);
  spiral_exact(fault->time, want);
  CHECK_NEAR(y[0], want[0], 0.005);
  CHECK_NEAR(y[1], want[1], 0.005);
  sim_integrator_destroy(integrator);
}

static void bad_numbers_stop_it_at_the_last_good_state(void **state) {
  (void)state;
  const double bad[] = {NAN, INFINITY, -INFINITY};
  FOR_ALL(ops) {
    for (size_t i = 0; i < 3; i++) {
      check_bad_number(ops, 0.5, 0, bad[i]);
      check_bad_number(ops, 0.7, 1, bad[i]);
      check_bad_number(ops, 0, 1, bad[i]);
    }
  }
}

static void a_bad_start_is_left_as_it_is(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&clocks, &watch);
    struct sim_integrator *integrator = make(ops, 3, 1e-6);
    double y[] = {1, 2, -2 * SIM_STATE_BOUND};
    assert_int_equal(sim_integrator_advance(integrator, &system, 0, 1, y, &err),
                     SIM_EFAIL);
    assert_int_equal(integrator->fault.index, 2);
    CHECK(y[0] == 1 && y[1] == 2 && y[2] == -2 * SIM_STATE_BOUND);
    sim_integrator_destroy(integrator);
  }
}

/* Euler lags behind; the others are close to the pole at t = 1. */
static void a_pole_is_found(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&blow_up, &watch);
    struct sim_integrator *integrator = make(ops, 1, 1e-6);
    double y = 1;
    assert_int_equal(
        sim_integrator_advance(integrator, &system, 0, 2, &y, &err), SIM_EFAIL);
    assert_int_equal(integrator->fault.index, 0);
    CHECK_NEAR(integrator->fault.time, 1, ops->is_adaptive ? 2e-3 : 2e-2);
    CHECK(y > 100 && y <= SIM_STATE_BOUND);
    sim_integrator_destroy(integrator);
  }
}

/* The first step of 10 lands where the right-hand side is bad, but there is
 * a solution: shorter steps do not get there. */
static void a_fault_that_shorter_steps_avoid_is_none(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&cubic, &watch);
    const struct sim_integrator_settings settings = {.step = 10,
                                                     .tolerance = 1e-6};
    struct sim_integrator *integrator;
    double y = 30, want = 1 / sqrt(1.0 / 900 + 2 * 10);
    CHECK_OK(sim_integrator_create(&integrator, ops, 1, &settings, &err), err);
    if (ops->is_adaptive) {
      CHECK_OK(sim_integrator_advance(integrator, &system, 0, 10, &y, &err),
               err);
      CHECK_NEAR(y, want, 1e-2);
      assert_int_equal(integrator->fault.index, 1);
    }
    sim_integrator_destroy(integrator);
  }
}

static void implicit_ones_need_a_jacobian(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    struct sim_system system = system_of(&spiral, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-4);
    double y[] = {1, 0};
    char want[64];
    system.jacobian = NULL;
    if (ops->needs_jacobian) {
      snprintf(want, sizeof want, "%s needs a Jacobian", ops->name);
      CHECK_FAILS(sim_integrator_advance(integrator, &system, 0, 1, y, &err),
                  err, SIM_EFAIL, want);
      assert_int_equal(integrator->fault.index, 2);
      assert_int_equal(watch.n_calls, 0);
    } else {
      CHECK_OK(sim_integrator_advance(integrator, &system, 0, 1, y, &err), err);
    }
    sim_integrator_destroy(integrator);
  }
}

static void nan_jacobian(double t, const double *y, double *dfdy,
                         void *context) {
  spiral_jacobian(t, y, dfdy, context);
  dfdy[1] = NAN;
}

static void a_bad_jacobian_does_not_get_into_the_state(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    struct sim_system system = system_of(&spiral, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-4);
    double y[] = {1, 0};
    system.jacobian = nan_jacobian;
    if (ops->needs_jacobian) {
      assert_int_equal(
          sim_integrator_advance(integrator, &system, 0, 1, y, &err),
          SIM_EFAIL);
    }
    CHECK(isfinite(y[0]) && isfinite(y[1]));
    sim_integrator_destroy(integrator);
  }
}

/* --- limits --- */

/* Advance the spiral in two calls, at most `max_steps` in both. */
static enum sim_status advance_twice(const struct sim_integrator_ops *ops,
                                     size_t max_steps, size_t *n_steps,
                                     struct sim_error *err) {
  struct watch watch = all_good();
  const struct sim_system system = system_of(&spiral, &watch);
  struct sim_integrator_settings settings = settings_for(ops, 1e-4);
  struct sim_integrator *integrator;
  settings.max_steps = max_steps;
  CHECK_OK(sim_integrator_create(&integrator, ops, 2, &settings, err), *err);
  enum sim_status status = SIM_OK;
  for (size_t run = 0; run < 2 && status == SIM_OK; run++) {
    double y[] = {1, 0};
    sim_integrator_reset(integrator);  // the limit holds from here
    status = sim_integrator_advance(integrator, &system, 0, 1, y, err);
    if (status == SIM_OK) {
      status = sim_integrator_advance(integrator, &system, 1, 2, y, err);
    }
  }
  *n_steps = integrator->stats.n_steps;
  sim_integrator_destroy(integrator);
  return status;
}

static void steps_are_limited_between_resets(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    size_t n, n_taken;
    CHECK_OK(advance_twice(ops, 0, &n, &err), err);
    assert_int_equal(n % 2, 0);
    CHECK_OK(advance_twice(ops, n / 2, &n_taken, &err), err);
    assert_int_equal(n_taken, n);
    if (ops->is_adaptive) {
      assert_int_equal(advance_twice(ops, n / 2 - 1, &n_taken, &err),
                       SIM_EFAIL);
      assert_int_equal(n_taken, n / 2 - 1);
    }
  }
}

static void the_limit_of_steps_is_explained(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(&clocks, &watch);
  const struct sim_integrator_ops *ops = sim_integrator_find("rk4");
  const struct sim_integrator_settings settings = {
      .step = 0.25, .tolerance = 1e-6, .max_steps = 1};
  struct sim_integrator *integrator;
  double y[] = {0, 0, 0};
  CHECK_OK(sim_integrator_create(&integrator, ops, 3, &settings, &err), err);
  CHECK_FAILS(sim_integrator_advance(integrator, &system, 0, 100, y, &err), err,
              SIM_EFAIL,
              "rk4 came only to time 0.25 in 1 steps; try a larger tolerance "
              "or another integrator");
  CHECK_NEAR(y[0], 0.25, 1e-15);
  assert_int_equal(integrator->fault.index, 3);
  CHECK(integrator->fault.time == 0.25);
  sim_integrator_destroy(integrator);
}

/* Noise from 0.5 on: the numbers stay within bounds, but the shortest step,
 * 1e-16, still errs by 0.1. */
static void noisy_rhs(double t, const double *y, double *dydt, void *context) {
  double *n = context;
  (void)y;
  dydt[0] = t < 0.5 ? 0 : 1e15 * sin(*n * *n);
  ++*n;
}

static void an_unreachable_tolerance_is_reported_without_the_step(
    void **state) {
  (void)state;
  double n = 1;
  const struct sim_system system = {.dim = 1, .rhs = noisy_rhs, .context = &n};
  FOR_ALL(ops) {
    if (ops->needs_jacobian) {
      continue;
    }
    struct sim_error err = {0};
    struct sim_integrator *integrator = make(ops, 1, 1e-6);
    double y = 1;
    assert_int_equal(
        sim_integrator_advance(integrator, &system, 0, 1, &y, &err), SIM_EFAIL);
    CHECK(y == 1);
    if (ops->is_adaptive) {
      char want[80];
      snprintf(want, sizeof want,
               "%s could not step beyond time 0.5 (GSL: failure)", ops->name);
      assert_string_equal(err.message, want);
      CHECK_NEAR(integrator->fault.time, 0.5, 1e-12);
      assert_int_equal(integrator->fault.index, 1);
    }
    sim_integrator_destroy(integrator);
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_numbers_stop_it_at_the_last_good_state),
      cmocka_unit_test(a_bad_start_is_left_as_it_is),
      cmocka_unit_test(a_pole_is_found),
      cmocka_unit_test(a_fault_that_shorter_steps_avoid_is_none),
      cmocka_unit_test(implicit_ones_need_a_jacobian),
      cmocka_unit_test(a_bad_jacobian_does_not_get_into_the_state),
      cmocka_unit_test(steps_are_limited_between_resets),
      cmocka_unit_test(the_limit_of_steps_is_explained),
      cmocka_unit_test(an_unreachable_tolerance_is_reported_without_the_step),
  };
  return cmocka_run_group_tests_name("integrator_faults", tests, NULL, NULL);
}
