/* tests/test_product.c -- products of any size are those of the definition
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/product.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"

static double *draw(size_t n, gsl_rng *rng) {
  struct sim_error err = {0};
  double *x = sim_alloc_doubles(n, &err);
  assert_non_null(x);
  for (size_t i = 0; i < n; i++) {
    x[i] = gsl_ran_gaussian(rng, 1);
  }
  return x;
}

/* Rounding of n_sum terms of size 1, in any order. */
static void check_product(bool is_transposed, size_t n_rows, size_t n_lanes,
                          size_t n_sum, double keep, gsl_rng *rng) {
  double *w = draw(n_rows * n_sum, rng), *in = draw(n_sum * n_lanes, rng);
  double *out = draw(n_rows * n_lanes, rng),
         *want = draw(n_rows * n_lanes, rng);
  for (size_t i = 0; i < n_rows; i++) {
    for (size_t k = 0; k < n_lanes; k++) {
      double sum = keep * out[i * n_lanes + k];
      for (size_t j = 0; j < n_sum; j++) {
        sum += (is_transposed ? w[j * n_rows + i] : w[i * n_sum + j]) *
               in[j * n_lanes + k];
      }
      want[i * n_lanes + k] = sum;
    }
  }
  model_product(is_transposed, n_rows, n_lanes, n_sum, w, in, keep, out);
  for (size_t i = 0; i < n_rows * n_lanes; i++) {
    CHECK_NEAR(out[i], want[i], 1e-15 * (double)(n_sum + 10));
  }
  free(w);
  free(in);
  free(out);
  free(want);
}

/* One panel, whole panels, a rest, and terms too many for any panel. */
static void panels_make_the_whole(void **state) {
  (void)state;
  static const size_t sizes[][3] = {
      {1, 1, 1},      {128, 32, 128}, {64, 32, 977},  {65, 32, 977},
      {530, 32, 300}, {300, 7, 530},  {47, 32, 2000}, {784, 33, 512}};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int k = 0; k < 4; k++) {
      check_product(k % 2, sizes[i][0], sizes[i][1], sizes[i][2], k / 2 * 0.5,
                    rng);
    }
  }
  gsl_rng_free(rng);
}

static void nothing_is_kept_of_what_is_no_number(void **state) {
  (void)state;
  const double w[] = {2}, in[] = {3};
  double out[] = {NAN};
  model_product(false, 1, 1, 1, w, in, 0, out);
  CHECK_NEAR(out[0], 6, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(panels_make_the_whole),
      cmocka_unit_test(nothing_is_kept_of_what_is_no_number),
  };
  return cmocka_run_group_tests_name("product", tests, NULL, NULL);
}
