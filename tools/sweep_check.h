/* tools/sweep_check.h -- is a sweep possible?
 *
 * Asked in this order, before anything is written. The answer no is SIM_ECONFIG
 * with the place in the file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_CHECK_H
#define TOOL_SWEEP_CHECK_H

#include "tools/experiment.h"

/* Has it an axis? */
enum sim_status tool_sweep_check_measure(
    const struct tool_experiment *experiment, const struct sim_config *config,
    struct sim_error *err);

/* Once what is measured has been checked: has each axis such a key and such
 * settings, and do the other keys of the sweep fit? */
enum sim_status tool_sweep_check(const struct tool_experiment *experiment,
                                 const struct sim_config *config,
                                 struct sim_error *err);

#endif
