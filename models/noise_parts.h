/* models/noise_parts.h -- what each source does to what is seen of a sample
 *
 * Parts of models/noise_sample.h, at the operating point that the bench has
 * been linearised at.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NOISE_PARTS_H
#define MODEL_NOISE_PARTS_H

#include "models/noise_sample.h"

/* Fill node, read, velocity, output and gradient of `seen`, which are 0 and
 * stay so where devices err. */
void model_noise_parts_note(struct model_noise_bench *bench,
                            struct model_noise_seen *seen);

/* Variance of the whole gradient by all sources together, in other phases. */
double model_noise_parts_total(struct model_noise_bench *bench,
                               const struct model_phase_plan *plan);

/* blocks (n_blocks): variance of the gradient where every output's difference
 * has variance 1. */
void model_noise_parts_per_read(struct model_noise_bench *bench,
                                double *blocks);

/* Add to velocity (n_visible) what variances of reads (n_nodes) do to it: it is
 * what is read of visible nodes, less their sources. */
void model_noise_velocity(const struct model_network *net,
                          const struct model_learning *rule, const double *read,
                          double *velocity);

#endif
