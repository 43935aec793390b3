/* tests/test_learning.c -- values of a learning rule that do not fit together
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/learning.h"

#include "tests/check.h"
#include "tests/config_text.h"

static struct model_learning rule_of(double nudge) {
  return (struct model_learning){
      .spring = 4, .scale = 1.5, .nudge = nudge, .phases = 3};
}

/* The limit is 1/(1.5^2 4) = 0.111. The small-signal response is that of an
 * infinitely small nudge, whatever `nudge` says. */
static void the_limit_on_the_nudge_is_for_measured_phases(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse("learning: {nudge: 0.2}\n");
  struct model_learning rule = rule_of(0.2);
  CHECK_FAILS(model_learning_check(&rule, config, &err), err, SIM_ECONFIG,
              "digits.yaml:1: learning.nudge: must be < 1/(scale^2 spring) = "
              "0.111111, else spring and nudge together are a negative "
              "conductance, got 0.2");
  rule.nudged_states = MODEL_SMALL_SIGNAL;
  CHECK_OK(model_learning_check(&rule, config, &err), err);
  sim_config_destroy(config);
}

static void a_protocol_that_goes_to_rest_starts_there(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse("learning: {start: previous}\n");
  struct model_learning rule = rule_of(0.02);
  rule.start = MODEL_FROM_PREVIOUS;
  CHECK_OK(model_learning_check(&rule, config, &err), err);
  rule.protocol = MODEL_RERUN;
  CHECK_FAILS(model_learning_check(&rule, config, &err), err, SIM_ECONFIG,
              "digits.yaml:1: learning.start: must be rest with protocol "
              "rerun, got previous");
  rule.protocol = MODEL_RESET;
  CHECK(model_learning_check(&rule, config, &err) == SIM_ECONFIG);
  sim_config_destroy(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_limit_on_the_nudge_is_for_measured_phases),
      cmocka_unit_test(a_protocol_that_goes_to_rest_starts_there),
  };
  return cmocka_run_group_tests_name("learning", tests, NULL, NULL);
}
