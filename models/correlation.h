/* models/correlation.h -- local correlations and the gradient they measure
 *
 * Every coupling sees the outputs of its two ends, every node its own:
 *
 *   dE/dW_l = -a_(l+1) a_l^T,   dE/db_l = -a_l,   a_0 = x, a_l = r(h_l)
 *   g = factor sum_samples [dE/dtheta(plus) - dE/dtheta(minus)]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_CORRELATION_H
#define MODEL_CORRELATION_H

#include "models/layout.h"

/* gradient (n_parameters) from the outputs a in two phases, each n_tiles
 * blocks (n_nodes x n_lanes); one of them may be NULL for the part of the
 * other alone. Lanes without a sample hold zeros. Sums run over
 * samples in a fixed order, whatever the number of threads. */
void model_correlation_gradient(const struct model_layout *layout,
                                size_t n_tiles, size_t n_lanes,
                                const double *plus, const double *minus,
                                double factor, double *gradient);

#endif
