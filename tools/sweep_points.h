/* tools/sweep_points.h -- is every point of a sweep possible?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_POINTS_H
#define TOOL_SWEEP_POINTS_H

#include "tools/experiment.h"

/* Read the experiments of all points of a checked sweep, to find what does not
 * fit together before anything is written. The message names the point, and
 * the place in the files of `source` of what is wrong there: an axis, or a key
 * of the base. */
enum sim_status tool_sweep_check_points(const struct tool_experiment *sweep,
                                        const struct tool_source *source,
                                        struct sim_error *err);

#endif
