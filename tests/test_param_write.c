/* tests/test_param_write.c -- tables write, compare and describe parameters
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/param.h"
#include "tests/check.h"
#include "tests/folder.h"
#include "tests/param_text.h"
#include "tests/sample_params.h"

/* -------------------------------------------------------------- writing */

static char *write_values(const struct values *values, const char *run_dir) {
  char *text = NULL;
  size_t n = 0;
  FILE *file = open_memstream(&text, &n);
  CHECK(file);
  sim_param_write(file, table, N, TRAIN, values, run_dir);
  CHECK(fclose(file) == 0);
  return text;
}

static void the_resolved_experiment_has_every_key_with_units(void **state) {
  (void)state;
  const struct values v = read_values(START "settle: 5 us\nname: a b\n");
  char *text = write_values(&v, NULL);
  assert_string_equal(text,
                      "experiment: train\n"
                      "name: \"a b\"\n"
                      "data: \"\"\n"
                      "seed: 1\n"
                      "is_noisy: false\n"
                      "chip:\n"
                      "  preset: ideal\n"
                      "  capacitance: matched\n"
                      "  coupling:\n"
                      "    g_min: 0 S\n"
                      "    g_max: 1 uS\n"
                      "    levels: 256\n"
                      "    offset: 0 V\n"
                      "layers: [64, 128]\n"
                      "range: [-1, 1]\n"
                      "settle: 5 us\n"
                      "batch: all\n"
                      "rate: 0.001\n"
                      "tolerance: none\n");
  free(text);
}

static struct values read_back(const char *text) {
  struct sim_error err = {0};
  struct values values = {0};
  struct sim_config *config;
  CHECK_OK(sim_config_parse(&config, text, strlen(text), "b.yaml", "", &err),
           err);
  CHECK_OK(sim_config_read(config, table, N, TRAIN, &values, &err), err);
  sim_config_destroy(config);
  return values;
}

static void the_resolved_experiment_reads_back_to_the_same_bits(void **state) {
  (void)state;
  struct values v = read_values(START);
  uint64_t seed = 7;
  for (int i = 0; i < 2000; i++) {
    struct sim_difference first;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const double x = ldexp((double)(seed >> 11), -53) + 1e-12;
    v.seed = seed;
    v.chip.coupling.g_max = x * pow(10, -(i % 30));
    v.chip.coupling.offset = x - 0.5;
    v.chip.capacitance.n = (size_t)i % 4;
    for (size_t k = 0; k < 3; k++) {
      v.chip.capacitance.v[k] = x / (double)(k + 1);
    }
    v.duration = (struct sim_time){x, i % 2};
    v.tolerance = i % 3 ? -x : (double)NAN;
    v.range.v[0] = -x * 1e20;
    char *text = write_values(&v, NULL);
    const struct values w = read_back(text);
    if (sim_param_differs(table, N, TRAIN, &v, &w, NULL, &first)) {
      fail_msg("%s differs in\n%s", first.path, text);
    }
    free(text);
  }
}

static void awkward_texts_are_quoted_and_read_back(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",        "no",     "null",       "~",     "5",      "1e-6",
      " a ",     "a: b",   "a # b",      "- a",   "'a'",    "\"a\\b\"",
      "a\nb\tc", "\r",     "\x1b[1m",    "\x7f",  "\u00e4", "\xc2\x85",
      "\u2028",  "\ufeff", "\U0001f600", "%YAML", "---",    "...",
      "&a",      "*a",     "!a",         "{a",    "@",      "`",
      ".",       "..",     "./x",        ".5",    "a,b]",   "?",
      "TRUE",    "-",      "=",          "<<"};
  struct values v = read_values(START);
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    strcpy(v.name, texts[i]);
    char *text = write_values(&v, NULL);
    const struct values w = read_back(text);
    assert_string_equal(w.name, texts[i]);
    free(text);
  }
}

static char folder[64];

static void make_file(const char *path) {
  FILE *file = fopen(path, "w");
  CHECK(file && fclose(file) == 0);
}

static int enter_folder(void **state) {
  (void)state;
  folder_make(folder);
  if (chdir(folder) || mkdir("experiments", 0700) || mkdir("data", 0700) ||
      mkdir("runs", 0700) || mkdir("runs/a", 0700)) {
    return -1;
  }
  make_file("data/x.h5");
  make_file("runs/a/ideal");
  return symlink("runs/a", "link");
}

static int leave_folder(void **state) {
  (void)state;
  folder_remove(folder);
  return chdir("/");
}

static void check_path_line(struct values *v, const char *data,
                            const char *run_dir, const char *want) {
  strcpy(v->data, data);
  char *text = write_values(v, run_dir);
  char line[300];
  snprintf(line, sizeof line, "\n%s\n", want);
  if (!strstr(text, line)) {
    fail_msg("want %s in\n%s", want, text);
  }
  free(text);
}

static void paths_are_written_as_seen_from_the_run(void **state) {
  (void)state;
  struct values v = read_values(START);
  char want[200];
  check_path_line(&v, "experiments/../data/x.h5", "runs/a",
                  "data: ../../data/x.h5");
  check_path_line(&v, "data/x.h5", "link", "data: ../../data/x.h5");
  check_path_line(&v, "data/absent/y.h5", "runs/a",
                  "data: ../../data/absent/y.h5");
  check_path_line(&v, "runs/a/z.h5", "runs/a", "data: z.h5");
  check_path_line(&v, "runs/ab", "runs/a", "data: ../ab");
  check_path_line(&v, "runs", "runs/a", "data: ..");
  snprintf(want, sizeof want, "data: %s/data/x.h5", folder);
  check_path_line(&v, want + 6, "runs/a", want);
}

static void a_path_named_like_the_word_stays_a_path(void **state) {
  (void)state;
  struct values v = read_values(START);
  strcpy(v.chip.preset, "runs/a/ideal");
  char *text = write_values(&v, "runs/a");
  CHECK(strstr(text, "  preset: ./ideal\n"));
  free(text);
}

/* ------------------------------------------------- visiting, comparing */

static int list_leaf(const struct sim_leaf *leaf, void *context) {
  char value[64];
  fprintf(context, "%s=%s;", leaf->path,
          sim_param_format(leaf->param, leaf->value, value, sizeof value));
  return strcmp(leaf->path, "chip.coupling.levels") == 0 ? 42 : 0;
}

static void a_visit_goes_through_keys_in_use_until_it_is_ended(void **state) {
  (void)state;
  const struct values v = read_values(START);
  char *text = NULL;
  size_t n = 0;
  FILE *file = open_memstream(&text, &n);
  CHECK(file);
  assert_int_equal(sim_param_visit(table, N, TRAIN, &v, list_leaf, file), 42);
  fclose(file);
  assert_string_equal(text,
                      "experiment=train;name=\"\";data=\"\";seed=1;"
                      "is_noisy=false;chip.preset=ideal;"
                      "chip.capacitance=matched;chip.coupling.g_min=0 S;"
                      "chip.coupling.g_max=1 uS;chip.coupling.levels=256;");
  free(text);
}

static int count_leaf(const struct sim_leaf *leaf, void *context) {
  (void)leaf;
  ++*(size_t *)context;
  return 0;
}

static void a_change_of_any_one_value_is_noticed(void **state) {
  (void)state;
  const struct values v = read_values(START);
  static const char *const changes[][2] = {
      {"name", "x"},
      {"seed", "2"},
      {"is_noisy", "true"},
      {"chip.preset", "y"},
      {"layers", "[64, 129]"},
      {"layers", "64"},
      {"range", "[-1, 2]"},
      {"settle", "30 s"},
      {"settle", "31 tau"},
      {"batch", "1"},
      {"rate", "2e-3"},
      {"tolerance", "1e-3"},
      {"data", "z"},
      {"experiment", "generate"},
      {"chip.coupling.levels", "3"},
      {"chip.capacitance", "1 pF"},
  };
  struct sim_difference first;
  size_t n_leaves = 0;
  sim_param_visit(table, N, TRAIN, &v, count_leaf, &n_leaves);
  assert_int_equal(n_leaves, 17);
  CHECK(!sim_param_differs(table, N, TRAIN, &v, &v, NULL, &first));
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    struct sim_error err = {0};
    struct values w = {0};
    char option[100];
    snprintf(option, sizeof option, "%s=%s", changes[i][0], changes[i][1]);
    struct sim_config *config = parse(START);
    CHECK_OK(sim_config_set(config, option, &err), err);
    CHECK_OK(sim_config_read(config, table, N, TRAIN, &w, &err), err);
    sim_config_destroy(config);
    CHECK(sim_param_differs(table, N, TRAIN, &v, &w, NULL, &first));
    assert_string_equal(first.path, changes[i][0]);
    const char *const skip[] = {"other", changes[i][0], NULL};
    CHECK(!sim_param_differs(table, N, TRAIN, &v, &w, skip, &first));
  }
}

static void differences_can_be_skipped_by_section(void **state) {
  (void)state;
  struct values v = read_values(START), w = v;
  struct sim_difference first;
  const char *const skip[] = {"chip", NULL};
  const char *const near[] = {"chi", "chip.coupling.level", NULL};
  char left[40], right[40];
  w.chip.coupling.levels = 2;
  CHECK(!sim_param_differs(table, N, TRAIN, &v, &w, skip, &first));
  CHECK(sim_param_differs(table, N, TRAIN, &v, &w, near, &first));
  assert_string_equal(
      sim_param_format(first.param, first.left, left, sizeof left), "256");
  assert_string_equal(
      sim_param_format(first.param, first.right, right, sizeof right), "2");
  w.samples = 3;  // of another kind of experiment
  CHECK(!sim_param_differs(table, N, TRAIN, &v, &w, skip, &first));
}

static void paths_are_the_same_when_they_lead_to_the_same_file(void **state) {
  (void)state;
  struct values v = read_values(START), w = v;
  struct sim_difference first;
  strcpy(v.data, "experiments/../data/x.h5");
  strcpy(w.data, "link/../../data/x.h5");
  CHECK(!sim_param_differs(table, N, TRAIN, &v, &w, NULL, &first));
  strcpy(v.data, "/absent/x");
  strcpy(w.data, "runs/../../../../../../absent/x");
  CHECK(!sim_param_differs(table, N, TRAIN, &v, &w, NULL, &first));
  strcpy(w.data, "data/y.h5");
  CHECK(sim_param_differs(table, N, TRAIN, &v, &w, NULL, &first));
}

/* ------------------------------------------------------------ describing */

static char *describe(const char *key, struct sim_error *err) {
  char *text = NULL;
  size_t n = 0;
  FILE *file = open_memstream(&text, &n);
  CHECK(file);
  sim_param_describe(file, table, N, key, err);
  CHECK(fclose(file) == 0);
  return text;
}

static void a_section_is_described_with_ranges_and_defaults(void **state) {
  (void)state;
  struct sim_error err = {0};
  char *text = describe("chip.coupling", &err);
  assert_string_equal(text,
                      "chip.coupling: crossbar between two layers\n"
                      "  g_min             lowest conductance\n"
                      "                    number in S, >= 0 S; default 0 S\n"
                      "  g_max             highest conductance\n"
                      "                    number in S, > 0 S; required\n"
                      "  levels            programmable values, both ends "
                      "counted\n"
                      "                    whole number, 2 to 65536; default "
                      "256\n"
                      "  offset            voltage offset\n"
                      "                    number in V, > -1 V and < 1 V; "
                      "default 0 V\n");
  free(text);
}

static void one_key_is_described(void **state) {
  (void)state;
  struct sim_error err = {0};
  char *text = describe("chip.capacitance", &err);
  assert_string_equal(text,
                      "  chip.capacitance  of a node, one value or one a "
                      "layer\n"
                      "                    number or list of numbers in F, > 0 "
                      "F, at most 3 items, or\n"
                      "                    matched; default matched\n");
  free(text);
  text = describe("range", &err);
  CHECK(strstr(text, "exactly 2 items; default [-1, 1]\n"));
  free(text);
  text = describe("experiment", &err);
  CHECK(strstr(text, " train | generate; required\n"));
  free(text);
  assert_int_equal(err.status, SIM_OK);
}

static void the_whole_description_fits_80_columns(void **state) {
  (void)state;
  struct sim_error err = {0};
  char *text = describe(NULL, &err);
  size_t width = 0;
  for (const char *at = text; *at; at++) {
    width = *at == '\n' ? 0 : width + 1;
    CHECK(width <= 80);
  }
  CHECK(strstr(text, "\nchip.coupling: "));
  free(text);
}

static void an_unknown_key_has_no_description(void **state) {
  (void)state;
  struct sim_error err = {0};
  CHECK_FAILS(sim_param_describe(stdout, table, N, "chip.couplin", &err), err,
              SIM_ECONFIG,
              "chip.couplin: unknown key, did you mean \"coupling\"?");
  CHECK_FAILS(sim_param_describe(stdout, table, N, "chip.preset.x", &err), err,
              SIM_ECONFIG,
              "chip.preset.x: unknown key; keys here are preset, capacitance, "
              "coupling");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_resolved_experiment_has_every_key_with_units),
      cmocka_unit_test(the_resolved_experiment_reads_back_to_the_same_bits),
      cmocka_unit_test(awkward_texts_are_quoted_and_read_back),
      cmocka_unit_test(paths_are_written_as_seen_from_the_run),
      cmocka_unit_test(a_path_named_like_the_word_stays_a_path),
      cmocka_unit_test(a_visit_goes_through_keys_in_use_until_it_is_ended),
      cmocka_unit_test(a_change_of_any_one_value_is_noticed),
      cmocka_unit_test(differences_can_be_skipped_by_section),
      cmocka_unit_test(paths_are_the_same_when_they_lead_to_the_same_file),
      cmocka_unit_test(a_section_is_described_with_ranges_and_defaults),
      cmocka_unit_test(one_key_is_described),
      cmocka_unit_test(the_whole_description_fits_80_columns),
      cmocka_unit_test(an_unknown_key_has_no_description),
  };
  return cmocka_run_group_tests_name("param_write", tests, enter_folder,
                                     leave_folder);
}
