/* tools/device_view.h -- experiment: device
 *
 * What the devices of chip.coupling do, as a datasheet shows it:
 *
 *   /device/staircase    pulses up, then as many down, from the lowest
 *                        conductance
 *   /device/programming  what a write leaves of targets through the window
 *   /device/aging        these conductances as time goes on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DEVICE_VIEW_H
#define TOOL_DEVICE_VIEW_H

#include "sim/param.h"

/* The experiment's `device` section. */
struct tool_device_params {
  size_t devices;  // of each kind of measurement
  size_t pulses;   // of each direction
  size_t targets;
  size_t times;
  double longest;  // [s]
};
#define TOOL_DEVICE_N_PARAMS 5
extern const struct sim_param tool_device_table[TOOL_DEVICE_N_PARAMS];

#endif
