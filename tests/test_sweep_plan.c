/* tests/test_sweep_plan.c -- points, kept numbers and statistics of a sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tools/sweep_items.h"
#include "tools/sweep_number.h"
#include "tools/sweep_plan.h"
#include "tools/sweep_statistics.h"

/* --- statistics --- */

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

/* --- points --- */

static void set_axis(struct tool_experiment *e, size_t i, const char *key,
                     const char *from, const char *to, size_t points,
                     int spacing) {
  struct tool_sweep_axis_params *axis = &e->sweep.axes[i];
  strcpy(axis->key, key);
  strcpy(axis->from, from);
  strcpy(axis->to, to);
  axis->points = points;
  axis->spacing = spacing;
}

/* A sweep of gradients with no axis yet; static, as it is large. */
static struct tool_experiment *make_sweep(void) {
  static struct tool_experiment e;
  memset(&e, 0, sizeof e);
  e.kind = TOOL_SWEEP;
  e.seed = 5;
  e.sweep.measure = TOOL_GRADIENT;
  e.sweep.chips = 1;
  for (size_t i = 0; i < TOOL_SWEEP_AXES; i++) {
    strcpy(e.sweep.axes[i].key, "none");
  }
  return &e;
}

static struct tool_sweep_plan plan_of(const struct tool_experiment *e) {
  struct tool_sweep_plan plan;
  struct sim_error err = {0};
  CHECK_OK(tool_sweep_plan_init(&plan, e, &err), err);
  return plan;
}

static void grids_cover_every_combination(void **state) {
  (void)state;
  static const char *const wanted[] = {
      "chip.coupling.g_max=1 uS, settle.duration=5 tau",
      "chip.coupling.g_max=1 uS, settle.duration=10 tau",
      "chip.coupling.g_max=10 uS, settle.duration=5 tau",
      "chip.coupling.g_max=10 uS, settle.duration=10 tau",
      "chip.coupling.g_max=100 uS, settle.duration=5 tau",
      "chip.coupling.g_max=100 uS, settle.duration=10 tau"};
  struct tool_experiment *e = make_sweep();
  char text[256];
  set_axis(e, 0, "chip.coupling.g_max", "1 uS", "100 uS", 3, TOOL_LOGARITHMIC);
  set_axis(e, 1, "settle.duration", "5 tau", "10 tau", 2, TOOL_LINEAR);
  struct tool_sweep_plan plan = plan_of(e);
  CHECK_NEAR((double)plan.n_points, 6, 0);
  for (size_t p = 0; p < 6; p++) {
    assert_string_equal(tool_sweep_point_name(&plan, p, text, sizeof text),
                        wanted[p]);
  }
  CHECK_REL(tool_sweep_coordinate(&plan, 0, 2), 1e-5, 1e-15);
  assert_string_equal(tool_sweep_unit(&plan, 0), "S");
  assert_string_equal(tool_sweep_unit(&plan, 1), "tau");
  tool_sweep_plan_finish(&plan);
}

static void whole_numbers_are_rounded(void **state) {
  (void)state;
  static const double wanted[] = {2, 7, 23, 76, 256};  // 2 * 128^(p/4)
  struct tool_experiment *e = make_sweep();
  char text[SIM_ITEM_MAX];
  set_axis(e, 0, "chip.coupling.levels", "2", "256", 5, TOOL_LOGARITHMIC);
  struct tool_sweep_plan plan = plan_of(e);
  for (size_t p = 0; p < 5; p++) {
    CHECK_NEAR(tool_sweep_coordinate(&plan, 0, p), wanted[p], 0);
    assert_null(strchr(tool_sweep_setting(&plan, 0, p, text), '.'));
  }
  tool_sweep_plan_finish(&plan);
}

static void words_are_counted(void **state) {
  (void)state;
  struct tool_experiment *e = make_sweep();
  struct sim_texts *values = &e->sweep.axes[2].values;
  char text[SIM_ITEM_MAX];
  strcpy(e->sweep.axes[2].key, "chip.coupling.rounding");
  values->n = 2;
  strcpy(values->v[0], "nearest");
  strcpy(values->v[1], "stochastic");
  struct tool_sweep_plan plan = plan_of(e);
  CHECK_NEAR(tool_sweep_coordinate(&plan, 0, 1), 1, 0);
  assert_string_equal(tool_sweep_setting(&plan, 0, 1, text), "stochastic");
  assert_string_equal(plan.axes[0].name, "z");
  assert_string_equal(tool_sweep_unit(&plan, 0), "1");
  tool_sweep_plan_finish(&plan);
}

/* One point in each of n equal parts of each axis, in no common order. */
static void hypercubes_cover_each_axis(void **state) {
  (void)state;
  enum { N = 40 };
  struct tool_experiment *e = make_sweep();
  size_t seen[2][N] = {{0}}, n_same = 0;
  e->sweep.design = TOOL_LATIN_HYPERCUBE;
  e->sweep.points = N;
  set_axis(e, 0, "chip.coupling.g_max", "1 uS", "5 uS", 5, TOOL_LINEAR);
  set_axis(e, 1, "learning.nudge", "1e-6", "1e-2", 5, TOOL_LOGARITHMIC);
  struct tool_sweep_plan plan = plan_of(e);
  for (size_t p = 0; p < N; p++) {
    const double x = (tool_sweep_coordinate(&plan, 0, p) - 1e-6) / 4e-6;
    const double y = log10(tool_sweep_coordinate(&plan, 1, p) / 1e-6) / 4;
    assert_true(x >= 0 && x < 1 && y >= 0 && y < 1);
    seen[0][(size_t)(x * N)]++;
    seen[1][(size_t)(y * N)]++;
    n_same += (size_t)(x * N) == (size_t)(y * N);
  }
  for (size_t p = 0; p < N; p++) {
    assert_true(seen[0][p] == 1 && seen[1][p] == 1);
  }
  // Fixed points of a random permutation are Poisson with mean 1.
  assert_true(n_same <= 6);
  tool_sweep_plan_finish(&plan);
}

/* --- numbers that are kept --- */

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
      cmocka_unit_test(wilson_intervals_are_those_of_newcombe),
      cmocka_unit_test(wilson_intervals_solve_their_equation),
      cmocka_unit_test(summaries_pass_over_what_is_not_finite),
      cmocka_unit_test(grids_cover_every_combination),
      cmocka_unit_test(whole_numbers_are_rounded),
      cmocka_unit_test(words_are_counted),
      cmocka_unit_test(hypercubes_cover_each_axis),
      cmocka_unit_test(limits_are_kept_or_not),
      cmocka_unit_test(what_is_no_dataset_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
