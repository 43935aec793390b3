/* tests/test_correlation.c -- the gradient as a difference of correlations
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/correlation.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"
#include "tests/small_chip.h"

static void check_correlation(size_t n_layers, const size_t *widths,
                              size_t n_tiles, size_t n_lanes) {
  struct sim_error err = {0};
  const struct model_layout at = model_layout_make(n_layers, widths);
  const size_t tile = at.n_nodes * n_lanes;
  double *plus = sim_alloc_doubles(n_tiles * tile, &err);
  double *minus = sim_alloc_doubles(n_tiles * tile, &err);
  double *gradient = sim_alloc_doubles(at.n_parameters, &err);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  CHECK(plus && minus && gradient);
  fill_normal(rng, n_tiles * tile, 1.0, plus);
  fill_normal(rng, n_tiles * tile, 1.0, minus);
  fill_normal(rng, at.n_parameters, 1.0, gradient);  // is overwritten
  model_correlation_gradient(&at, n_tiles, n_lanes, plus, minus, 0.7, gradient);

  size_t parameter = 0;
  for (size_t l = 0; l + 1 < n_layers; l++) {
    for (size_t k = 0; k < widths[l + 1]; k++) {
      for (size_t j = 0; j < widths[l]; j++) {
        double sum = 0;
        for (size_t t = 0; t < n_tiles; t++) {
          for (size_t s = 0; s < n_lanes; s++) {
            const size_t out = t * tile + (at.node_at[l + 1] + k) * n_lanes + s;
            const size_t in = t * tile + (at.node_at[l] + j) * n_lanes + s;
            sum += minus[out] * minus[in] - plus[out] * plus[in];
          }
        }
        CHECK_NEAR(gradient[parameter++], 0.7 * sum, 1e-12);
      }
    }
  }
  for (size_t i = 0; i < at.n_nodes; i++) {
    double sum = 0;
    for (size_t t = 0; t < n_tiles; t++) {
      for (size_t s = 0; s < n_lanes; s++) {
        const size_t at_i = t * tile + i * n_lanes + s;
        sum += minus[at_i] - plus[at_i];
      }
    }
    CHECK_NEAR(gradient[parameter++], 0.7 * sum, 1e-12);
  }
  assert_int_equal(parameter, at.n_parameters);
  free(plus);
  free(minus);
  free(gradient);
  gsl_rng_free(rng);
}

static void correlations_are_the_sums_of_products(void **state) {
  (void)state;
  check_correlation(2, (const size_t[]){1, 1}, 1, 1);
  check_correlation(3, (const size_t[]){5, 32, 33}, 4, 3);
  check_correlation(4, (const size_t[]){40, 7, 65, 2}, 3, 32);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(correlations_are_the_sums_of_products),
  };
  return cmocka_run_group_tests_name("correlation", tests, NULL, NULL);
}
