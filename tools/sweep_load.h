/* tools/sweep_load.h -- the experiment of one run of a sweep
 *
 * It is that of the sweep, resolved, with the settings of a point above it. A
 * preset among the settings brings all of its values, also above what the
 * sweep's own `chip` says; other settings of the point go before them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_LOAD_H
#define TOOL_SWEEP_LOAD_H

#include "tools/experiment.h"

// What messages call the text of the base.
#define TOOL_SWEEP_BASE "sweep.base"

/* An empty config, to be filled with settings. The caller destroys *out. */
enum sim_status tool_sweep_config(struct sim_config **out,
                                  struct sim_error *err);

/* The entry of a key that the runs of a sweep may differ in; NULL and
 * SIM_ECONFIG for any other. */
const struct sim_param *tool_sweep_key(const struct tool_experiment *sweep,
                                       const char *key, struct sim_error *err);

/* Put a setting into `config`: the value of `key`, or, where that is "none",
 * those of the keys of a section, "{chip.preset: pcm, seed: 2}". Relative
 * paths start at sweep.folder. SIM_ECONFIG for what is no such section, no such
 * key or set already. */
enum sim_status tool_sweep_put(const struct tool_experiment *sweep,
                               const char *key, const char *setting,
                               struct sim_config *config,
                               struct sim_error *err);

/* Read settings with the experiment of the text `base` (tool_experiment_text)
 * beneath them; `config` is no use afterwards. */
enum sim_status tool_sweep_read(struct tool_experiment *run,
                                struct sim_config *config, const char *base,
                                struct sim_error *err);

#endif
