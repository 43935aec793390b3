/* tools/sweep_picture.h -- sweep.png: what was measured against the settings
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_PICTURE_H
#define TOOL_SWEEP_PICTURE_H

#include "sim/error.h"

/* When run.h5 in the folder has a sweep, write its tables, and draw the mean
 * and standard deviation over the chips of each result (rows) into sweep.png,
 * unless gnuplot is missing: a curve along the first axis for each setting of
 * the others, or, where these are too many, all points against each axis. */
enum sim_status tool_sweep_picture(const char *folder, struct sim_error *err);

#endif
