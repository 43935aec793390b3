/* tools/spice_params.h -- the experiment's `spice_check` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_PARAMS_H
#define TOOL_SPICE_PARAMS_H

#include <stdbool.h>

#include "models/learning.h"
#include "sim/param.h"
#include "sim/transient.h"

struct tool_spice_params {
  size_t samples;
  bool transient;
  size_t noise_nodes;  // spread over the chip; 0: all
  bool noise;
  struct sim_time max_step;  // of ngspice
  double reltol;             // [1]
  double vntol;              // [V]
  double abstol;             // [A]
};
#define TOOL_SPICE_N_PARAMS 8
extern const struct sim_param tool_spice_table[TOOL_SPICE_N_PARAMS];

/* Reject what ngspice cannot follow in time: noise, or a phase without a fixed
 * end. */
enum sim_status tool_spice_params_check(const struct tool_spice_params *params,
                                        const struct sim_settle_params *settle,
                                        bool is_noisy,
                                        const struct sim_config *config,
                                        struct sim_error *err);

#endif
