/* tests/test_sweep_statistics.c -- what the chips of a point have in common
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_statistics.h"

#include "tests/check.h"

/* R. G. Newcombe, Stat. Med. 17 (1998) 857, table I, method 3. */
static void wilson_intervals_are_those_of_newcombe(void **state) {
  (void)state;
  static const struct {
    size_t n_good, n;
    double low, high;
  } known[] = {{81, 263, 0.2553, 0.3662},
               {15, 148, 0.0624, 0.1605},
               {0, 20, 0.0000, 0.1611},
               {1, 29, 0.0061, 0.1718}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    const struct tool_interval found =
        tool_wilson(known[i].n_good, known[i].n, 0.95);
    CHECK_NEAR(found.low, known[i].low, 5.01e-5);
    CHECK_NEAR(found.high, known[i].high, 5.01e-5);
  }
}

/* The ends are where a normal test of the share just rejects. */
static void wilson_intervals_solve_their_equation(void **state) {
  (void)state;
  const double z = 2.5758293035489004;  // of 99 %
  const double p = 7.0 / 12;
  const struct tool_interval found = tool_wilson(7, 12, 0.99);
  CHECK_NEAR((p - found.low) / sqrt(found.low * (1 - found.low) / 12), z,
             1e-12);
  CHECK_NEAR((found.high - p) / sqrt(found.high * (1 - found.high) / 12), z,
             1e-12);
  const struct tool_interval all = tool_wilson(12, 12, 0.99);
  CHECK_NEAR(all.low, 1 / (1 + z * z / 12), 1e-14);
  CHECK_NEAR(all.high, 1, 0);
  CHECK_NEAR(tool_wilson(0, 0, 0.9).high, 1, 0);
}

static void summaries_pass_over_what_is_not_finite(void **state) {
  (void)state;
  double values[] = {4, NAN, 1, 3, INFINITY, 2};
  const struct tool_summary s = tool_summarise(6, values);
  CHECK_NEAR((double)s.n, 4, 0);
  CHECK_NEAR(s.mean, 2.5, 0);
  CHECK_NEAR(s.standard_deviation, sqrt(5.0 / 3), 1e-15);
  CHECK_NEAR(tool_quantile(s.n, values, 0.25), 1.75, 1e-15);
  CHECK_NEAR(tool_quantile(s.n, values, 1), 4, 0);
  double one[] = {7}, none[] = {NAN};
  assert_true(isnan(tool_summarise(1, one).standard_deviation));
  assert_true(isnan(tool_summarise(1, none).mean));
  assert_true(isnan(tool_quantile(0, none, 0.5)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wilson_intervals_are_those_of_newcombe),
      cmocka_unit_test(wilson_intervals_solve_their_equation),
      cmocka_unit_test(summaries_pass_over_what_is_not_finite),
  };
  return cmocka_run_group_tests_name("sweep_statistics", tests, NULL, NULL);
}
