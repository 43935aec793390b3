/* tests/test_transport.c -- transport from few candidates is exact
 *
 * Every solution is proven by its duals against all costs (the definition in
 * models/assignment.h), and compared with the assignment over all columns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/transport.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/assignment.h"
#include "models/dataset.h"
#include "sim/memory.h"
#include "tests/check.h"

/* Columns, rows and results; n points of `dim`, owned. */
struct problem {
  size_t n, dim;
  double *x0, *x1, *cost, *u, *v;
  size_t *perm, *other;
  struct model_transport *transport;
  struct model_assignment *assignment;
};

static struct problem make(size_t n, size_t dim, gsl_rng *rng) {
  struct sim_error err = {0};
  struct problem p = {.n = n, .dim = dim};
  p.x0 = sim_alloc_doubles(n * dim, &err);
  p.x1 = sim_alloc_doubles(n * dim, &err);
  p.cost = sim_alloc_doubles(n * n, &err);
  p.u = sim_alloc_doubles(n, &err);
  p.v = sim_alloc_doubles(n, &err);
  p.perm = sim_alloc(n, sizeof(size_t), &err);
  p.other = sim_alloc(n, sizeof(size_t), &err);
  for (size_t k = 0; k < n * dim; k++) {
    p.x1[k] = gsl_rng_uniform(rng) < 0.5 ? -1 : gsl_ran_gaussian(rng, 1);
  }
  CHECK_OK(model_transport_create(&p.transport, p.x1, n, dim, &err), err);
  CHECK_OK(model_assignment_create(&p.assignment, n, &err), err);
  return p;
}

static void discard(struct problem *p) {
  model_transport_destroy(p->transport);
  model_assignment_destroy(p->assignment);
  free(p->x0);
  free(p->x1);
  free(p->cost);
  free(p->u);
  free(p->v);
  free(p->perm);
  free(p->other);
}

static void draw_rows(struct problem *p, gsl_rng *rng, double mean,
                      double sigma) {
  for (size_t k = 0; k < p->n * p->dim; k++) {
    p->x0[k] = mean + gsl_ran_gaussian(rng, sigma);
  }
}

static void learn(struct problem *p, gsl_rng *rng, int n_draws) {
  struct sim_error err = {0};
  for (int k = 0; k < n_draws; k++) {
    draw_rows(p, rng, 0, 1);
    CHECK_OK(model_transport_learn(p->transport, p->x0, &err), err);
  }
}

static struct model_transport_work solve(struct problem *p) {
  struct sim_error err = {0};
  CHECK_OK(
      model_transport_solve(p->transport, p->x0, p->perm, p->u, p->v, &err),
      err);
  return model_transport_work(p->transport);
}

/* The duals prove it, to `tolerance` a pair; returns the cost. */
static double proven_cost(const struct problem *p, double tolerance) {
  model_transport_cost(p->x0, p->x1, p->n, p->dim, p->cost);
  const struct model_assignment_gap proof =
      model_assignment_gap(p->cost, p->n, p->perm, p->u, p->v);
  double sum = 0;
  for (size_t j = 0; j < p->n; j++) {
    sum += p->v[j];
  }
  CHECK_NEAR(sum, 0, (double)p->n * tolerance);
  CHECK_NEAR(proof.gap, 0, (double)p->n * tolerance);
  CHECK(proof.least_reduced_cost >= -tolerance);
  return proof.cost;
}

static void check_against_all_columns(struct problem *p, double tolerance) {
  struct sim_error err = {0};
  const double cost = proven_cost(p, tolerance);
  CHECK_OK(model_assignment_solve(p->assignment, p->cost, p->other, p->u, p->v,
                                  &err),
           err);
  double best = 0;
  for (size_t i = 0; i < p->n; i++) {
    best += p->cost[i * p->n + p->other[i]];
  }
  CHECK_NEAR(cost, best, (double)p->n * tolerance);
}

/* --- sizes and kinds --- */

static void any_size_is_exact(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  const size_t sizes[] = {1, 2, 3, 17, 127, 128, 129, 131, 300};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    for (size_t dim = 1; dim < 12; dim += 5) {
      struct problem p = make(sizes[s], dim, rng);
      draw_rows(&p, rng, 0, 1);
      CHECK(solve(&p).is_over_all);  // nothing learnt yet
      check_against_all_columns(&p, 1e-12);
      learn(&p, rng, 2);
      for (int trial = 0; trial < 3; trial++) {
        draw_rows(&p, rng, 0, 1);
        solve(&p);
        check_against_all_columns(&p, 1e-12);
      }
      discard(&p);
    }
  }
  gsl_rng_free(rng);
}

/* Rows of another kind than those that were learnt: the candidates are wrong,
 * the proof finds out, and the result is as exact. */
static void wrong_candidates_are_repaired(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(400, 6, rng);
  size_t n_added = 0;
  learn(&p, rng, 3);
  for (int trial = 0; trial < 12; trial++) {
    draw_rows(&p, rng, 0.1 * trial, 1 - 0.05 * trial);
    const struct model_transport_work work = solve(&p);
    n_added += work.is_over_all ? 0 : work.n_added;
    check_against_all_columns(&p, 1e-12);
  }
  CHECK(n_added > 100);
  discard(&p);
  gsl_rng_free(rng);
}

/* Equal columns: more equally good ones than a list holds. */
static void equal_columns_are_left_to_the_assignment(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(200, 4, rng);
  memset(p.x1, 0, p.n * p.dim * sizeof *p.x1);
  learn(&p, rng, 2);
  draw_rows(&p, rng, 0, 1);
  CHECK(solve(&p).is_over_all);
  check_against_all_columns(&p, 1e-12);
  discard(&p);
  gsl_rng_free(rng);
}

/* Every column three times: ties everywhere, and nothing goes round in
 * circles. */
static void columns_that_repeat_are_fine(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(300, 8, rng);
  for (size_t j = 0; j < p.n; j++) {
    memcpy(p.x1 + j * p.dim, p.x1 + j / 3 * 3 * p.dim, p.dim * sizeof *p.x1);
  }
  learn(&p, rng, 3);
  for (int trial = 0; trial < 5; trial++) {
    draw_rows(&p, rng, 0, 1);
    CHECK(!solve(&p).is_over_all);
    check_against_all_columns(&p, 1e-12);
  }
  discard(&p);
  gsl_rng_free(rng);
}

/* --- the digits --- */

/* Pairs are the same as over all columns, and few costs were looked at. */
static void noise_to_digits_is_exact_and_cheap(void **state) {
  (void)state;
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(1797, 64, rng);
  struct model_dataset set;
  CHECK_OK(model_dataset_load(
               &set,
               &(struct model_dataset_source){
                   .file = "experiments/data/digits.h5", .range = {-1, 1}},
               &err),
           err);
  assert_int_equal(set.n, p.n);
  memcpy(p.x1, set.values, p.n * p.dim * sizeof *p.x1);

  learn(&p, rng, 4);
  for (int trial = 0; trial < 3; trial++) {
    draw_rows(&p, rng, 0, 1);
    const struct model_transport_work work = solve(&p);
    CHECK(!work.is_over_all);
    CHECK(work.n_candidates < 40 && work.n_added < p.n);
    CHECK((double)work.n_asked < 0.05 * (double)(p.n * p.n));
    const double per_sample = proven_cost(&p, 1e-11) / (double)p.n;
    CHECK(per_sample > 84 && per_sample < 89);
    CHECK_OK(
        model_assignment_solve(p.assignment, p.cost, p.other, p.u, p.v, &err),
        err);
    assert_memory_equal(p.perm, p.other, p.n * sizeof *p.perm);
  }
  model_dataset_finish(&set);
  discard(&p);
  gsl_rng_free(rng);
}

/* --- failure --- */

static void rows_must_be_finite(void **state) {
  (void)state;
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(200, 4, rng);
  learn(&p, rng, 2);
  draw_rows(&p, rng, 0, 1);
  p.x0[5 * 4] = NAN;
  CHECK_FAILS(
      model_transport_solve(p.transport, p.x0, p.perm, p.u, p.v, &err), err,
      SIM_EFAIL,
      "cost of row 5, column 0 must be finite and at most 1e+280 in magnitude, "
      "got nan");
  CHECK_FAILS(model_transport_learn(p.transport, p.x0, &err), err, SIM_EFAIL,
              "cost of row 5, column 0 must be finite and at most 1e+280 in "
              "magnitude, got nan");
  discard(&p);
  gsl_rng_free(rng);
}

/* Single precision ends at 3e38; the result does not. */
static void points_beyond_single_precision_are_exact(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct problem p = make(200, 4, rng);
  for (size_t k = 0; k < p.n * p.dim; k++) {
    p.x1[k] *= 1e30;
  }
  learn(&p, rng, 2);
  draw_rows(&p, rng, 0, 1e30);
  solve(&p);
  check_against_all_columns(&p, 1e-12 * 1e60);
  discard(&p);
  gsl_rng_free(rng);
}

static void size_and_memory_are_checked(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_transport *transport;
  const double x1[4] = {0, 1, 2, 3};
  CHECK_FAILS(model_transport_create(&transport, x1, 0, 1, &err), err,
              SIM_ECONFIG, "an assignment needs 1 to 65536 rows, got 0");
  long k = 0;
  for (; k < 100; k++) {
    sim_alloc_refuse_after(k);
    if (!model_transport_create(&transport, x1, 4, 1, &err)) {
      break;
    }
    assert_null(transport);
  }
  sim_alloc_refuse_after(-1);
  CHECK(k > 10 && k < 100);
  model_transport_destroy(transport);
  model_transport_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_size_is_exact),
      cmocka_unit_test(wrong_candidates_are_repaired),
      cmocka_unit_test(equal_columns_are_left_to_the_assignment),
      cmocka_unit_test(columns_that_repeat_are_fine),
      cmocka_unit_test(noise_to_digits_is_exact_and_cheap),
      cmocka_unit_test(rows_must_be_finite),
      cmocka_unit_test(points_beyond_single_precision_are_exact),
      cmocka_unit_test(size_and_memory_are_checked),
  };
  return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
