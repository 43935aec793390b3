/* tools/spice_sample.h -- the phases of one sample, as a netlist needs them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_SAMPLE_H
#define TOOL_SPICE_SAMPLE_H

#include "models/flow.h"
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
  double *start[TOOL_SPICE_N_PHASES];  // [1] (n_nodes)
  double *end[TOOL_SPICE_N_PHASES];  // [1] (n_nodes) as the experiment settles
  double *point[TOOL_SPICE_N_PHASES];  // [1] (n_nodes) operating point
};

/* Batches of all samples, from which one is taken at a time. */
struct tool_spice_source {
  const struct tool_setup *setup;  // not owned
  struct model_flow *flow;
  struct model_batch batch;
  struct model_phases transient;  // as the experiment settles; one lane
  struct model_phases point;      // settled at once; one lane
};

/* The draws of epoch `epoch`. On failure nothing is left to finish. */
enum sim_status tool_spice_source_init(struct tool_spice_source *source,
                                       const struct tool_setup *setup,
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
