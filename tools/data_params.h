/* tools/data_params.h -- the experiment's `data` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DATA_PARAMS_H
#define TOOL_DATA_PARAMS_H

#include "sim/param.h"

struct tool_data_params {
  char file[SIM_TEXT_MAX];
  char labels_file[SIM_TEXT_MAX];  // "none"
  char images[SIM_TEXT_MAX];       // name in an HDF5 file
  char labels[SIM_TEXT_MAX];       // name in an HDF5 file
  struct sim_reals range;          // [1] (2)
  struct sim_reals full_scale;     // (2) in the unit of the file; none: auto
};
#define TOOL_DATA_N_PARAMS 6
extern const struct sim_param tool_data_table[TOOL_DATA_N_PARAMS];

#endif
