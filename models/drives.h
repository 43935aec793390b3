/* models/drives.h -- what a real periphery connects to the visible nodes
 *
 * Spring and nudge of node i, with the factors of their devices s_i and n_i,
 * the offset o_i of the nudge's source and k = beta (alpha lambda)^2:
 *
 *   free      g_i = lambda s_i + residual k n_i
 *   nudged    g_i = lambda s_i + strength k n_i,  strength = plus or -minus
 *   anchor_i  from x_t towards xhat + o_i by the nudge's share of g_i
 *
 * A linear nudge adds a current to the drive of the free phase instead. With a
 * DAC, x_t and xhat are what it puts out for them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_DRIVES_H
#define MODEL_DRIVES_H

#include "models/learning.h"
#include "models/network.h"
#include "models/periphery.h"

struct model_drives {
  struct model_learning rule;
  const struct model_periphery *periphery;  // not owned
  size_t n_visible, n_lanes;
  size_t n_used;     // lanes whose clipped numbers count: all at first
  double *source;    // [1] (n_visible x n_lanes) the springs' voltage: x_t,
                     // or what the DAC makes of it
  double *target;    // [1] (n_visible x n_lanes) the nudges' voltage: scratch
  size_t n_clipped;  // numbers beyond the DAC's range so far
  double *conductance;  // [1] (n_visible) of the newest drive
  double *anchor;       // [1] (n_visible x n_lanes) of the newest drive
  double *current;      // [1] (n_visible x n_lanes) of the newest drive
};

/* Fails with SIM_ECONFIG when a minus phase would need a negative
 * conductance. On failure nothing is left to finish. */
enum sim_status model_drives_init(struct model_drives *drives,
                                  const struct model_learning *rule,
                                  const struct model_periphery *periphery,
                                  size_t n_visible, size_t n_lanes,
                                  struct sim_error *err);
void model_drives_finish(struct model_drives *drives);

/* Drives for samples x_t, u and, of a linear nudge, velocity v, all
 * (n_visible x n_lanes). Valid until the next call. */
struct model_drive model_drives_free(struct model_drives *drives,
                                     const double *x_t, const double *u);
struct model_drive model_drives_nudged(struct model_drives *drives, double sign,
                                       const double *x_t, const double *u,
                                       const double *v);

/* Springs alone, as when samples are generated. */
struct model_drive model_drives_spring(struct model_drives *drives,
                                       const double *x_t);

#endif
