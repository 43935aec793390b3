/* tests/test_rawfile.c -- raw files of SPICE, whole and damaged
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "sim/rawfile.h"
#include "tests/check.h"
#include "tests/folder.h"

static char folder[64];

static int make_folder(void **state) {
  (void)state;
  folder_make(folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  folder_remove(folder);
  return 0;
}

static const char head[] =
    "Title: * two nodes\n"
    "Date: Mon Nov 23 00:00:00  2026\n"
    "Plotname: Transient Analysis\n"
    "Flags: real\n"
    "No. Variables: 3\n"
    "No. Points: 2       \n"
    "Variables:\n"
    "\t0\ttime\ttime\n"
    "\t1\tV(Out)\tvoltage\n"
    "\t2\ti(v1)\tcurrent\n";

static const double values[] = {0.0, 1.5, -1e-6, 1e-9, 2.5, 3e-6};

/* Write `text` and then n bytes; the path. */
static const char *write_file(const char *text, const void *bytes, size_t n) {
  static char path[256];
  folder_path(path, folder, "a.raw");
  FILE *file = fopen(path, "w");
  CHECK(file);
  fputs(text, file);
  fwrite(bytes, 1, n, file);
  fclose(file);
  return path;
}

static const char *with_head(const char *kind, const void *bytes, size_t n) {
  char text[1024];
  snprintf(text, sizeof text, "%s%s:\n", head, kind);
  return write_file(text, bytes, n);
}

static void check_plot(const struct sim_raw_plot *plot) {
  assert_non_null(plot);
  assert_string_equal(plot->name, "Transient Analysis");
  assert_int_equal(plot->n_variables, 3);
  assert_int_equal(plot->n_points, 2);
  assert_string_equal(plot->variables[1], "v(out)");
  assert_int_equal(sim_raw_variable(plot, "V(OUT)"), 1);
  assert_int_equal(sim_raw_variable(plot, "v(in)"), 3);
  for (size_t i = 0; i < 6; i++) {
    CHECK(plot->values[i] == values[i]);
  }
}

static void binary_values_are_read(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_raw raw;
  CHECK_OK(sim_raw_load(&raw, with_head("Binary", values, sizeof values), &err),
           err);
  assert_int_equal(raw.n_plots, 1);
  check_plot(&raw.plots[0]);
  sim_raw_finish(&raw);
}

static const char ascii[] =
    " 0\t0.0e+00\n\t1.5e+00\n\t-1e-06\n\n 1\t1e-09\n\t2.5\n\t3e-06\n\n";

static void ascii_values_are_read(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_raw raw;
  CHECK_OK(
      sim_raw_load(&raw, with_head("Values", ascii, sizeof ascii - 1), &err),
      err);
  check_plot(sim_raw_find(&raw, "transient analysis", 0));
  sim_raw_finish(&raw);
}

static void plots_follow_each_other(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_raw raw;
  char text[4096];
  snprintf(text, sizeof text, "%sValues:\n%s%sValues:\n%s%sBinary:\n", head,
           ascii, head, ascii, head);
  CHECK_OK(sim_raw_load(&raw, write_file(text, values, sizeof values), &err),
           err);
  assert_int_equal(raw.n_plots, 3);
  check_plot(sim_raw_find(&raw, "Transient Analysis", 1));
  check_plot(sim_raw_find(&raw, "Transient Analysis", 2));
  assert_null(sim_raw_find(&raw, "Transient Analysis", 3));
  assert_null(sim_raw_find(&raw, "Operating Point", 0));
  sim_raw_finish(&raw);
}

static void refuse(const char *path, const char *why) {
  struct sim_error err = {0};
  struct sim_raw raw;
  char message[512];
  snprintf(message, sizeof message, "%s: %s", path, why);
  CHECK_FAILS(sim_raw_load(&raw, path, &err), err, SIM_EIO, message);
  assert_null(raw.plots);
}

static void a_cut_file_is_refused(void **state) {
  (void)state;
  for (size_t n = 0; n < sizeof values; n++) {
    char why[128];
    snprintf(why, sizeof why,
             "ends after %zu of the 2 points of \"Transient Analysis\"",
             n / 24);
    refuse(with_head("Binary", values, n), why);
  }
  refuse(with_head("Values", ascii, 20),
         "ends after 0 of the 2 points of \"Transient Analysis\"");
  refuse(with_head("Values", ascii, 40),
         "ends after 1 of the 2 points of \"Transient Analysis\"");
  refuse(write_file(head, "", 0), "ends in the header of a plot");
  refuse(write_file("", "", 0), "is empty");
}

static void a_file_without_points_is_refused(void **state) {
  (void)state;
  char text[1024], *points;
  snprintf(text, sizeof text, "%sBinary:\n", head);
  points = strstr(text, "Points: 2");
  points[8] = '0';
  refuse(write_file(text, "", 0),
         "promises no points: the simulation was not finished");
}

static void other_files_are_refused(void **state) {
  (void)state;
  refuse(write_file("0 1\n1 2\n", "", 0), "is not a raw file of SPICE");
  refuse(write_file("Title: a\nFlags: complex\n", "", 0),
         "holds complex values; only real ones are read");
  refuse(write_file("Title: a\nNo. Points: many\n", "", 0),
         "holds a number of variables or points that is none");
  refuse(write_file("Title: a\nNo. Points: -1\n", "", 0),
         "holds a number of variables or points that is none");
  refuse(write_file("Title: a\nNo. Variables: 0\nVariables:\n", "", 0),
         "a plot has no variables");
  refuse(
      write_file("Title: a\nNo. Variables: 2\nVariables:\n\t0\tv\tv\n", "", 0),
      "ends in the list of variables");
  const double bad[] = {0, NAN, 0, 0, 0, 0};
  refuse(with_head("Binary", bad, sizeof bad),
         "holds a value that is not finite");
}

/* A header may promise more than memory holds. */
static void a_promise_of_too_many_points_is_refused(void **state) {
  (void)state;
  char text[1024];
  snprintf(text, sizeof text,
           "Title: a\nPlotname: b\nNo. Variables: 1\nNo. Points: 4000000000\n"
           "Variables:\n\t0\tv\tv\nBinary:\n");
  refuse(write_file(text, values, sizeof values),
         "ends after 0 of the 4000000000 points of \"b\"");
}

static void a_raw_file_is_known_by_its_first_word(void **state) {
  (void)state;
  CHECK(sim_raw_looks_like("Title: x", 8));
  CHECK(sim_raw_looks_like("title:", 6));
  CHECK(!sim_raw_looks_like("Title", 5));
  CHECK(!sim_raw_looks_like("# Title:", 8));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(binary_values_are_read),
      cmocka_unit_test(ascii_values_are_read),
      cmocka_unit_test(plots_follow_each_other),
      cmocka_unit_test(a_cut_file_is_refused),
      cmocka_unit_test(a_file_without_points_is_refused),
      cmocka_unit_test(other_files_are_refused),
      cmocka_unit_test(a_promise_of_too_many_points_is_refused),
      cmocka_unit_test(a_raw_file_is_known_by_its_first_word),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
