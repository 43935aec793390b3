/* tools/audit_compare.h -- operating points beside the ends of transients
 *
 * A network may have several equilibria for one sample. A transient ends in
 * the one downhill of its start; the descent to an operating point is another
 * way down and may end elsewhere.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_AUDIT_COMPARE_H
#define TOOL_AUDIT_COMPARE_H

#include "models/equilibrium.h"
#include "tools/run.h"
#include "tools/setup.h"

/* Write and say how often, and by how much, the states of one batch found in
 * both ways differ. */
enum sim_status tool_audit_compare(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_equilibria *points,
                                   const struct model_equilibria *ends,
                                   struct sim_error *err);

#endif
