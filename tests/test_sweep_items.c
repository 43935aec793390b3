/* tests/test_sweep_items.c -- numbers that are kept of a run, and their limits
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_items.h"

#include <string.h>

#include "tests/check.h"
#include "tests/sweep_experiment.h"

static void limits_are_kept_or_not(void **state) {
  (void)state;
  struct tool_experiment *e = make_sweep();
  struct tool_sweep_items items;
  struct sim_error err = {0};
  const char *key;
  e->sweep.pass.n = 2;
  strcpy(e->sweep.pass.v[0], "/gradient/cosine >= 0.9");
  strcpy(e->sweep.pass.v[1], "/gradient/relative_error<0.5");
  CHECK_OK(tool_sweep_items_read(&items, e, &key, &err), err);
  assert_true(tool_sweep_items_pass(&items, (double[]){0.9, 0.4}));
  assert_false(tool_sweep_items_pass(&items, (double[]){0.9, 0.5}));
  assert_false(tool_sweep_items_pass(&items, (double[]){0.89, 0.4}));
  assert_false(tool_sweep_items_pass(&items, (double[]){NAN, 0.4}));
}

static void check_item_refused(const char *text) {
  struct tool_experiment *e = make_sweep();
  struct tool_sweep_items items;
  struct sim_error err = {0};
  const char *key;
  e->sweep.collect.n = 1;
  strcpy(e->sweep.collect.v[0], text);
  assert_int_equal(tool_sweep_items_read(&items, e, &key, &err), SIM_ECONFIG);
  assert_non_null(strstr(err.message, text));
}

static void what_is_no_dataset_is_refused(void **state) {
  (void)state;
  check_item_refused("loss");
  check_item_refused("/");
  check_item_refused("/train/");
  check_item_refused("/train/loss[");
  check_item_refused("/train/loss[]");
  check_item_refused("/train/loss[1");
  check_item_refused("/train/loss[1:2]");
  check_item_refused("/train/loss[1,2,3,4]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(limits_are_kept_or_not),
      cmocka_unit_test(what_is_no_dataset_is_refused),
  };
  return cmocka_run_group_tests_name("sweep_items", tests, NULL, NULL);
}
