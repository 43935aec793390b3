/* tests/test_lanczos.c -- smallest eigenvalues against GSL's dense solver
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/lanczos.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_vector.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "tests/check.h"

enum { N = 60, LANES = 3, WANTED = 4 };

struct operators {
  double a[LANES][N][N];
  size_t n_products;
};

/* Symmetric, normal elements; the third lane's spectrum is far from zero. */
static struct operators *operators_make(void) {
  struct sim_error err = {0};
  struct operators *o = sim_alloc(1, sizeof *o, &err);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 5);
  for (size_t k = 0; k < LANES; k++) {
    for (size_t i = 0; i < N; i++) {
      for (size_t j = 0; j <= i; j++) {
        o->a[k][i][j] = o->a[k][j][i] = gsl_ran_gaussian(rng, 1.0);
      }
      o->a[k][i][i] += k == 2 ? 1000 : 0;
    }
  }
  gsl_rng_free(rng);
  return o;
}

static void apply(const double *p, double *product, void *context) {
  struct operators *o = context;
  o->n_products++;
  for (size_t k = 0; k < LANES; k++) {
    for (size_t i = 0; i < N; i++) {
      double sum = 0;
      for (size_t j = 0; j < N; j++) {
        sum += o->a[k][i][j] * p[j * LANES + k];
      }
      product[i * LANES + k] = sum;
    }
  }
}

/* All eigenvalues of a lane, rising. */
static void solve_densely(const struct operators *o, size_t lane,
                          double *value) {
  gsl_matrix *a = gsl_matrix_alloc(N, N);
  gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(N);
  gsl_vector_view found = gsl_vector_view_array(value, N);
  memcpy(a->data, o->a[lane], sizeof o->a[lane]);
  gsl_eigen_symm(a, &found.vector, work);
  gsl_sort_vector(&found.vector);
  gsl_eigen_symm_free(work);
  gsl_matrix_free(a);
}

static size_t run(struct sim_lanczos *l, struct operators *o, size_t n_wanted,
                  size_t max_steps) {
  struct sim_error err = {0};
  CHECK_OK(sim_lanczos_init(l, N, LANES, n_wanted, max_steps, 1e-9, &err), err);
  return sim_lanczos_run(l, apply, o);
}

/* |A y - theta y| <= 1e-9 |A| makes the error of theta at most that. */
static void values_are_those_of_the_dense_solver(void **state) {
  (void)state;
  struct operators *o = operators_make();
  struct sim_lanczos l;
  const size_t n_steps = run(&l, o, WANTED, N);
  assert_int_equal(n_steps, o->n_products);
  for (size_t k = 0; k < LANES; k++) {
    double want[N];
    solve_densely(o, k, want);
    for (size_t j = 0; j < WANTED; j++) {
      CHECK_NEAR(l.value[j * LANES + k], want[j],
                 1e-9 * fmax(fabs(want[0]), fabs(want[N - 1])));
    }
  }
  sim_lanczos_finish(&l);
  free(o);
}

static double product_of_vectors(const struct sim_lanczos *l, size_t i,
                                 size_t j, size_t lane) {
  const double *a = l->vector + i * N * LANES, *b = l->vector + j * N * LANES;
  double sum = 0;
  for (size_t m = 0; m < N; m++) {
    sum += a[m * LANES + lane] * b[m * LANES + lane];
  }
  return sum;
}

static void vectors_are_eigenvectors_of_length_one(void **state) {
  (void)state;
  struct operators *o = operators_make();
  struct sim_lanczos l;
  double product[N * LANES];
  run(&l, o, WANTED, N);
  for (size_t j = 0; j < WANTED; j++) {
    const double *y = l.vector + j * N * LANES;
    apply(y, product, o);
    for (size_t i = 0; i < N * LANES; i++) {
      const size_t k = i % LANES;
      CHECK_NEAR(product[i], l.value[j * LANES + k] * y[i],
                 k == 2 ? 2e-6 : 5e-8);
    }
    for (size_t k = 0; k < LANES; k++) {
      for (size_t i = 0; i <= j; i++) {
        CHECK_NEAR(product_of_vectors(&l, i, j, k), i == j, 1e-12);
      }
    }
  }
  sim_lanczos_finish(&l);
  free(o);
}

/* Full reorthogonalisation: as many steps as unknowns find everything. */
static void as_many_steps_as_unknowns_find_every_value(void **state) {
  (void)state;
  struct operators *o = operators_make();
  struct sim_lanczos l;
  run(&l, o, N, N);
  for (size_t k = 0; k < LANES; k++) {
    double want[N];
    solve_densely(o, k, want);
    for (size_t j = 0; j < N; j++) {
      CHECK_NEAR(l.value[j * LANES + k], want[j],
                 1e-12 * fmax(fabs(want[0]), fabs(want[N - 1])));
    }
  }
  sim_lanczos_finish(&l);
  free(o);
}

static void a_gap_at_the_end_needs_few_steps(void **state) {
  (void)state;
  struct operators *o = operators_make();
  struct sim_lanczos l;
  memset(o->a, 0, sizeof o->a);
  for (size_t k = 0; k < LANES; k++) {
    for (size_t i = 0; i < N; i++) {
      o->a[k][i][i] = i == k ? 0.03 : 10 + (double)i / N;
    }
  }
  CHECK(run(&l, o, 1, N) <= 20);
  for (size_t k = 0; k < LANES; k++) {
    CHECK_NEAR(l.value[k], 0.03, 1e-8);
    CHECK_NEAR(fabs(l.vector[k * LANES + k]), 1.0, 1e-8);
  }
  sim_lanczos_finish(&l);
  free(o);
}

/* A lane with only two different values is exhausted after two steps and may
 * not disturb the others; one with an operator of zeros after one. */
static void equal_values_are_found_once(void **state) {
  (void)state;
  struct operators *o = operators_make();
  struct sim_lanczos l;
  double want[N];
  memset(o->a[0], 0, sizeof o->a[0]);
  memset(o->a[1], 0, sizeof o->a[1]);
  for (size_t i = 0; i < N; i++) {
    o->a[0][i][i] = i < N / 2 ? 1 : 16;
  }
  run(&l, o, WANTED, N);
  CHECK_NEAR(l.value[0 * LANES + 0], 1, 1e-13);
  CHECK_NEAR(l.value[1 * LANES + 0], 16, 1e-12);
  CHECK(isnan(l.value[2 * LANES + 0]) && isnan(l.value[3 * LANES + 0]));
  CHECK_NEAR(l.value[0 * LANES + 1], 0, 1e-300);
  CHECK(isnan(l.value[1 * LANES + 1]));
  solve_densely(o, 2, want);
  for (size_t j = 0; j < WANTED; j++) {
    CHECK_REL(l.value[j * LANES + 2], want[j], 2e-9);
  }
  sim_lanczos_finish(&l);
  free(o);
}

static void too_few_steps_find_nothing(void **state) {
  (void)state;
  struct operators *o = operators_make();
  struct sim_lanczos l;
  assert_int_equal(run(&l, o, WANTED, 6), 6);
  for (size_t j = 0; j < WANTED * LANES; j++) {
    CHECK(isnan(l.value[j]));
  }
  for (size_t i = 0; i < WANTED * N * LANES; i++) {
    CHECK(l.vector[i] == 0);
  }
  sim_lanczos_finish(&l);
  free(o);
}

static void a_search_without_memory_leaves_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_lanczos l;
  long n = 0;
  do {
    sim_alloc_refuse_after(n++);
  } while (sim_lanczos_init(&l, N, LANES, 1, 5, 1e-9, &err) == SIM_EFAIL);
  sim_alloc_refuse_after(-1);
  CHECK(n > 10);  // the leak checker counts the rest
  sim_lanczos_finish(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_are_those_of_the_dense_solver),
      cmocka_unit_test(vectors_are_eigenvectors_of_length_one),
      cmocka_unit_test(as_many_steps_as_unknowns_find_every_value),
      cmocka_unit_test(a_gap_at_the_end_needs_few_steps),
      cmocka_unit_test(equal_values_are_found_once),
      cmocka_unit_test(too_few_steps_find_nothing),
      cmocka_unit_test(a_search_without_memory_leaves_nothing),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("lanczos", tests, NULL, NULL);
}
