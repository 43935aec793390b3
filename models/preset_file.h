/* models/preset_file.h -- a preset beneath the experiment's own chip
 *
 * `chip.preset` names one that comes with the program, or is the path of a
 * user's own (with a slash, or ending in .yaml). What it says stands beneath
 * the experiment's own keys of `chip`, as defaults do; the experiment may
 * change any value within the ranges for which the preset's source holds. A
 * resolved experiment has all values of its own and keeps the preset for these
 * ranges.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_PRESET_FILE_H
#define MODEL_PRESET_FILE_H

#include "models/chip.h"
#include "sim/config.h"

// What messages call the file of a preset that ships with the program, before
// its name.
#define MODEL_PRESET_FILE "preset "

struct model_preset;

/* Read the preset that the experiment asks for and add what its `chip` lacks.
 * *out is NULL when it asks for none (`ideal`, `none`, or nothing); the caller
 * destroys it. A mistake is SIM_ECONFIG, with its place in the experiment or
 * in the preset. */
enum sim_status model_preset_apply(struct model_preset **out,
                                   struct sim_config *config,
                                   struct sim_error *err);
void model_preset_destroy(struct model_preset *preset);  // NULL is fine

/* Are the values (read from `config`) within the preset's `valid` ranges? */
enum sim_status model_preset_check(const struct model_preset *preset,
                                   const struct model_chip_params *chip,
                                   const struct sim_config *config,
                                   struct sim_error *err);

#endif
