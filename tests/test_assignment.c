/* tests/test_assignment.c -- the assignment is a permutation of least cost
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

#include "models/assignment.h"
#include "models/dataset.h"
#include "sim/memory.h"
#include "tests/check.h"

#define N_SMALL 7u

// of OpenBLAS, whose cblas.h cannot stand beside GSL's headers
void openblas_set_num_threads(int n);

/* A problem with its results; n x n, owned. */
struct problem {
  size_t n;
  double *cost, *u, *v;
  size_t *perm;
  struct model_assignment *work;
};

static struct problem make(size_t n) {
  struct sim_error err = {0};
  struct problem p = {.n = n};
  p.cost = sim_alloc_doubles(n * n, &err);
  p.u = sim_alloc_doubles(n, &err);
  p.v = sim_alloc_doubles(n, &err);
  p.perm = sim_alloc(n, sizeof(size_t), &err);
  CHECK_OK(model_assignment_create(&p.work, n, &err), err);
  return p;
}

static void discard(struct problem *p) {
  free(p->cost);
  free(p->u);
  free(p->v);
  free(p->perm);
  model_assignment_destroy(p->work);
}

static void solve(struct problem *p) {
  struct sim_error err = {0};
  CHECK_OK(model_assignment_solve(p->work, p->cost, p->perm, p->u, p->v, &err),
           err);
}

static void solve_from(struct problem *p) {
  struct sim_error err = {0};
  CHECK_OK(
      model_assignment_solve_from(p->work, p->cost, p->perm, p->u, p->v, &err),
      err);
}

static struct model_assignment_gap gap_of(const struct problem *p) {
  return model_assignment_gap(p->cost, p->n, p->perm, p->u, p->v);
}

/* The certificate holds to `tolerance`; returns the cost. */
static double proven_cost(const struct problem *p, double tolerance) {
  const struct model_assignment_gap proof = gap_of(p);
  CHECK_NEAR(proof.gap, 0, tolerance);
  CHECK(proof.least_reduced_cost >= -tolerance);
  CHECK(proof.excess <= (double)(p->n + 1) * tolerance);
  return proof.cost;
}

/* Least cost over all ways to give the rows from `row` on a free column. */
static double least_of_all(const double *cost, size_t n, size_t row,
                           unsigned taken) {
  double least = row == n ? 0 : INFINITY;
  for (size_t j = 0; row < n && j < n; j++) {
    if (!(taken >> j & 1u)) {
      least = fmin(least, cost[row * n + j] +
                              least_of_all(cost, n, row + 1, taken | 1u << j));
    }
  }
  return least;
}

/* Fill with costs: real numbers, or small integers that tie often. */
static void draw_costs(struct problem *p, gsl_rng *rng, unsigned n_levels) {
  for (size_t k = 0; k < p->n * p->n; k++) {
    p->cost[k] = n_levels ? (double)gsl_rng_uniform_int(rng, n_levels) - 1
                          : gsl_ran_gaussian(rng, 10);
  }
}

static void draw_prices(struct problem *p, gsl_rng *rng, double sigma) {
  for (size_t j = 0; j < p->n; j++) {
    p->v[j] = 5 + gsl_ran_gaussian(rng, sigma);
  }
}

static void it_equals_the_best_of_all_permutations(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t n = 1; n <= N_SMALL; n++) {
    struct problem p = make(n);
    for (unsigned trial = 0; trial < 120; trial++) {
      draw_costs(&p, rng, trial % 3 == 0 ? 0 : 2 + trial % 7);
      const double best = least_of_all(p.cost, n, 0, 0);
      solve(&p);
      CHECK_NEAR(proven_cost(&p, 1e-12), best, 1e-11);
      draw_prices(&p, rng, trial % 2 ? 1 : 1e6);
      solve_from(&p);
      CHECK_NEAR(proven_cost(&p, 1e-12), best, 1e-11);
    }
    discard(&p);
  }
  gsl_rng_free(rng);
}

static void a_hidden_permutation_is_found(void **state) {
  (void)state;
  const size_t n = 200;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(n);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      // row and column constants do not matter
      p.cost[i * n + j] = 1 + gsl_rng_uniform(rng) + (double)(3 * i + 7 * j);
    }
    p.cost[i * n + (37 * i + 11) % n] -= 2;
  }

  solve(&p);
  proven_cost(&p, 1e-11);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(p.perm[i], (37 * i + 11) % n);
  }
  discard(&p);
  gsl_rng_free(rng);
}

static void sorted_points_on_a_line_stay_sorted(void **state) {
  (void)state;
  const size_t n = 60;
  struct problem p = make(n);
  double x0[60], x1[60];
  for (size_t i = 0; i < n; i++) {
    x0[i] = 0.1 * (double)i;
    x1[i] = 3 + 0.01 * (double)(i * i);
  }
  model_transport_cost(x0, x1, n, 1, p.cost);

  solve(&p);
  proven_cost(&p, 1e-10);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(p.perm[i], i);
  }
  discard(&p);
}

/* c_ij = i j pairs large with small: the classical hard case. */
static void products_pair_large_with_small(void **state) {
  (void)state;
  const size_t n = 150;
  struct problem p = make(n);
  for (size_t k = 0; k < n * n; k++) {
    p.cost[k] = (double)((k / n + 1) * (k % n + 1));
  }

  solve(&p);
  // sum i (n + 1 - i) = n (n + 1)(n + 2)/6
  CHECK_NEAR(proven_cost(&p, 1e-9), (double)(n * (n + 1) * (n + 2) / 6), 1e-6);
  discard(&p);
}

static void equal_costs_and_duplicates_are_fine(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  const size_t n = 100;
  struct problem p = make(n);
  for (size_t k = 0; k < n * n; k++) {
    p.cost[k] = 3.5;
  }
  solve(&p);
  CHECK_NEAR(proven_cost(&p, 0), 350, 0);

  // every row and every column twice
  draw_costs(&p, rng, 5);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      p.cost[i * n + j] = p.cost[i / 2 * 2 * n + j / 2 * 2];
    }
  }
  solve(&p);
  const double cost = proven_cost(&p, 1e-12);
  draw_prices(&p, rng, 100);
  solve_from(&p);
  CHECK_NEAR(proven_cost(&p, 1e-12), cost, 1e-11);
  discard(&p);
  gsl_rng_free(rng);
}

static void the_column_duals_sum_to_zero(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(50);
  draw_costs(&p, rng, 0);
  solve(&p);
  double sum = 0;
  for (size_t j = 0; j < p.n; j++) {
    sum += p.v[j];
  }
  CHECK_NEAR(sum, 0, 1e-11);
  discard(&p);
  gsl_rng_free(rng);
}

static void the_certificate_sees_a_wrong_permutation(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(40);
  draw_costs(&p, rng, 0);
  solve(&p);
  const double best = proven_cost(&p, 1e-10);

  const size_t first = p.perm[0];
  p.perm[0] = p.perm[1];
  p.perm[1] = first;
  CHECK(gap_of(&p).gap > 1e-3);
  CHECK_NEAR(gap_of(&p).gap, gap_of(&p).cost - best, 1e-10);
  p.perm[0] = first;  // now column `first` is taken twice
  CHECK(isinf(gap_of(&p).excess) && isinf(gap_of(&p).cost));
  p.perm[0] = p.n;
  CHECK(isinf(gap_of(&p).excess));
  discard(&p);
  gsl_rng_free(rng);
}

static void the_certificate_sees_wrong_duals(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(40);
  draw_costs(&p, rng, 0);
  solve(&p);

  p.u[3] += 0.5;  // hides 0.5 of a gap behind an infeasible dual
  CHECK_NEAR(gap_of(&p).least_reduced_cost, -0.5, 1e-12);
  CHECK_NEAR(gap_of(&p).gap, -0.5, 1e-10);
  CHECK(gap_of(&p).excess > 19);
  p.u[3] = NAN;
  CHECK(isnan(gap_of(&p).least_reduced_cost));
  discard(&p);
  gsl_rng_free(rng);
}

static void transport_cost_is_the_squared_distance(void **state) {
  (void)state;
  enum { N = 130, DIM = 17 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(N);
  double x0[N * DIM], x1[N * DIM];
  for (size_t k = 0; k < sizeof x0 / sizeof *x0; k++) {
    x0[k] = gsl_ran_gaussian(rng, 1);
    x1[k] = gsl_ran_gaussian(rng, 1);
  }

  model_transport_cost(x0, x1, N, DIM, p.cost);
  for (size_t k = 0; k < (size_t)N * N; k++) {
    double want = 0;
    for (size_t d = 0; d < DIM; d++) {
      const double step = x0[k / N * DIM + d] - x1[k % N * DIM + d];
      want += step * step;
    }
    CHECK_NEAR(p.cost[k], want, 1e-12);
  }

  // rounding must not make a distance of equal points negative
  model_transport_cost(x0, x0, N, DIM, p.cost);
  for (size_t i = 0; i < N; i++) {
    CHECK(p.cost[i * N + i] >= 0 && p.cost[i * N + i] < 1e-13);
  }
  discard(&p);
  gsl_rng_free(rng);
}

static void blas_threads_do_not_change_a_bit(void **state) {
  (void)state;
  enum { N = 1797, DIM = 64 };
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double *x = sim_alloc_doubles(2 * N * DIM, &err);
  double *cost = sim_alloc_doubles(2 * N * N, &err);
  for (size_t k = 0; k < 2 * N * DIM; k++) {
    x[k] = gsl_ran_gaussian(rng, 1);
  }

  for (int k = 0; k < 2; k++) {
    openblas_set_num_threads(1 + k);
    model_transport_cost(x, x + N * DIM, N, DIM, cost + k * N * N);
  }
  assert_memory_equal(cost, cost + N * N, N * N * sizeof *cost);
  openblas_set_num_threads(1);
  free(x);
  free(cost);
  gsl_rng_free(rng);
}

/* Noise for the rows; the images for the columns. */
static void draw_transport(struct problem *p, const struct model_dataset *set,
                           gsl_rng *rng) {
  struct sim_error err = {0};
  double *noise = sim_alloc_doubles(set->n * set->dim, &err);
  for (size_t k = 0; k < set->n * set->dim; k++) {
    noise[k] = gsl_ran_gaussian(rng, 1);
  }
  model_transport_cost(noise, set->values, set->n, set->dim, p->cost);
  free(noise);
}

static void noise_to_digits_is_proven_cold_and_warm(void **state) {
  (void)state;
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct model_dataset set;
  CHECK_OK(model_dataset_load(
               &set,
               &(struct model_dataset_source){
                   .file = "experiments/data/digits.h5", .range = {-1, 1}},
               &err),
           err);
  struct problem p = make(set.n);

  draw_transport(&p, &set, rng);
  solve(&p);
  const double per_sample = proven_cost(&p, 1e-8) / (double)set.n;
  CHECK(per_sample > 84 && per_sample < 89);

  // other noise, from the prices of the last
  double *prices = sim_alloc_doubles(set.n, &err);
  memcpy(prices, p.v, set.n * sizeof *prices);
  draw_transport(&p, &set, rng);
  solve(&p);
  const double cold = proven_cost(&p, 1e-8);
  memcpy(p.v, prices, set.n * sizeof *prices);
  solve_from(&p);
  CHECK_NEAR(proven_cost(&p, 1e-8), cold, 1e-7);

  free(prices);
  discard(&p);
  model_dataset_finish(&set);
  gsl_rng_free(rng);
}

static void costs_and_prices_must_be_finite(void **state) {
  (void)state;
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(20);
  draw_costs(&p, rng, 0);

  p.cost[3 * 20 + 19] = NAN;
  CHECK_FAILS(model_assignment_solve(p.work, p.cost, p.perm, p.u, p.v, &err),
              err, SIM_EFAIL,
              "cost of row 3, column 19 must be finite and at most 1e+280 in "
              "magnitude, got nan");
  p.cost[3 * 20 + 19] = -INFINITY;
  CHECK_FAILS(
      model_assignment_solve_from(p.work, p.cost, p.perm, p.u, p.v, &err), err,
      SIM_EFAIL,
      "cost of row 3, column 19 must be finite and at most 1e+280 in "
      "magnitude, got -inf");
  p.cost[3 * 20 + 19] = 1;
  p.v[7] = NAN;
  CHECK_FAILS(
      model_assignment_solve_from(p.work, p.cost, p.perm, p.u, p.v, &err), err,
      SIM_EFAIL, "starting price of column 7 must be finite, got nan");
  discard(&p);
  gsl_rng_free(rng);
}

static void size_and_memory_are_checked(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_assignment *work;

  CHECK_FAILS(model_assignment_create(&work, 0, &err), err, SIM_ECONFIG,
              "an assignment needs 1 to 65536 rows, got 0");
  for (long k = 0; k < 3; k++) {
    sim_alloc_refuse_after(k);
    assert_int_equal(model_assignment_create(&work, 4, &err), SIM_EFAIL);
    assert_null(work);
  }
  sim_alloc_refuse_after(-1);
  model_assignment_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_equals_the_best_of_all_permutations),
      cmocka_unit_test(a_hidden_permutation_is_found),
      cmocka_unit_test(sorted_points_on_a_line_stay_sorted),
      cmocka_unit_test(products_pair_large_with_small),
      cmocka_unit_test(equal_costs_and_duplicates_are_fine),
      cmocka_unit_test(the_column_duals_sum_to_zero),
      cmocka_unit_test(the_certificate_sees_a_wrong_permutation),
      cmocka_unit_test(the_certificate_sees_wrong_duals),
      cmocka_unit_test(transport_cost_is_the_squared_distance),
      cmocka_unit_test(blas_threads_do_not_change_a_bit),
      cmocka_unit_test(noise_to_digits_is_proven_cold_and_warm),
      cmocka_unit_test(costs_and_prices_must_be_finite),
      cmocka_unit_test(size_and_memory_are_checked),
  };
  return cmocka_run_group_tests_name("assignment", tests, NULL, NULL);
}
