/* tools/sweep_picture.h -- sweep.png: what was measured against the settings
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_PICTURE_H
#define TOOL_SWEEP_PICTURE_H

#include "sim/error.h"

/* Draw the mean and standard deviation over the chips of each result (rows)
 * against each axis (columns) into sweep.png, when run.h5 in the folder has a
 * sweep; nothing else happens without one, or without gnuplot. */
enum sim_status tool_sweep_picture(const char *folder, struct sim_error *err);

#endif
