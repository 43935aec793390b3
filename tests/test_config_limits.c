/* tests/test_config_limits.c -- hostile sizes, files, refused memory
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/config.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/config_text.h"
#include "tests/folder.h"

#define SLOW 5  // sanitizers and valgrind may take that much longer

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void check_refused_fast(char *text, const char *message) {
  const double start = seconds();
  check_refused(text, message);
  CHECK(seconds() - start < 0.1 * SLOW);
  free(text);
}

/* --------------------------------------------------------------- limits */

static void a_file_beyond_1_mib_is_refused(void **state) {
  (void)state;
  char *text = repeat("a: 1\n", "#", (1u << 20) - 5, "");
  sim_config_destroy(parse(text));
  free(text);
  check_refused_fast(repeat("a: 1\n", "#", (1u << 20) - 4, ""),
                     "a.yaml: is larger than the limit of 1048576 bytes");
}

static void nesting_beyond_32_levels_is_refused(void **state) {
  (void)state;
  char *open = repeat("a: ", "[", 31, "1");
  char *good = repeat(open, "]", 31, "\n");
  sim_config_destroy(parse(good));
  free(open);
  free(good);
  open = repeat("a: ", "[", 32, "1");
  good = repeat(open, "]", 32, "\n");
  char path[128] = "a";
  for (int i = 0; i < 31; i++) {
    strcat(path, "[0]");
  }
  char message[256];
  snprintf(message, sizeof message,
           "a.yaml:1: %s: is nested deeper than the limit of 32 levels", path);
  check_refused(good, message);
  free(open);
  free(good);
  struct sim_error err = {0};
  struct sim_config *config;
  char *deep = repeat("a: ", "[", 100000, "");
  const double start = seconds();
  assert_int_equal(
      sim_config_parse(&config, deep, strlen(deep), "a.yaml", "", &err),
      SIM_ECONFIG);
  CHECK(seconds() - start < 0.1 * SLOW);
  CHECK(strstr(err.message, "a.yaml:1: a[0][0]") == err.message);
  CHECK(strstr(err.message, ": is nested deeper than the limit of 32 levels"));
  free(deep);
}

static void nested_sections_and_dashes_are_limited_too(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config;
  static const char *const parts[] = {"{a: ", "- ", "? "};
  for (size_t i = 0; i < 3; i++) {
    char *deep = repeat("", parts[i], 100000, "");
    const double start = seconds();
    assert_int_equal(
        sim_config_parse(&config, deep, strlen(deep), "a.yaml", "", &err),
        SIM_ECONFIG);
    CHECK(seconds() - start < 0.1 * SLOW);
    free(deep);
  }
}

static void a_value_beyond_4_kib_is_refused(void **state) {
  (void)state;
  char *text = repeat("a: ", "x", 4096, "\n");
  sim_config_destroy(parse(text));
  free(text);
  check_refused_fast(repeat("a: ", "x", 4097, "\n"),
                     "a.yaml:1: a: is longer than the limit of 4096 bytes");
  check_refused_fast(repeat("b: 1\na: \"", "x", 1000000, "\"\n"),
                     "a.yaml:2: a: is longer than the limit of 4096 bytes");
}

static void more_than_20000_values_are_refused(void **state) {
  (void)state;
  char *text = repeat("a: [", "1,", 19998, "]\n");  // and the top, and a
  sim_config_destroy(parse(text));
  free(text);
  check_refused_fast(repeat("a: [", "1,", 19999, "]\n"),
                     "a.yaml:1: a: has more values than the limit of 20000, "
                     "repeated aliases counted");
}

static void an_alias_bomb_is_refused(void **state) {
  (void)state;
  check_refused_fast(
      strdup("a: &a [1,1,1,1,1,1,1,1,1]\n"
             "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
             "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
             "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
             "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
             "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"),
      "a.yaml:2: e[1][5][2]: has more values than the limit of 20000, "
      "repeated aliases counted");
}

static void more_than_100_aliases_are_refused(void **state) {
  (void)state;
  char *text = repeat("a: &x 1\nb: [", "*x ,", 100, "]\n");
  sim_config_destroy(parse(text));
  free(text);
  check_refused_fast(repeat("a: &x 1\nb: [", "*x ,", 101, "]\n"),
                     "a.yaml:2: b: is one alias (*name) more than the limit of "
                     "100");
}

static void more_than_1000_keys_are_refused(void **state) {
  (void)state;
  char *text = malloc(200000), *at = text;
  CHECK(text);
  for (int i = 0; i < 20000; i++) {
    at += sprintf(at, "k%d: 1\n", i);
  }
  check_refused_fast(text,
                     "a.yaml:1001: k1000: is one key more than the limit of "
                     "1000 in a section");
}

static void a_path_beyond_255_bytes_is_refused(void **state) {
  (void)state;
  char *text = repeat("", "k", 255, ": 1\n");
  sim_config_destroy(parse(text));
  free(text);
  check_refused_fast(repeat("", "k", 256, ": 1\n"),
                     "a.yaml:1: has a key whose path is longer than 255 bytes");
}

/* ---------------------------------------------------------------- files */

static void check_load_fails(const char *file, const char *message) {
  struct sim_error err = {0};
  struct sim_config *config;
  CHECK_FAILS(sim_config_load(&config, file, &err), err, SIM_ECONFIG, message);
  assert_null(config);
}

static void write_file(const char *file, const char *text) {
  FILE *out = fopen(file, "w");
  CHECK(out);
  fputs(text, out);
  CHECK(fclose(out) == 0);
}

static char folder[64];

static int enter_folder(void **state) {
  (void)state;
  folder_make(folder);
  return chdir(folder);
}

static int leave_folder(void **state) {
  (void)state;
  folder_remove(folder);
  return chdir("/");
}

static void a_file_is_loaded_and_knows_its_directory(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config;
  mkdir("gr\u00fcn und blau", 0700);
  write_file("gr\u00fcn und blau/a,b.yaml", "a: 1\n");
  write_file("top.yaml", "a: 1\n");

  CHECK_OK(sim_config_load(&config, "gr\u00fcn und blau/a,b.yaml", &err), err);
  check_where(config, "a", "gr\u00fcn und blau/a,b.yaml:1: a: !");
  assert_string_equal(sim_config_find(config, "a")->directory,
                      "gr\u00fcn und blau");
  sim_config_destroy(config);
  CHECK_OK(sim_config_load(&config, "top.yaml", &err), err);
  assert_string_equal(sim_config_root(config)->directory, "");
  sim_config_destroy(config);
}

static void files_that_cannot_be_read_are_named(void **state) {
  (void)state;
  check_load_fails("absent.yaml",
                   "absent.yaml: cannot be opened: No such file or directory");
  check_load_fails("", ": cannot be opened: No such file or directory");
  check_load_fails(".", ".: cannot be read: Is a directory");
  write_file("empty.yaml", "");
  check_load_fails("empty.yaml", "empty.yaml: is empty");
  if (geteuid() != 0) {
    write_file("secret.yaml", "a: 1\n");
    chmod("secret.yaml", 0);
    check_load_fails("secret.yaml",
                     "secret.yaml: cannot be opened: Permission denied");
  }
}

static void a_huge_file_is_refused_at_once(void **state) {
  (void)state;
  write_file("huge.yaml", "a: ");
  CHECK(truncate("huge.yaml", 100000000) == 0);
  const double start = seconds();
  check_load_fails("huge.yaml",
                   "huge.yaml: is larger than the limit of 1048576 bytes");
  check_load_fails("/dev/zero",
                   "/dev/zero: is larger than the limit of 1048576 bytes");
  CHECK(seconds() - start < 0.1 * SLOW);
}

/* --------------------------------------------------------------- memory */

/* Everything above once; SIM_OK or the first failure. */
static enum sim_status do_all(struct sim_error *err) {
  struct sim_config *config = NULL, *base = NULL;
  char *big = repeat("a: [", "abcdefgh,", 400, "]\nb: &x {c: 1}\nd: *x\n");
  enum sim_status status =
      sim_config_parse(&config, big, strlen(big), "a.yaml", "x", err);
  if (status == SIM_OK) {
    status = sim_config_load(&base, "oom.yaml", err);
  }
  for (int i = 0; status == SIM_OK && i < 300; i++) {
    char option[64];
    snprintf(option, sizeof option, "section.s%d.key=[1, 2, 3]", i);
    status = sim_config_set(base, option, err);
  }
  if (status == SIM_OK) {
    status = sim_config_inherit(config, base, err);
  }
  free(big);
  sim_config_destroy(config);
  sim_config_destroy(base);
  return status;
}

static void every_refused_allocation_is_an_error(void **state) {
  (void)state;
  struct sim_error err = {0};
  write_file("oom.yaml", "e: {f: 1}\n");
  long n = 0;
  enum sim_status status;
  do {
    sim_alloc_refuse_after(n++);
    err.status = SIM_OK;
    status = do_all(&err);
    CHECK(status == SIM_OK || status == SIM_EFAIL);
    CHECK(status == err.status);
  } while (status != SIM_OK);
  sim_alloc_refuse_after(-1);
  CHECK(n > 15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_beyond_1_mib_is_refused),
      cmocka_unit_test(nesting_beyond_32_levels_is_refused),
      cmocka_unit_test(nested_sections_and_dashes_are_limited_too),
      cmocka_unit_test(a_value_beyond_4_kib_is_refused),
      cmocka_unit_test(more_than_20000_values_are_refused),
      cmocka_unit_test(an_alias_bomb_is_refused),
      cmocka_unit_test(more_than_100_aliases_are_refused),
      cmocka_unit_test(more_than_1000_keys_are_refused),
      cmocka_unit_test(a_path_beyond_255_bytes_is_refused),
      cmocka_unit_test(a_file_is_loaded_and_knows_its_directory),
      cmocka_unit_test(files_that_cannot_be_read_are_named),
      cmocka_unit_test(a_huge_file_is_refused_at_once),
      cmocka_unit_test(every_refused_allocation_is_an_error),
  };
  return cmocka_run_group_tests_name("config_limits", tests, enter_folder,
                                     leave_folder);
}
