/* models/distance.h -- squared distances between two sets of points
 *
 *   d_ij = |a_i - b_j|^2 = |a_i|^2 + |b_j|^2 - 2 a_i . b_j,  never below 0
 *
 * The products come from BLAS. The difference of large numbers costs about
 * 1e-16 (|a_i|^2 + |b_j|^2) of absolute accuracy; coordinates that are small
 * multiples of a power of two give exact distances.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODELS_DISTANCE_H
#define MODELS_DISTANCE_H

#include <stddef.h>

/* Fill d (n_a x n_b) for a (n_a x dim) and b (n_b x dim), all row-major and
 * apart from each other; d has the square of the unit of a and b. Sizes are
 * at most INT_MAX. Calls sim_blas_use_one_thread. */
void model_distance_squared(const double *a, size_t n_a, const double *b,
                            size_t n_b, size_t dim, double *d);

#endif
