/* tests/test_vmath.c -- vector functions against the C library in long double
 *
 * Errors are counted in units in the last place of the exact value.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "sim/vmath.h"
#include "tests/check.h"

#define N_POINTS 20011u  // odd, so every run has a tail
#define MAX_TAIL 17u
#define MAX_ULP 1.001  // one, and the rounding of the C library

static const char *const sets[] = {"avx512f", "avx2", "sse2", "scalar"};
#define N_SETS (sizeof sets / sizeof sets[0])

struct function {
  const char *name;
  void (*vector)(size_t n, const double *x, double *y);
  long double (*exact)(long double);
  double low, high;  // where the value is a normal number
};

static const struct function functions[] = {
    {"exp", sim_vexp, expl, -708, 709},
    {"log1p", sim_vlog1p, log1pl, -1 + 0x1p-52, 1e300},
    {"tanh", sim_vtanh, tanhl, -25, 25},
};
#define N_FUNCTIONS (sizeof functions / sizeof functions[0])

/* Go back to the widest set after a test. */
static int use_widest(void **state) {
  (void)state;
  for (size_t i = 0; i < N_SETS; i++) {
    if (sim_vmath_select(sets[i])) {
      return 0;
    }
  }
  return -1;
}

/* Points from low to high: a third equally spaced, a third crowding towards 0
 * with both signs, a third close to 1 in magnitude. */
static void fill_points(const struct function *f, double *x) {
  for (size_t i = 0; i < N_POINTS; i++) {
    const double u = (double)(i / 3) / (N_POINTS / 3);
    const double sign = i & 1 ? -1 : 1;
    x[i] = i % 3 == 0   ? f->low + u * (fmin(f->high, 1e3) - f->low)
           : i % 3 == 1 ? sign * exp2(-300 + 308 * u)
                        : sign * (0.5 + u);
    x[i] = fmin(fmax(x[i], f->low), f->high);
  }
}

static double ulps(double got, long double exact) {
  int exponent;
  frexpl(exact, &exponent);
  const long double ulp = ldexpl(1, exponent - DBL_MANT_DIG);
  return (double)(fabsl(got - exact) / ulp);
}

static void check_accuracy(const struct function *f) {
  static double x[N_POINTS], y[N_POINTS];
  fill_points(f, x);
  f->vector(N_POINTS, x, y);
  for (size_t i = 0; i < N_POINTS; i++) {
    const double error = ulps(y[i], f->exact(x[i]));
    if (!(error <= MAX_ULP)) {
      fail_msg("%s of %.17g is wrong by %.7g ulp with %s", f->name, x[i], error,
               sim_vmath_name());
    }
  }
}

static void errors_are_within_one_ulp(void **state) {
  (void)state;
  for (size_t k = 0; k < N_SETS; k++) {
    for (size_t i = 0; i < N_FUNCTIONS && sim_vmath_select(sets[k]); i++) {
      check_accuracy(&functions[i]);
    }
  }
}

static int is_same(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void check_value(void (*f)(size_t, const double *, double *), double x,
                        double want) {
  double got = 42;
  f(1, &x, &got);
  if (!is_same(got, want)) {
    fail_msg("f(%g) is %g, want %g with %s", x, got, want, sim_vmath_name());
  }
}

static void special_values_are_those_of_the_standard(void **state) {
  (void)state;
  for (size_t k = 0; k < N_SETS; k++) {
    if (!sim_vmath_select(sets[k])) {
      continue;
    }
    check_value(sim_vexp, 0, 1);
    check_value(sim_vexp, -0.0, 1);
    check_value(sim_vexp, 710, INFINITY);
    check_value(sim_vexp, 1e300, INFINITY);
    check_value(sim_vexp, INFINITY, INFINITY);
    check_value(sim_vexp, -1e300, 0);
    check_value(sim_vexp, -INFINITY, 0);
    check_value(sim_vexp, NAN, NAN);
    check_value(sim_vlog1p, 0, 0);
    check_value(sim_vlog1p, -0.0, -0.0);
    check_value(sim_vlog1p, -1, -INFINITY);
    check_value(sim_vlog1p, -2, NAN);
    check_value(sim_vlog1p, INFINITY, INFINITY);
    check_value(sim_vlog1p, NAN, NAN);
    check_value(sim_vtanh, 0, 0);
    check_value(sim_vtanh, -0.0, -0.0);
    check_value(sim_vtanh, 800, 1);
    check_value(sim_vtanh, -800, -1);
    check_value(sim_vtanh, INFINITY, 1);
    check_value(sim_vtanh, -INFINITY, -1);
    check_value(sim_vtanh, NAN, NAN);
  }
}

/* A value must not depend on where in an array, and in how long a one, it
 * stands; nothing beyond n is written. */
static void check_tails(const struct function *f) {
  static double x[N_POINTS], whole[N_POINTS];
  fill_points(f, x);
  f->vector(N_POINTS, x, whole);
  for (size_t n = 0; n <= MAX_TAIL; n++) {
    for (size_t at = 0; at + n <= N_POINTS; at += 1009) {
      double part[MAX_TAIL + 1];
      part[n] = 42;
      f->vector(n, x + at, part);
      assert_memory_equal(part, whole + at, n * sizeof *part);
      CHECK(part[n] == 42);
    }
  }
}

static void short_arrays_give_the_bits_of_long_ones(void **state) {
  (void)state;
  for (size_t k = 0; k < N_SETS; k++) {
    for (size_t i = 0; i < N_FUNCTIONS && sim_vmath_select(sets[k]); i++) {
      check_tails(&functions[i]);
    }
  }
}

static void the_result_may_replace_the_argument(void **state) {
  (void)state;
  for (size_t i = 0; i < N_FUNCTIONS; i++) {
    double x[MAX_TAIL], y[MAX_TAIL];
    for (size_t k = 0; k < MAX_TAIL; k++) {
      x[k] = 0.3 * (double)k - 0.9;
    }
    functions[i].vector(MAX_TAIL, x, y);
    functions[i].vector(MAX_TAIL, x, x);
    assert_memory_equal(x, y, sizeof x);
  }
}

static void a_nan_does_not_touch_its_neighbours(void **state) {
  (void)state;
  for (size_t i = 0; i < N_FUNCTIONS; i++) {
    double x[MAX_TAIL], clean[MAX_TAIL], y[MAX_TAIL];
    for (size_t k = 0; k < MAX_TAIL; k++) {
      x[k] = 0.1 * (double)k;
    }
    functions[i].vector(MAX_TAIL, x, clean);
    x[5] = NAN;
    x[16] = INFINITY;
    functions[i].vector(MAX_TAIL, x, y);
    for (size_t k = 0; k < MAX_TAIL; k++) {
      CHECK(k == 5 ? isnan(y[k]) : k == 16 || is_same(y[k], clean[k]));
    }
  }
}

/* Largest difference in ulp of the results of two sets; 0: the same bits. */
static double difference(const struct function *f, const char *a,
                         const char *b) {
  static double x[N_POINTS], y[2][N_POINTS];
  double worst = 0;
  fill_points(f, x);
  CHECK(sim_vmath_select(a));
  f->vector(N_POINTS, x, y[0]);
  CHECK(sim_vmath_select(b));
  f->vector(N_POINTS, x, y[1]);
  for (size_t i = 0; i < N_POINTS; i++) {
    if (!is_same(y[0][i], y[1][i])) {
      worst = fmax(worst, fmax(ulps(y[0][i], y[1][i]), DBL_MIN));
    }
  }
  return worst;
}

static void need(const char *set) {
  if (!sim_vmath_select(set)) {
    print_message("# no %s here\n", set);
    skip();
  }
}

static void avx2_and_avx512f_give_the_same_bits(void **state) {
  (void)state;
  need("avx2");
  need("avx512f");
  for (size_t i = 0; i < N_FUNCTIONS; i++) {
    CHECK(difference(&functions[i], "avx2", "avx512f") == 0);
  }
}

static void sse2_is_within_one_ulp_of_avx2(void **state) {
  (void)state;
  need("avx2");
  need("sse2");
  for (size_t i = 0; i < N_FUNCTIONS; i++) {
    CHECK(difference(&functions[i], "avx2", "sse2") <= 1.0);
  }
}

static void an_unknown_set_changes_nothing(void **state) {
  (void)state;
  const char *before = sim_vmath_name();
  assert_int_equal(sim_vmath_select("mmx"), 0);
  assert_string_equal(sim_vmath_name(), before);
}

static void every_set_goes_by_its_name(void **state) {
  (void)state;
  size_t n = 0;
  for (size_t k = 0; k < N_SETS; k++) {
    if (sim_vmath_select(sets[k])) {
      assert_string_equal(sim_vmath_name(), sets[k]);
      n++;
    }
  }
  CHECK(n >= 1);
#if defined(__x86_64__)
  CHECK(sim_vmath_select("sse2"));
#endif
}

static void the_widest_set_is_in_use_at_the_start(void **state) {
  (void)state;
  const char *at_start = sim_vmath_name();
  use_widest(NULL);
  assert_string_equal(sim_vmath_name(), at_start);
}

/* Points within +-4, on and off the multiples of 1/2; odd in number. */
static void fill_turns(size_t n, double *x) {
  for (size_t i = 0; i < n; i++) {
    const double u = 8.0 * (double)i / (double)(n - 1) - 4.0;
    x[i] = i % 2 ? u : rint(2 * u) / 2;
  }
}

static void sine_and_cosine_of_turns_are_those_of_the_library(void **state) {
  (void)state;
  static double x[N_POINTS], s[N_POINTS], c[N_POINTS], first[2][N_POINTS];
  int n_sets = 0;
  fill_turns(N_POINTS, x);
  for (size_t k = 0; k < N_SETS - 1; k++) {
    if (!sim_vmath_select(sets[k])) {
      continue;
    }
    sim_vsincospi(N_POINTS, x, s, c);
    for (size_t i = 0; i < N_POINTS; i++) {
      const long double turn = remainderl(x[i], 2) * 3.14159265358979323846L;
      CHECK_NEAR(s[i], (double)sinl(turn), 4 * DBL_EPSILON);
      CHECK_NEAR(c[i], (double)cosl(turn), 4 * DBL_EPSILON);
    }
    if (n_sets++ == 0) {
      memcpy(first[0], s, sizeof s);
      memcpy(first[1], c, sizeof c);
    } else if (strcmp(sets[k], "avx2") == 0) {
      assert_memory_equal(s, first[0], sizeof s);
      assert_memory_equal(c, first[1], sizeof c);
    }
  }
  CHECK(n_sets > 0);
}

#define CASE(f) cmocka_unit_test_teardown(f, use_widest)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(the_widest_set_is_in_use_at_the_start),
      CASE(errors_are_within_one_ulp),
      CASE(special_values_are_those_of_the_standard),
      CASE(short_arrays_give_the_bits_of_long_ones),
      CASE(the_result_may_replace_the_argument),
      CASE(a_nan_does_not_touch_its_neighbours),
      CASE(avx2_and_avx512f_give_the_same_bits),
      CASE(sse2_is_within_one_ulp_of_avx2),
      CASE(sine_and_cosine_of_turns_are_those_of_the_library),
      CASE(an_unknown_set_changes_nothing),
      CASE(every_set_goes_by_its_name),
  };
  return cmocka_run_group_tests_name("vmath", tests, NULL, NULL);
}
