/* models/transport.c -- exact optimal transport from fresh noise to fixed
 * images
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/transport.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/assignment.h"
#include "models/candidates.h"
#include "models/offers.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "sim/vmath.h"

// Measured on noise against digits, n = 1797; any values are exact.
#define WANTED 24u        // candidates of a row
#define CAPACITY 128u     // candidates of a row, at most
#define EPSILON 0.03      // [1] overshoot of the bids, of the reach
#define MAX_HALVINGS 20u  // of the reach of a row with too many candidates

#define TIE 1e-13  // [1] of the largest cost: less is rounding
#define LANES 8u   // independent sums, so that the loop becomes vector code

struct model_transport {
  size_t n, dim;
  const double *x1;                     // (n x dim) not owned
  struct model_assignment *assignment;  // over all columns
  struct model_offers offers;           // at the prices to start from
  struct model_candidates candidates;
  size_t n_learnt;
  double reach;  // how far from the least offer a candidate may be
  struct model_transport_work work;
  double *cost;      // (n x n) of a solution over all columns
  double *start;     // (n) prices to start from
  double *newest;    // (n) prices of the draw that is learnt
  double *row_dual;  // (n) of the draw that is learnt
  double *beyond;    // (n) least c_ij - start_j outside of the candidates
  double *fall;      // (n) start - v
  size_t *by_fall;   // (n) columns by rising fall
  size_t *perm;      // (n) of the draw that is learnt
};

static enum sim_status allocate(struct model_transport *t,
                                struct sim_error *err) {
  const size_t n = t->n, capacity = n < CAPACITY ? n : CAPACITY;
  if (model_assignment_create(&t->assignment, n, err) ||
      model_offers_init(&t->offers, t->x1, n, t->dim, err) ||
      model_candidates_init(&t->candidates, n, capacity, err) ||
      !(t->cost = sim_alloc_doubles(n * n, err)) ||
      !(t->start = sim_alloc_doubles(5 * n, err)) ||
      !(t->by_fall = sim_alloc(2 * n, sizeof(size_t), err))) {
    return err->status;
  }
  t->newest = t->start + n;
  t->row_dual = t->start + 2 * n;
  t->beyond = t->start + 3 * n;
  t->fall = t->start + 4 * n;
  t->perm = t->by_fall + n;
  return SIM_OK;
}

enum sim_status model_transport_create(struct model_transport **out,
                                       const double *x1, size_t n, size_t dim,
                                       struct sim_error *err) {
  *out = NULL;
  struct model_transport *t = sim_alloc(1, sizeof *t, err);
  if (!t) {
    return err->status;
  }
  t->n = n;
  t->dim = dim;
  t->x1 = x1;
  if (allocate(t, err)) {
    model_transport_destroy(t);
    return err->status;
  }
  *out = t;
  return SIM_OK;
}

void model_transport_destroy(struct model_transport *t) {
  if (t) {
    model_assignment_destroy(t->assignment);
    model_offers_finish(&t->offers);
    model_candidates_finish(&t->candidates);
    free(t->cost);
    free(t->start);
    free(t->by_fall);
    free(t);
  }
}

/* |a - b|^2 */
SIM_VECTORISED
static double square_distance(size_t dim, const double *a, const double *b) {
  double sum[LANES] = {0}, total = 0;
  size_t j = 0;
  for (; j + LANES <= dim; j += LANES) {
    for (size_t k = 0; k < LANES; k++) {
      sum[k] += (a[j + k] - b[j + k]) * (a[j + k] - b[j + k]);
    }
  }
  for (size_t k = 0; j < dim; j++, k++) {
    sum[k] += (a[j] - b[j]) * (a[j] - b[j]);
  }
  for (size_t k = 0; k < LANES; k++) {
    total += sum[k];
  }
  return total;
}

static double cost_of(const struct model_transport *t, const double *x0,
                      size_t i, size_t j) {
  return square_distance(t->dim, x0 + i * t->dim, t->x1 + j * t->dim);
}

static double square_norm(size_t dim, const double *x) {
  double sum = 0;
  for (size_t j = 0; j < dim; j++) {
    sum += x[j] * x[j];
  }
  return sum;
}

/* --- candidates --- */

/* List the columns that offer row i the most: all within reach of the best,
 * or within less where they are too many. False when that does not help. */
static bool pick(struct model_transport *t, const double *x0, size_t i,
                 const float *offer) {
  struct model_candidates *c = &t->candidates;
  uint32_t *column = c->column + i * c->capacity;
  const double least = (double)model_offers_least(t->n, offer);
  double reach = t->n <= c->capacity ? INFINITY : t->reach;
  float limit = (float)(least + reach);
  size_t n_found = model_offers_find(t->n, offer, limit, c->capacity, column);
  for (unsigned k = 0; n_found > c->capacity && k < MAX_HALVINGS; k++) {
    reach /= 2;
    limit = (float)(least + reach);
    n_found = model_offers_find(t->n, offer, limit, c->capacity, column);
  }
  if (n_found == 0 || n_found > c->capacity) {
    return false;
  }
  const double square = square_norm(t->dim, x0 + i * t->dim);
  t->beyond[i] =
      (double)limit + square - model_offers_error(&t->offers, sqrt(square));
  c->count[i] = n_found;
  for (size_t k = 0; k < n_found; k++) {
    c->cost[i * c->capacity + k] = cost_of(t, x0, i, column[k]);
  }
  return true;
}

static bool pick_all(struct model_transport *t, const double *x0) {
  size_t n_candidates = 0;
  for (size_t first = 0; first < t->n; first += MODEL_OFFERS_ROWS) {
    const size_t left = t->n - first;
    const size_t n_rows = left < MODEL_OFFERS_ROWS ? left : MODEL_OFFERS_ROWS;
    model_offers_multiply(&t->offers, x0 + first * t->dim, n_rows);
    for (size_t i = 0; i < n_rows; i++) {
      if (!pick(t, x0, first + i, t->offers.offer + i * t->n)) {
        return false;
      }
      n_candidates += t->candidates.count[first + i];
    }
  }
  t->work.n_candidates = (double)n_candidates / (double)t->n;
  return true;
}

/* The free column that row i likes best becomes a candidate. False when the
 * row is full. */
static bool add_free_column(struct model_transport *t, const double *x0,
                            size_t i) {
  struct model_candidates *c = &t->candidates;
  double least = INFINITY, cost_of_least = 0;
  size_t best = 0;
  for (size_t j = 0; j < t->n; j++) {
    if (c->row_of[j] == MODEL_NO_ROW) {
      const double cost = cost_of(t, x0, i, j);
      if (cost - c->v[j] < least) {
        least = cost - c->v[j];
        cost_of_least = cost;
        best = j;
      }
    }
  }
  t->work.n_added++;
  return model_candidates_add(c, i, best, cost_of_least);
}

/* --- proof and repair --- */

/* Calculate the costs that the bound does not exclude for row i. Return the
 * number of columns that would be better, candidates from now on; `*is_full`
 * if one could not become one. */
static size_t ask(struct model_transport *t, const double *x0, size_t i,
                  double tie, bool *is_full) {
  struct model_candidates *c = &t->candidates;
  const double u = model_candidates_offer(c, i);
  size_t n_added = 0;
  for (size_t k = 0; k < t->n; k++) {
    const size_t j = t->by_fall[k];
    if (t->beyond[i] + t->fall[j] >= u) {
      break;
    }
    const double cost = cost_of(t, x0, i, j);
    t->work.n_asked++;
    if (cost - c->v[j] < u - tie) {
      n_added++;
      *is_full = !model_candidates_add(c, i, j, cost) || *is_full;
    }
  }
  return n_added;
}

/* Ask every row; queue those that have a better choice now. */
static bool is_proven(struct model_transport *t, const double *x0,
                      bool *is_full) {
  struct model_candidates *c = &t->candidates;
  double largest = 0;
  for (size_t j = 0; j < t->n; j++) {
    t->fall[j] = t->start[j] - c->v[j];
    largest = fmax(largest, c->cost[c->place[j]]);
  }
  gsl_sort_index(t->by_fall, t->fall, 1, t->n);
  for (size_t i = 0; i < t->n; i++) {
    const size_t n_added = ask(t, x0, i, TIE * largest, is_full);
    t->work.n_added += n_added;
    if (n_added) {
      model_candidates_release(c, i);
    }
  }
  return c->n_queued == 0;
}

/* --- the whole --- */

static bool seat_all(struct model_transport *t, const double *x0) {
  for (;;) {
    const size_t stuck = model_candidates_augment(&t->candidates);
    if (stuck == MODEL_NO_ROW) {
      return true;
    }
    if (!add_free_column(t, x0, stuck)) {
      return false;
    }
  }
}

static bool solve_among_candidates(struct model_transport *t,
                                   const double *x0) {
  struct model_candidates *c = &t->candidates;
  bool is_full = false;
  if (!pick_all(t, x0)) {
    return false;
  }
  memcpy(c->v, t->start, t->n * sizeof *c->v);
  model_candidates_bid(c, EPSILON * t->reach);
  do {
    t->work.n_paths += c->n_queued;
    if (!seat_all(t, x0)) {
      return false;
    }
  } while (!is_proven(t, x0, &is_full) && !is_full);
  return !is_full;
}

static void take_solution(const struct model_transport *t, size_t *perm,
                          double *u, double *v) {
  const struct model_candidates *c = &t->candidates;
  double mean = 0;
  for (size_t j = 0; j < t->n; j++) {
    mean += c->v[j] / (double)t->n;
  }
  for (size_t i = 0; i < t->n; i++) {
    perm[i] = model_candidates_column(c, i);
    u[i] = model_candidates_offer(c, i) + mean;
    v[i] = c->v[i] - mean;
  }
}

static enum sim_status solve_over_all(struct model_transport *t,
                                      const double *x0, size_t *perm, double *u,
                                      double *v, struct sim_error *err) {
  t->work.is_over_all = true;
  model_transport_cost(x0, t->x1, t->n, t->dim, t->cost);
  if (t->n_learnt == 0) {
    return model_assignment_solve(t->assignment, t->cost, perm, u, v, err);
  }
  memcpy(v, t->start, t->n * sizeof *v);
  return model_assignment_solve_from(t->assignment, t->cost, perm, u, v, err);
}

enum sim_status model_transport_solve(struct model_transport *t,
                                      const double *x0, size_t *perm, double *u,
                                      double *v, struct sim_error *err) {
  t->work = (struct model_transport_work){0};
  sim_blas_use_one_thread();
  if (t->n_learnt == 0 || !solve_among_candidates(t, x0)) {
    return solve_over_all(t, x0, perm, u, v, err);
  }
  take_solution(t, perm, u, v);
  return SIM_OK;
}

/* Mean over the first rows of how far the last wanted candidate is from the
 * first. */
static double measure_reach(struct model_transport *t, const double *x0) {
  float least[WANTED];
  const size_t n_rows = t->n < MODEL_OFFERS_ROWS ? t->n : MODEL_OFFERS_ROWS;
  const size_t n_wanted = t->n < WANTED ? t->n : WANTED;
  double sum = 0;
  model_offers_multiply(&t->offers, x0, n_rows);
  for (size_t i = 0; i < n_rows; i++) {
    gsl_sort_float_smallest(least, n_wanted, t->offers.offer + i * t->n, 1,
                            t->n);
    sum += (double)(least[n_wanted - 1] - least[0]);
  }
  return sum / (double)n_rows;
}

enum sim_status model_transport_learn(struct model_transport *t,
                                      const double *x0, struct sim_error *err) {
  if (model_transport_solve(t, x0, t->perm, t->row_dual, t->newest, err)) {
    return err->status;
  }
  t->n_learnt++;
  for (size_t j = 0; j < t->n; j++) {
    t->start[j] += (t->newest[j] - t->start[j]) / (double)t->n_learnt;
  }
  model_offers_set_prices(&t->offers, t->start);
  t->reach = measure_reach(t, x0);
  return SIM_OK;
}

struct model_transport_work model_transport_work(
    const struct model_transport *t) {
  return t->work;
}
