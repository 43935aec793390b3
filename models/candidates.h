/* models/candidates.h -- assignment over a few candidates of each row
 *
 * The algorithm of models/assignment.h where a row may sit on listed columns
 * only: bids with prices that overshoot by a falling epsilon, then shortest
 * augmenting paths. With the right lists the result is the best assignment of
 * all; models/transport.h knows which lists are right, and proves it.
 *
 * Prices v only fall, so a column that is too dear for a row stays so.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_CANDIDATES_H
#define MODEL_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/error.h"

#define MODEL_NO_ROW SIZE_MAX

struct model_candidates {
  size_t n;          // rows and columns
  size_t capacity;   // places of a row
  size_t *count;     // (n) places in use, at least 1
  uint32_t *column;  // (n x capacity)
  double *cost;      // (n x capacity)
  double *v;         // (n) prices of the columns
  size_t *place;     // (n) of the column each row sits on, from the very first
  size_t *row_of;    // (n) row on each column or MODEL_NO_ROW
  size_t *queue;     // (n) rows that sit nowhere
  size_t n_queued;
  // of the search for a path
  double *distance;     // (n) of each open column, infinite where none is known
  double *block_least;  // (n_blocks) least distance of a block of columns
  size_t n_blocks;
  double *open_price;  // (n) v, or -infinity for a column that was scanned
  double *level;       // (n) distance of the scanned columns, in their order
  size_t *scanned;     // (n) the scanned columns
  size_t *arrival;     // (n) place through which a column got its distance
};

/* All lists empty; n and capacity at most UINT32_MAX. On failure nothing is
 * left to finish. */
enum sim_status model_candidates_init(struct model_candidates *c, size_t n,
                                      size_t capacity, struct sim_error *err);
void model_candidates_finish(struct model_candidates *c);

/* Add a candidate to row i; false when the row is full. */
bool model_candidates_add(struct model_candidates *c, size_t i, size_t column,
                          double cost);

/* Price of row i where it sits: cost - v. */
double model_candidates_offer(const struct model_candidates *c, size_t i);

/* Column of row i. */
size_t model_candidates_column(const struct model_candidates *c, size_t i);

/* Seat every row by bids from the prices in v, which overshoot by `epsilon`
 * and then by nothing; rows that find no seat in time are queued. */
void model_candidates_bid(struct model_candidates *c, double epsilon);

/* Take row i off its column and queue it. */
void model_candidates_release(struct model_candidates *c, size_t i);

/* Seat the queued rows by shortest paths. Returns MODEL_NO_ROW when all are
 * seated, else a queued row whose candidates lead to no free column; with one
 * more it may be tried again. */
size_t model_candidates_augment(struct model_candidates *c);

#endif
