/* models/noise.h -- noise of a chip, and its run through the phases of a tile
 *
 *   C_i dV_i/dt = ... + i_node,i(t) + gain_i i_in,i(t)
 *
 *   thermal   i_node: leak and, on visible nodes, spring and nudge; i_in: both
 *             devices of every pair that feeds the node, `excess` times. All
 *             are white of density 2 k T G (circuits/thermal.h). gain_i is
 *             that of the node's input stage (circuits/node.h), r'(V_i) of a
 *             hidden one: the noise of a coupling enters where its current
 *             does. Bias currents and the sources of spring and nudge are
 *             quiet.
 *
 * In model units, with theta = k T / (conductance_unit tau voltage_unit^2),
 * the squared rms of a node of one conductance_unit and capacitance 1:
 *
 *   ds_i = ... + (1/C_i) sqrt(2 theta [leak_i + g + gain_i^2 excess G_i]) o
 * dW_i
 *
 * one normal number a node and step. The product with gain_i is meant in the
 * sense of Stratonovich: circuit noise has a finite bandwidth.
 *
 * A run begins with a tile and goes on through all its phases: what is slow in
 * it is the same in plus and minus, what is white is not. Every draw is
 * addressed by seed, chip, epoch, sample, node and step (sim/normal.h), so it
 * does not depend on tiles or threads, and no source disturbs another.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NOISE_H
#define MODEL_NOISE_H

#include <stdbool.h>

#include "models/layout.h"
#include "sim/param.h"
#include "sim/random.h"
#include "sim/system.h"

struct model_drive;
struct model_network;
struct model_work;

/* The experiment's `chip.noise` section. */
struct model_noise_params {
  bool thermal;
  double excess;  // [1] of the couplings' thermal noise
  bool flicker;
};
#define MODEL_NOISE_N_PARAMS 3
extern const struct sim_param model_noise_table[MODEL_NOISE_N_PARAMS];

/* True when any source is on. */
bool model_noise_is_on(const struct model_noise_params *params);

/* Of one chip as it is programmed. */
struct model_noise {
  struct model_noise_params params;
  uint64_t seed;
  uint32_t chip;
  double theta;   // [1] k T/(conductance_unit tau voltage_unit^2)
  double *leak;   // [1] (n_nodes) conductance that is noisy at the node
  double *input;  // [1] (n_nodes) that is noisy at its input stage, with
                  // excess
};

/* All conductances 0. The caller destroys *out. */
enum sim_status model_noise_create(struct model_noise **out,
                                   const struct model_noise_params *params,
                                   const struct model_layout *layout,
                                   struct sim_error *err);
void model_noise_destroy(struct model_noise *noise);  // NULL is fine

/* --- one tile --- */

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

#endif
