/* tools/noise_params.h -- the experiment's `noise_budget` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_NOISE_PARAMS_H
#define TOOL_NOISE_PARAMS_H

#include "models/learning.h"
#include "sim/param.h"

struct tool_noise_params {
  size_t samples;
  size_t epoch;               // whose draws make the batch
  size_t batch;               // samples of an update; 0: all there are
  double target_snr;          // [1] of the batch's gradient
  struct sim_reals nudges;    // [1] times learning.nudge; none: the usual ones
  struct sim_reals windows;   // [tau]
  struct sim_time reference;  // longest settling of an equilibrium
  double until;               // [1] residual of an equilibrium
};
#define TOOL_NOISE_N_PARAMS 8
extern const struct sim_param tool_noise_table[TOOL_NOISE_N_PARAMS];

#define TOOL_NOISE_MAX_NODES 1500u  // a Jacobian is analysed for each sample
// With devices that err, the gradient for each weight.
#define TOOL_NOISE_MAX_ERRING 500u

/* The nudges [1] (at most SIM_LIST_MAX) whose bias is measured; returns how
 * many. The usual ones leave out those that the spring does not hold. */
size_t tool_noise_nudges(const struct tool_noise_params *params,
                         const struct model_learning *rule, double *nudge);

/* Reject what does not fit the rule or the chip. */
enum sim_status tool_noise_params_check(const struct tool_noise_params *params,
                                        const struct model_learning *rule,
                                        size_t n_nodes,
                                        const struct sim_config *config,
                                        struct sim_error *err);

#endif
