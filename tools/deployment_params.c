/* tools/deployment_params.c -- the experiment's `deployment` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/deployment_params.h"

// clang-format off
#define DEPLOY(f) SIM_FIELD(struct tool_deployment_params, f)
const struct sim_param tool_deployment_table[TOOL_DEPLOYMENT_N_PARAMS] = {
    {.name = "retune_epochs", .kind = SIM_COUNT, DEPLOY(retune_epochs),
     SIM_WITHIN(1, 1e9), .initial = "50",
     .help = "epochs of training on the chip after the transfer"},
    {.name = "chips", .kind = SIM_COUNT, DEPLOY(chips), SIM_WITHIN(1, 1000),
     .initial = "1",
     .help = "fabricated chips that get the same weights, counted from "
             "chip.number on"},
};
// clang-format on
