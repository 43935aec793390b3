/* tools/train_params.c -- the experiment's `train` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/train_params.h"

// clang-format off
#define TRAINING(f) SIM_FIELD(struct tool_train_params, f)
const struct sim_param tool_train_table[TOOL_TRAIN_N_PARAMS] = {
    {.name = "epochs", .kind = SIM_COUNT, TRAINING(epochs),
     SIM_WITHIN(1, 1e9), .initial = "2000", .help = "updates of the weights"},
    {.name = "batch", .kind = SIM_COUNT, TRAINING(batch), SIM_WITHIN(1, 1e9),
     .initial = "all", .word = "all", .help = "samples of an epoch"},
    {.name = "checkpoint_every", .kind = SIM_COUNT,
     TRAINING(checkpoint_every), SIM_WITHIN(1, 1e9), .initial = "50",
     .help = "epochs between two checkpoints"},
    {.name = "preview_every", .kind = SIM_COUNT, TRAINING(preview_every),
     SIM_WITHIN(0, 1e9), .initial = "50",
     .help = "epochs between two sheets of samples; 0: only at the end"},
    {.name = "preview_samples", .kind = SIM_COUNT,
     TRAINING(preview_samples), SIM_WITHIN(1, 1e6), .initial = "100",
     .help = "samples drawn for a preview"},
};
// clang-format on
