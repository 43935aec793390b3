/* models/stationary_noise.h -- stationary noise around an operating point,
 * split by source
 *
 * The circuit linearised at a state s under a drive, with the chip's noise
 * currents (models/noise.h) as they are there, mode by mode
 * (sim/noise_modes.h), without an energy by Lyapunov's equation
 * (sim/noise_linear.h). Contributions add up to the whole. Another source is
 * one more line in the list of models/stationary_noise.c.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_STATIONARY_NOISE_H
#define MODEL_STATIONARY_NOISE_H

#include "models/network.h"

struct model_stationary_source {
  const char *name;
  bool is_white;  // thermal
};

/* In the order of the rows below. */
#define MODEL_N_STATIONARY 6
extern const struct model_stationary_source
    model_stationary_sources[MODEL_N_STATIONARY];

struct model_stationary_noise {
  size_t n_nodes;
  double *node;     // [1] (n_sources x n_nodes) variance of a node's voltage
  double *read;     // [1] (n_sources x n_nodes) after averaging over the window
  double *current;  // [1] (n_sources x n_nodes) strength of the current into a
                    // node: thermal, two-sided density; traps, variance
};

/* At state s (n_nodes), near an equilibrium under the drive (one lane, not
 * clamped), for reads over `window` [tau], 0: an instant. SIM_EFAIL when a mode
 * does not decay. On failure nothing is left to finish. */
enum sim_status model_stationary_noise_find(
    struct model_stationary_noise *found, const struct model_network *net,
    const struct model_drive *drive, const double *s, double window,
    struct sim_error *err);
void model_stationary_noise_finish(struct model_stationary_noise *found);

#endif
