/* tools/record_params.c -- the experiment's `record` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/record_params.h"

#include "tools/kinds.h"

// clang-format off
#define RECORD(f) SIM_FIELD(struct tool_record_params, f)
const struct sim_param tool_record_table[TOOL_RECORD_N_PARAMS] = {
    {.name = "transients", .kind = SIM_COUNT, RECORD(transients),
     SIM_WITHIN(0, 32), .initial = "0",
     .uses = TOOL_USE(TRAIN) | TOOL_USE(TRANSIENT),
     .help = "samples of the batch whose transients are kept"},
    {.name = "every", .kind = SIM_COUNT, RECORD(every), SIM_WITHIN(1, 1e9),
     .initial = "100", .uses = TOOL_USE(TRAIN),
     .help = "epochs between two recordings"},
    {.name = "interval", .kind = SIM_TIME, RECORD(interval), SIM_ABOVE(0),
     .initial = "0.1 tau", .help = "between two points of a transient"},
};
// clang-format on
