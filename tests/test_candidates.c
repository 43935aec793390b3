/* tests/test_candidates.c -- the best assignment that the lists allow
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/candidates.h"

#include <gsl/gsl_randist.h>
#include <math.h>

#include "models/assignment.h"
#include "sim/memory.h"
#include "tests/check.h"

enum { N = 150 };

#define FORBIDDEN 1e6  // cost of a pair that is on no list

static double cost[N * N];

static struct model_candidates make(size_t n, size_t capacity) {
  struct sim_error err = {0};
  struct model_candidates c;
  CHECK_OK(model_candidates_init(&c, n, capacity, &err), err);
  return c;
}

/* About `n_each` candidates of each row, one of them on the diagonal. */
static void draw_lists(struct model_candidates *c, gsl_rng *rng,
                       double n_each) {
  for (size_t i = 0; i < N; i++) {
    c->count[i] = 0;
    c->v[i] = gsl_ran_gaussian(rng, 1);
    for (size_t j = 0; j < N; j++) {
      cost[i * N + j] = FORBIDDEN;
      if (j == i || gsl_rng_uniform(rng) < n_each / N) {
        cost[i * N + j] = gsl_ran_gaussian(rng, 1);
        assert_true(model_candidates_add(c, i, j, cost[i * N + j]));
      }
    }
  }
}

/* Every row on a column of its list, no column twice, and no candidate that
 * would be better by more than rounding. Returns the cost. */
static double proven_cost(const struct model_candidates *c) {
  double sum = 0;
  for (size_t i = 0; i < c->n; i++) {
    const size_t begin = i * c->capacity;
    CHECK(c->place[i] >= begin && c->place[i] < begin + c->count[i]);
    assert_int_equal(c->row_of[model_candidates_column(c, i)], i);
    for (size_t k = begin; k < begin + c->count[i]; k++) {
      CHECK(c->cost[k] - c->v[c->column[k]] >
            model_candidates_offer(c, i) - 1e-12);
    }
    sum += c->cost[c->place[i]];
  }
  return sum;
}

/* Sparse enough that bids alone do not do it; forbidden pairs cost so much that
 * the assignment over all columns avoids them. */
static void it_equals_the_assignment_over_all_columns(void **state) {
  (void)state;
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct model_candidates c = make(N, N);
  struct model_assignment *work;
  size_t perm[N], n_paths = 0;
  double u[N], v[N];
  CHECK_OK(model_assignment_create(&work, N, &err), err);
  for (int trial = 0; trial < 30; trial++) {
    draw_lists(&c, rng, 1 + trial % 10);
    model_candidates_bid(&c, trial % 3 * 0.1);
    n_paths += c.n_queued;
    assert_true(model_candidates_augment(&c) == MODEL_NO_ROW);
    CHECK_OK(model_assignment_solve(work, cost, perm, u, v, &err), err);
    const struct model_assignment_gap best =
        model_assignment_gap(cost, N, perm, u, v);
    CHECK_NEAR(proven_cost(&c), best.cost, 1e-9);
  }
  CHECK(n_paths > 30);
  model_assignment_destroy(work);
  model_candidates_finish(&c);
  gsl_rng_free(rng);
}

/* A row that gets a better candidate is seated again, and moves others. */
static void a_new_candidate_is_used(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct model_candidates c = make(N, N);
  draw_lists(&c, rng, 5);
  model_candidates_bid(&c, 0);
  assert_true(model_candidates_augment(&c) == MODEL_NO_ROW);
  const double before = proven_cost(&c);
  for (size_t i = 0; i < N; i++) {
    assert_true(model_candidates_add(&c, i, (i + 1) % N, -10));
    model_candidates_release(&c, i);
  }
  assert_true(model_candidates_augment(&c) == MODEL_NO_ROW);
  CHECK(before > -5.0 * N);
  CHECK_NEAR(proven_cost(&c), -10.0 * N, 1e-9);
  model_candidates_finish(&c);
  gsl_rng_free(rng);
}

/* Two rows that know one column only: one of them is returned, and goes on with
 * one more. */
static void a_row_without_a_way_is_returned(void **state) {
  (void)state;
  struct model_candidates c = make(3, 2);
  for (size_t i = 0; i < 3; i++) {
    assert_true(model_candidates_add(&c, i, i == 2 ? 2 : 0, (double)i));
  }
  model_candidates_bid(&c, 0);
  const size_t stuck = model_candidates_augment(&c);
  CHECK(stuck < 2);
  assert_true(model_candidates_add(&c, stuck, 1, 7));
  assert_true(model_candidates_augment(&c) == MODEL_NO_ROW);
  CHECK_NEAR(proven_cost(&c), stuck == 0 ? 10 : 9, 1e-12);
  assert_false(model_candidates_add(&c, stuck, 2, 0));  // the row is full
  model_candidates_finish(&c);
}

static void no_memory_leaves_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_candidates c;
  for (long k = 0; k < 4; k++) {
    sim_alloc_refuse_after(k);
    assert_int_equal(model_candidates_init(&c, 5, 2, &err), SIM_EFAIL);
    assert_null(c.count);
  }
  sim_alloc_refuse_after(-1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_equals_the_assignment_over_all_columns),
      cmocka_unit_test(a_new_candidate_is_used),
      cmocka_unit_test(a_row_without_a_way_is_returned),
      cmocka_unit_test(no_memory_leaves_nothing),
  };
  return cmocka_run_group_tests_name("candidates", tests, NULL, NULL);
}
