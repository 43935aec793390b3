/* tests/test_integrator.c -- every integrator keeps one contract
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <string.h>

#include "sim/integrator.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/known_systems.h"

/* --- the registry --- */

static void names_agree_with_the_registry(void **state) {
  (void)state;
  size_t n = 0;
  for (; sim_integrator_registry[n]; n++) {
    assert_string_equal(sim_integrator_names[n],
                        sim_integrator_registry[n]->name);
    CHECK(sim_integrator_find(sim_integrator_names[n]) ==
          sim_integrator_registry[n]);
  }
  assert_null(sim_integrator_names[n]);
  assert_int_equal(n, SIM_INTEGRATOR_N_GSL + 2);
  assert_null(sim_integrator_find("rk5"));
}

static void gsl_names_are_gsl_s(void **state) {
  (void)state;
  FOR_ALL(ops) {
    CHECK(ops->help && ops->order >= 1);
    CHECK(ops->is_adaptive == (ops->gsl_type != NULL));
    if (ops->gsl_type) {
      assert_string_equal((*ops->gsl_type)->name, ops->name);
    }
  }
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct sim_integrator *integrator = NULL;
    char want[128];
    const struct sim_integrator_settings bad = {.step = 0, .tolerance = NAN};
    snprintf(want, sizeof want,
             ops->is_adaptive
                 ? "%s needs a first step and a tolerance > 0, got 0 and nan"
                 : "%s needs a step > 0, got 0",
             ops->name);
    CHECK_FAILS(sim_integrator_create(&integrator, ops, 2, &bad, &err), err,
                SIM_ECONFIG, want);
    assert_null(integrator);
  }
}

static void lack_of_memory_is_reported(void **state) {
  (void)state;
  FOR_ALL(ops) {
    const struct sim_integrator_settings settings = settings_for(ops, 1e-3);
    enum sim_status status = SIM_EFAIL;
    for (long k = 0; status != SIM_OK; k++) {
      struct sim_error err = {0};
      struct sim_integrator *integrator = NULL;
      sim_alloc_refuse_after(k);
      status = sim_integrator_create(&integrator, ops, 2, &settings, &err);
      CHECK((status == SIM_OK) == (integrator != NULL));
      CHECK(status == SIM_OK || err.status == SIM_EFAIL);
      sim_alloc_refuse_after(-1);
      sim_integrator_destroy(integrator);
    }
  }
}

/* --- time --- */

static void it_stops_at_t1_exactly(void **state) {
  (void)state;
  const double stops[] = {0, 0.3, 0.3, 1, 1 + 1e-9, 4.7};
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&clocks, &watch);
    struct sim_integrator *integrator = make(ops, 3, 1e-6);
    double y[] = {0, 7, 1};
    for (size_t i = 1; i < sizeof stops / sizeof stops[0]; i++) {
      const double t1 = stops[i];
      CHECK_OK(sim_integrator_advance(integrator, &system, stops[i - 1], t1, y,
                                      &err),
               err);
      CHECK_NEAR(y[0], t1, 1e-11);  // euler: 4700 roundings
      CHECK_NEAR(y[1], 7 + 2 * t1, 1e-11);
      CHECK_NEAR(y[2], 1 - t1, 1e-11);
      if (!(watch.t_last <= t1 * (1 + 1e-14))) {
        fail_msg("%s asks for time %.17g beyond %.17g", ops->name, watch.t_last,
                 t1);
      }
    }
    sim_integrator_destroy(integrator);
  }
}

/* --- statistics --- */

static void right_hand_sides_and_steps_are_counted(void **state) {
  (void)state;
  struct sim_error err = {0};
  FOR_ALL(ops) {
    struct watch watch = all_good();
    const struct sim_system system = system_of(&stiff, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-4);
    double y[2];
    stiff_exact(0, y);
    for (size_t i = 0; i < 3; i++) {
      CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.05, y, &err),
               err);
    }
    assert_int_equal(integrator->stats.n_rhs, watch.n_calls);
    CHECK(integrator->stats.n_steps >= 3);
    sim_integrator_destroy(integrator);
  }
}

/* rkf45 takes one right-hand side to begin and six at every try. */
static void rejected_steps_are_not_counted_as_steps(void **state) {
  (void)state;
  struct sim_integrator_stats stats;
  error_of(sim_integrator_find("rkf45"), &stiff, 2, 1e-4, &stats);
  CHECK(stats.n_rejected > 50);
  assert_int_equal(stats.n_rhs, 1 + 6 * (stats.n_steps + stats.n_rejected));
}

/* --- history --- */

static void a_reset_makes_runs_equal_to_the_last_bit(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&spiral, &watch);
    const struct sim_system other = system_of(&stiff, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-5);
    double first[] = {1, 0}, between[] = {3, -2}, second[] = {1, 0};
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, first, &err),
             err);
    const size_t n_rhs = watch.n_calls;
    CHECK_OK(sim_integrator_advance(integrator, &other, 2, 2.1, between, &err),
             err);
    sim_integrator_reset(integrator);
    watch.n_calls = 0;
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, second, &err),
             err);
    if (memcmp(first, second, sizeof first) != 0 || watch.n_calls != n_rhs) {
      fail_msg("%s remembers what was before its reset", ops->name);
    }
    sim_integrator_destroy(integrator);
  }
}

static void it_works_again_after_a_failure_and_a_reset(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&spiral, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-5);
    double first[] = {1, 0}, broken[] = {1, 0}, second[] = {1, 0};
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, first, &err),
             err);
    watch.bad_from = 1;
    watch.bad_value = NAN;
    sim_integrator_reset(integrator);
    assert_int_equal(
        sim_integrator_advance(integrator, &system, 0, 2, broken, &err),
        SIM_EFAIL);
    watch.bad_from = INFINITY;
    sim_integrator_reset(integrator);
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 2, second, &err),
             err);
    assert_memory_equal(first, second, sizeof first);
    sim_integrator_destroy(integrator);
  }
}

/* Only what was learnt of the stiffness is kept, and it saves work. */
static void a_restart_agrees_with_a_reset(void **state) {
  (void)state;
  FOR_ALL(ops) {
    struct sim_error err = {0};
    struct watch watch = all_good();
    const struct sim_system system = system_of(&stiff, &watch);
    struct sim_integrator *integrator = make(ops, 2, 1e-5);
    double start[] = {1, 0}, cold[] = {1, 0}, warm[] = {1, 0};
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.1, start, &err),
             err);
    sim_integrator_reset(integrator);
    watch.n_calls = 0;
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.1, cold, &err),
             err);
    const size_t n_cold = watch.n_calls;
    sim_integrator_restart(integrator);
    watch.n_calls = 0;
    CHECK_OK(sim_integrator_advance(integrator, &system, 0, 0.1, warm, &err),
             err);
    const int is_rkc = strcmp(ops->name, "rkc") == 0;
    if (is_rkc ? watch.n_calls >= n_cold : watch.n_calls != n_cold) {
      fail_msg("%s: %zu right-hand sides after a restart, %zu after a reset",
               ops->name, watch.n_calls, n_cold);
    }
    CHECK_NEAR(warm[0], cold[0], is_rkc ? 1e-4 : 0);
    CHECK_NEAR(warm[1], cold[1], is_rkc ? 1e-4 : 0);
    sim_integrator_destroy(integrator);
  }
}

/* --- bounds --- */

static void the_first_unbounded_number_is_found(void **state) {
  (void)state;
  double y[40];
  for (size_t n = 0; n < 40; n++) {
    for (size_t i = 0; i < 40; i++) {
      y[i] = i % 2 ? 3 : -3;
    }
    assert_int_equal(sim_first_unbounded(n, y, 3), n);
    const double bad[] = {NAN, INFINITY, -INFINITY, 3.0000001, -3.0000001};
    for (size_t k = 0; n > 0 && k < 5; k++) {
      y[n - 1] = bad[k];
      assert_int_equal(sim_first_unbounded(n, y, 3), n - 1);
      y[n / 2] = NAN;
      assert_int_equal(sim_first_unbounded(n, y, 3), n / 2);
      y[n / 2] = 0;
    }
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_agree_with_the_registry),
      cmocka_unit_test(gsl_names_are_gsl_s),
      cmocka_unit_test(bad_settings_are_refused),
      cmocka_unit_test(lack_of_memory_is_reported),
      cmocka_unit_test(it_stops_at_t1_exactly),
      cmocka_unit_test(right_hand_sides_and_steps_are_counted),
      cmocka_unit_test(rejected_steps_are_not_counted_as_steps),
      cmocka_unit_test(a_reset_makes_runs_equal_to_the_last_bit),
      cmocka_unit_test(it_works_again_after_a_failure_and_a_reset),
      cmocka_unit_test(a_restart_agrees_with_a_reset),
      cmocka_unit_test(the_first_unbounded_number_is_found),
  };
  return cmocka_run_group_tests_name("integrator", tests, NULL, NULL);
}
