/* tests/test_transfer_table.c -- measured curves, from text and from raw files
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <string.h>

#include "circuits/transfer.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/curve_point.h"
#include "tests/folder.h"

/* --- files --- */

static char folder[64], file[256];

static int make_folder(void **state) {
  (void)state;
  folder_make(folder);
  folder_path(file, folder, "curve.txt");
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  folder_remove(folder);
  return 0;
}

static void write_file(const char *text) {
  FILE *f = fopen(file, "w");
  CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static enum sim_status load(struct circuit_transfer *curve, double unit,
                            struct sim_error *err) {
  return circuit_transfer_init(curve, curve_index("table"), file, unit, err);
}

static struct circuit_transfer load_text(const char *text, double unit) {
  struct sim_error err = {0};
  struct circuit_transfer curve;
  write_file(text);
  CHECK_OK(load(&curve, unit, &err), err);
  return curve;
}

/* The file is refused with "<file><message>" and leaves nothing behind. */
static void check_refused(const char *text, enum sim_status status,
                          const char *message) {
  struct sim_error err = {0};
  struct circuit_transfer curve;
  char want[2048];
  write_file(text);
  snprintf(want, sizeof want, "%s%s", file, message);
  CHECK_FAILS(load(&curve, 1, &err), err, status, want);
  assert_null(curve.points);
}

/* --- tables --- */

static void a_table_goes_through_its_points(void **state) {
  (void)state;
  struct circuit_transfer curve =
      load_text("-0.2 -0.05\n-0.1 -0.04\n0 0.01\n0.05 0.09\n0.3 0.1\n", 0.1);
  const double v[] = {-2, -1, 0, 0.5, 3}, r[] = {-0.5, -0.4, 0.1, 0.9, 1};
  for (size_t i = 0; i < 5; i++) {
    CHECK_NEAR(curve_at(&curve, v[i]).value, r[i], 1e-15);
  }
  CHECK(!curve.ops->is_increasing);
  circuit_transfer_finish(&curve);
  assert_null(curve.points);
  circuit_transfer_finish(&curve);  // twice is harmless
}

static void a_table_is_monotone_between_its_points(void **state) {
  (void)state;
  struct circuit_transfer curve =
      load_text("0 0\n1 0.001\n2 5\n2.1 5\n3 5.001\n4 9\n5 2\n6 2\n", 1);
  const double h = 1.0 / 512;  // 4 is a multiple
  for (double v = 0; v < 6; v += h) {
    const struct point p = curve_at(&curve, v), next = curve_at(&curve, v + h);
    const double sign = v < 4 ? 1 : -1;
    CHECK(sign * (next.value - p.value) >= -1e-14);
    CHECK(sign * p.slope >= -1e-12);
  }
  circuit_transfer_finish(&curve);
}

static void the_slope_of_a_table_is_its_derivative_and_continuous(
    void **state) {
  (void)state;
  struct circuit_transfer curve =
      load_text("-3 -1\n-1 -0.8\n0 0.1\n0.5 0.6\n2 0.9\n3 1\n", 1);
  const double knots[] = {-3, -1, 0, 0.5, 2, 3}, h = 1e-5;
  for (double v = -4.013; v < 4; v += 0.0217) {
    const double low = curve_at(&curve, v - h).value,
                 high = curve_at(&curve, v + h).value;
    CHECK_NEAR(curve_at(&curve, v).slope, (high - low) / (2 * h), 1e-9);
    CHECK_NEAR(curve_at(&curve, v).curvature,
               (curve_at(&curve, v + h).slope - curve_at(&curve, v - h).slope) /
                   (2 * h),
               1e-8);
  }
  for (size_t i = 0; i < 6; i++) {
    CHECK_NEAR(curve_at(&curve, knots[i] - 1e-9).slope,
               curve_at(&curve, knots[i] + 1e-9).slope, 1e-7);
  }
  circuit_transfer_finish(&curve);
}

static void a_table_goes_on_as_a_straight_line(void **state) {
  (void)state;
  struct circuit_transfer curve = load_text("0 0\n1 2\n2 3\n3 3.5\n", 1);
  const struct point low = curve_at(&curve, 0), high = curve_at(&curve, 3);
  CHECK(low.slope > 0 && high.slope > 0);
  for (double far = 0.5; far < 1e6; far *= 3) {
    CHECK_REL(curve_at(&curve, -far).value, -far * low.slope, 1e-14);
    CHECK_REL(curve_at(&curve, 3 + far).value, 3.5 + far * high.slope, 1e-14);
    CHECK(curve_at(&curve, -far).slope == low.slope);
    CHECK(curve_at(&curve, 3 + far).slope == high.slope);
    CHECK(curve_at(&curve, -far).curvature == 0);
    CHECK(curve_at(&curve, 3 + far).curvature == 0);
  }
  CHECK(isnan(curve_at(&curve, NAN).value));
  circuit_transfer_finish(&curve);
}

static void a_straight_table_is_a_straight_line(void **state) {
  (void)state;
  struct circuit_transfer curve = load_text("-1,-2\n0,0\n3,6\n4,8\n", 1);
  for (double v = -5; v < 8; v += 0.13) {
    CHECK_NEAR(curve_at(&curve, v).value, 2 * v, 1e-14);
    CHECK_NEAR(curve_at(&curve, v).slope, 2, 1e-13);
  }
  circuit_transfer_finish(&curve);
}

/* tanh in points h apart, in volts of 0.1 V each. */
static double table_error(double h) {
  FILE *f = fopen(file, "w");
  CHECK(f);
  for (int i = (int)(-6 / h); i <= 6 / h; i++) {
    fprintf(f, "%.17g\t%.17g\n", 0.1 * i * h, 0.1 * tanh(i * h));
  }
  CHECK(fclose(f) == 0);
  struct sim_error err = {0};
  struct circuit_transfer curve;
  CHECK_OK(load(&curve, 0.1, &err), err);
  double worst = 0;
  for (double v = -5; v < 5; v += 0.00317) {
    worst = fmax(worst, fabs(curve_at(&curve, v).value - tanh(v)));
  }
  curve_check_blocks(&curve, 1000);
  circuit_transfer_finish(&curve);
  return worst;
}

/* The cubic's slopes at the points are parabolic, so off by h^2 f'''/6, which
 * moves the curve by at most h/8 times the difference across an interval. */
static void a_table_of_tanh_is_tanh(void **state) {
  (void)state;
  CHECK(table_error(0.1) < 5e-5);
  CHECK(table_error(0.05) < 7e-6);
  CHECK(table_error(0.01) < 6e-8);
}

/* --- text --- */

static void comments_blanks_and_separators_are_free(void **state) {
  (void)state;
  struct circuit_transfer curve = load_text(
      "# volts, volts\r\n\r\n \t 0 , 1 # first\r\n\n1\t2\n"
      "  # 7 7\n2e0,+3.0  \n3 4",
      1);
  CHECK_NEAR(curve_at(&curve, 0).value, 1, 1e-15);
  CHECK_NEAR(curve_at(&curve, 1).value, 2, 1e-15);
  CHECK_NEAR(curve_at(&curve, 2.5).value, 3.5, 1e-14);
  circuit_transfer_finish(&curve);
}

/* What follows a long comment is no data. */
static void a_long_comment_is_one_line(void **state) {
  (void)state;
  char text[4096] = "0 0\n1 1\n2 2\n#";
  for (size_t i = 0; i < 500; i++) {
    strcat(text, " 9 9");
  }
  strcat(text, "\n2 3\n");
  check_refused(text, SIM_ECONFIG,
                ":5: inputs must increase from line to line, got \"2 3\"");
}

static void every_bad_line_is_named(void **state) {
  (void)state;
  const struct {
    const char *text, *message;
  } bad[] = {
      {"0 0\n1\n2 2\n",
       ":2: must be two numbers, input and output in volts, got \"1\""},
      {"0 0\n1 2 3\n",
       ":2: must be two numbers, input and output in volts, got \"1 2 3\""},
      {"# head\n\n0 zero\n",
       ":3: must be two numbers, input and output in volts, got \"0 zero\""},
      {"0 nan\n",
       ":1: must be two numbers, input and output in volts, got \"0 nan\""},
      {"inf 0\n",
       ":1: must be two numbers, input and output in volts, got \"inf 0\""},
      {"0 1e999\n",
       ":1: must be two numbers, input and output in volts, got \"0 1e999\""},
      {"0;1\n",
       ":1: must be two numbers, input and output in volts, got \"0;1\""},
      {"0 1mV\n",
       ":1: must be two numbers, input and output in volts, got \"0 1mV\""},
      {"0,5 1,5\n",
       ":1: must be two numbers, input and output in volts, got \"0,5 1,5\""},
      {"0,1,\n",
       ":1: must be two numbers, input and output in volts, got \"0,1,\""},
      {"0,\n",
       ":1: must be two numbers, input and output in volts, got \"0,\""},
      {",1\n",
       ":1: must be two numbers, input and output in volts, got \",1\""},
      {"1-2\n",
       ":1: must be two numbers, input and output in volts, got \"1-2\""},
      {"0,,1\n",
       ":1: must be two numbers, input and output in volts, got \"0,,1\""},
      {"0 0\n1 1\n1 2\n",
       ":3: inputs must increase from line to line, got \"1 2\""},
      {"0 0\n1 1\n0.5 2 # back\n",
       ":3: inputs must increase from line to line, got \"0.5 2 \""},
      {"0 0\n1 1\n", ": a transfer curve needs >= 3 points, got 2"},
      {"", ": a transfer curve needs >= 3 points, got 0"},
      {"# nothing\n", ": a transfer curve needs >= 3 points, got 0"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    check_refused(bad[i].text, SIM_ECONFIG, bad[i].message);
  }
}

static void the_number_of_points_is_limited(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_transfer curve;
  char want[512];
  FILE *f = fopen(file, "w");
  CHECK(f);
  for (int i = 0; i <= 100000; i++) {
    fprintf(f, "%d %d\n", i, i);
  }
  CHECK(fclose(f) == 0);
  snprintf(want, sizeof want, "%s:100001: more than 100000 points", file);
  CHECK_FAILS(load(&curve, 1, &err), err, SIM_ECONFIG, want);
}

static void unreadable_files_are_reported(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_transfer curve;
  char want[512];
  const size_t table = curve_index("table");
  remove(file);
  snprintf(want, sizeof want, "%s: cannot be read: No such file or directory",
           file);
  CHECK_FAILS(load(&curve, 1, &err), err, SIM_ECONFIG, want);
  snprintf(want, sizeof want, "%s: cannot be read: Is a directory", folder);
  CHECK_FAILS(circuit_transfer_init(&curve, table, folder, 1, &err), err,
              SIM_EIO, want);
}

/* --- raw files of SPICE --- */

#define RAW_HEAD(n_variables, n_points)                           \
  "Title: a\nPlotname: DC transfer characteristic\nFlags: real\n" \
  "No. Variables: " n_variables "\nNo. Points: " n_points         \
  "\nVariables:\n"                                                \
  "\t0\tv(v-sweep)\tvoltage\n\t1\tv(out)\tvoltage\n"

/* The same points as text and as a raw file give the same bits. */
static void a_raw_file_is_a_table(void **state) {
  (void)state;
  struct circuit_transfer text =
      load_text("-0.1 -0.05\n0 0\n0.1 0.08\n0.3 0.1\n", 0.1);
  struct circuit_transfer raw = load_text(RAW_HEAD("2", "4")
                                          "Values:\n0\t-0.1\n\t-0.05\n"
                                          "1\t0\n\t0\n2\t0.1\n\t0.08\n"
                                          "3\t0.3\n\t0.1\n",
                                          0.1);
  for (double v = -2; v < 5; v += 0.01) {
    const struct point a = curve_at(&text, v), b = curve_at(&raw, v);
    CHECK(a.r == b.r && a.slope == b.slope && a.curvature == b.curvature);
  }
  circuit_transfer_finish(&text);
  circuit_transfer_finish(&raw);
}

static void bad_raw_files_are_refused(void **state) {
  (void)state;
  check_refused(RAW_HEAD("2", "4") "Values:\n0\t-0.1\n\t-0.05\n1\t0\n",
                SIM_ECONFIG,
                ": ends after 1 of the 4 points of \"DC transfer "
                "characteristic\"");
  check_refused(RAW_HEAD("3", "1") "\t2\tv(in)\tvoltage\nValues:\n"
                                   "0\t0\n\t0\n\t0\n",
                SIM_ECONFIG,
                ": must hold one sweep of one output (.dc and .save), got 3 "
                "variables in 1 plots");
  check_refused(RAW_HEAD("2", "2") "Values:\n0\t0\n\t0\n1\t1\n\t1\n",
                SIM_ECONFIG,
                ": a transfer curve needs 3 to 100000 points, got 2");
  check_refused(RAW_HEAD("2", "3") "Values:\n0\t0\n\t0\n1\t1\n\t1\n"
                                   "2\t0.5\n\t1\n",
                SIM_ECONFIG,
                ": inputs must increase from point to point, got 0.5 after 1");
}

/* The curve of experiments/data/diff_pair.cir, by hand: the currents of a
 * pair with degeneration R and tail I, split as (1 + x) : (1 - x), obey
 *   V_in = 2 V_t atanh x + I R x,   V_out = a I R_load x,   a = b/(b + 1)
 * but for base currents and the Early effect. */
static void the_differential_pair_follows_its_formula(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_transfer curve;
  const double thermal = 1.380649e-23 * 300.15 / 1.602176634e-19;
  const double tail = 10e-6, load_ohm = 10.2e3, ohm = 5e3, a = 150.0 / 151.0;
  CHECK_OK(circuit_transfer_init(&curve, curve_index("table"),
                                 "experiments/data/diff_pair.raw", 0.1, &err),
           err);
  for (double x = -0.99; x < 1; x += 0.03) {
    const double v_in = 2 * thermal * atanh(x) + tail * ohm * x;
    const struct point p = curve_at(&curve, v_in / 0.1);
    CHECK_NEAR(0.1 * p.r, a * tail * load_ohm * x, 1e-3);
    const double gain =
        a * tail * load_ohm / (2 * thermal / (1 - x * x) + tail * ohm);
    CHECK_NEAR(p.slope, gain, 0.01);
  }
  circuit_transfer_finish(&curve);
}

static void lack_of_memory_leaves_nothing(void **state) {
  (void)state;
  write_file("0 0\n1 1\n2 2\n");
  for (long k = 0; k < 3; k++) {
    struct sim_error err = {0};
    struct circuit_transfer curve;
    sim_alloc_refuse_after(k);
    assert_int_equal(load(&curve, 1, &err), SIM_EFAIL);
    sim_alloc_refuse_after(-1);
    assert_null(curve.points);
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_goes_through_its_points),
      cmocka_unit_test(a_table_is_monotone_between_its_points),
      cmocka_unit_test(the_slope_of_a_table_is_its_derivative_and_continuous),
      cmocka_unit_test(a_table_goes_on_as_a_straight_line),
      cmocka_unit_test(a_straight_table_is_a_straight_line),
      cmocka_unit_test(a_table_of_tanh_is_tanh),
      cmocka_unit_test(comments_blanks_and_separators_are_free),
      cmocka_unit_test(a_long_comment_is_one_line),
      cmocka_unit_test(every_bad_line_is_named),
      cmocka_unit_test(the_number_of_points_is_limited),
      cmocka_unit_test(unreadable_files_are_reported),
      cmocka_unit_test(a_raw_file_is_a_table),
      cmocka_unit_test(bad_raw_files_are_refused),
      cmocka_unit_test(the_differential_pair_follows_its_formula),
      cmocka_unit_test(lack_of_memory_leaves_nothing),
  };
  return cmocka_run_group_tests_name("transfer_table", tests, make_folder,
                                     remove_folder);
}
