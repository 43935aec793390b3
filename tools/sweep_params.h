/* tools/sweep_params.h -- what an experiment file says about a sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_PARAMS_H
#define TOOL_SWEEP_PARAMS_H

#include "sim/param.h"

#define TOOL_SWEEP_AXES 3

enum tool_sweep_design { TOOL_GRID, TOOL_LATIN_HYPERCUBE };
enum tool_sweep_spacing { TOOL_LINEAR, TOOL_LOGARITHMIC };

/* One key and its settings: `points` between two bounds, or a list. */
struct tool_sweep_axis_params {
  char key[SIM_TEXT_MAX];  // "sources"; "none" for no axis, or for sections
  char from[SIM_TEXT_MAX];
  char to[SIM_TEXT_MAX];
  size_t points;
  int spacing;              // enum tool_sweep_spacing
  struct sim_texts values;  // none: from, to, points
};

struct tool_sweep_params {
  int measure;                // enum tool_kind, what each run does
  char base[SIM_TEXT_MAX];    // "none", also once its keys have been taken over
  char folder[SIM_TEXT_MAX];  // where paths among the settings start
  int design;                 // enum tool_sweep_design
  size_t points;              // of a Latin hypercube
  size_t chips;               // at each point
  struct sim_texts collect;   // none: those of the kind
  struct sim_reals quantiles;
  struct sim_texts pass;
  double confidence;  // [1] of the yield's interval
  struct tool_sweep_axis_params axes[TOOL_SWEEP_AXES];
};

#define TOOL_SWEEP_N_PARAMS 13
extern const struct sim_param tool_sweep_table[TOOL_SWEEP_N_PARAMS];

/* The folder of the file, for an experiment that does not say sweep.folder. */
void tool_sweep_place(struct tool_sweep_params *sweep,
                      const struct sim_config *config);

#endif
