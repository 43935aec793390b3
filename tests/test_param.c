/* tests/test_param.c -- tables read parameters and refuse mistakes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/param.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/param_text.h"
#include "tests/sample_params.h"

static void check_config_refused(struct sim_config *config,
                                 const char *message) {
  struct sim_error err = {0};
  struct values values = {0};
  CHECK_FAILS(sim_config_read(config, table, N, TRAIN, &values, &err), err,
              SIM_ECONFIG, message);
  sim_config_destroy(config);
}

static void check_refused(const char *text, const char *message) {
  check_config_refused(parse(text), message);
}

/* START with one more line, its fourth. */
static void check_line(const char *line, const char *message) {
  char text[4096];
  snprintf(text, sizeof text, START "%s\n", line);
  check_refused(text, message);
}

/* A key of the coupling, given on line 5. */
static void check_coupling(const char *line, const char *message) {
  char text[4096];
  snprintf(text, sizeof text,
           "experiment: train\nrate: 1\nchip:\n  coupling:\n    %s\n", line);
  check_refused(text, message);
}

/* -------------------------------------------------------------- reading */

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

/* ------------------------------------------------------------- refusals */

static void unknown_keys_name_the_nearest(void **state) {
  (void)state;
  check_coupling("level: 3",
                 "a.yaml:5: chip.coupling.level: unknown key, did you mean "
                 "\"levels\"?");
  check_coupling("Gmax: 3",
                 "a.yaml:5: chip.coupling.Gmax: unknown key, did you mean "
                 "\"g_max\"?");
  check_line("seeed: 3",
             "a.yaml:4: seeed: unknown key, did you mean \"seed\"?");
  check_coupling("noise: 3",
                 "a.yaml:5: chip.coupling.noise: unknown key; keys here are "
                 "g_min, g_max, levels, offset");
  check_line("q: 3",
             "a.yaml:4: q: unknown key; keys here are experiment, name, data, "
             "seed, is_noisy, chip, layers, range, settle, batch, rate, "
             "tolerance");
}

static void every_known_key_is_found_from_one_wrong_letter(void **state) {
  (void)state;
  struct sim_error err = {0};
  for (size_t i = 0; i < N; i++) {
    if (table[i].uses & GENERATE) {
      continue;
    }
    char text[200], want[200];
    snprintf(text, sizeof text, "%s: 1\n", table[i].name);
    text[1] = 'Z';
    snprintf(want, sizeof want, "did you mean \"%s\"?", table[i].name);
    struct values v;
    struct sim_config *config = parse(text);
    assert_int_equal(sim_config_read(config, table, N, TRAIN, &v, &err),
                     SIM_ECONFIG);
    if (!strstr(err.message, want)) {
      fail_msg("%s", err.message);
    }
    sim_config_destroy(config);
  }
}

static void keys_of_other_experiments_are_refused(void **state) {
  (void)state;
  check_line("samples: 3",
             "a.yaml:4: samples: is not used by this kind of experiment");
}

static void inherited_keys_of_other_experiments_are_passed_over(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct values v = {0};
  struct sim_config *base = parse(START "batch: 7\n");
  struct sim_config *config = parse("experiment: generate\nsamples: 9\n");
  CHECK_OK(sim_config_inherit(config, base, &err), err);
  CHECK_OK(sim_config_read(config, table, N, GENERATE, &v, &err), err);
  CHECK(v.kind == 1 && v.samples == 9 && v.batch == 0);
  CHECK(v.chip.coupling.g_max == 1e-6);
  sim_config_destroy(config);
  sim_config_destroy(base);
}

static void missing_keys_say_where_they_belong(void **state) {
  (void)state;
  check_refused("rate: 1\n",
                "a.yaml: experiment: is required and missing (kind of "
                "experiment)");
  check_refused("experiment: train\nrate: 1\n",
                "a.yaml: chip.coupling.g_max: is required and missing (highest "
                "conductance, in S)");
  check_coupling("levels: 2",
                 "a.yaml:4: chip.coupling.g_max: is required and missing "
                 "(highest conductance, in S)");
}

static void numbers_out_of_range_are_refused(void **state) {
  (void)state;
  check_coupling("levels: 1",
                 "a.yaml:5: chip.coupling.levels: must be >= 2, got 1");
  check_coupling("levels: -1",
                 "a.yaml:5: chip.coupling.levels: must be >= 2, got -1");
  check_coupling("levels: 65537",
                 "a.yaml:5: chip.coupling.levels: must be <= 65536, got 65537");
  check_coupling("levels: 9223372036854775808",
                 "a.yaml:5: chip.coupling.levels: must be <= 65536, got "
                 "9223372036854775808");
  check_coupling("levels: 99999999999999999999",
                 "a.yaml:5: chip.coupling.levels: must be <= "
                 "18446744073709551615, got 99999999999999999999");
  check_coupling("g_max: 0 S",
                 "a.yaml:5: chip.coupling.g_max: must be > 0 S, got 0 S");
  check_coupling("g_min: -1 uS",
                 "a.yaml:5: chip.coupling.g_min: must be >= 0 S, got -1 uS");
  check_coupling("offset: 1 V",
                 "a.yaml:5: chip.coupling.offset: must be < 1 V, got 1 V");
  check_coupling("offset: -1000 mV",
                 "a.yaml:5: chip.coupling.offset: must be > -1 V, got -1000 "
                 "mV");
  check_coupling("g_max: 1e999",
                 "a.yaml:5: chip.coupling.g_max: must be smaller in size than "
                 "1.8e308, got 1e999");
  check_coupling("g_max: 1e-999 S",
                 "a.yaml:5: chip.coupling.g_max: must be 0 or at least "
                 "4.9e-324 in size, got 1e-999 S");
  check_line("batch: -1", "a.yaml:4: batch: must be >= 0, got -1");
  check_line("seed: -1", "a.yaml:4: seed: must be a whole number, got -1");
  check_line("settle: 0 s", "a.yaml:4: settle: must be > 0, got 0 s");
}

static void what_is_no_number_is_refused(void **state) {
  (void)state;
  static const char *const words[] = {"fast", "nan",  "NaN",  ".nan", "inf",
                                      "-inf", ".inf", "true", "yes"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    char line[64], message[200];
    snprintf(line, sizeof line, "g_max: %s", words[i]);
    snprintf(message, sizeof message,
             "a.yaml:5: chip.coupling.g_max: must be a number in S, got %s",
             words[i]);
    check_coupling(line, message);
  }
  check_line("range: [0, x]", "a.yaml:4: range[1]: must be a number, got x");
  check_line("tolerance: x",
             "a.yaml:4: tolerance: must be a number or none, got x");
  check_line("batch: many",
             "a.yaml:4: batch: must be a whole number or all, got many");
  check_line("batch: 1.5",
             "a.yaml:4: batch: must be a whole number or all, got 1.5");
  check_line("settle: soon",
             "a.yaml:4: settle: must be a time such as 30 tau or 5 us, got "
             "soon");
}

static void a_wrong_unit_is_refused(void **state) {
  (void)state;
  check_coupling("g_max: 3 V",
                 "a.yaml:5: chip.coupling.g_max: must be a number in S, got 3 "
                 "V");
  check_coupling("g_max: 3 us",
                 "a.yaml:5: chip.coupling.g_max: must be a number in S, got 3 "
                 "us");
  check_line("tolerance: 3 V",
             "a.yaml:4: tolerance: must be a number without a unit or none, "
             "got 3 V");
  check_line("settle: 3 V",
             "a.yaml:4: settle: must be a time such as 30 tau or 5 us, got 3 "
             "V");
}

static void the_traps_of_yaml_are_closed(void **state) {
  (void)state;
  const struct values v = read_values(START "tolerance: 1e-6\nname: no\n");
  CHECK(v.tolerance == 1e-6);
  assert_string_equal(v.name, "no");
  static const char *const truths[] = {"yes", "no", "on",   "off",
                                       "y",   "1",  "True", "FALSE"};
  for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
    char line[64], message[200];
    snprintf(line, sizeof line, "is_noisy: %s", truths[i]);
    snprintf(message, sizeof message,
             "a.yaml:4: is_noisy: must be true or false, got %s", truths[i]);
    check_line(line, message);
  }
  check_line("settle: 1:30",
             "a.yaml:4: settle: must be a time such as 30 tau or 5 us, got "
             "1:30");
  check_line("tolerance: 012",
             "a.yaml:4: tolerance: must be a plain decimal number (no leading "
             "zero, 0x or _), got 012");
  check_line("batch: 012",
             "a.yaml:4: batch: must be a whole number without a leading zero, "
             "got 012");
  check_line("tolerance: 0x1F",
             "a.yaml:4: tolerance: must be a plain decimal number (no leading "
             "zero, 0x or _), got 0x1F");
  check_line("tolerance: 1_000",
             "a.yaml:4: tolerance: must be a plain decimal number (no leading "
             "zero, 0x or _), got 1_000");
}

static void wrong_types_are_refused(void **state) {
  (void)state;
  check_line("seed: [1]", "a.yaml:4: seed: must be one value, got a list");
  check_line("seed: {a: 1}",
             "a.yaml:4: seed: must be one value, got a section of keys");
  check_line("layers: {a: 1}",
             "a.yaml:4: layers: must be a list or one value, got a section of "
             "keys");
  check_line("layers: [[1]]",
             "a.yaml:4: layers[0]: must be one value, got a list");
  check_line("seed:", "a.yaml:4: seed: has no value");
  check_line("seed: ~", "a.yaml:4: seed: has no value");
  check_line("name: null", "a.yaml:4: name: has no value");
  check_line("layers: [1, ~]", "a.yaml:4: layers[1]: has no value");
  check_line("seed: \"\"",
             "a.yaml:4: seed: must be a whole number, got an empty text");
  check_refused("experiment: train\nchip: 3\n",
                "a.yaml:2: chip: must be a section of keys, got 3");
  check_refused("experiment: train\nchip: [3]\n",
                "a.yaml:2: chip: must be a section of keys, got a list");
  check_refused("experiment: trian\n",
                "a.yaml:1: experiment: must be train | generate, got trian");
}

static void lists_of_a_wrong_length_are_refused(void **state) {
  (void)state;
  check_line("range: [1, 2, 3]",
             "a.yaml:4: range: must be a list of 2 items, got 3");
  check_line("range: 1", "a.yaml:4: range: must be a list of 2 items, got 1");
  check_line("layers: []",
             "a.yaml:4: layers: must be a list of at least 1 item, got 0");
  check_line("layers: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
             "a.yaml:4: layers: must be a list of at most 16 items, got 17");
  check_refused("experiment: train\nchip: {capacitance: [1, 2, 3, 4]}\n",
                "a.yaml:2: chip.capacitance: must be a list of at most 3 "
                "items, got 4");
}

static void texts_beyond_their_limit_are_refused(void **state) {
  (void)state;
  char line[2048];
  strcpy(line, "name: ");
  memset(line + 6, 'x', SIM_TEXT_MAX);
  line[6 + SIM_TEXT_MAX] = '\0';
  check_line(line,
             "a.yaml:4: name: must be at most 1023 bytes long, got "
             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...");
  line[6 + SIM_TEXT_MAX - 1] = '\0';
  memcpy(line, "data: ", 6);
  check_line(line,
             "a.yaml:4: data: must be at most 1023 bytes long with its "
             "directory, got "
             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...");
}

static void received_text_cannot_break_the_line(void **state) {
  (void)state;
  check_line("seed: \"a\\nb\\e[31m\\u2028\\u00e4\"",
             "a.yaml:4: seed: must be a whole number, got a?b?[31m?\u00e4");
}

static void options_are_checked_like_the_file(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"chip.coupling.levels=1",
       "--set chip.coupling.levels: must be >= 2, got 1"},
      {"chip.coupling={levels: 2}",
       "a.yaml:3: chip.coupling.g_max: is required and missing "
       "(highest conductance, in S)"},
      {"chip={coupling: {lvels: 2}}",
       "--set chip.coupling.lvels: unknown key, did you mean \"levels\"?"},
      {"chip.copling.levels=2",
       "--set chip.copling: unknown key, did you mean \"coupling\"?"},
      {"seed=", "--set seed: has no value"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct sim_error err = {0};
    struct sim_config *config = parse(START);
    CHECK_OK(sim_config_set(config, cases[i][0], &err), err);
    check_config_refused(config, cases[i][1]);
  }
}

static void the_first_mistake_of_the_file_is_told(void **state) {
  (void)state;
  check_refused(
      "rate: 1\nchip:\n  coupling:\n    g_max: 1\n    levels: 0\nbogus: 1\n"
      "experiment: x\nseed: x\n",
      "a.yaml:5: chip.coupling.levels: must be >= 2, got 0");
  check_refused("rate: 1\nbogus: 1\nseed: x\nexperiment: x\n",
                "a.yaml:2: bogus: unknown key; keys here are experiment, name, "
                "data, seed, is_noisy, chip, layers, range, settle, batch, "
                "rate, tolerance");
}

/* ------------------------------------------------ texts, single values */

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
      cmocka_unit_test(lists_of_texts_are_written_as_they_are_read),
      cmocka_unit_test(keys_are_looked_up),
      cmocka_unit_test(one_value_is_read_by_its_rules),
      cmocka_unit_test(defaults_fill_what_is_not_written),
      cmocka_unit_test(a_word_stands_for_a_number_or_a_list),
      cmocka_unit_test(one_value_is_a_list_of_one),
      cmocka_unit_test(times_are_in_tau_or_seconds),
      cmocka_unit_test(paths_start_at_the_file_that_has_them),
      cmocka_unit_test(an_empty_section_takes_its_defaults),
      cmocka_unit_test(unknown_keys_name_the_nearest),
      cmocka_unit_test(every_known_key_is_found_from_one_wrong_letter),
      cmocka_unit_test(keys_of_other_experiments_are_refused),
      cmocka_unit_test(inherited_keys_of_other_experiments_are_passed_over),
      cmocka_unit_test(missing_keys_say_where_they_belong),
      cmocka_unit_test(numbers_out_of_range_are_refused),
      cmocka_unit_test(what_is_no_number_is_refused),
      cmocka_unit_test(a_wrong_unit_is_refused),
      cmocka_unit_test(the_traps_of_yaml_are_closed),
      cmocka_unit_test(wrong_types_are_refused),
      cmocka_unit_test(lists_of_a_wrong_length_are_refused),
      cmocka_unit_test(texts_beyond_their_limit_are_refused),
      cmocka_unit_test(received_text_cannot_break_the_line),
      cmocka_unit_test(options_are_checked_like_the_file),
      cmocka_unit_test(the_first_mistake_of_the_file_is_told),
  };
  return cmocka_run_group_tests_name("param", tests, NULL, NULL);
}
