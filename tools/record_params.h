/* tools/record_params.h -- the experiment's `record` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_RECORD_PARAMS_H
#define TOOL_RECORD_PARAMS_H

#include "sim/param.h"

struct tool_record_params {
  size_t transients;         // samples whose transients are kept
  size_t every;              // epochs, when training
  struct sim_time interval;  // between two points
};
#define TOOL_RECORD_N_PARAMS 3
extern const struct sim_param tool_record_table[TOOL_RECORD_N_PARAMS];

#endif
