/* tests/test_settling.c -- from the keys of `settle` to what a settler is told
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/settler.h"
#include "tests/check.h"
#include "tests/small_chip.h"

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

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_large_network_refuses_implicit_integrators),
      cmocka_unit_test(times_in_seconds_become_times_in_tau),
  };
  return cmocka_run_group_tests_name("settling", tests, NULL, NULL);
}
