/* tests/test_lanes.c -- lanes of an array, kept and copied
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/lanes.h"

#include "tests/check.h"

enum { ROWS = 3, LANES = 4 };

/* Element of row i and lane k: 10 i + k. */
static void fill(double *x) {
  for (int i = 0; i < ROWS * LANES; i++) {
    x[i] = 10 * (i / LANES) + i % LANES;
  }
}

static void lanes_that_stay_are_packed_row_by_row(void **state) {
  (void)state;
  static const size_t keep[] = {0, 2, 3};
  static const double want[] = {0, 2, 3, 10, 12, 13, 20, 22, 23};
  double x[ROWS * LANES];
  fill(x);
  sim_lanes_pack(ROWS, LANES, keep, 3, x);
  assert_memory_equal(x, want, sizeof want);
}

static void all_lanes_stay_where_they_are(void **state) {
  (void)state;
  static const size_t keep[] = {0, 1, 2, 3};
  double x[ROWS * LANES], want[ROWS * LANES];
  fill(x);
  fill(want);
  sim_lanes_pack(ROWS, LANES, keep, LANES, x);
  assert_memory_equal(x, want, sizeof want);
}

static void a_lane_is_copied_between_widths(void **state) {
  (void)state;
  static const double want[] = {-1, 3, -1, 13, -1, 23};
  double x[ROWS * LANES], y[] = {-1, -1, -1, -1, -1, -1};
  fill(x);
  sim_lanes_copy(ROWS, x, LANES, 3, y, 2, 1);
  assert_memory_equal(y, want, sizeof want);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lanes_that_stay_are_packed_row_by_row),
      cmocka_unit_test(all_lanes_stay_where_they_are),
      cmocka_unit_test(a_lane_is_copied_between_widths),
  };
  return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
