/* models/candidates.c -- assignment over a few candidates of each row
 *
 * Invariant of the exact stages: every seated row sits on the column with the
 * least c_ij - v_j of its list (complementary slackness).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/candidates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/vmath.h"

#define BLOCK 64u             // columns that share a least distance
#define BIDS_PER_EPSILON 20u  // per row, at most; measured on noise and digits
#define BIDS_EXACT 10u        // per row, at most

enum sim_status model_candidates_init(struct model_candidates *c, size_t n,
                                      size_t capacity, struct sim_error *err) {
  *c = (struct model_candidates){
      .n = n, .capacity = capacity, .n_blocks = (n + BLOCK - 1) / BLOCK};
  const size_t n_padded = c->n_blocks * BLOCK;
  c->count = sim_alloc(6 * n, sizeof(size_t), err);
  c->column = sim_alloc(n * capacity, sizeof *c->column, err);
  c->cost = sim_alloc_doubles(n * capacity, err);
  c->distance = sim_alloc_doubles(n_padded + c->n_blocks + 3 * n, err);
  if (!c->count || !c->column || !c->cost || !c->distance) {
    model_candidates_finish(c);
    return err->status;
  }
  c->place = c->count + n;
  c->row_of = c->count + 2 * n;
  c->queue = c->count + 3 * n;
  c->scanned = c->count + 4 * n;
  c->arrival = c->count + 5 * n;
  c->block_least = c->distance + n_padded;
  c->v = c->block_least + c->n_blocks;
  c->open_price = c->v + n;
  c->level = c->open_price + n;
  return SIM_OK;
}

void model_candidates_finish(struct model_candidates *c) {
  free(c->count);
  free(c->column);
  free(c->cost);
  free(c->distance);
  *c = (struct model_candidates){0};
}

bool model_candidates_add(struct model_candidates *c, size_t i, size_t column,
                          double cost) {
  if (c->count[i] == c->capacity) {
    return false;
  }
  const size_t k = i * c->capacity + c->count[i]++;
  c->column[k] = (uint32_t)column;
  c->cost[k] = cost;
  return true;
}

size_t model_candidates_column(const struct model_candidates *c, size_t i) {
  return c->column[c->place[i]];
}

double model_candidates_offer(const struct model_candidates *c, size_t i) {
  return c->cost[c->place[i]] - c->v[model_candidates_column(c, i)];
}

void model_candidates_release(struct model_candidates *c, size_t i) {
  c->row_of[model_candidates_column(c, i)] = MODEL_NO_ROW;
  c->queue[c->n_queued++] = i;
}

/* --- bids --- */

/* What a row thinks of its candidates. */
struct choice {
  size_t best;           // place of the least c_ij - v_j, the first of equals
  double first, second;  // the two least
};

static struct choice choose(const struct model_candidates *c, size_t i) {
  const size_t begin = i * c->capacity, end = begin + c->count[i];
  struct choice choice = {begin, INFINITY, INFINITY};
  for (size_t k = begin; k < end; k++) {
    const double h = c->cost[k] - c->v[c->column[k]];
    if (h < choice.second) {
      choice.second = h < choice.first ? choice.first : h;
      choice.best = h < choice.first ? k : choice.best;
      choice.first = h < choice.first ? h : choice.first;
    }
  }
  return choice;
}

/* Seat row i on its best column and lower the price there until the second
 * choice is as good (epsilon further). Return the row that sat there. */
static size_t bid(struct model_candidates *c, size_t i, double epsilon,
                  bool *is_lower) {
  const struct choice choice = choose(c, i);
  const size_t j = c->column[choice.best];
  const double fall =
      isinf(choice.second) ? 0 : choice.second - choice.first + epsilon;
  const double price = c->v[j] - fall;
  *is_lower = price < c->v[j];
  c->v[j] = price;
  const size_t displaced = c->row_of[j];
  c->row_of[j] = i;
  c->place[i] = choice.best;
  return displaced;
}

/* Every row bids; a row it displaces bids next while prices fall and the
 * budget lasts. The rest is queued. */
static void bid_in_turn(struct model_candidates *c, double epsilon,
                        size_t budget) {
  for (size_t j = 0; j < c->n; j++) {
    c->row_of[j] = MODEL_NO_ROW;
  }
  c->n_queued = 0;
  for (size_t first = 0; first < c->n; first++) {
    size_t i = first;
    bool is_lower = true;
    do {
      i = bid(c, i, epsilon, &is_lower);
    } while (i != MODEL_NO_ROW && is_lower && budget && budget--);
    if (i != MODEL_NO_ROW) {
      c->queue[c->n_queued++] = i;
    }
  }
}

void model_candidates_bid(struct model_candidates *c, double epsilon) {
  if (epsilon > 0) {
    bid_in_turn(c, epsilon, BIDS_PER_EPSILON * c->n);
  }
  bid_in_turn(c, 0, BIDS_EXACT * c->n);
}

/* --- augmentation along a shortest path --- */

SIM_VECTORISED
static double least_of(size_t n, const double *x) {
  double least = INFINITY;
  for (size_t k = 0; k < n; k++) {
    least = x[k] < least ? x[k] : least;
  }
  return least;
}

static void begin_search(struct model_candidates *c) {
  for (size_t j = 0; j < c->n_blocks * BLOCK; j++) {
    c->distance[j] = INFINITY;
  }
  for (size_t b = 0; b < c->n_blocks; b++) {
    c->block_least[b] = INFINITY;
  }
  memcpy(c->open_price, c->v, c->n * sizeof *c->v);
}

/* Shorten the ways to the open columns by going through row i, whose way so
 * far is `offset`. */
static void relax(struct model_candidates *c, size_t i, double offset) {
  const size_t begin = i * c->capacity, end = begin + c->count[i];
  for (size_t k = begin; k < end; k++) {
    const size_t j = c->column[k];
    const double h = c->cost[k] - c->open_price[j] + offset;
    if (h < c->distance[j]) {
      c->distance[j] = h;
      c->arrival[j] = k;
      double *least = &c->block_least[j / BLOCK];
      *least = h < *least ? h : *least;
    }
  }
}

/* The nearest open column and its distance; n if there is none. */
static size_t nearest_column(const struct model_candidates *c,
                             double *distance) {
  *distance = least_of(c->n_blocks, c->block_least);
  if (isinf(*distance)) {
    return c->n;
  }
  size_t b = 0;
  while (c->block_least[b] != *distance) {
    b++;
  }
  size_t j = b * BLOCK;
  while (c->distance[j] != *distance) {
    j++;
  }
  return j;
}

static void close_column(struct model_candidates *c, size_t j) {
  const size_t b = j / BLOCK;
  c->distance[j] = INFINITY;
  c->open_price[j] = -INFINITY;
  c->block_least[b] = least_of(BLOCK, c->distance + b * BLOCK);
}

/* Dijkstra from a free row over the reduced costs until a free column is the
 * nearest. Return it, or n. `*length` is the length of the way, the levels of
 * the `n_scanned` columns before it are in `level`. */
static size_t find_free_column(struct model_candidates *c, size_t i,
                               size_t *n_scanned, double *length) {
  double offset = 0;
  begin_search(c);
  for (*n_scanned = 0;;) {
    relax(c, i, offset);
    const size_t j = nearest_column(c, length);
    if (j == c->n || c->row_of[j] == MODEL_NO_ROW) {
      return j;
    }
    close_column(c, j);
    c->level[*n_scanned] = *length;
    c->scanned[(*n_scanned)++] = j;
    i = c->row_of[j];
    offset = *length - model_candidates_offer(c, i);
  }
}

/* Walk back from the free column and move every row on the way by one. */
static void shift_rows(struct model_candidates *c, size_t free_row, size_t j) {
  for (;;) {
    const size_t i = c->arrival[j] / c->capacity;
    const size_t place = c->arrival[j];
    c->row_of[j] = i;
    j = model_candidates_column(c, i);
    c->place[i] = place;
    if (i == free_row) {
      return;
    }
  }
}

size_t model_candidates_augment(struct model_candidates *c) {
  while (c->n_queued > 0) {
    const size_t free_row = c->queue[c->n_queued - 1];
    size_t n_scanned;
    double length;
    const size_t j = find_free_column(c, free_row, &n_scanned, &length);
    if (j == c->n) {
      return free_row;
    }
    c->n_queued--;
    shift_rows(c, free_row, j);
    for (size_t s = 0; s < n_scanned; s++) {
      c->v[c->scanned[s]] += c->level[s] - length;
    }
  }
  return MODEL_NO_ROW;
}
