/* tools/sweep_imperfections.h -- an axis that switches a chip's imperfections
 *
 * Its key is `sources`, its settings are words:
 *
 *   none           an ideal chip of this design
 *   all            the chip as it is
 *   fabrication    imperfections of that kind (tools/imperfections.h)
 *   operation      the others
 *   only NAME      one that the experiment has switched on
 *   without NAME   all but this one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_IMPERFECTIONS_H
#define TOOL_SWEEP_IMPERFECTIONS_H

#include "tools/experiment.h"
#include "tools/imperfections.h"

#define TOOL_IMPERFECTIONS_KEY "sources"

/* Those that are on, as indices of tool_imperfections. */
struct tool_sweep_imperfections {
  size_t n;
  size_t index[TOOL_N_IMPERFECTIONS];
};

/* Find those that are on in the experiment with the text `base`
 * (tool_experiment_text): those whose off values would change it. */
enum sim_status tool_sweep_imperfections_find(
    struct tool_sweep_imperfections *on, const char *base,
    struct sim_error *err);

/* Number of words, and the i-th one into `word`: none, all, each kind of which
 * there is one, then only and without each of them. */
size_t tool_sweep_imperfections_count(
    const struct tool_sweep_imperfections *on);
void tool_sweep_imperfections_word(const struct tool_sweep_imperfections *on,
                                   size_t i, char word[SIM_ITEM_MAX]);

/* Fail with SIM_ECONFIG when `word` is none of these. */
enum sim_status tool_sweep_imperfections_check(
    const struct tool_sweep_imperfections *on, const char *word,
    struct sim_error *err);

/* Put the off values of all that `word` does not keep into `config`. */
enum sim_status tool_sweep_imperfections_apply(
    const struct tool_sweep_imperfections *on, const char *word,
    struct sim_config *config, struct sim_error *err);

/* --- words alone --- */

/* Does `word` keep this one on? */
bool tool_sweep_word_keeps(const char *word,
                           const struct tool_imperfection *imperfection);

/* NAME of "only NAME", else NULL. */
const char *tool_sweep_word_only(const char *word);

/* The word that keeps what `word` does not, into `rest`; false for `none` and
 * `without NAME`, which are themselves the rest of another one. */
bool tool_sweep_word_rest(const char *word, char rest[SIM_ITEM_MAX]);

#endif
