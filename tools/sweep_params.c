/* tools/sweep_params.c -- what an experiment file says about a sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_params.h"

#include "tools/kinds.h"

static const char *const spacings[] = {"linear", "logarithmic", NULL};
static const char *const designs[] = {"grid", "latin_hypercube", NULL};

// clang-format off
#define AXIS(f) SIM_FIELD(struct tool_sweep_axis_params, f)
static const struct sim_param axis_table[] = {
    {.name = "key", .kind = SIM_TEXT, AXIS(key), .initial = "none",
     .word = "none",
     .help = "dotted key that is changed; sources: the imperfections of the "
             "chip that are on, one at a time and all but one (--describe "
             "sources); none: no such axis, or `values` say it"},
    {.name = "from", .kind = SIM_TEXT, AXIS(from), .initial = "none",
     .word = "none", .help = "first setting, with the unit of the key"},
    {.name = "to", .kind = SIM_TEXT, AXIS(to), .initial = "none",
     .word = "none", .help = "last setting"},
    {.name = "points", .kind = SIM_COUNT, AXIS(points), SIM_WITHIN(2, 10000),
     .initial = "5", .help = "settings from first to last, on a grid"},
    {.name = "spacing", .kind = SIM_CHOICE, AXIS(spacing),
     .choices = spacings, .initial = "linear",
     .help = "equal differences or equal ratios"},
    {.name = "values", .kind = SIM_TEXTS, AXIS(values), .initial = "none",
     .word = "none",
     .help = "settings of any key, in place of from, to and points; without "
             "a key, sections of keys such as {chip.preset: pcm}, whose values "
             "go before all others; of sources: none, all, fabrication, "
             "operation, only NAME, without NAME, all of these when left out"},
};

#define SWEEP(f) SIM_FIELD(struct tool_sweep_params, f)
const struct sim_param tool_sweep_table[TOOL_SWEEP_N_PARAMS] = {
    {.name = "measure", .kind = SIM_CHOICE, SWEEP(measure),
     .choices = tool_measured_names, .unless = "the base says it",
     .help = "the experiment that is run at each point"},
    {.name = "base", .kind = SIM_PATH, SWEEP(base), .initial = "none",
     .word = "none",
     .help = "experiment file that says what this one leaves out"},
    {.name = "folder", .kind = SIM_PATH, SWEEP(folder), .initial = ".",
     .help = "where relative paths among the settings start, by default the "
             "folder of this file"},
    {.name = "design", .kind = SIM_CHOICE, SWEEP(design), .choices = designs,
     .initial = "grid",
     .help = "all settings of each axis with all of the others, or `points` "
             "drawn so that each axis is covered evenly"},
    {.name = "points", .kind = SIM_COUNT, SWEEP(points), SIM_WITHIN(1, 10000),
     .initial = "16", .help = "points of a Latin hypercube"},
    {.name = "chips", .kind = SIM_COUNT, SWEEP(chips), SIM_WITHIN(1, 10000),
     .initial = "1",
     .help = "fabricated chips at each point, counted from chip.number on"},
    {.name = "collect", .kind = SIM_TEXTS, SWEEP(collect), .initial = "auto",
     .word = "auto",
     .help = "numbers kept of each run: datasets of its result file, with "
             "[i] or [i,j] an item, [i:] the mean from an item on, counted "
             "from the end when negative; auto: loss and quality, quality, "
             "or agreement of the gradients"},
    {.name = "quantiles", .kind = SIM_REALS, SWEEP(quantiles),
     SIM_WITHIN(0, 1), .initial = "[0.05, 0.25, 0.5, 0.75, 0.95]",
     .help = "quantiles over the chips of a point"},
    {.name = "pass", .kind = SIM_TEXTS, SWEEP(pass), .initial = "none",
     .word = "none",
     .help = "limits that a good chip keeps, such as "
             "\"/gradient/cosine >= 0.9\", each of something collected; the "
             "yield is the share of good chips"},
    {.name = "confidence", .kind = SIM_REAL, SWEEP(confidence),
     SIM_BETWEEN(0, 1), .initial = "0.95",
     .help = "of the yield's Wilson interval"},
    {.name = "x", .kind = SIM_SECTION, SWEEP(axes[0]), SIM_TABLE(axis_table),
     .help = "first axis"},
    {.name = "y", .kind = SIM_SECTION, SWEEP(axes[1]), SIM_TABLE(axis_table),
     .help = "second axis"},
    {.name = "z", .kind = SIM_SECTION, SWEEP(axes[2]), SIM_TABLE(axis_table),
     .help = "third axis, which changes fastest on a grid"},
};
// clang-format on

void tool_sweep_place(struct tool_sweep_params *sweep,
                      const struct sim_config *config) {
  const char *folder = sim_config_root(config)->directory;
  snprintf(sweep->folder, sizeof sweep->folder, "%s", folder[0] ? folder : ".");
}
