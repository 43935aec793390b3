/* models/assignment_row.h -- one row of costs against the prices of all columns
 *
 * Loops with independent minima side by side, so that they become vector code.
 * c_i (n) are the costs of row i, v (n) the prices; what a column offers to the
 * row is c_ij - v_j.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_ASSIGNMENT_ROW_H
#define MODEL_ASSIGNMENT_ROW_H

#include <stddef.h>

static inline double model_row_min(double a, double b) {
  return b < a ? b : a;
}

static inline double model_row_max(double a, double b) {
  return b < a ? a : b;
}

/* The two smallest offers; `second` is infinite for n = 1. */
void model_row_smallest_two(const double *restrict c_i,
                            const double *restrict v, size_t n, double *first,
                            double *second);

/* Shorten the ways to the open columns by going through row i, whose way so
 * far is `offset`; return the shortest of all. */
double model_row_relax(const double *restrict c_i,
                       const double *restrict open_price, double offset,
                       size_t n, double *restrict distance);

/* Sum over |c_ij|; not finite as soon as one of them is not. */
double model_row_sum_of_magnitudes(const double *c_i, size_t n);

/* Sum over all offers. */
double model_row_sum_of_offers(const double *c_i, const double *v, size_t n);

/* The first column from `from` on whose offer is exactly `value`. */
size_t model_row_column_at(const double *c_i, const double *v, double value,
                           size_t from);

#endif
