/* tests/test_param_refusals.c -- mistakes in a file, and what is said of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/param.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"
#include "tests/param_text.h"
#include "tests/sample_params.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
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
  return cmocka_run_group_tests_name("param_refusals", tests, NULL, NULL);
}
