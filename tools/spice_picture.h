/* tools/spice_picture.h -- both transients on each other
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_PICTURE_H
#define TOOL_SPICE_PICTURE_H

#include "sim/error.h"

/* spice_transients.png from /spice/transient of run.h5 in the folder, drawn by
 * gnuplot: simrun as lines, ngspice as points. Nothing happens without gnuplot
 * or without transients. */
enum sim_status tool_spice_picture(const char *folder, struct sim_error *err);

#endif
