/* tools/commands.h -- one function for each kind of experiment
 *
 * Each works on a finished setup and an open run folder, and returns how the
 * run ended.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "tools/run.h"
#include "tools/setup.h"

typedef enum sim_status tool_command(struct tool_setup *setup,
                                     struct tool_run *run,
                                     struct sim_error *err);

tool_command tool_train;
tool_command tool_generate;
tool_command tool_gradient;
tool_command tool_transient;
tool_command tool_device;
tool_command tool_spice_check;
tool_command tool_sweep;
tool_command tool_noise_budget;
tool_command tool_deployment;

/* Of each kind. */
extern tool_command *const tool_commands[TOOL_N_KINDS];

#endif
