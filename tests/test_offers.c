/* tests/test_offers.c -- offers in single precision and their error
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/offers.h"

#include <gsl/gsl_randist.h>
#include <math.h>

#include "sim/memory.h"
#include "tests/check.h"

enum { N = 75, DIM = 19, ROWS = 9 };

static struct model_offers make(const double *x1) {
  struct sim_error err = {0};
  struct model_offers offers;
  CHECK_OK(model_offers_init(&offers, x1, N, DIM, &err), err);
  return offers;
}

static double norm_of(const double *x) {
  double sum = 0;
  for (size_t k = 0; k < DIM; k++) {
    sum += x[k] * x[k];
  }
  return sqrt(sum);
}

/* |x0 - x1|^2 - v - |x0|^2 in double precision. */
static double offer_of(const double *x0, const double *x1, double v) {
  double sum = 0;
  for (size_t k = 0; k < DIM; k++) {
    sum += (x0[k] - x1[k]) * (x0[k] - x1[k]);
  }
  return sum - v - norm_of(x0) * norm_of(x0);
}

/* At any scale of the points and the prices; and the bound is no excuse for
 * anything: a thousandth of the terms of the sum. */
static void offers_are_within_their_bound(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double x0[ROWS * DIM], x1[N * DIM], v[N];
  struct model_offers offers = make(x1);
  for (int trial = 0; trial < 60; trial++) {
    const double scale = pow(10, trial % 7 - 3), price = pow(10, trial % 5 - 2);
    for (size_t k = 0; k < ROWS * DIM; k++) {
      x0[k] = gsl_ran_gaussian(rng, 3);
    }
    for (size_t k = 0; k < N * DIM; k++) {
      x1[k] = gsl_ran_gaussian(rng, scale);
    }
    for (size_t k = 0; k < N; k++) {
      v[k] = gsl_ran_gaussian(rng, price);
    }
    model_offers_set_prices(&offers, v);
    model_offers_multiply(&offers, x0, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
      const double norm = norm_of(x0 + i * DIM);
      const double bound = model_offers_error(&offers, norm);
      for (size_t j = 0; j < N; j++) {
        const double want = offer_of(x0 + i * DIM, x1 + j * DIM, v[j]);
        CHECK_NEAR((double)offers.offer[i * N + j], want, bound);
      }
      CHECK(bound <
            1e-3 * (2 * norm * offers.largest_norm + offers.largest_last));
    }
  }
  model_offers_finish(&offers);
  gsl_rng_free(rng);
}

static void the_least_and_those_up_to_a_limit_are_found(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  float offer[N];
  uint32_t found[N];
  for (size_t n = 1; n <= N; n++) {
    float least = INFINITY;
    for (size_t j = 0; j < n; j++) {
      offer[j] = (float)gsl_rng_uniform_int(rng, 20);
      least = fminf(least, offer[j]);
    }
    assert_true(model_offers_least(n, offer) == least);
    size_t n_below = 0;
    const size_t n_found = model_offers_find(n, offer, 5, N, found);
    for (size_t j = 0; j < n; j++) {
      if (offer[j] <= 5) {
        assert_int_equal(found[n_below++], j);
      }
    }
    assert_int_equal(n_found, n_below);
  }
  gsl_rng_free(rng);
}

static void no_more_are_written_than_there_is_room_for(void **state) {
  (void)state;
  const float offer[] = {1, 9, 2, NAN, 0, 1};
  uint32_t found[] = {77, 77, 77};
  assert_int_equal(model_offers_find(6, offer, 2, 2, found), 4);
  assert_int_equal(found[0], 0);
  assert_int_equal(found[1], 2);
  assert_int_equal(found[2], 77);
}

static void offers_that_are_no_number_are_passed_over(void **state) {
  (void)state;
  const float offer[] = {NAN, NAN, 3, NAN};
  uint32_t found[4];
  assert_true(model_offers_least(4, offer) == 3);
  assert_true(isinf(model_offers_least(2, offer)));
  assert_int_equal(model_offers_find(2, offer, INFINITY, 4, found), 0);
}

static void no_memory_leaves_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_offers offers;
  double x1[N * DIM] = {0};
  for (long k = 0; k < 3; k++) {
    sim_alloc_refuse_after(k);
    assert_int_equal(model_offers_init(&offers, x1, N, DIM, &err), SIM_EFAIL);
    assert_null(offers.columns);
  }
  sim_alloc_refuse_after(-1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(offers_are_within_their_bound),
      cmocka_unit_test(the_least_and_those_up_to_a_limit_are_found),
      cmocka_unit_test(no_more_are_written_than_there_is_room_for),
      cmocka_unit_test(offers_that_are_no_number_are_passed_over),
      cmocka_unit_test(no_memory_leaves_nothing),
  };
  return cmocka_run_group_tests_name("offers", tests, NULL, NULL);
}
