/* tests/test_param.c -- tables read parameters
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/param.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/param_text.h"
#include "tests/sample_params.h"

/* --- reading --- */

static void every_kind_is_read(void **state) {
  (void)state;
  const struct values v = read_values(
      "experiment: train\n"
      "name: \"two words\"\n"
      "data: ../data/digits.h5\n"
      "seed: 18446744073709551615\n"
      "is_noisy: true\n"
      "chip:\n"
      "  preset: presets/rram.yaml\n"
      "  capacitance: [1 pF, 25 fF]\n"
      "  coupling: {g_min: 1 nS, g_max: 10 uS, levels: 16, offset: -5 mV}\n"
      "layers: [8, 16, 32]\n"
      "range: [0, 16]\n"
      "settle: 5 us\n"
      "batch: 32\n"
      "rate: 1e-3\n"
      "tolerance: 1e-6\n");
  CHECK(v.kind == 0 && v.seed == UINT64_MAX && v.is_noisy);
  assert_string_equal(v.name, "two words");
  assert_string_equal(v.data, "experiments/../data/digits.h5");
  assert_string_equal(v.chip.preset, "experiments/presets/rram.yaml");
  CHECK(v.chip.capacitance.n == 2 && v.chip.capacitance.v[0] == 1e-12 &&
        v.chip.capacitance.v[1] == 25e-15);
  CHECK(v.chip.coupling.g_min == 1e-9 && v.chip.coupling.g_max == 10e-6);
  CHECK(v.chip.coupling.levels == 16 && v.chip.coupling.offset == -5e-3);
  CHECK(v.layers.n == 3 && v.layers.v[2] == 32);
  CHECK(v.range.n == 2 && v.range.v[1] == 16);
  CHECK(v.duration.value == 5e-6 && !v.duration.is_tau);
  CHECK(v.batch == 32 && v.rate == 1e-3 && v.tolerance == 1e-6);
}

static void defaults_fill_what_is_not_written(void **state) {
  (void)state;
  const struct values v = read_values(START);
  CHECK(v.seed == 1 && !v.is_noisy && v.name[0] == '\0' && v.data[0] == '\0');
  assert_string_equal(v.chip.preset, "ideal");
  CHECK(v.chip.capacitance.n == 0);
  CHECK(v.chip.coupling.g_min == 0 && v.chip.coupling.levels == 256);
  CHECK(v.layers.n == 2 && v.layers.v[0] == 64 && v.layers.v[1] == 128);
  CHECK(v.range.n == 2 && v.range.v[0] == -1 && v.range.v[1] == 1);
  CHECK(v.duration.value == 30 && v.duration.is_tau);
  CHECK(v.batch == 0 && isnan(v.tolerance));
  CHECK(v.samples == 0);  // of another kind: left alone
}

static void a_word_stands_for_a_number_or_a_list(void **state) {
  (void)state;
  struct values v = read_values(START "batch: all\ntolerance: none\n");
  CHECK(v.batch == 0 && isnan(v.tolerance));
  v = read_values(
      "experiment: train\nrate: 1\n"
      "chip: {capacitance: matched, preset: ideal, coupling: {g_max: 1}}\n");
  CHECK(v.chip.capacitance.n == 0);
  assert_string_equal(v.chip.preset, "ideal");
}

static void one_value_is_a_list_of_one(void **state) {
  (void)state;
  const struct values v = read_values(START "layers: 8\n");
  CHECK(v.layers.n == 1 && v.layers.v[0] == 8);
}

static void times_are_in_tau_or_seconds(void **state) {
  (void)state;
  struct values v = read_values(START "settle: 2.5 tau\n");
  CHECK(v.duration.value == 2.5 && v.duration.is_tau);
  v = read_values(START "settle: 7\n");
  CHECK(v.duration.value == 7 && v.duration.is_tau);
  v = read_values(START "settle: 7 s\n");
  CHECK(v.duration.value == 7 && !v.duration.is_tau);
}

static void paths_start_at_the_file_that_has_them(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct values v = read_values(START "data: /x/y\n");
  assert_string_equal(v.data, "/x/y");
  struct sim_config *config = parse(START "data: x.h5\n");
  CHECK_OK(sim_config_set(config, "data=x.h5", &err), err);
  CHECK_OK(sim_config_read(config, table, N, TRAIN, &v, &err), err);
  assert_string_equal(v.data, "x.h5");
  sim_config_destroy(config);
}

static void an_empty_section_takes_its_defaults(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct chip chip;
  struct sim_config *config = parse("coupling: {g_max: 1}\n");
  CHECK_OK(sim_config_read(config, chip_table, 3, 0, &chip, &err), err);
  sim_config_destroy(config);
  check_refused("experiment: train\nrate: 1\nchip:\n",
                "a.yaml:3: chip.coupling.g_max: is required and missing "
                "(highest conductance, in S)");
}

/* --- texts, single values --- */

struct words {
  struct sim_texts list;
};
static const struct sim_param words_table[] = {
    {.name = "list",
     .kind = SIM_TEXTS,
     SIM_FIELD(struct words, list),
     .initial = "none",
     .word = "none",
     .max_items = 3,
     .help = "some texts"},
};

static struct words read_words(const char *text) {
  struct words words;
  struct sim_error err = {0};
  struct sim_config *config = parse(text);
  CHECK_OK(sim_config_read(config, words_table, 1, TRAIN, &words, &err), err);
  sim_config_destroy(config);
  return words;
}

static void lists_of_texts_are_written_as_they_are_read(void **state) {
  (void)state;
  struct sim_difference first;
  char text[256];
  const struct words words = read_words("list: [10 nS, \"[1, 2]\", true]\n");
  assert_int_equal(words.list.n, 3);
  assert_string_equal(words.list.v[1], "[1, 2]");
  sim_param_format(words_table, &words.list, text, sizeof text);
  assert_string_equal(text, "[\"10 nS\", \"[1, 2]\", \"true\"]");
  const struct words deep =
      read_words("list: [{a.b: 16 nS, c: {d: [1, 2]}}, [3, 'a, b']]\n");
  assert_string_equal(deep.list.v[0], "{a.b: 16 nS, c: {d: [1, 2]}}");
  assert_string_equal(deep.list.v[1], "[3, \"a, b\"]");
  const struct words one = read_words("list: 10 nS\n");
  assert_int_equal(one.list.n, 1);
  assert_int_equal(read_words("list: none\n").list.n, 0);
  assert_false(
      sim_param_differs(words_table, 1, TRAIN, &words, &words, NULL, &first));
  struct words other = words;
  other.list.v[2][0] = 'T';
  assert_true(
      sim_param_differs(words_table, 1, TRAIN, &words, &other, NULL, &first));
  assert_true(
      sim_param_differs(words_table, 1, TRAIN, &words, &one, NULL, &first));
}

static void keys_are_looked_up(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct sim_param *levels =
      sim_param_lookup(table, N, TRAIN, "chip.coupling.levels", &err);
  assert_non_null(levels);
  assert_string_equal(levels->help, "programmable values, both ends counted");
  assert_null(sim_param_lookup(table, N, TRAIN, "chip.coupling.level", &err));
  assert_string_equal(err.message,
                      "chip.coupling.level: unknown key, did you mean "
                      "\"levels\"?");
  assert_null(sim_param_lookup(table, N, TRAIN, "seed.levels", &err));
}

static void one_value_is_read_by_its_rules(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct sim_where where = {"a.yaml", 3, "axis.from"};
  const struct sim_param *g_max =
      sim_param_lookup(table, N, TRAIN, "chip.coupling.g_max", &err);
  double value = 0;
  CHECK_OK(sim_param_parse(g_max, "3 uS", &where, &value, &err), err);
  CHECK_REL(value, 3e-6, 1e-15);
  CHECK_FAILS(sim_param_parse(g_max, "0 S", &where, &value, &err), err,
              SIM_ECONFIG, "a.yaml:3: axis.from: must be > 0 S, got 0 S");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_read),
      cmocka_unit_test(defaults_fill_what_is_not_written),
      cmocka_unit_test(a_word_stands_for_a_number_or_a_list),
      cmocka_unit_test(one_value_is_a_list_of_one),
      cmocka_unit_test(times_are_in_tau_or_seconds),
      cmocka_unit_test(paths_start_at_the_file_that_has_them),
      cmocka_unit_test(an_empty_section_takes_its_defaults),
      cmocka_unit_test(lists_of_texts_are_written_as_they_are_read),
      cmocka_unit_test(keys_are_looked_up),
      cmocka_unit_test(one_value_is_read_by_its_rules),
  };
  return cmocka_run_group_tests_name("param", tests, NULL, NULL);
}
