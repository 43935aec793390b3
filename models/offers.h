/* models/offers.h -- what many columns offer to a row, in single precision
 *
 *   o_ij = |x1_j|^2 - v_j - 2 x0_i . x1_j = |x0_i - x1_j|^2 - v_j - |x0_i|^2
 *
 * One product of matrices with an extended coordinate: (x0 | 1) times
 * (-2 x1 | |x1|^2 - v), with a bound of its error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_OFFERS_H
#define MODEL_OFFERS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/error.h"

#define MODEL_OFFERS_ROWS 128u  // of a product, at most

struct model_offers {
  size_t n, dim;
  const double *x1;     // (n x dim) not owned
  float *columns;       // (n x dim + 1)
  float *rows;          // (MODEL_OFFERS_ROWS x dim + 1)
  float *offer;         // (MODEL_OFFERS_ROWS x n) of the newest product
  double largest_norm;  // of x1
  double largest_last;  // of | |x1|^2 - v |
};

/* Without prices yet. On failure nothing is left to finish. */
enum sim_status model_offers_init(struct model_offers *offers, const double *x1,
                                  size_t n, size_t dim, struct sim_error *err);
void model_offers_finish(struct model_offers *offers);

/* Take the prices v (n). */
void model_offers_set_prices(struct model_offers *offers, const double *v);

/* Fill `offer` for the rows x0 (n_rows x dim), n_rows at most
 * MODEL_OFFERS_ROWS. The BLAS should use one thread. */
void model_offers_multiply(struct model_offers *offers, const double *x0,
                           size_t n_rows);

/* Largest error of an offer to a row of this norm. */
double model_offers_error(const struct model_offers *offers, double norm);

/* Least of the offers to one row, infinite where none is a number. */
float model_offers_least(size_t n, const float *offer);

/* Write the columns with an offer up to `limit`, in order, at most n_max of
 * them; returns how many there are in all. */
size_t model_offers_find(size_t n, const float *offer, float limit,
                         size_t n_max, uint32_t *column);

#endif
