/* tools/device_picture.h -- device.png from /device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DEVICE_PICTURE_H
#define TOOL_DEVICE_PICTURE_H

#include "sim/error.h"

/* Three panels, drawn by gnuplot: staircase, error of programming, aging.
 * Without gnuplot, or without /device, there is no picture and that is no
 * failure. */
enum sim_status tool_device_picture(const char *folder, struct sim_error *err);

#endif
