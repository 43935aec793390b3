/* tools/spice_sample.h -- the phases of one sample, as a netlist needs them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_SAMPLE_H
#define TOOL_SPICE_SAMPLE_H

#include "models/flow.h"
#include "models/linear.h"
#include "models/netlist.h"
#include "models/phases.h"
#include "tools/setup.h"

#define TOOL_SPICE_N_PHASES 3

extern const char *const tool_spice_phase_names[TOOL_SPICE_N_PHASES + 1];
/* 0, +1, -1 of free, plus, minus. */
int tool_spice_sign(size_t phase);

/* Where the phases of one sample lead, in model units. */
struct tool_spice_sample {
  const double *x_t, *u;  // [1] (n_visible) owned by the batch
  double *velocity;       // [1] (n_visible) read out after the free phase
  double *start[TOOL_SPICE_N_PHASES];  // [1] (n_nodes) as the protocol says
  double *end[TOOL_SPICE_N_PHASES];    // [1] (n_nodes) as the rule settles it
  double *point[TOOL_SPICE_N_PHASES];  // [1] (n_nodes) operating point
  double *conductance;  // [1] (n_visible) of the springs in the free phase
  double *trace[TOOL_SPICE_N_PHASES];  // [1] (n_points x n_nodes) or NULL
  double seconds;                      // of processor time, for the transients
};

/* Points of a trace: 0, interval, ..., duration. */
struct tool_spice_grid {
  size_t n_points;  // 0: no traces
  double interval;  // [tau]
  double duration;  // [tau]
};

/* [tau] of point `k`. */
double tool_spice_grid_time(const struct tool_spice_grid *grid, size_t k);

/* Batches of all samples, from which one is taken at a time. */
struct tool_spice_source {
  const struct tool_setup *setup;  // not owned
  struct tool_spice_grid grid;
  struct model_flow *flow;
  struct model_batch batch;
  struct model_phases transient;  // as the experiment settles; one lane
  struct model_phases point;      // settled at once; one lane
  struct model_linear linear;
  double *rate, *step;  // (n_nodes) scratch
};

/* The draws of epoch `epoch`; `grid` of traces, or NULL. On failure nothing is
 * left to finish. */
enum sim_status tool_spice_source_init(struct tool_spice_source *source,
                                       const struct tool_setup *setup,
                                       const struct tool_spice_grid *grid,
                                       uint64_t epoch, struct sim_error *err);
void tool_spice_source_finish(struct tool_spice_source *source);

/* Settle sample `number` in the phases up to `last`. On failure nothing is
 * left to finish. */
enum sim_status tool_spice_sample_init(struct tool_spice_sample *sample,
                                       struct tool_spice_source *source,
                                       size_t number, size_t last,
                                       struct sim_error *err);
void tool_spice_sample_finish(struct tool_spice_sample *sample);

/* The netlist of a phase; `title` is kept. */
struct model_netlist tool_spice_netlist(const struct tool_setup *setup,
                                        const struct tool_spice_sample *sample,
                                        size_t phase, const char *title);

#endif
