/* models/product.h -- weights times a tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_PRODUCT_H
#define MODEL_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/* out (n_rows x n_lanes) = w in + keep out for in (n_sum x n_lanes), all
 * row-major and apart from each other; keep 0 overwrites. w is (n_rows x
 * n_sum), or transposed: (n_sum x n_rows). Large products are made in panels of
 * rows. */
void model_product(bool is_transposed, size_t n_rows, size_t n_lanes,
                   size_t n_sum, const double *w, const double *in, double keep,
                   double *out);

#endif
