/* tests/test_decay.c -- integrals of exponentials against quadrature
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/decay.h"

#include <gsl/gsl_integration.h>

#include "tests/check.h"

static const double complex rates[] = {
    1e-9, 1e-3, 0.3, 0.3 + 1e-12, 0.3 + 1e-5, 0.3 + 0.2, 20, -0.1, 0.5 + 2 * I};
enum { N = sizeof rates / sizeof *rates };
#define LENGTH 3.0
#define G 0.3

static double complex decayed(double complex l, double u) {
  return cexp(-l * u);
}

/* What is left after u of a process that is driven by e^-Gt. */
static double complex driven(double complex l, double u) {
  gsl_integration_glfixed_table *t = gsl_integration_glfixed_table_alloc(64);
  double complex sum = 0;
  for (size_t i = 0; i < 64; i++) {
    double x, w;
    gsl_integration_glfixed_point(0, u, i, &x, &w, t);
    sum += w * cexp(-l * (u - x)) * exp(-G * x);
  }
  gsl_integration_glfixed_table_free(t);
  return sum;
}

static double complex integral(double complex (*f)(double complex, double),
                               double complex l) {
  gsl_integration_glfixed_table *t = gsl_integration_glfixed_table_alloc(64);
  double complex sum = 0;
  for (size_t i = 0; i < 64; i++) {
    double x, w;
    gsl_integration_glfixed_point(0, LENGTH, i, &x, &w, t);
    sum += w * f(l, x);
  }
  gsl_integration_glfixed_table_free(t);
  return sum;
}

static void they_are_what_quadrature_says(void **state) {
  (void)state;
  for (size_t i = 0; i < N; i++) {
    const double complex l = rates[i];
    CHECK_NEAR(cabs(sim_decay_share(l, LENGTH) - integral(decayed, l)), 0.0,
               1e-12);
    CHECK_NEAR(cabs(sim_decay_passed(l, G, LENGTH) - driven(l, LENGTH)), 0.0,
               1e-12);
    // Close rates: the slope between them, right to their distance squared.
    CHECK_NEAR(cabs(sim_decay_mean(l, G, LENGTH) - integral(driven, l)), 0.0,
               1e-8);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_are_what_quadrature_says),
  };
  return cmocka_run_group_tests_name("decay", tests, NULL, NULL);
}
