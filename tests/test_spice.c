/* tests/test_spice.c -- devices as SPICE text, and what ngspice makes of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "circuits/spice.h"
#include "tests/check.h"
#include "tests/folder.h"
#include "tests/small_chip.h"
#include "tools/ngspice.h"
#include "tools/spice_compare.h"

/* --- text --- */

static void numbers_read_back_to_the_same_bits(void **state) {
  (void)state;
  const double some[] = {0.0,        1.0 / 3, -2e-7, 1e-300,
                         M_PI,       0.1,     5e22,  4.523511993516772e-08,
                         1.0 + 1e-15};
  char text[CIRCUIT_SPICE_NUMBER];
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
    CHECK(strtod(circuit_spice_number(some[i], text), NULL) == some[i]);
  }
  assert_string_equal(circuit_spice_number(0.1, text), "0.1");
}

static void long_cards_go_on_in_the_next_line(void **state) {
  (void)state;
  char text[4096] = "";
  FILE *file = fmemopen(text, sizeof text, "w");
  struct circuit_spice_card card = {file, 0};
  for (int i = 0; i < 100; i++) {
    circuit_spice_word(&card, "word%d", i);
  }
  circuit_spice_pair(&card, "c", 0.5);
  circuit_spice_end(&card);
  fclose(file);
  size_t n_words = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    CHECK(strlen(line) <= 78);
    CHECK(line == text
              ? line[0] == 'w'
              : strncmp(line, "+ w", 3) == 0 || strncmp(line, "+ c", 3) == 0);
    for (char *c = line; *c; c++) {
      n_words += strncmp(c, "word", 4) == 0;
    }
  }
  assert_int_equal(n_words, 100);
}

/* --- transfer curves in ngspice --- */

#define N_VALUES 400
#define LOWEST (-8.03)
#define STEP 0.0403  // keeps clear of knots and corners

/* One source for r and one for r' at each value, and what they come to. */
static void write_values(const char *path, const struct circuit_transfer *curve,
                         double low, double step) {
  FILE *file = fopen(path, "w");
  CHECK(file);
  fprintf(file, "* %s\n", curve->ops->name);
  circuit_spice_curve(file, curve);
  for (int i = 0; i < N_VALUES; i++) {
    fprintf(file, "V%d z%d 0 %.17g\n", i, i, low + step * i);
    fprintf(file, "BR%d r%d 0 V={activation(V(z%d))}\n", i, i, i);
    fprintf(file, "BS%d s%d 0 V={activation_slope(V(z%d))}\n", i, i, i);
  }
  fprintf(file, ".op\n.end\n");
  fclose(file);
}

static double value_of(const struct sim_raw_plot *plot, char letter, int i) {
  char name[32];
  snprintf(name, sizeof name, "v(%c%d)", letter, i);
  const size_t column = sim_raw_variable(plot, name);
  CHECK(column < plot->n_variables);
  return plot->values[column];
}

/* ngspice rounds the constants of an expression to 11 digits; only those of a
 * measured curve have more. */
static void check_curve(const char *name) {
  const double tolerance = strcmp(name, "table") == 0 ? 1e-9 : 1e-13;
  struct sim_error err = {0};
  struct circuit_transfer curve;
  struct sim_raw raw;
  char folder[64], stem[256], path[264];
  double seconds;
  small_curve(&curve, name);
  folder_make(folder);
  snprintf(path, sizeof path, "%s.cir", folder_path(stem, folder, "curve"));
  write_values(path, &curve, LOWEST, STEP);
  CHECK_OK(tool_ngspice_run(stem, &raw, &seconds, &err), err);
  const struct sim_raw_plot *plot = sim_raw_find(&raw, "Operating Point", 0);
  assert_non_null(plot);
  for (int i = 0; i < N_VALUES; i++) {
    const double z = LOWEST + STEP * i;
    double r, slope;
    curve.ops->slope(&curve, 1, &z, &r, &slope);
    CHECK_NEAR(value_of(plot, 'r', i), r, tolerance * (1 + fabs(r)));
    CHECK_NEAR(value_of(plot, 's', i), slope, tolerance);
  }
  sim_raw_finish(&raw);
  folder_remove(folder);
  circuit_transfer_finish(&curve);
}

static void curves_are_the_same_in_ngspice(void **state) {
  (void)state;
  struct sim_error err = {0};
  if (tool_ngspice_check(&err)) {
    skip();
  }
  for (size_t i = 0; circuit_transfer_names[i]; i++) {
    check_curve(circuit_transfer_names[i]);
  }
}

/* Of every curve there is, none is without SPICE text; of one to come, no text
 * of another is written. */
static void a_curve_without_text_is_rejected(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_transfer curve;
  for (size_t i = 0; circuit_transfer_names[i]; i++) {
    small_curve(&curve, circuit_transfer_names[i]);
    CHECK_OK(circuit_spice_check_curve(&curve, &err), err);
    circuit_transfer_finish(&curve);
  }
  const struct circuit_transfer_ops cosine = {.name = "cosine"};
  curve = (struct circuit_transfer){.ops = &cosine};
  assert_int_equal(circuit_spice_check_curve(&curve, &err), SIM_ECONFIG);
  assert_string_equal(
      err.message, "the transfer curve cosine cannot be written as SPICE text");
}

/* --- comparison --- */

static void a_distance_is_the_largest_difference(void **state) {
  (void)state;
  const double a[] = {1, 2, 3}, b[] = {1.5, 1, 3}, c[] = {1, NAN, 3};
  CHECK(tool_spice_distance(3, a, b) == 1.0);
  CHECK(tool_spice_distance(3, a, a) == 0.0);
  CHECK(isnan(tool_spice_distance(3, a, c)));
  CHECK_NEAR(tool_spice_deviation(3, a, b), 1.0, 1e-15);
  CHECK_NEAR(tool_spice_cosine(3, a, a), 1.0, 1e-15);
  const double d[] = {2, -1, 0};
  CHECK_NEAR(tool_spice_cosine(3, a, d), 0.0, 1e-15);
}

/* e^-t and a smaller e^-t/2: the latter crosses 1 % of the farthest way at
 * t = 2 ln(0.5/0.01). */
static void settling_time_of_exponentials(void **state) {
  (void)state;
  enum { N = 2001 };
  static double trace[2 * N];
  const struct tool_spice_grid grid = {N, 0.02, 40};
  for (size_t k = 0; k < N; k++) {
    const double t = tool_spice_grid_time(&grid, k);
    trace[2 * k] = 3 - exp(-t);
    trace[2 * k + 1] = 1 + 0.5 * exp(-t / 2);
  }
  CHECK_REL(tool_spice_settling_time(&grid, 2, trace), 2 * log(50), 1e-6);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_read_back_to_the_same_bits),
      cmocka_unit_test(long_cards_go_on_in_the_next_line),
      cmocka_unit_test(curves_are_the_same_in_ngspice),
      cmocka_unit_test(a_curve_without_text_is_rejected),
      cmocka_unit_test(a_distance_is_the_largest_difference),
      cmocka_unit_test(settling_time_of_exponentials),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
