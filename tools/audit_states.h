/* tools/audit_states.h -- the states behind a gradient, and how they settle
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_AUDIT_STATES_H
#define TOOL_AUDIT_STATES_H

#include "models/learning.h"
#include "tools/run.h"
#include "tools/setup.h"

/* Write and say what `gradient.modes` and `gradient.compare_transient` ask
 * for. */
enum sim_status tool_audit_states(const struct tool_setup *setup,
                                  struct tool_run *run,
                                  const struct model_batch *batch,
                                  struct sim_error *err);

#endif
