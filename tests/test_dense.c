/* tests/test_dense.c -- dense systems of linear equations
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/dense.h"

#include <gsl/gsl_randist.h>
#include <string.h>

#include "tests/check.h"

enum { N = 7, RIGHT = 3 };

static void draw(unsigned long seed, size_t n, double *x) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  for (size_t i = 0; i < n; i++) {
    x[i] = gsl_ran_gaussian(rng, 1);
  }
  gsl_rng_free(rng);
}

/* A x, or A^T x. */
static double product(const double *a, bool is_transposed, size_t row,
                      const double *x) {
  double sum = 0;
  for (size_t k = 0; k < N; k++) {
    sum += (is_transposed ? a[k * N + row] : a[row * N + k]) * x[k];
  }
  return sum;
}

static void both_systems_are_solved(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_dense dense;
  double a[N * N], b[RIGHT * N], x[RIGHT * N];
  draw(1, N * N, a);
  draw(2, RIGHT * N, b);
  CHECK_OK(sim_dense_init(&dense, N, &err), err);
  memcpy(dense.a, a, sizeof a);
  CHECK(sim_dense_factor(&dense));
  for (int transposed = 0; transposed < 2; transposed++) {
    memcpy(x, b, sizeof b);
    sim_dense_solve(&dense, transposed, RIGHT, x);
    for (size_t i = 0; i < RIGHT * N; i++) {
      CHECK_NEAR(product(a, transposed, i % N, x + i / N * N), b[i], 1e-12);
    }
  }
  sim_dense_finish(&dense);
}

static void the_inverse_is_one(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_dense dense;
  double a[N * N], inverse[N * N];
  draw(3, N * N, a);
  CHECK_OK(sim_dense_init(&dense, N, &err), err);
  memcpy(dense.a, a, sizeof a);
  CHECK(sim_dense_factor(&dense));
  sim_dense_invert(&dense, inverse);
  for (size_t i = 0; i < N * N; i++) {
    double sum = 0;
    for (size_t k = 0; k < N; k++) {
      sum += inverse[i / N * N + k] * a[k * N + i % N];
    }
    CHECK_NEAR(sum, i / N == i % N, 1e-12);
  }
  sim_dense_finish(&dense);
}

static void a_complex_inverse_is_one(void **state) {
  (void)state;
  double part[2 * N * N];
  double complex a[N * N], inverse[N * N], scratch[N * N];
  int pivots[N];
  draw(4, 2 * N * N, part);
  for (size_t i = 0; i < N * N; i++) {
    a[i] = inverse[i] = part[2 * i] + I * part[2 * i + 1];
  }
  CHECK(sim_dense_invert_complex(N, inverse, pivots, scratch));
  for (size_t i = 0; i < N * N; i++) {
    double complex sum = 0;
    for (size_t k = 0; k < N; k++) {
      sum += a[i / N * N + k] * inverse[k * N + i % N];
    }
    CHECK_NEAR(cabs(sum - (i / N == i % N)), 0, 1e-12);
  }
}

static void singular_matrices_are_told(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_dense dense;
  double complex a[4] = {1, 2, 2, 4}, scratch[4];
  int pivots[2];
  CHECK_OK(sim_dense_init(&dense, 2, &err), err);
  memcpy(dense.a, (double[]){1, 2, 2, 4}, 4 * sizeof(double));
  CHECK(!sim_dense_factor(&dense));
  CHECK(!sim_dense_invert_complex(2, a, pivots, scratch));
  sim_dense_finish(&dense);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_systems_are_solved),
      cmocka_unit_test(the_inverse_is_one),
      cmocka_unit_test(a_complex_inverse_is_one),
      cmocka_unit_test(singular_matrices_are_told),
  };
  return cmocka_run_group_tests_name("dense", tests, NULL, NULL);
}
