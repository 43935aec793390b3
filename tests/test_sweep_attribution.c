/* tests/test_sweep_attribution.c -- what an imperfection changes, chip by chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_attribution.h"

#include "tests/check.h"

static void effects_are_paired_by_chip(void **state) {
  (void)state;
  double values[] = {1, 2, 4, 2, 4, (double)NAN};
  const struct tool_sweep_data data = {
      .n_points = 2, .n_chips = 3, .column = {{.values = values}}};
  const struct tool_sweep_effect e = tool_sweep_effect_of(&data, 0, 1, 0);
  CHECK_NEAR(e.mean, 1.5, 1e-15);
  CHECK_NEAR(e.deviation, sqrt(0.5), 1e-15);
  assert_true(isnan(tool_sweep_effect_of(&data, 0, 1, 2).mean));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(effects_are_paired_by_chip),
  };
  return cmocka_run_group_tests_name("sweep_attribution", tests, NULL, NULL);
}
