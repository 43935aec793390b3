/* models/assignment.c -- exact optimal transport between equal-sized sets
 *
 * v_j is the price of column j. A row prefers the column with the least
 * c_ij - v_j. Invariant of the exact stages: every assigned row sits on a
 * column it prefers (complementary slackness).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/assignment.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/assignment_row.h"
#include "sim/memory.h"

#define NO_ROW SIZE_MAX

// Measured on noise against digits, n = 1797; any values are exact.
#define COLD_EPSILON 0.1  // [1] first overshoot, of the mean reduced cost
#define N_COLD 4          // rounds
#define WARM_EPSILON 0.01
#define N_WARM 1
#define EPSILON_RATIO 0.25
#define BIDS_PER_EPSILON 20u  // per row, at most
#define BIDS_EXACT 3u         // per row, at most

struct model_assignment {
  size_t n;
  // of the caller, during a solve
  const double *cost;  // (n x n)
  size_t *perm;        // (n) column of each row, meaningless for free rows
  double *v;           // (n)
  // owned
  double *doubles;      // block behind the next four
  double *distance;     // (n) shortest way to each column not yet scanned
  double *open_price;   // (n) v, or -infinity for a scanned column
  double *level;        // (n) distance at which each scanned column was scanned
  double *offset;       // (n) what a way pays before it leaves a scanned row
  size_t *indices;      // block behind the next four
  size_t *row_of;       // (n) row of each column or NO_ROW
  size_t *queue;        // (n) free rows
  size_t *scanned_row;  // (n) in the order of scanning
  size_t *scanned_column;  // (n) the column that led to the next scanned row
};

enum sim_status model_assignment_create(struct model_assignment **out, size_t n,
                                        struct sim_error *err) {
  *out = NULL;
  if (n == 0 || n > MODEL_ASSIGNMENT_MAX_ROWS) {
    return sim_error_set(err, SIM_ECONFIG,
                         "an assignment needs 1 to %u rows, got %zu",
                         MODEL_ASSIGNMENT_MAX_ROWS, n);
  }
  struct model_assignment *work = sim_alloc(1, sizeof *work, err);
  if (!work) {
    return err->status;
  }
  work->n = n;
  work->doubles = sim_alloc_doubles(4 * n, err);
  work->indices = work->doubles ? sim_alloc(4 * n, sizeof(size_t), err) : NULL;
  if (!work->indices) {
    model_assignment_destroy(work);
    return err->status;
  }
  work->distance = work->doubles;
  work->open_price = work->doubles + n;
  work->level = work->doubles + 2 * n;
  work->offset = work->doubles + 3 * n;
  work->row_of = work->indices;
  work->queue = work->indices + n;
  work->scanned_row = work->indices + 2 * n;
  work->scanned_column = work->indices + 3 * n;
  *out = work;
  return SIM_OK;
}

void model_assignment_destroy(struct model_assignment *work) {
  if (work) {
    free(work->doubles);
    free(work->indices);
    free(work);
  }
}

/* --- prices to start from --- */

static enum sim_status check_costs(const double *cost, size_t n,
                                   struct sim_error *err) {
  const double limit = MODEL_ASSIGNMENT_MAX_COST;
  for (size_t i = 0; i < n; i++) {
    const double *c_i = cost + i * n;
    if (model_row_sum_of_magnitudes(c_i, n) <= limit) {
      continue;
    }
    for (size_t j = 0; j < n; j++) {
      if (!(fabs(c_i[j]) <= limit)) {
        return sim_error_set(err, SIM_EFAIL,
                             "cost of row %zu, column %zu must be finite and "
                             "at most %g in magnitude, got %g",
                             i, j, limit, c_i[j]);
      }
    }
  }
  return SIM_OK;
}

/* Column reduction: v_j = min_i c_ij. */
static void reduce_columns(struct model_assignment *work) {
  const size_t n = work->n;
  double *v = work->v;
  memcpy(v, work->cost, n * sizeof *v);
  for (size_t i = 1; i < n; i++) {
    const double *c_i = work->cost + i * n;
    for (size_t j = 0; j < n; j++) {
      v[j] = model_row_min(v[j], c_i[j]);
    }
  }
}

/* Mean over all pairs of c_ij - v_j - min_j (c_ij - v_j). */
static double mean_reduced_cost(const struct model_assignment *work) {
  const size_t n = work->n;
  double sum = 0, first, second;
  for (size_t i = 0; i < n; i++) {
    const double *c_i = work->cost + i * n;
    model_row_smallest_two(c_i, work->v, n, &first, &second);
    sum += model_row_sum_of_offers(c_i, work->v, n) / (double)n - first;
  }
  return sum / (double)n;
}

/* Given prices lose their common part and what no optimum could need: more
 * than the span of the costs. That keeps c_ij - v_j accurate whatever was
 * given. */
static enum sim_status tame_prices(struct model_assignment *work,
                                   struct sim_error *err) {
  const size_t n = work->n;
  double *v = work->v, mean = 0, low = work->cost[0], high = low;
  for (size_t j = 0; j < n; j++) {
    if (!isfinite(v[j])) {
      return sim_error_set(err, SIM_EFAIL,
                           "starting price of column %zu must be finite, "
                           "got %g",
                           j, v[j]);
    }
    mean += v[j] / (double)n;
  }
  for (size_t k = 0; k < n * n; k++) {
    low = model_row_min(low, work->cost[k]);
    high = model_row_max(high, work->cost[k]);
  }
  for (size_t j = 0; j < n; j++) {
    v[j] = model_row_min(model_row_max(v[j] - mean, low - high), high - low);
  }
  return SIM_OK;
}

/* --- augmenting row reduction --- */

static size_t release_all(struct model_assignment *work) {
  for (size_t i = 0; i < work->n; i++) {
    work->row_of[i] = NO_ROW;
    work->queue[i] = i;
  }
  return work->n;
}

/* Put row i on the column it prefers and lower the price there until the
 * second choice is as good (epsilon further). Return the row that sat there
 * or NO_ROW. */
static size_t bid(struct model_assignment *work, size_t i, double epsilon,
                  bool *is_lower) {
  const double *c_i = work->cost + i * work->n;
  double first, second, *v = work->v;
  model_row_smallest_two(c_i, v, work->n, &first, &second);
  size_t j = model_row_column_at(c_i, v, first, 0);
  const double price = isinf(second) ? v[j] : v[j] - (second - first) - epsilon;
  *is_lower = price < v[j];
  if (*is_lower) {
    v[j] = price;
  } else if (work->row_of[j] != NO_ROW && second == first) {
    j = model_row_column_at(c_i, v, second, j + 1);
  }
  const size_t displaced = work->row_of[j];
  work->row_of[j] = i;
  work->perm[i] = j;
  return displaced;
}

/* Every queued row bids; a row it displaces bids next while prices fall and
 * the budget lasts. Return the number of rows left in the queue. */
static size_t bid_in_turn(struct model_assignment *work, size_t n_free,
                          double epsilon, size_t budget) {
  size_t n_left = 0;
  for (size_t k = 0; k < n_free; k++) {
    size_t i = work->queue[k];
    bool is_lower = true;
    do {
      i = bid(work, i, epsilon, &is_lower);
    } while (i != NO_ROW && is_lower && budget && budget--);
    if (i != NO_ROW) {
      work->queue[n_left++] = i;
    }
  }
  return n_left;
}

/* --- augmentation along a shortest path --- */

/* The nearest open column; a free one if several are equally near. */
static size_t nearest_column(const struct model_assignment *work,
                             double nearest) {
  size_t best = NO_ROW;
  for (size_t j = 0; j < work->n; j++) {
    if (work->distance[j] == nearest) {
      if (work->row_of[j] == NO_ROW) {
        return j;
      }
      best = best == NO_ROW ? j : best;
    }
  }
  return best;
}

/* Dijkstra from a free row over the reduced costs until a free column is the
 * nearest. Return it; `n_scanned` rows were scanned, and all but the last of
 * their nearest columns. `*length` is the length of the way. */
static size_t find_free_column(struct model_assignment *work, size_t free_row,
                               size_t *n_scanned, double *length) {
  const size_t n = work->n;
  size_t i = free_row, s = 0;
  double offset = 0;
  memcpy(work->open_price, work->v, n * sizeof(double));
  for (size_t j = 0; j < n; j++) {
    work->distance[j] = INFINITY;
  }
  for (;;) {
    work->scanned_row[s] = i;
    work->offset[s] = offset;
    *length = model_row_relax(work->cost + i * n, work->open_price, offset, n,
                              work->distance);
    const size_t j = nearest_column(work, *length);
    if (work->row_of[j] == NO_ROW) {
      *n_scanned = s + 1;
      return j;
    }
    // close column j, go on from its row
    work->level[s] = *length;
    work->scanned_column[s++] = j;
    work->distance[j] = INFINITY;
    work->open_price[j] = -INFINITY;
    i = work->row_of[j];
    offset = *length - (work->cost[i * n + j] - work->v[j]);
  }
}

/* Walk back from the free column and move every row on the way by one column.
 * The row before column j is the first scanned one that gave it its distance;
 * asking for it here keeps the hot loop free of a predecessor array. */
static void shift_rows(struct model_assignment *work, size_t free_row, size_t j,
                       double distance) {
  const size_t n = work->n;
  for (;;) {
    size_t s = 0;
    while (work->cost[work->scanned_row[s] * n + j] - work->v[j] +
               work->offset[s] !=
           distance) {
      s++;
    }
    const size_t i = work->scanned_row[s];
    const size_t next = work->perm[i];
    work->row_of[j] = i;
    work->perm[i] = j;
    if (i == free_row) {
      return;
    }
    j = next;
    distance = work->level[s - 1];
  }
}

static void augment(struct model_assignment *work, size_t free_row) {
  size_t n_scanned;
  double length;
  const size_t j = find_free_column(work, free_row, &n_scanned, &length);
  shift_rows(work, free_row, j, length);
  for (size_t s = 0; s + 1 < n_scanned; s++) {
    work->v[work->scanned_column[s]] += work->level[s] - length;
  }
}

/* --- the whole --- */

/* Rounds of bids from scratch with prices that overshoot ever less. */
static void improve_prices(struct model_assignment *work, double epsilon,
                           int n_rounds) {
  epsilon *= mean_reduced_cost(work);
  for (int k = 0; k < n_rounds && epsilon > 0; k++) {
    bid_in_turn(work, release_all(work), epsilon, BIDS_PER_EPSILON * work->n);
    epsilon *= EPSILON_RATIO;
  }
}

static void assign_exactly(struct model_assignment *work) {
  const size_t n_free =
      bid_in_turn(work, release_all(work), 0, BIDS_EXACT * work->n);
  for (size_t k = 0; k < n_free; k++) {
    augment(work, work->queue[k]);
  }
}

static void finish_duals(const struct model_assignment *work, double *u) {
  const size_t n = work->n;
  double mean = 0;
  for (size_t j = 0; j < n; j++) {
    mean += work->v[j] / (double)n;
  }
  for (size_t j = 0; j < n; j++) {
    work->v[j] -= mean;
  }
  for (size_t i = 0; i < n; i++) {
    u[i] = work->cost[i * n + work->perm[i]] - work->v[work->perm[i]];
  }
}

enum sim_status model_assignment_solve(struct model_assignment *work,
                                       const double *cost, size_t *perm,
                                       double *u, double *v,
                                       struct sim_error *err) {
  if (check_costs(cost, work->n, err)) {
    return err->status;
  }
  work->cost = cost;
  work->perm = perm;
  work->v = v;
  reduce_columns(work);
  improve_prices(work, COLD_EPSILON, N_COLD);
  assign_exactly(work);
  finish_duals(work, u);
  return SIM_OK;
}

enum sim_status model_assignment_solve_from(struct model_assignment *work,
                                            const double *cost, size_t *perm,
                                            double *u, double *v,
                                            struct sim_error *err) {
  if (check_costs(cost, work->n, err)) {
    return err->status;
  }
  work->cost = cost;
  work->perm = perm;
  work->v = v;
  if (tame_prices(work, err)) {
    return err->status;
  }
  improve_prices(work, WARM_EPSILON, N_WARM);
  assign_exactly(work);
  finish_duals(work, u);
  return SIM_OK;
}
