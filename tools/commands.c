/* tools/commands.c -- one function for each kind of experiment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/commands.h"

tool_command *const tool_commands[TOOL_N_KINDS] = {
    [TOOL_TRAIN] = tool_train,
    [TOOL_GENERATE] = tool_generate,
    [TOOL_GRADIENT] = tool_gradient,
    [TOOL_TRANSIENT] = tool_transient,
    [TOOL_DEVICE] = tool_device,
    [TOOL_SPICE_CHECK] = tool_spice_check,
    [TOOL_SWEEP] = tool_sweep,
    [TOOL_NOISE_BUDGET] = tool_noise_budget,
    [TOOL_DEPLOYMENT] = tool_deployment,
};
