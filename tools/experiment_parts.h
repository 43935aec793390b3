/* tools/experiment_parts.h -- inside the reading of an experiment file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_EXPERIMENT_PARTS_H
#define TOOL_EXPERIMENT_PARTS_H

#include "tools/experiment.h"

/* Reject values that are each in range but do not fit together. */
enum sim_status tool_experiment_check(const struct tool_experiment *experiment,
                                      const struct sim_config *config,
                                      struct sim_error *err);

/* Note where the keys stand that are also checked when the file is closed. */
void tool_experiment_keep_places(struct tool_experiment *experiment,
                                 const struct sim_config *config);

#endif
