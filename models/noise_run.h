/* models/noise_run.h -- a chip's noise through the phases of one tile
 *
 * A run begins with a tile and goes on through all its phases: what is slow in
 * it is the same in plus and minus, what is white is not. Every draw is
 * addressed by seed, chip, epoch, sample, node and step or switching, so it
 * does not depend on tiles or threads, and no source disturbs another.
 *
 * The current of traps is their mean over each step (circuits/trap_tile.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NOISE_RUN_H
#define MODEL_NOISE_RUN_H

#include "circuits/trap_tile.h"
#include "models/network.h"
#include "models/noise.h"
#include "sim/random.h"
#include "sim/system.h"

/* What the noise of a tile belongs to. */
enum model_noise_use { MODEL_NOISE_MEASURE, MODEL_NOISE_GENERATE };

struct model_noise_run {
  const struct model_network *net;  // not owned; net->noise is the noise
  size_t n_lanes;
  struct sim_address white;  // of the tile's first sample
  uint64_t n_draws;          // steps drawn so far
  size_t n_held;             // nodes that are clamped in this phase
  double *decay;             // [1/tau] (n_nodes) rates of leak and drive
  double *ground;            // [1] (n_nodes) noisy conductance at the node
  double *xi;                // (n_nodes, up to whole groups, x n_lanes)
  double *slow;  // [1] (n_nodes x n_lanes) current of all traps; NULL: none
  struct circuit_trap_tile flicker, telegraph;  // zero while they are off
};

/* For a network with or without noise: its rates are needed in any case. On
 * failure nothing is left to finish. */
enum sim_status model_noise_run_init(struct model_noise_run *run,
                                     const struct model_network *net,
                                     size_t n_lanes, struct sim_error *err);
void model_noise_run_finish(struct model_noise_run *run);

/* Another tile: samples first_sample, ... of this epoch. */
void model_noise_run_begin(struct model_noise_run *run,
                           enum model_noise_use use, uint64_t epoch,
                           uint64_t first_sample);

/* Another phase of the same tile, under this drive. */
void model_noise_run_phase(struct model_noise_run *run,
                           const struct model_drive *drive);

/* What an integrator asks for (struct sim_noise); `work` was filled for the
 * state in question. */
void model_noise_run_amplitude(const struct model_noise_run *run,
                               const struct model_work *work, double *b);
const double *model_noise_run_normals(struct model_noise_run *run);

/* Let the traps live through a step of length h [tau]. */
void model_noise_run_advance(struct model_noise_run *run, double h);

/* Add what the traps' current does to rate (n_nodes x n_lanes); `work` was
 * filled for the same state. Nothing without traps. */
void model_noise_run_add(const struct model_noise_run *run,
                         const struct model_work *work, double *rate);

#endif
