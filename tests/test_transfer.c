/* tests/test_transfer.c -- curves against long double, and their derivatives
 * against central differences of those
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/transfer.h"

#include <string.h>

#include "tests/check.h"
#include "tests/curve_point.h"

/* --- the formulas in long double --- */

static long double sigmoid(long double v) {
  return 1 / (1 + expl(-v));
}

static long double silu(long double v) {
  return 10 * tanhl(v * sigmoid(v) / 10);
}

static long double softplus(long double v) {
  return v > 0 ? v + log1pl(expl(-v)) : log1pl(expl(v));
}

static long double hard_sigmoid(long double v) {
  return fminl(fmaxl(v, 0), 1);
}

static long double identity(long double v) {
  return v;
}

static const struct {
  const char *name;
  long double (*exact)(long double);
  int is_increasing;
} formulas[] = {
    {"silu", silu, 0},         {"tanh", tanhl, 1},
    {"sigmoid", sigmoid, 1},   {"softplus", softplus, 1},
    {"identity", identity, 1}, {"hard_sigmoid", hard_sigmoid, 0},
};
#define N_FORMULAS (sizeof formulas / sizeof formulas[0])
#define N_SMOOTH (N_FORMULAS - 1)  // hard_sigmoid has corners

/* Five-point differences with a step that gives 13 digits. */
static double first_difference(long double (*f)(long double), long double v) {
  const long double h = 1e-3L;
  return (double)((f(v - 2 * h) - 8 * f(v - h) + 8 * f(v + h) - f(v + 2 * h)) /
                  (12 * h));
}

static double second_difference(long double (*f)(long double), long double v) {
  const long double h = 1e-3L;
  return (double)((-f(v - 2 * h) + 16 * f(v - h) - 30 * f(v) + 16 * f(v + h) -
                   f(v + 2 * h)) /
                  (12 * h * h));
}

/* --- single voltages --- */

static struct circuit_transfer make(const char *name) {
  struct sim_error err = {0};
  struct circuit_transfer curve;
  CHECK_OK(circuit_transfer_init(&curve, curve_index(name), NULL, 0.1, &err),
           err);
  return curve;
}

static void names_are_in_the_order_of_the_curves(void **state) {
  (void)state;
  for (size_t i = 0; i < N_FORMULAS; i++) {
    const struct circuit_transfer curve = make(formulas[i].name);
    assert_string_equal(curve.ops->name, formulas[i].name);
    assert_int_equal(curve.ops->is_increasing, formulas[i].is_increasing);
    assert_null(curve.points);
  }
  assert_string_equal(circuit_transfer_names[curve_index("table")], "table");
  assert_null(circuit_transfer_names[N_FORMULAS + 1]);
}

static void values_are_those_of_the_formula(void **state) {
  (void)state;
  for (size_t i = 0; i < N_FORMULAS; i++) {
    const struct circuit_transfer curve = make(formulas[i].name);
    for (double v = -40; v <= 40; v += 1.0 / 61) {
      const double want = (double)formulas[i].exact(v);
      CHECK_NEAR(curve_at(&curve, v).value, want, 3e-15 + 1e-15 * fabs(want));
      CHECK(curve_at(&curve, v).r == curve_at(&curve, v).value);
    }
  }
}

/* sigmoid and softplus lose no relative accuracy in their tails. */
static void tails_keep_their_digits(void **state) {
  (void)state;
  const char *const names[] = {"sigmoid", "softplus"};
  for (size_t i = 0; i < 2; i++) {
    const struct circuit_transfer curve = make(names[i]);
    for (double v = -700; v < -20; v += 0.77) {
      CHECK_REL(curve_at(&curve, v).value, exp(v), 3e-15 + 2 * exp(v));
      CHECK_REL(curve_at(&curve, v).slope, exp(v), 3e-15 + 2 * exp(v));
    }
  }
}

static void slopes_and_curvatures_are_the_derivatives(void **state) {
  (void)state;
  for (size_t i = 0; i < N_SMOOTH; i++) {
    const struct circuit_transfer curve = make(formulas[i].name);
    for (double v = -40; v <= 40; v += 1.0 / 61) {
      const struct point p = curve_at(&curve, v);
      CHECK_NEAR(p.slope, first_difference(formulas[i].exact, v), 1e-12);
      CHECK_NEAR(p.curvature, second_difference(formulas[i].exact, v), 2e-11);
    }
  }
}

static void the_hard_sigmoid_has_corners(void **state) {
  (void)state;
  const struct circuit_transfer curve = make("hard_sigmoid");
  const double v[] = {-1, -1e-300, 0, 1e-300, 0.5, 1 - 1e-15, 1, 7};
  const double r[] = {0, 0, 0, 1e-300, 0.5, 1 - 1e-15, 1, 1};
  const double slope[] = {0, 0, 1, 1, 1, 1, 1, 0};
  for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
    const struct point p = curve_at(&curve, v[i]);
    CHECK(p.value == r[i] && p.slope == slope[i] && p.curvature == 0);
  }
}

static void far_values_are_the_limits(void **state) {
  (void)state;
  const double far[] = {800, 1e6};
  const struct {
    const char *name;
    double low, high, slope_high;  // beyond; NAN: v itself
  } limits[] = {
      {"silu", 0, 10, 0},        {"tanh", -1, 1, 0},
      {"sigmoid", 0, 1, 0},      {"softplus", 0, NAN, 1},
      {"hard_sigmoid", 0, 1, 0}, {"identity", NAN, NAN, 1},
  };
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    const struct circuit_transfer curve = make(limits[i].name);
    for (size_t k = 0; k < 2; k++) {
      const struct point low = curve_at(&curve, -far[k]),
                         high = curve_at(&curve, far[k]);
      CHECK(low.value == (isnan(limits[i].low) ? -far[k] : limits[i].low));
      CHECK(high.value == (isnan(limits[i].high) ? far[k] : limits[i].high));
      CHECK(low.slope == (isnan(limits[i].low) ? 1 : 0));
      CHECK(high.slope == limits[i].slope_high);
      CHECK(low.curvature == 0 && high.curvature == 0);
    }
  }
}

static void the_values_at_zero_are_known(void **state) {
  (void)state;
  const struct {
    const char *name;
    struct point want;
  } known[] = {
      {"silu", {0, 0, 0.5, 0.5}},       {"tanh", {0, 0, 1, 0}},
      {"sigmoid", {0.5, 0.5, 0.25, 0}}, {"softplus", {M_LN2, M_LN2, 0.5, 0.25}},
      {"identity", {0, 0, 1, 0}},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    const struct circuit_transfer curve = make(known[i].name);
    const struct point p = curve_at(&curve, 0);
    CHECK_NEAR(p.value, known[i].want.value, 1e-16);
    CHECK_NEAR(p.slope, known[i].want.slope, 1e-16);
    CHECK_NEAR(p.curvature, known[i].want.curvature, 1e-16);
  }
}

/* A diverged voltage must be seen, not hidden. */
static void nan_stays_nan(void **state) {
  (void)state;
  for (size_t i = 0; i < N_FORMULAS; i++) {
    const struct circuit_transfer curve = make(formulas[i].name);
    CHECK(isnan(curve_at(&curve, NAN).value));
  }
}

/* --- blocks --- */

/* The all-in-one call may share work, but not change a bit. */
static void all_at_once_gives_the_bits_of_each(void **state) {
  (void)state;
  enum { N = 777 };
  double v[N], r[2][N], slope[2][N], curvature[2][N];
  for (size_t i = 0; i < N; i++) {
    v[i] = 0.05 * ((double)i - N / 2);
  }
  for (size_t c = 0; strcmp(circuit_transfer_names[c], "table") != 0; c++) {
    struct sim_error err = {0};
    struct circuit_transfer curve;
    CHECK_OK(circuit_transfer_init(&curve, c, "none", 0.1, &err), err);
    curve.ops->slope(&curve, N, v, r[0], slope[0]);
    curve.ops->curvature(&curve, N, v, curvature[0]);
    circuit_transfer_all(&curve, N, v, r[1], slope[1], curvature[1]);
    assert_memory_equal(r[0], r[1], sizeof r[0]);
    assert_memory_equal(slope[0], slope[1], sizeof slope[0]);
    assert_memory_equal(curvature[0], curvature[1], sizeof curvature[0]);
    circuit_transfer_finish(&curve);
  }
}

static void long_arrays_give_the_bits_of_single_calls(void **state) {
  (void)state;
  const size_t lengths[] = {0, 1, 7, 255, 256, 257, 512, 1000};
  for (size_t i = 0; i < N_FORMULAS; i++) {
    const struct circuit_transfer curve = make(formulas[i].name);
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
      curve_check_blocks(&curve, lengths[k]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_in_the_order_of_the_curves),
      cmocka_unit_test(values_are_those_of_the_formula),
      cmocka_unit_test(tails_keep_their_digits),
      cmocka_unit_test(slopes_and_curvatures_are_the_derivatives),
      cmocka_unit_test(the_hard_sigmoid_has_corners),
      cmocka_unit_test(far_values_are_the_limits),
      cmocka_unit_test(the_values_at_zero_are_known),
      cmocka_unit_test(nan_stays_nan),
      cmocka_unit_test(all_at_once_gives_the_bits_of_each),
      cmocka_unit_test(long_arrays_give_the_bits_of_single_calls),
  };
  return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
