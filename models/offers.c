/* models/offers.c -- what many columns offer to a row, in single precision
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/offers.h"

#include <assert.h>
#include <cblas.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "sim/vmath.h"

#define GROUP 16u  // offers that are looked at together

enum sim_status model_offers_init(struct model_offers *o, const double *x1,
                                  size_t n, size_t dim, struct sim_error *err) {
  *o = (struct model_offers){.n = n, .dim = dim, .x1 = x1};
  o->columns = sim_alloc(n * (dim + 1), sizeof(float), err);
  o->rows = sim_alloc(MODEL_OFFERS_ROWS * (dim + 1), sizeof(float), err);
  o->offer = sim_alloc(MODEL_OFFERS_ROWS * n, sizeof(float), err);
  if (!o->columns || !o->rows || !o->offer) {
    model_offers_finish(o);
    return err->status;
  }
  return SIM_OK;
}

void model_offers_finish(struct model_offers *o) {
  free(o->columns);
  free(o->rows);
  free(o->offer);
  *o = (struct model_offers){0};
}

void model_offers_set_prices(struct model_offers *o, const double *v) {
  o->largest_norm = o->largest_last = 0;
  for (size_t j = 0; j < o->n; j++) {
    const double *x = o->x1 + j * o->dim;
    float *column = o->columns + j * (o->dim + 1);
    double square = 0;
    for (size_t k = 0; k < o->dim; k++) {
      column[k] = (float)(-2 * x[k]);
      square += x[k] * x[k];
    }
    column[o->dim] = (float)(square - v[j]);
    o->largest_norm = fmax(o->largest_norm, sqrt(square));
    o->largest_last = fmax(o->largest_last, fabs(square - v[j]));
  }
}

void model_offers_multiply(struct model_offers *o, const double *x0,
                           size_t n_rows) {
  const size_t width = o->dim + 1;
  assert(n_rows <= MODEL_OFFERS_ROWS);
  for (size_t i = 0; i < n_rows; i++) {
    float *row = o->rows + i * width;
    for (size_t k = 0; k < o->dim; k++) {
      row[k] = (float)x0[i * o->dim + k];
    }
    row[o->dim] = 1;
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n_rows, (int)o->n,
              (int)width, 1, o->rows, (int)width, o->columns, (int)width, 0,
              o->offer, (int)o->n);
}

/* Rounding of dim + 1 products and their sum in any order (N. Higham, Accuracy
 * and Stability of Numerical Algorithms, 2nd ed., section 3.1), and of the
 * factors; FLT_EPSILON is twice the unit roundoff. */
double model_offers_error(const struct model_offers *o, double norm) {
  return (double)(o->dim + 8) * (double)FLT_EPSILON *
         (2 * norm * o->largest_norm + o->largest_last);
}

SIM_VECTORISED
float model_offers_least(size_t n, const float *offer) {
  float least = INFINITY;
  for (size_t j = 0; j < n; j++) {
    least = offer[j] < least ? offer[j] : least;
  }
  return least;
}

SIM_VECTORISED
size_t model_offers_find(size_t n, const float *offer, float limit,
                         size_t n_max, uint32_t *column) {
  size_t n_found = 0;
  for (size_t j = 0; j < n; j += GROUP) {
    const size_t m = n - j < GROUP ? n - j : GROUP;
    int n_hits = 0;
    for (size_t k = 0; k < m; k++) {
      n_hits += offer[j + k] <= limit;
    }
    for (size_t k = 0; n_hits && k < m; k++) {
      if (offer[j + k] <= limit) {
        if (n_found < n_max) {
          column[n_found] = (uint32_t)(j + k);
        }
        n_found++;
      }
    }
  }
  return n_found;
}
