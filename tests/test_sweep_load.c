/* tests/test_sweep_load.c -- settings of a sweep, and sources of error
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_load.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tools/sweep_attribution.h"
#include "tools/sweep_sources.h"

#define COMMON                                     \
  "name: a\n"                                      \
  "data: {file: rings.csv, full_scale: [-1, 1]}\n" \
  "network: {layers: [2, 8, 8]}\n"

/* Read an experiment; static, as it is large. */
static struct tool_experiment *read(const char *text) {
  static struct tool_experiment e;
  struct sim_config *config;
  struct sim_error err = {0};
  CHECK_OK(sim_config_parse(&config, text, strlen(text), "a.yaml", "dir", &err),
           err);
  CHECK_OK(tool_experiment_read(&e, config, &err), err);
  sim_config_destroy(config);
  return &e;
}

static struct tool_experiment *read_sweep(const char *chip) {
  char text[2000];
  snprintf(text, sizeof text,
           "experiment: sweep\n" COMMON
           "sweep: {measure: gradient, x: {values: [{seed: 2}]}}\n%s",
           chip);
  return read(text);
}

static char *base_of(const char *chip) {
  char text[2000];
  snprintf(text, sizeof text, "experiment: gradient\n" COMMON "%s", chip);
  return tool_experiment_text(read(text), NULL);
}

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

/* --- settings --- */

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

/* --- sources --- */

// Keys that say what the chip is, or how a source acts, and no error by
// themselves.
static const char *const design[] = {"preset",
                                     "technology",
                                     "source",
                                     "condition",
                                     "number",
                                     "voltage_unit",
                                     "conductance_unit",
                                     "capacitance",
                                     "capacitance_unit",
                                     "temperature",
                                     "noise.excess",
                                     "noise.flicker_current",
                                     "noise.flicker_band",
                                     "noise.traps_per_decade",
                                     "noise.telegraph_current",
                                     "noise.telegraph_capture",
                                     "noise.telegraph_emission",
                                     "noise.trap_energy",
                                     "node.area",
                                     "node.activation_energy",
                                     "dac.range",
                                     "velocity_adc.range",
                                     "output_adc.range",
                                     "memory.time",
                                     "wires.tempco",
                                     "coupling.g_min",
                                     "coupling.g_max",
                                     "coupling.reference",
                                     "coupling.pair",
                                     "coupling.tolerance",
                                     "coupling.max_pulses",
                                     "coupling.rounding",
                                     "coupling.master",
                                     "coupling.reciprocity",
                                     "coupling.age",
                                     "coupling.spread.step",
                                     "coupling.spread.step_law",
                                     "coupling.spread.asymmetry",
                                     "coupling.drift.t0",
                                     "coupling.retention.activation_energy",
                                     "coupling.retention.rest",
                                     "coupling.read_noise.flicker_power",
                                     "coupling.read_noise.flicker_limit",
                                     "coupling.read_noise.read_time",
                                     NULL};

static size_t count_sources(const char *path) {
  char key[SIM_CONFIG_PATH];
  size_t n_seen = 0;
  snprintf(key, sizeof key, "chip.%s=", path);
  for (size_t i = 0; i < TOOL_N_SOURCES; i++) {
    for (size_t k = 0; tool_sources[i].off[k]; k++) {
      n_seen += strncmp(tool_sources[i].off[k], key, strlen(key)) == 0;
    }
  }
  return n_seen;
}

static int check_leaf(const struct sim_leaf *leaf, void *context) {
  size_t n_design = strncmp(leaf->path, "coupling.pulse.", 15) == 0;
  (void)context;
  for (size_t i = 0; design[i]; i++) {
    n_design += strcmp(design[i], leaf->path) == 0;
  }
  if (count_sources(leaf->path) + n_design != 1) {
    fail_msg("chip.%s belongs to %zu sources and %zu times to the design",
             leaf->path, count_sources(leaf->path), n_design);
  }
  return 0;
}

static void every_key_of_a_chip_is_a_source_or_design(void **state) {
  (void)state;
  const struct tool_experiment *e = read_sweep("seed: 1\n");
  sim_param_visit(model_chip_table, MODEL_CHIP_N_PARAMS, SIM_USE_ALL, &e->chip,
                  check_leaf, NULL);
}

static struct tool_sweep_sources sources_of(const char *chip) {
  struct tool_sweep_sources sources;
  struct sim_error err = {0};
  char *base = base_of(chip);
  CHECK_OK(tool_sweep_sources_find(&sources, base, &err), err);
  free(base);
  return sources;
}

static void an_ideal_chip_has_no_sources(void **state) {
  (void)state;
  assert_int_equal(sources_of("seed: 1\n").n, 0);
}

static const char two_sources[] =
    "chip: {node: {leak: 0.1}, coupling: {levels: 32, read_noise: {absolute: "
    "1 nS}}}\n";

static void sources_that_are_on_are_found(void **state) {
  (void)state;
  static const char *const wanted[] = {"none",
                                       "all",
                                       "fabrication",
                                       "operation",
                                       "only leaks",
                                       "only levels",
                                       "only read_noise",
                                       "without leaks",
                                       "without levels",
                                       "without read_noise"};
  const struct tool_sweep_sources sources = sources_of(two_sources);
  struct sim_error err = {0};
  char word[SIM_ITEM_MAX];
  assert_int_equal(tool_sweep_sources_count(&sources), 10);
  for (size_t i = 0; i < 10; i++) {
    tool_sweep_sources_word(&sources, i, word);
    assert_string_equal(word, wanted[i]);
  }
  assert_int_equal(tool_sweep_sources_check(&sources, "only wires", &err),
                   SIM_ECONFIG);
  assert_string_equal(err.message,
                      "must be none, all, fabrication, operation, only or "
                      "without one of what is on (leaks, levels, read_noise), "
                      "got only wires");
}

/* What each word leaves on: leaks, levels, read noise. */
static void words_switch_their_sources(void **state) {
  (void)state;
  static const struct {
    const char *word;
    bool has_leaks, has_levels, has_noise;
  } wanted[] = {{"none", false, false, false},
                {"all", true, true, true},
                {"fabrication", true, false, false},
                {"operation", false, true, true},
                {"only levels", false, true, false},
                {"without levels", true, false, true}};
  const struct tool_sweep_sources sources = sources_of(two_sources);
  char *base = base_of(two_sources);
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    static struct tool_experiment run;
    struct sim_config *config;
    struct sim_error err = {0};
    CHECK_OK(tool_sweep_config(&config, &err), err);
    CHECK_OK(tool_sweep_sources_apply(&sources, wanted[i].word, config, &err),
             err);
    CHECK_OK(tool_sweep_read(&run, config, base, &err), err);
    sim_config_destroy(config);
    CHECK_NEAR(run.chip.node.leak, wanted[i].has_leaks ? 0.1 : 0, 0);
    assert_int_equal(run.chip.coupling.levels, wanted[i].has_levels ? 32 : 0);
    CHECK_NEAR(run.chip.coupling.read_noise.absolute,
               wanted[i].has_noise ? 1e-9 : 0, 0);
  }
  free(base);
}

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
      cmocka_unit_test(sections_set_several_keys),
      cmocka_unit_test(presets_are_settings),
      cmocka_unit_test(paths_start_at_the_folder_of_the_sweep),
      cmocka_unit_test(wrong_settings_are_refused),
      cmocka_unit_test(every_key_of_a_chip_is_a_source_or_design),
      cmocka_unit_test(an_ideal_chip_has_no_sources),
      cmocka_unit_test(sources_that_are_on_are_found),
      cmocka_unit_test(words_switch_their_sources),
      cmocka_unit_test(effects_are_paired_by_chip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
