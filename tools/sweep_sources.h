/* tools/sweep_sources.h -- an axis of a sweep that switches sources of error
 *
 * Its settings are words: `none` (an ideal chip of this design), `all`,
 * `fabrication`, `operation` (all sources of that kind), `only NAME` and
 * `without NAME`, where NAME is a source (tools/sources.h) that the experiment
 * has switched on.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_SOURCES_H
#define TOOL_SWEEP_SOURCES_H

#include "tools/experiment.h"
#include "tools/sources.h"

#define TOOL_SOURCES_KEY "sources"

/* The sources that are on, as indices of tool_sources. */
struct tool_sweep_sources {
  size_t n;
  size_t index[TOOL_N_SOURCES];
};

/* Find those that are on in the experiment with the text `base`
 * (tool_experiment_text): those whose off values would change it. */
enum sim_status tool_sweep_sources_find(struct tool_sweep_sources *sources,
                                        const char *base,
                                        struct sim_error *err);

/* Number of words, and the i-th one into `word`: none, all, each kind of which
 * there is a source, then only and without each of them. */
size_t tool_sweep_sources_count(const struct tool_sweep_sources *sources);
void tool_sweep_sources_word(const struct tool_sweep_sources *sources, size_t i,
                             char word[SIM_ITEM_MAX]);

/* Fail with SIM_ECONFIG when `word` is none of these. */
enum sim_status tool_sweep_sources_check(
    const struct tool_sweep_sources *sources, const char *word,
    struct sim_error *err);

/* Does `word` keep this source on? */
bool tool_sweep_sources_keeps(const char *word,
                              const struct tool_source *source);

/* Put the off values of all sources that `word` does not keep into `config`. */
enum sim_status tool_sweep_sources_apply(
    const struct tool_sweep_sources *sources, const char *word,
    struct sim_config *config, struct sim_error *err);

#endif
