/* models/phases.h -- free and nudged phases of one tile of samples
 *
 * The steps of the learning rule in models/learning.h, for one thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_PHASES_H
#define MODEL_PHASES_H

#include "models/drives.h"
#include "models/instruments.h"
#include "models/learning.h"
#include "models/settler.h"

struct model_phases {
  struct model_learning rule;
  struct model_settler settler;
  bool has_periphery;                // the chip's is not ideal, and then
  struct model_drives drives;        // is used instead of anchor and current,
  struct model_instruments readout;  // reads and remembers
  double *held;         // [1] (n_nodes x n_lanes) the free state in memory
  size_t first_sample;  // of the loaded tile, in its batch
  size_t n_loaded;      // lanes that hold a sample; the rest repeat the first
  bool keeps_hidden;    // free starts where the tile before ended
  double *x_t;          // [1] (n_visible x n_lanes)
  double *u;            // [1] (n_visible x n_lanes)
  double *anchor;       // [1] (n_visible x n_lanes) of the nudged drive
  double *current;      // [1] (n_visible x n_lanes) of the linear nudge
  double *free_state;   // [1] (n_nodes x n_lanes) at the end of `free`
  double *state;        // [1] (n_nodes x n_lanes) of the newest phase
  double *velocity;     // [1] (n_visible x n_lanes) read out after `free`
  double *loss;         // [1] (n_lanes) mean over pixels of (v - u)^2
  double time;          // [tau] what the newest phase took
  double *began;  // nullable, not owned: [1] (n_nodes x n_lanes) gets the state
                  // in which each phase begins
};

/* On failure nothing is left to finish. */
enum sim_status model_phases_init(struct model_phases *phases,
                                  const struct model_learning *rule,
                                  const struct model_settling *settling,
                                  const struct model_network *net,
                                  size_t n_lanes, struct sim_error *err);
void model_phases_finish(struct model_phases *phases);

/* Take samples first, first + 1, ... of the batch into the lanes. Their free
 * phase will start from rest, unless `keeps_hidden` is set afterwards: then the
 * hidden nodes of each lane stay as the newest phase left them. */
void model_phases_load(struct model_phases *phases,
                       const struct model_batch *batch, size_t first);

/* The free phase; fills free_state, velocity and loss. */
enum sim_status model_phases_free(struct model_phases *phases,
                                  struct sim_error *err);

/* A nudged phase, sign +1 or -1, started as the protocol says; plus comes
 * before minus. Leaves its end in `state`. The settler's observer sees the
 * nudged phase only, not the free phase that `rerun` repeats before it. */
enum sim_status model_phases_nudged(struct model_phases *phases, double sign,
                                    struct sim_error *err);

/* Outputs a (n_nodes x n_lanes) of what was read out of the newest phase
 * (`state`, or its mean over settling.window), zero in idle lanes: as they are,
 * and as the chip's converters read them. */
void model_phases_outputs(const struct model_phases *phases, double *a);
void model_phases_read(struct model_phases *phases, double *a);

/* Add to count, by enum circuit_converter_role, the numbers beyond the range of
 * a converter since the last call. */
void model_phases_clipped(struct model_phases *phases,
                          size_t count[CIRCUIT_N_CONVERTERS]);

#endif
