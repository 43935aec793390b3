/* tools/energy_heat.h -- where the heat of a phase arises, in file and words
 *
 *   /energy/OF/heat/...     by kind of conductance, layer and array
 *   /energy/OF/devices/...  of every leak, spring, nudge and cross-point
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_ENERGY_HEAT_H
#define TOOL_ENERGY_HEAT_H

#include "models/chip.h"
#include "models/heat.h"
#include "tools/run.h"

/* Heat of a phase, a sample or an image of this chip. */
struct tool_energy_heat {
  const struct model_chip *chip;
  const struct model_heat *places;
  double amplifiers;  // [J] their supply
};

/* Below /energy/`group`, in an open block; `err` keeps the first failure. */
void tool_energy_heat_write(struct tool_run *run, const char *group,
                            const struct tool_energy_heat *heat,
                            struct sim_error *err);
enum sim_status tool_energy_heat_write_devices(
    struct tool_run *run, const char *group,
    const struct tool_energy_heat *heat, struct sim_error *err);

/* A table of `what`. */
void tool_energy_heat_say(struct tool_run *run, const char *what,
                          const struct tool_energy_heat *heat);

#endif
