/* models/distance.c -- squared distances between two sets of points
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/distance.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>

#include "sim/tiles.h"

#define TILE_ROWS 64u  // a tile of d stays in the cache between its passes

static double squared_norm(const double *x, size_t dim) {
  double sum = 0;
  for (size_t k = 0; k < dim; k++) {
    sum += x[k] * x[k];
  }
  return sum;
}

/* d_ij = |a_i|^2 + |b_j|^2. The last row of d keeps |b_j|^2 until its turn. */
static void fill_norms(const double *a, size_t n_a, const double *b, size_t n_b,
                       size_t dim, double *d) {
  double *norm_b = d + (n_a - 1) * n_b;
  for (size_t j = 0; j < n_b; j++) {
    norm_b[j] = squared_norm(b + j * dim, dim);
  }
  for (size_t i = 0; i < n_a; i++) {
    const double norm_a = squared_norm(a + i * dim, dim);
    double *d_i = d + i * n_b;
    for (size_t j = 0; j < n_b; j++) {
      d_i[j] = norm_a + norm_b[j];
    }
  }
}

static void subtract_products(const double *a, size_t n_a, const double *b,
                              size_t n_b, size_t dim, double *d) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n_a, (int)n_b,
              (int)dim, -2, a, (int)dim, b, (int)dim, 1, d, (int)n_b);
  for (size_t k = 0; k < n_a * n_b; k++) {
    d[k] = d[k] < 0 ? 0 : d[k];
  }
}

void model_distance_squared(const double *a, size_t n_a, const double *b,
                            size_t n_b, size_t dim, double *d) {
  assert(n_a <= INT_MAX && n_b <= INT_MAX && dim && dim <= INT_MAX);
  if (n_a == 0 || n_b == 0) {
    return;
  }
  sim_blas_use_one_thread();
  fill_norms(a, n_a, b, n_b, dim, d);
  for (size_t i = 0; i < n_a; i += TILE_ROWS) {
    const size_t n_rows = n_a - i < TILE_ROWS ? n_a - i : TILE_ROWS;
    subtract_products(a + i * dim, n_rows, b, n_b, dim, d + i * n_b);
  }
}
