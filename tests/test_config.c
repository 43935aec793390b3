/* tests/test_config.c -- experiment files: places, refusals, options
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/config_text.h"

static const char digits[] =
    "experiment: train  # comment\n"
    "name: digits\n"
    "chip:\n"
    "  preset: \"a b\"\n"
    "  coupling:\n"
    "    levels: 1\n"
    "  noise: {thermal: false,\n"
    "          flicker: false}\n"
    "data:\n"
    "  range: [-1, 1]\n";

/* -------------------------------------------------------------- places */

static void every_key_knows_its_line_and_path(void **state) {
  (void)state;
  struct sim_config *config = parse(digits);

  check_where(config, "experiment", "digits.yaml:1: experiment: !");
  check_where(config, "chip.coupling.levels",
              "digits.yaml:6: chip.coupling.levels: !");
  check_where(config, "chip.noise.flicker",
              "digits.yaml:8: chip.noise.flicker: !");
  const struct sim_node *range = sim_config_find(config, "data.range");
  assert_int_equal(range->n, 2);
  assert_string_equal(range->last->path, "data.range[1]");
  assert_int_equal(range->last->where.line, 10);
  assert_string_equal(range->directory, "experiments");
  sim_config_destroy(config);
}

static void a_missing_key_points_to_the_section_around_it(void **state) {
  (void)state;
  struct sim_config *config = parse(digits);

  check_where(config, "chip.coupling.g_max",
              "digits.yaml:5: chip.coupling.g_max: !");
  check_where(config, "learning.rule", "digits.yaml: learning.rule: !");
  sim_config_destroy(config);
}

static void raw_texts_are_found(void **state) {
  (void)state;
  struct sim_config *config = parse(digits);

  assert_string_equal(sim_config_text(config, "experiment"), "train");
  assert_string_equal(sim_config_text(config, "chip.preset"), "a b");
  CHECK(!sim_config_find(config, "chip.preset")->is_plain);
  CHECK(sim_config_find(config, "name")->is_plain);
  assert_null(sim_config_text(config, "chip"));
  assert_null(sim_config_text(config, "absent.key"));
  CHECK(sim_config_has(config, "chip.noise"));
  CHECK(!sim_config_has(config, "chip.noise.shot"));
  sim_config_destroy(config);
}

static void aliases_repeat_what_their_anchor_marks(void **state) {
  (void)state;
  struct sim_config *config =
      parse("a: &x\n  k: 1\n  l: [2, 3]\nb: *x\nc: [*x, &y 5, *y]\n");

  assert_string_equal(sim_config_text(config, "b.k"), "1");
  check_where(config, "b.k", "digits.yaml:2: b.k: !");
  check_where(config, "b", "digits.yaml:4: b: !");
  const struct sim_node *c = sim_config_find(config, "c");
  assert_string_equal(c->first->last->path, "c[0].l");
  assert_string_equal(c->last->text, "5");
  sim_config_destroy(config);
}

static void a_byte_order_mark_and_line_ends_of_windows_are_read(void **state) {
  (void)state;
  struct sim_config *config = parse(
      "\xef\xbb\xbf"
      "a: 1\r\nb: 2\r\n");

  assert_string_equal(sim_config_text(config, "a"), "1");
  check_where(config, "b", "digits.yaml:2: b: !");
  sim_config_destroy(config);
}

/* ------------------------------------------------------------ refusals */

static void duplicate_keys_show_both_lines(void **state) {
  (void)state;
  check_refused("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
                "a.yaml:5: b.c: is written twice, first on line 3");
}

static void keys_must_be_words(void **state) {
  (void)state;
  const char *message =
      "a.yaml:1: a key must be a word, got a list, section or alias";
  check_refused("[a, b]: 1\n", message);
  check_refused("? {a: 1}\n: 1\n", message);
  check_refused("a: &x b\n*x : 1\n",
                "a.yaml:2: a key must be a word, got a list, section or alias");
  check_refused("a:\n  \"\": 1\n",
                "a.yaml:2: a: a key must be a word, got nothing before \":\"");
  check_refused("\"a\\e[1m\": 1\n",
                "a.yaml:1: a key must be a word, got a control character in "
                "it");
  check_refused("a: &x {k: 1}\nb:\n  <<: *x\n",
                "a.yaml:3: b: merge keys (<<) are not supported");
}

static void tags_beyond_the_core_ones_are_refused(void **state) {
  (void)state;
  sim_config_destroy(parse("a: !!str 5\nb: !!seq [1]\nc: ! x\n"));
  const char *message =
      "a.yaml:1: a: tags (a word after \"!\") are not supported";
  check_refused("a: !mine 5\n", message);
  check_refused("a: !!python/object 5\n", message);
  check_refused("a: !mine [5]\n", message);
  check_refused("a: !mine {b: 5}\n", message);
  check_refused("!mine a: 5\n", message);
}

static void bad_aliases_are_refused(void **state) {
  (void)state;
  check_refused("a: *x\n",
                "a.yaml:1: a: is an alias (*name) without an anchor (&name) "
                "before it");
  check_refused("a: &x\n  b: *x\n",
                "a.yaml:2: a.b: is an alias (*name) of a section that it lies "
                "in");
}

static void only_one_document_is_read(void **state) {
  (void)state;
  sim_config_destroy(parse("---\na: 1\n...\n"));
  check_refused("a: 1\n---\nb: 2\n",
                "a.yaml:2: a second document starts here; only one is read");
}

static void directives_are_refused(void **state) {
  (void)state;
  check_refused("# x\n%YAML 1.1\n---\na: 1\n",
                "a.yaml:2: directives (lines that start with %) are not "
                "supported");
}

static void a_file_without_content_is_empty(void **state) {
  (void)state;
  check_refused("", "a.yaml: is empty");
  check_refused("# only a comment\n", "a.yaml: is empty");
  check_refused("---\n", "a.yaml: is empty");
}

static void the_top_must_have_keys(void **state) {
  (void)state;
  const char *message =
      "a.yaml:1: must start with a key, such as \"experiment: train\"";
  check_refused("hello\n", message);
  check_refused("- a\n- b\n", message);
  check_refused("\"\"\n", message);
}

static void what_is_not_text_is_refused(void **state) {
  (void)state;
  check_refused_bytes("a: 1\nb: \0\n", 10,
                      "a.yaml:2: is not text: it has the control character "
                      "0x00");
  check_refused("a: \x1b[1m\n",
                "a.yaml:1: is not text: it has the control character 0x1b");
  check_refused("a: 1\nb: \xff\n",
                "a.yaml:2: is not text: byte 0xff is not valid UTF-8");
  check_refused("a: \xc0\xaf\n",
                "a.yaml:1: is not text: byte 0xc0 is not valid UTF-8");
  check_refused("a: \xe0\x80\xaf\n",
                "a.yaml:1: is not text: byte 0xe0 is not valid UTF-8");
  check_refused_bytes("a: \xe2\x82\xac", 5,
                      "a.yaml:1: is not text: byte 0xe2 is not valid UTF-8");
  check_refused("a: \xed\xa0\x80\n",
                "a.yaml:1: is not text: byte 0xed is not valid UTF-8");
  check_refused("a: \xe2\x82",
                "a.yaml:1: is not text: byte 0xe2 is not valid UTF-8");
  check_refused(
      "\xff\xfe"
      "a",
      "a.yaml:1: is not text: byte 0xff is not valid UTF-8");
  check_refused("a: \"x\\0y\"\n", "a.yaml:1: a: has a zero byte");
}

static void mistakes_of_syntax_are_told_in_plain_words(void **state) {
  (void)state;
  check_refused("a:\n\tb: 1\n",
                "a.yaml:2: a tab is used for indentation; use spaces");
  check_refused("a: 1\nb:\n  \t- 1\n",
                "a.yaml:3: a tab is used for indentation; use spaces");
  check_refused("a: [1, 2\nb: 3\n",
                "a.yaml:2: \"[\" is not closed, or a comma is missing; opened "
                "on line 1");
  check_refused("a: 1\nb: {c: 3\n",
                "a.yaml:3: \"{\" is not closed, or a comma is missing; opened "
                "on line 2");
  check_refused("a: \"x\n", "a.yaml:2: quote is not closed; opened on line 1");
  check_refused("a: 1\nb\nc: 2\n",
                "a.yaml:3: \":\" is missing after the key of line 2");
  check_refused("a: 1\n  b: 2\n",
                "a.yaml:2: \":\" is not expected here; check the indentation, "
                "or put the value in quotes");
  check_refused("a: b: c\n",
                "a.yaml:1: \":\" is not expected here; check the indentation, "
                "or put the value in quotes");
  check_refused("  a: 1\n b: 2\n",
                "a.yaml:2: indentation does not fit the keys before it");
  check_refused("a:\n  - 1\n b: 2\n",
                "a.yaml:3: indentation does not fit the section that starts on "
                "line 1");
  check_refused("a:\n  - 1\n  b: 2\n",
                "a.yaml:3: indentation does not fit the list that starts on "
                "line 2");
  check_refused("a: @b\n",
                "a.yaml:1: a value cannot begin like this; put it in quotes");
  check_refused("a: \"\\q\"\n",
                "a.yaml:1: is not valid YAML: found unknown escape character");
}

/* ------------------------------------------------------ the --set option */

static void set_replaces_and_inserts(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse(digits);

  CHECK_OK(sim_config_set(config, "chip.coupling.levels=64", &err), err);
  assert_string_equal(sim_config_text(config, "chip.coupling.levels"), "64");
  check_where(config, "chip.coupling.levels", "--set chip.coupling.levels: !");
  CHECK_OK(sim_config_set(config, "settle.more.tolerance=1e-6", &err), err);
  assert_string_equal(sim_config_text(config, "settle.more.tolerance"), "1e-6");
  check_where(config, "settle.more.x", "digits.yaml: settle.more.x: !");
  CHECK_OK(sim_config_set(config, "network={layers: [64, 128]}", &err), err);
  const struct sim_node *layers = sim_config_find(config, "network.layers");
  assert_string_equal(layers->last->path, "network.layers[1]");
  assert_string_equal(layers->last->where.path, "--set network.layers[1]");
  assert_string_equal(layers->directory, "");
  CHECK_OK(sim_config_set(config, "name=a=b", &err), err);
  assert_string_equal(sim_config_text(config, "name"), "a=b");
  CHECK_OK(sim_config_set(config, "name=", &err), err);
  assert_string_equal(sim_config_text(config, "name"), "");
  sim_config_destroy(config);
}

static void set_keeps_the_order_of_the_file(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse("a: 1\nb: 2\nc: 3\n");

  CHECK_OK(sim_config_set(config, "b=4", &err), err);
  CHECK_OK(sim_config_set(config, "c=5", &err), err);
  CHECK_OK(sim_config_set(config, "d=6", &err), err);
  const struct sim_node *root = sim_config_root(config);
  assert_string_equal(root->first->next->text, "4");
  assert_string_equal(root->first->next->next->text, "5");
  assert_string_equal(root->first->next->next->next->text, "6");
  assert_string_equal(root->last->text, "6");
  assert_int_equal(root->n, 4);
  sim_config_destroy(config);
}

static void set_fills_a_section_that_was_left_empty(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse("chip:\n");

  CHECK_OK(sim_config_set(config, "chip.levels=2", &err), err);
  assert_string_equal(sim_config_text(config, "chip.levels"), "2");
  sim_config_destroy(config);
}

static void bad_options_are_refused(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"levels", "--set levels: must have the form KEY=VALUE"},
      {"=1", "--set : must be a key such as chip.coupling.levels"},
      {".a=1", "--set .a: must be a key such as chip.coupling.levels"},
      {"a..b=1", "--set a..b: must be a key such as chip.coupling.levels"},
      {"a.=1", "--set a.: must be a key such as chip.coupling.levels"},
      {"a b=1", "--set a b: must be a key such as chip.coupling.levels"},
      {"name.x=1", "--set name.x: \"name\" is a value, not a section of keys"},
      {"chip.preset.x.y=1",
       "--set chip.preset.x.y: \"chip.preset\" is a value, not a section of "
       "keys"},
      {"data.range=[1, 2",
       "--set data.range: \"[\" is not closed, or a comma is missing; opened "
       "on line 1"},
      {"a.b=\xff", "--set a.b: is not text: byte 0xff is not valid UTF-8"},
      {"a.b=*x",
       "--set a.b: is an alias (*name) without an anchor (&name) before it"},
      {"a=--- 1\n--- 2",
       "--set a: a second document starts here; only one is read"},
      {"a={b: {c: 1, c: 2}}", "--set a.b.c: is written twice"},
  };
  struct sim_error err = {0};
  struct sim_config *config = parse(digits);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    CHECK_FAILS(sim_config_set(config, cases[i][0], &err), err, SIM_ECONFIG,
                cases[i][1]);
  }
  CHECK(!sim_config_has(config, "a"));
  char *deep = repeat("a", ".a", 40, "=1");
  assert_int_equal(sim_config_set(config, deep, &err), SIM_ECONFIG);
  CHECK(strstr(err.message, "is nested deeper than the limit of 32 levels"));
  free(deep);
  char *longer = repeat("", "a", 256, "=1");
  assert_int_equal(sim_config_set(config, longer, &err), SIM_ECONFIG);
  CHECK(strstr(err.message, ": is longer than the limit of 255 bytes"));
  free(longer);
  sim_config_destroy(config);
}

/* ------------------------------------------------------------ inheriting */

static void inheriting_fills_in_what_is_missing(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *base = parse(digits);
  struct sim_config *config;
  const char *own =
      "experiment: generate\nchip: {preset: x, noise: off}\ndata:\n";
  CHECK_OK(sim_config_parse(&config, own, strlen(own), "b.yaml", "runs", &err),
           err);
  CHECK_OK(sim_config_set(base, "train.epochs=3", &err), err);
  CHECK_OK(sim_config_inherit(config, base, &err), err);
  sim_config_destroy(base);

  assert_string_equal(sim_config_text(config, "experiment"), "generate");
  assert_string_equal(sim_config_text(config, "chip.preset"), "x");
  assert_string_equal(sim_config_text(config, "chip.noise"), "off");
  check_where(config, "chip.coupling.levels",
              "digits.yaml:6: chip.coupling.levels: !");
  check_where(config, "chip.preset", "b.yaml:2: chip.preset: !");
  check_where(config, "train.epochs", "--set train.epochs: !");
  const struct sim_node *range = sim_config_find(config, "data.range");
  assert_string_equal(range->directory, "experiments");
  assert_string_equal(range->last->path, "data.range[1]");
  CHECK(range->is_inherited && !sim_config_find(config, "chip")->is_inherited);
  sim_config_destroy(config);
}

static void destroy_accepts_null(void **state) {
  (void)state;
  sim_config_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_key_knows_its_line_and_path),
      cmocka_unit_test(a_missing_key_points_to_the_section_around_it),
      cmocka_unit_test(raw_texts_are_found),
      cmocka_unit_test(aliases_repeat_what_their_anchor_marks),
      cmocka_unit_test(a_byte_order_mark_and_line_ends_of_windows_are_read),
      cmocka_unit_test(duplicate_keys_show_both_lines),
      cmocka_unit_test(keys_must_be_words),
      cmocka_unit_test(tags_beyond_the_core_ones_are_refused),
      cmocka_unit_test(bad_aliases_are_refused),
      cmocka_unit_test(only_one_document_is_read),
      cmocka_unit_test(directives_are_refused),
      cmocka_unit_test(a_file_without_content_is_empty),
      cmocka_unit_test(the_top_must_have_keys),
      cmocka_unit_test(what_is_not_text_is_refused),
      cmocka_unit_test(mistakes_of_syntax_are_told_in_plain_words),
      cmocka_unit_test(set_replaces_and_inserts),
      cmocka_unit_test(set_keeps_the_order_of_the_file),
      cmocka_unit_test(set_fills_a_section_that_was_left_empty),
      cmocka_unit_test(bad_options_are_refused),
      cmocka_unit_test(inheriting_fills_in_what_is_missing),
      cmocka_unit_test(destroy_accepts_null),
  };
  return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
