/* tests/test_eigenmodes.c -- modes of linear systems
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/eigenmodes.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "tests/check.h"

enum { N = 12 };

/* X diag(l) X^-1 = -J and X X^-1 = 1. */
static void check_modes(const struct sim_eigenmodes *modes, const double *j) {
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < N; k++) {
      double complex whole = 0, one = 0;
      for (size_t m = 0; m < N; m++) {
        const double complex part =
            modes->right[i * N + m] * modes->left[m * N + k];
        whole += part * modes->rate[m];
        one += part;
      }
      CHECK_NEAR(creal(whole), -j[i * N + k], 1e-11);
      CHECK_NEAR(cimag(whole), 0, 1e-11);
      CHECK_NEAR(creal(one), i == k, 1e-12);
    }
  }
}

static void any_matrix_is_the_sum_of_its_modes(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_eigenmodes modes;
  double j[N * N], largest = 0;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  CHECK_OK(sim_eigenmodes_init(&modes, N, &err), err);
  for (size_t i = 0; i < N * N; i++) {
    j[i] = gsl_ran_gaussian(rng, 1) - 4 * (i % (N + 1) == 0);
  }
  CHECK_OK(sim_eigenmodes_find(&modes, j, NULL, &err), err);
  check_modes(&modes, j);
  for (size_t m = 0; m < N; m++) {
    largest = fmax(largest, fabs(cimag(modes.rate[m])));
  }
  CHECK(largest > 0.1);  // some of them turn
  sim_eigenmodes_finish(&modes);
  gsl_rng_free(rng);
}

static void those_of_a_reciprocal_circuit_are_real(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_eigenmodes modes;
  double j[N * N], inv_c[N];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  CHECK_OK(sim_eigenmodes_init(&modes, N, &err), err);
  for (size_t i = 0; i < N; i++) {
    inv_c[i] = gsl_ran_flat(rng, 0.2, 5);
    for (size_t k = 0; k <= i; k++) {
      const double h = gsl_ran_gaussian(rng, 0.3) + 3 * (i == k);
      j[i * N + k] = -h * inv_c[i];
      j[k * N + i] = -h * inv_c[k];
    }
  }
  CHECK_OK(sim_eigenmodes_find(&modes, j, inv_c, &err), err);
  check_modes(&modes, j);
  for (size_t m = 0; m < N; m++) {
    CHECK(cimag(modes.rate[m]) == 0);
  }
  sim_eigenmodes_finish(&modes);
  gsl_rng_free(rng);
}

/* A defective matrix, and one on the way to it. */
static void dependent_modes_are_refused(void **state) {
  (void)state;
  for (double gap = 0; gap < 1; gap += 0.1) {
    const double j[4] = {-1, 1, 0, -1 - gap};
    struct sim_error err = {0};
    struct sim_eigenmodes modes;
    CHECK_OK(sim_eigenmodes_init(&modes, 2, &err), err);
    CHECK(sim_eigenmodes_find(&modes, j, NULL, &err) ==
          (gap == 0 ? SIM_EFAIL : SIM_OK));
    sim_eigenmodes_finish(&modes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_matrix_is_the_sum_of_its_modes),
      cmocka_unit_test(those_of_a_reciprocal_circuit_are_real),
      cmocka_unit_test(dependent_modes_are_refused),
  };
  return cmocka_run_group_tests_name("eigenmodes", tests, NULL, NULL);
}
