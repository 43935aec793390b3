/* tests/test_sweep_load.c -- the experiment of one run, from a setting
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_load.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/sweep_experiment.h"

/* A run with one setting of `key` on the chip of the text. */
static struct tool_experiment *run_with(const char *key, const char *setting,
                                        const char *chip) {
  static struct tool_experiment run;
  struct sim_config *config;
  struct sim_error err = {0};
  char *base = base_of(chip);
  const struct tool_experiment *sweep = read_sweep(chip);
  CHECK_OK(tool_sweep_config(&config, &err), err);
  CHECK_OK(tool_sweep_put(sweep, key, setting, config, &err), err);
  CHECK_OK(tool_sweep_read(&run, config, base, &err), err);
  sim_config_destroy(config);
  free(base);
  return &run;
}

static void check_refused(const char *key, const char *setting,
                          const char *chip, const char *wanted) {
  struct sim_config *config;
  struct sim_error err = {0};
  const struct tool_experiment *sweep = read_sweep(chip);
  CHECK_OK(tool_sweep_config(&config, &err), err);
  assert_int_equal(tool_sweep_put(sweep, key, setting, config, &err),
                   SIM_ECONFIG);
  if (!strstr(err.message, wanted)) {
    assert_string_equal(err.message, wanted);
  }
  sim_config_destroy(config);
}

static void sections_set_several_keys(void **state) {
  (void)state;
  const struct tool_experiment *run = run_with(
      "none", "{chip.coupling.levels: 16, learning: {nudge: 2e-3, phases: 2}}",
      "chip: {temperature: 290 K, coupling: {levels: 4, g_max: 5 uS}}\n");
  assert_int_equal(run->chip.coupling.levels, 16);
  assert_int_equal(run->learning.phases, 2);
  CHECK_NEAR(run->learning.nudge, 2e-3, 0);
  CHECK_NEAR(run->chip.coupling.g_max, 5e-6, 0);
  CHECK_NEAR(run->chip.temperature, 290, 0);
}

/* A preset brings its values above the sweep's own, below other settings. */
static void presets_are_settings(void **state) {
  (void)state;
  const char *chip = "chip: {conductance_unit: 3 uS, capacitance: matched}\n";
  const struct tool_experiment *run = run_with("chip.preset", "pcm", chip);
  CHECK_NEAR(run->chip.conductance_unit, 25e-6, 0);
  CHECK_NEAR(run->chip.coupling.read_noise.flicker, 0.0088, 0);
  assert_int_equal(run->chip.capacitance.n, 0);
  run =
      run_with("none", "{chip.preset: pcm, chip.coupling.g_max: 20 uS}", chip);
  CHECK_NEAR(run->chip.coupling.g_max, 20e-6, 0);
  CHECK_NEAR(run->chip.conductance_unit, 25e-6, 0);
  run = run_with("chip.preset", "ideal", chip);
  CHECK_NEAR(run->chip.conductance_unit, 3e-6, 0);
}

static void paths_start_at_the_folder_of_the_sweep(void **state) {
  (void)state;
  const struct tool_experiment *run =
      run_with("data.file", "b.csv", "chip: {temperature: 300 K}\n");
  assert_string_equal(run->data.file, "dir/b.csv");
  run = run_with("data.file", "/b.csv", "chip: {temperature: 300 K}\n");
  assert_string_equal(run->data.file, "/b.csv");
}

static void wrong_settings_are_refused(void **state) {
  (void)state;
  const char *chip = "chip: {preset: pcm}\n", *ideal = "seed: 1\n";
  check_refused("none", "16", ideal, "must be sections such as");
  check_refused("none", "{chip.number: 3}", ideal,
                "must be a key that the runs may differ in, got chip.number");
  check_refused("none", "{sweep: {chips: 3}}", ideal,
                "must be a key that the runs may differ in, got sweep.chips");
  check_refused("none", "{chip.levels: 3}", ideal, "chip.levels: unknown key");
  check_refused("none", "{seed: 3, seed: 4}", ideal, "seed");
  check_refused("none", "{chip.temperature: 3 K, chip: {temperature: 4 K}}",
                ideal, "chip.temperature: is set on two axes");
  check_refused("chip.preset", "rram_hfox", chip,
                "chip.preset: needs a chip that has no preset yet");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sections_set_several_keys),
      cmocka_unit_test(presets_are_settings),
      cmocka_unit_test(paths_start_at_the_folder_of_the_sweep),
      cmocka_unit_test(wrong_settings_are_refused),
  };
  return cmocka_run_group_tests_name("sweep_load", tests, NULL, NULL);
}
