/* tests/test_sweep_imperfections.c -- what the words of such an axis switch
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_imperfections.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/sweep_experiment.h"
#include "tools/sweep_load.h"

/* --- the table --- */

// Keys that say what the chip is, or how an imperfection acts, and no error by
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
                                     "coupling.at_once",
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

static size_t count_entries(const char *path) {
  char key[SIM_CONFIG_PATH];
  size_t n_seen = 0;
  snprintf(key, sizeof key, "chip.%s=", path);
  for (size_t i = 0; i < TOOL_N_IMPERFECTIONS; i++) {
    for (size_t k = 0; tool_imperfections[i].off[k]; k++) {
      n_seen += strncmp(tool_imperfections[i].off[k], key, strlen(key)) == 0;
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
  if (count_entries(leaf->path) + n_design != 1) {
    fail_msg("chip.%s belongs to %zu imperfections and %zu times to the design",
             leaf->path, count_entries(leaf->path), n_design);
  }
  return 0;
}

static void every_key_of_a_chip_is_an_imperfection_or_design(void **state) {
  (void)state;
  const struct tool_experiment *e = read_sweep("seed: 1\n");
  sim_param_visit(model_chip_table, MODEL_CHIP_N_PARAMS, SIM_USE_ALL, &e->chip,
                  check_leaf, NULL);
}

/* --- those that are on --- */

static struct tool_sweep_imperfections imperfections_of(const char *chip) {
  struct tool_sweep_imperfections on;
  struct sim_error err = {0};
  char *base = base_of(chip);
  CHECK_OK(tool_sweep_imperfections_find(&on, base, &err), err);
  free(base);
  return on;
}

static void an_ideal_chip_has_no_imperfections(void **state) {
  (void)state;
  assert_int_equal(imperfections_of("seed: 1\n").n, 0);
}

static const char imperfect[] =
    "chip: {node: {leak: 0.1}, coupling: {levels: 32, read_noise: {absolute: "
    "1 nS}}}\n";

static void imperfections_that_are_on_are_found(void **state) {
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
  const struct tool_sweep_imperfections on = imperfections_of(imperfect);
  struct sim_error err = {0};
  char word[SIM_ITEM_MAX];
  assert_int_equal(tool_sweep_imperfections_count(&on), 10);
  for (size_t i = 0; i < 10; i++) {
    tool_sweep_imperfections_word(&on, i, word);
    assert_string_equal(word, wanted[i]);
  }
  assert_int_equal(tool_sweep_imperfections_check(&on, "only wires", &err),
                   SIM_ECONFIG);
  assert_string_equal(err.message,
                      "must be none, all, fabrication, operation, only or "
                      "without one of what is on (leaks, levels, read_noise), "
                      "got only wires");
}

/* What each word leaves on: leaks, levels, read noise. */
static void words_switch_their_imperfections(void **state) {
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
  const struct tool_sweep_imperfections on = imperfections_of(imperfect);
  char *base = base_of(imperfect);
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    static struct tool_experiment run;
    struct sim_config *config;
    struct sim_error err = {0};
    CHECK_OK(tool_sweep_config(&config, &err), err);
    CHECK_OK(tool_sweep_imperfections_apply(&on, wanted[i].word, config, &err),
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

/* --- words alone --- */

/* Of each imperfection, exactly one of a word and its rest keeps it. */
static void the_rest_of_a_word_keeps_what_it_does_not(void **state) {
  (void)state;
  static const char *const words[] = {"all", "fabrication", "operation",
                                      "only levels", "only leaks"};
  char rest[SIM_ITEM_MAX];
  for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
    CHECK(tool_sweep_word_rest(words[w], rest));
    for (size_t i = 0; i < TOOL_N_IMPERFECTIONS; i++) {
      CHECK(tool_sweep_word_keeps(words[w], &tool_imperfections[i]) !=
            tool_sweep_word_keeps(rest, &tool_imperfections[i]));
    }
  }
  assert_string_equal(rest, "without leaks");
  assert_string_equal(tool_sweep_word_only("only leaks"), "leaks");
  assert_null(tool_sweep_word_only(rest));
  CHECK(!tool_sweep_word_rest("none", rest));
  CHECK(!tool_sweep_word_rest("without leaks", rest));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_key_of_a_chip_is_an_imperfection_or_design),
      cmocka_unit_test(an_ideal_chip_has_no_imperfections),
      cmocka_unit_test(imperfections_that_are_on_are_found),
      cmocka_unit_test(words_switch_their_imperfections),
      cmocka_unit_test(the_rest_of_a_word_keeps_what_it_does_not),
  };
  return cmocka_run_group_tests_name("sweep_imperfections", tests, NULL, NULL);
}
