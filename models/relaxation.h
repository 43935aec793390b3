/* models/relaxation.h -- red-black sweeps of node-wise descent, lane by lane
 *
 * Couplings join neighbouring layers only, so the layers with even numbers do
 * not couple to one another, nor do the odd ones. Given the odd layers, every
 * even node is a problem of its own; what is iterated is the odd layers alone,
 * and the even ones follow:
 *
 *   visible   x <- (b + current + g anchor)/(leak + g), the exact minimum
 *   hidden    h <- h - (leak h - r'(h) c)/D, c its current and bias,
 *             D = max(leak - r''(h) c, leak/2)
 *
 * The odd nodes take the same step, which is not made here but offered: the
 * caller chooses the next iterate from it. A cautious lane takes
 * D = leak + |c| max|r''|, with which the energy never rises.
 *
 * Arrays are (n_nodes x n_lanes) with the rows of the odd layers first, then
 * the visible ones, then those of the other even layers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_RELAXATION_H
#define MODEL_RELAXATION_H

#include "models/network.h"

struct model_relaxation {
  const struct model_network *network;  // not owned
  struct model_network net;  // a view of it: layout.node_at are rows here
  size_t n_lanes;            // in use; arrays are packed to this width
  size_t n_odd;              // rows of the iterate
  size_t n_followers;        // rows of hidden even layers
  struct model_work work;    // outputs, slopes and currents
  double *curvature;         // (n_nodes x n_lanes)
  double *source;            // (n_visible x n_lanes) g anchor + current
  double *s;                 // (n_nodes x n_lanes)
  double *before;    // (n_followers x n_lanes) where the last sweep found them
  double *step;      // (n_odd x n_lanes) offered by the last sweep
  double *energy;    // (n_lanes) of s, but for a constant of the drive
  double *residual;  // (n_lanes) largest net current of s
  double *lane;      // (4 n_nodes) one lane
};

/* For up to max_lanes lanes. The network is not owned. On failure nothing is
 * left to finish. */
enum sim_status model_relaxation_init(struct model_relaxation *relaxation,
                                      const struct model_network *net,
                                      size_t max_lanes, struct sim_error *err);
void model_relaxation_finish(struct model_relaxation *relaxation);

/* Begin with n_lanes lanes, which are to be loaded. */
void model_relaxation_start(struct model_relaxation *relaxation,
                            size_t n_lanes);

/* Take into `lane` the state of lane `from` of a tile (n_nodes x n_from) and
 * what the drive connects to it; and give it back. */
void model_relaxation_load(struct model_relaxation *relaxation,
                           const struct model_drive *drive, const double *tile,
                           size_t n_from, size_t from, size_t lane);
void model_relaxation_deliver(const struct model_relaxation *relaxation,
                              size_t lane, double *tile, size_t n_to,
                              size_t to);

/* The even layers follow the odd ones of s; energy, residual and step are
 * those of where they then are. A lane with caution > 0 is cautious. */
void model_relaxation_sweep(struct model_relaxation *relaxation,
                            const struct model_drive *drive,
                            const double *caution);

/* Put the even layers of a lane back to where the last sweep found them. */
void model_relaxation_undo(struct model_relaxation *relaxation, size_t lane);

/* Keep only the lanes keep[0] < ... < keep[n_keep - 1]. */
void model_relaxation_pack(struct model_relaxation *relaxation,
                           const size_t *keep, size_t n_keep);

#endif
