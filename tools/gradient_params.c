/* tools/gradient_params.c -- the experiment's `gradient` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/gradient_params.h"

#include "tools/kinds.h"

static const char *const audits[] = {"auto", "always", "never", NULL};

// clang-format off
#define AUDIT(f) SIM_FIELD(struct tool_gradient_params, f)
const struct sim_param tool_gradient_table[TOOL_GRADIENT_N_PARAMS] = {
    {.name = "audit", .kind = SIM_CHOICE, AUDIT(audit), .choices = audits,
     .initial = "auto", .uses = TOOL_USE(TRAIN),
     .help = "audits while training, whose results do not depend on them; "
             "auto: of a chip with noise, with errors of converters, memory "
             "or sources, or without an energy"},
    {.name = "every", .kind = SIM_COUNT, AUDIT(every), SIM_WITHIN(1, 1e9),
     .initial = "100", .uses = TOOL_USE(TRAIN),
     .help = "epochs between two audits; the first epoch has one as well"},
    {.name = "samples", .kind = SIM_COUNT, AUDIT(samples),
     SIM_WITHIN(1, 1e9), .initial = "256",
     .help = "samples of an audit, the first of an epoch; while training, at "
             "most those of the batch"},
    {.name = "epoch", .kind = SIM_COUNT, AUDIT(epoch), SIM_WITHIN(0, 1e15),
     .initial = "0", .uses = TOOL_USE(GRADIENT),
     .help = "epoch whose draws make the batch"},
    {.name = "reference", .kind = SIM_TIME, AUDIT(reference), SIM_ABOVE(0),
     .initial = "3000 tau",
     .help = "longest settling of the adjoint's reference states"},
    {.name = "until", .kind = SIM_REAL, AUDIT(until), SIM_ABOVE(0),
     .initial = "1e-8",
     .help = "residual at which the reference states are settled"},
    {.name = "modes", .kind = SIM_COUNT, AUDIT(modes),
     SIM_WITHIN(0, TOOL_MAX_MODES), .initial = "0", .uses = TOOL_USE(GRADIENT),
     .help = "slowest settling modes (poles) of each sample around its "
             "reference state, with their time constants; equal ones count "
             "once"},
    {.name = "compare_transient", .kind = SIM_BOOL, AUDIT(compare_transient),
     .initial = "false", .uses = TOOL_USE(GRADIENT),
     .help = "settle each sample twice to `until`, as an operating point and "
             "in time for at most `reference`, and count those that end in "
             "different equilibria: a node more than 1e-3 voltage_unit "
             "apart"},
};
// clang-format on
