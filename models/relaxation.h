/* models/relaxation.h -- one red-black sweep of node-wise descent over a tile
 *
 * Couplings join neighbouring layers only, so the layers with even numbers do
 * not couple to one another, nor do the odd ones. One sweep lets all even
 * layers step towards their minimum while the odd ones are held, then the odd
 * ones while the even ones are held:
 *
 *   visible   x <- (b + current + g anchor)/(leak + g), the exact minimum
 *   hidden    h <- h - (leak h - r'(h) c)/D, c its current and bias,
 *             D = max(leak - r''(h) c, leak/2)
 *
 * A cautious lane takes D = leak + |c| max|r''|, with which the energy never
 * rises.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_RELAXATION_H
#define MODEL_RELAXATION_H

#include "models/network.h"

struct model_relaxation {
  const struct model_network *net;  // not owned
  size_t n_lanes;                   // in use; arrays are packed to this width
  struct model_work work;           // outputs, slopes and currents
  double *curvature;                // (n_nodes x n_lanes)
  double *source;                   // (n_visible x n_lanes) g anchor + current
};

/* For tiles of up to max_lanes lanes. On failure nothing is left to finish. */
enum sim_status model_relaxation_init(struct model_relaxation *relaxation,
                                      const struct model_network *net,
                                      size_t max_lanes, struct sim_error *err);
void model_relaxation_finish(struct model_relaxation *relaxation);

/* Begin a phase of n_lanes lanes under this drive. */
void model_relaxation_start(struct model_relaxation *relaxation,
                            const struct model_drive *drive, size_t n_lanes);

/* One sweep from s to swept (n_nodes x n_lanes). A lane with caution > 0 is
 * cautious. energy (n_lanes): of s, but for a constant of the drive.
 * residual (n_lanes): largest net current met on the way. */
void model_relaxation_sweep(struct model_relaxation *relaxation,
                            const struct model_drive *drive,
                            const double *caution, const double *s,
                            double *swept, double *energy, double *residual);

/* Keep only the lanes keep[0] < ... < keep[n_keep - 1]. */
void model_relaxation_pack(struct model_relaxation *relaxation,
                           const size_t *keep, size_t n_keep);

#endif
