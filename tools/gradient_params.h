/* tools/gradient_params.h -- the experiment's `gradient` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_GRADIENT_PARAMS_H
#define TOOL_GRADIENT_PARAMS_H

#include <stdbool.h>

#include "sim/param.h"

#define TOOL_MAX_MODES 64

enum tool_audit { TOOL_AUDIT_AUTO, TOOL_AUDIT_ALWAYS, TOOL_AUDIT_NEVER };

struct tool_gradient_params {
  int audit;     // enum tool_audit, in training
  size_t every;  // epochs between two audits in training
  size_t samples;
  size_t epoch;               // whose draws make the batch
  struct sim_time reference;  // longest settling of the adjoint's states
  double until;               // [1] residual of the adjoint's states
  size_t modes;               // slowest settling modes of each sample
  bool compare_transient;     // operating points with ends of transients
};
#define TOOL_GRADIENT_N_PARAMS 8
extern const struct sim_param tool_gradient_table[TOOL_GRADIENT_N_PARAMS];

#endif
