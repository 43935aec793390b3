/* tests/test_error.c -- messages name place, key, rule; memory is checked
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "tests/check.h"

static void a_message_names_file_line_and_key(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct sim_where where = {"digits.yaml", 12, "chip.coupling.levels"};

  CHECK_FAILS(
      sim_error_at(&err, SIM_ECONFIG, &where, "must be >= %d, got %s", 2, "1"),
      err, SIM_ECONFIG,
      "digits.yaml:12: chip.coupling.levels: must be >= 2, got 1");
}

static void unknown_places_are_left_out(void **state) {
  (void)state;
  struct sim_error err = {0};

  sim_error_at(&err, SIM_EIO, &(struct sim_where){"run.h5", 0, NULL}, "gone");
  assert_string_equal(err.message, "run.h5: gone");
  sim_error_at(&err, SIM_EIO, &(struct sim_where){NULL, 0, "a.b"}, "bad");
  assert_string_equal(err.message, "a.b: bad");
}

static void a_long_place_is_cut_and_stays_terminated(void **state) {
  (void)state;
  struct sim_error err = {0};
  char name[3000];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';

  sim_error_at(&err, SIM_EIO, &(struct sim_where){name, 3, name}, "text");
  assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void an_overflowing_size_is_refused(void **state) {
  (void)state;
  struct sim_error err = {0};

  assert_null(sim_alloc(SIZE_MAX / 4, 8, &err));
  assert_int_equal(err.status, SIM_EFAIL);
}

static void blocks_are_zeroed_and_aligned(void **state) {
  (void)state;
  struct sim_error err = {0};
  double *block = sim_alloc_doubles(1000, &err);

  CHECK(block && (uintptr_t)block % 64 == 0);
  for (size_t i = 0; i < 1000; i++) {
    CHECK(block[i] == 0.0);
  }
  free(block);
}

static void a_chosen_allocation_is_refused_once(void **state) {
  (void)state;
  struct sim_error err = {0};

  sim_alloc_refuse_after(1);
  void *first = sim_alloc(1, 1, &err);
  void *second = sim_alloc(1, 1, &err);
  void *third = sim_alloc(1, 1, &err);
  CHECK(first && !second && third);
  free(first);
  free(third);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_names_file_line_and_key),
      cmocka_unit_test(unknown_places_are_left_out),
      cmocka_unit_test(a_long_place_is_cut_and_stays_terminated),
      cmocka_unit_test(an_overflowing_size_is_refused),
      cmocka_unit_test(blocks_are_zeroed_and_aligned),
      cmocka_unit_test(a_chosen_allocation_is_refused_once),
  };
  return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
