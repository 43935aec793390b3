/* models/assignment_row.c -- one row of costs against the prices of all columns
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/assignment_row.h"

#include <math.h>

#define LANES 8u  // independent minima, so that the loops become vector code

void model_row_smallest_two(const double *restrict c_i,
                            const double *restrict v, size_t n, double *first,
                            double *second) {
  double low[LANES], next[LANES];
  for (size_t k = 0; k < LANES; k++) {
    low[k] = next[k] = INFINITY;
  }
  size_t j = 0;
  for (; j + LANES <= n; j += LANES) {
    for (size_t k = 0; k < LANES; k++) {
      const double h = c_i[j + k] - v[j + k];
      next[k] = model_row_min(next[k], model_row_max(low[k], h));
      low[k] = model_row_min(low[k], h);
    }
  }
  for (size_t k = 0; j < n; j++, k++) {
    const double h = c_i[j] - v[j];
    next[k] = model_row_min(next[k], model_row_max(low[k], h));
    low[k] = model_row_min(low[k], h);
  }
  *first = low[0];
  *second = next[0];
  for (size_t k = 1; k < LANES; k++) {
    *second = model_row_min(model_row_min(*second, next[k]),
                            model_row_max(*first, low[k]));
    *first = model_row_min(*first, low[k]);
  }
}

double model_row_relax(const double *restrict c_i,
                       const double *restrict open_price, double offset,
                       size_t n, double *restrict distance) {
  double low[LANES];
  for (size_t k = 0; k < LANES; k++) {
    low[k] = INFINITY;
  }
  size_t j = 0;
  for (; j + LANES <= n; j += LANES) {
    for (size_t k = 0; k < LANES; k++) {
      const double h = c_i[j + k] - open_price[j + k] + offset;
      distance[j + k] = model_row_min(distance[j + k], h);
      low[k] = model_row_min(low[k], distance[j + k]);
    }
  }
  for (; j < n; j++) {
    const double h = c_i[j] - open_price[j] + offset;
    distance[j] = model_row_min(distance[j], h);
    low[0] = model_row_min(low[0], distance[j]);
  }
  for (size_t k = 1; k < LANES; k++) {
    low[0] = model_row_min(low[0], low[k]);
  }
  return low[0];
}

double model_row_sum_of_magnitudes(const double *c_i, size_t n) {
  double sum[LANES] = {0};
  size_t j = 0;
  for (; j + LANES <= n; j += LANES) {
    for (size_t k = 0; k < LANES; k++) {
      sum[k] += fabs(c_i[j + k]);
    }
  }
  for (; j < n; j++) {
    sum[0] += fabs(c_i[j]);
  }
  for (size_t k = 1; k < LANES; k++) {
    sum[0] += sum[k];
  }
  return sum[0];
}

double model_row_sum_of_offers(const double *c_i, const double *v, size_t n) {
  double sum[LANES] = {0};
  size_t j = 0;
  for (; j + LANES <= n; j += LANES) {
    for (size_t k = 0; k < LANES; k++) {
      sum[k] += c_i[j + k] - v[j + k];
    }
  }
  for (; j < n; j++) {
    sum[0] += c_i[j] - v[j];
  }
  for (size_t k = 1; k < LANES; k++) {
    sum[0] += sum[k];
  }
  return sum[0];
}

size_t model_row_column_at(const double *c_i, const double *v, double value,
                           size_t from) {
  size_t j = from;
  while (c_i[j] - v[j] != value) {
    j++;
  }
  return j;
}
