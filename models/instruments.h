/* models/instruments.h -- what a real periphery reads and remembers of a tile
 *
 * Displacements and outputs go through converters, the free state through
 * sample-and-holds. Noise is addressed by epoch and sample, so it does not
 * depend on tiles or threads. Arrays as in models/network.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_INSTRUMENTS_H
#define MODEL_INSTRUMENTS_H

#include "models/periphery.h"

struct model_instruments {
  const struct model_periphery *periphery;  // not owned
  size_t n_lanes;
  uint64_t epoch, first;  // address of the tile: its first sample
  uint64_t n_reads;       // of outputs of this tile so far
  // Numbers beyond the range so far, by enum circuit_converter_role.
  size_t n_clipped[CIRCUIT_N_CONVERTERS];
  double *xi;  // (n_nodes, up to whole groups, x n_lanes)
};

/* On failure nothing is left to finish. */
enum sim_status model_instruments_init(struct model_instruments *readout,
                                       const struct model_periphery *periphery,
                                       size_t n_nodes, size_t n_lanes,
                                       struct sim_error *err);
void model_instruments_finish(struct model_instruments *readout);

/* Another tile, whose first sample has this number. */
void model_instruments_begin(struct model_instruments *readout, uint64_t epoch,
                             uint64_t first);

/* Displacements x (n_visible x n_lanes), read in place. `purpose` is
 * SIM_DRAW_VELOCITY_NOISE or SIM_DRAW_GENERATE_NOISE, and `index` tells the
 * reads of one sample apart. Lanes from n_used on are not counted. */
void model_instruments_displacement(struct model_instruments *readout,
                                    enum sim_purpose purpose, uint64_t index,
                                    size_t n_used, double *x);

/* Outputs a (n_nodes x n_lanes), read in place; each call reads anew. */
void model_instruments_outputs(struct model_instruments *readout, size_t n_used,
                               double *a);

/* held (n_nodes x n_lanes): what the memory takes of state s. */
void model_instruments_store(struct model_instruments *readout, const double *s,
                             double *held);

/* What is left of it: at once (plus) or after the memory's time (minus). */
void model_instruments_recall(const struct model_instruments *readout,
                              bool is_late, const double *held, double *s);

#endif
