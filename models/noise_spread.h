/* models/noise_spread.h -- from currents into the nodes to what is seen of a
 * sample
 *
 * Independent currents of E[i i*] = diag(strength) come into the modes as V and
 * are seen as V o K, K from models/phase_noise.h, that is, in the nodes, as
 * X (V o K) X*.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NOISE_SPREAD_H
#define MODEL_NOISE_SPREAD_H

#include "models/noise_sample.h"

/* bench->currents = V = B diag(bench->strength) B*, B = X^-1 C^-1; of stored
 * voltages B = X^-1. */
void model_noise_spread_currents(struct model_noise_bench *bench,
                                 bool is_voltage);

/* bench->product += V o moments (n x n); first it is 0. */
void model_noise_spread_clear(struct model_noise_bench *bench);
void model_noise_spread_add(struct model_noise_bench *bench,
                            const double complex *moments);

/* bench->half = X product: its rows times those of X* are the covariance. */
void model_noise_spread(struct model_noise_bench *bench);

/* All of these for one product. */
void model_noise_spread_one(struct model_noise_bench *bench,
                            const double complex *moments);

/* Variance of node i, and what differences of variance output (n_nodes) add to
 * that of the gradient (n_blocks): with `has_cross` they are those of
 * bench->half, else independent. */
double model_noise_spread_variance(const struct model_noise_bench *bench,
                                   size_t i);
void model_noise_spread_gradient(struct model_noise_bench *bench,
                                 const double *output, bool has_cross,
                                 double *gradient);

/* p (n x n): what constant currents into the nodes, in all phases, do to this
 * view; model_phase_noise_begin was called. */
void model_noise_spread_steady(struct model_noise_bench *bench,
                               enum model_phase_view view, double *p);

#endif
