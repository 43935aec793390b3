/* tools/presets.h -- simrun --describe presets
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_PRESETS_H
#define TOOL_PRESETS_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/error.h"

/* Does the key (nullable) of --describe ask for presets? */
bool tool_presets_asked(const char *key);

/* Key "presets": a line for each; "presets.NAME": the file itself. SIM_ECONFIG
 * when there is none of that name. */
enum sim_status tool_presets_describe(FILE *file, const char *key,
                                      struct sim_error *err);

#endif
