/* tools/spice_run.h -- one sample's phases as ngspice sees them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_RUN_H
#define TOOL_SPICE_RUN_H

#include "tools/run.h"
#include "tools/spice_sample.h"

/* Voltages and outputs, in model units, of one sample. */
struct tool_spice_seen {
  double *point[TOOL_SPICE_N_PHASES];         // [1] (n_nodes)
  double *point_output[TOOL_SPICE_N_PHASES];  // [1] (n_nodes)
  double *trace[TOOL_SPICE_N_PHASES];       // [1] (n_points x n_nodes) or NULL
  double *end_output[TOOL_SPICE_N_PHASES];  // [1] (n_nodes)
  double *velocity;                         // [1] (n_visible)
  double seconds;                           // of ngspice's processor time
};

/* Run the phases of the sample in ngspice. Nudged phases begin where its own
 * free phase ended. Netlists and messages stay in the run folder, named
 * spice_<number>_<phase>. On failure nothing is left to finish. */
enum sim_status tool_spice_run(struct tool_spice_seen *seen,
                               const struct tool_setup *setup,
                               const struct tool_spice_params *params,
                               const struct tool_spice_grid *grid,
                               const struct tool_run *run,
                               const struct tool_spice_sample *sample,
                               size_t number, struct sim_error *err);
void tool_spice_seen_finish(struct tool_spice_seen *seen);

/* Thermal noise of some nodes in the free phase, in both: /spice/noise and its
 * difference. */
enum sim_status tool_spice_compare_noise(const struct tool_setup *setup,
                                         const struct tool_spice_params *params,
                                         struct tool_run *run,
                                         const struct tool_spice_sample *sample,
                                         struct sim_error *err);

#endif
