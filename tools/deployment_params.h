/* tools/deployment_params.h -- the experiment's `deployment` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DEPLOYMENT_PARAMS_H
#define TOOL_DEPLOYMENT_PARAMS_H

#include "sim/param.h"

struct tool_deployment_params {
  size_t retune_epochs;  // of training after a transfer
  size_t chips;          // fabricated ones, from chip.number on
};
#define TOOL_DEPLOYMENT_N_PARAMS 2
extern const struct sim_param tool_deployment_table[TOOL_DEPLOYMENT_N_PARAMS];

#endif
