/* tools/spice_limits.h -- what a chip may have and a netlist cannot say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_LIMITS_H
#define TOOL_SPICE_LIMITS_H

#include <stdio.h>

#include "tools/setup.h"

/* Reject a chip with a curve that has no SPICE text, or whose phases are more
 * than its circuit: converters and memories work between them, on numbers that
 * are no voltages of it. The message names the first key that asks for one. */
enum sim_status tool_spice_check_chip(const struct tool_setup *setup,
                                      struct sim_error *err);

/* Reject noise with a memory, which `.noise` of a netlist does not have. */
enum sim_status tool_spice_check_noise(const struct tool_setup *setup,
                                       struct sim_error *err);

/* The same of a key that is not read yet. */
enum sim_status tool_spice_refuse_noise(const struct sim_where *where,
                                        struct sim_error *err);

/* One line after `prefix` for each noise of the chip: phases of a netlist have
 * none. */
void tool_spice_warn(FILE *file, const char *prefix,
                     const struct tool_setup *setup);

#endif
