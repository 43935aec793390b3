/* tools/train_params.h -- the experiment's `train` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_TRAIN_PARAMS_H
#define TOOL_TRAIN_PARAMS_H

#include "sim/param.h"

struct tool_train_params {
  size_t epochs;
  size_t batch;             // 0: all images
  size_t checkpoint_every;  // epochs
  size_t preview_every;     // epochs; 0: only at the end
  size_t preview_samples;
};
#define TOOL_TRAIN_N_PARAMS 5
extern const struct sim_param tool_train_table[TOOL_TRAIN_N_PARAMS];

#endif
