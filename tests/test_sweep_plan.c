/* tests/test_sweep_plan.c -- the points of a sweep and their settings
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_plan.h"

#include <string.h>

#include "tests/check.h"
#include "tests/sweep_experiment.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grids_cover_every_combination),
      cmocka_unit_test(whole_numbers_are_rounded),
      cmocka_unit_test(words_are_counted),
      cmocka_unit_test(hypercubes_cover_each_axis),
  };
  return cmocka_run_group_tests_name("sweep_plan", tests, NULL, NULL);
}
