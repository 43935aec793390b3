/* models/product.c -- weights times a tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/product.h"

#include <cblas.h>

// Of OpenBLAS' dgemm_small_matrix_permit: rows x lanes x terms.
#define SMALL_PRODUCT 1000000u
#define ROW_STEP 16u  // rows that its kernel likes

/* Rows of a product that OpenBLAS' kernel for small matrices still takes. It is
 * half as fast again as the one for large matrices: a tile's few lanes do not
 * pay for packing the weights. All rows where none would do. */
static size_t rows_at_once(size_t n_rows, size_t n_lanes, size_t n_sum) {
  const size_t most = SMALL_PRODUCT / (n_lanes * n_sum) / ROW_STEP * ROW_STEP;
  return most == 0 || most > n_rows ? n_rows : most;
}

void model_product(bool is_transposed, size_t n_rows, size_t n_lanes,
                   size_t n_sum, const double *w, const double *in, double keep,
                   double *out) {
  const size_t stride = is_transposed ? n_rows : n_sum;
  const size_t at_once = rows_at_once(n_rows, n_lanes, n_sum);
  for (size_t row = 0; row < n_rows; row += at_once) {
    const size_t left = n_rows - row;
    cblas_dgemm(CblasRowMajor, is_transposed ? CblasTrans : CblasNoTrans,
                CblasNoTrans, (int)(left < at_once ? left : at_once),
                (int)n_lanes, (int)n_sum, 1.0,
                w + (is_transposed ? row : row * n_sum), (int)stride, in,
                (int)n_lanes, keep, out + row * n_lanes, (int)n_lanes);
  }
}
