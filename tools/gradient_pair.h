/* tools/gradient_pair.h -- the gradient a chip measures, and its exact one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_GRADIENT_PAIR_H
#define TOOL_GRADIENT_PAIR_H

#include "models/adjoint.h"
#include "models/controller.h"
#include "tools/setup.h"

struct tool_gradient_pair {
  double *measured;               // (n_parameters) owned
  double *adjoint;                // (n_parameters) owned
  struct model_measurement seen;  // of the phases
  struct model_adjoint_quality reference;
};

/* On failure nothing is left to finish. */
enum sim_status tool_gradient_pair_init(struct tool_gradient_pair *pair,
                                        const struct tool_setup *setup,
                                        struct sim_error *err);
void tool_gradient_pair_finish(struct tool_gradient_pair *pair);

/* How the adjoint's states are settled: longer, and to a lower residual, than
 * a phase (`gradient.reference`, `gradient.until`). */
struct model_settling tool_gradient_settling(const struct tool_setup *setup);

/* Run the phases of a batch on the chip as it is, and solve for the adjoint
 * gradient of the same chip, without its noise. */
enum sim_status tool_gradient_pair_find(struct tool_gradient_pair *pair,
                                        const struct tool_setup *setup,
                                        const struct model_batch *batch,
                                        struct sim_error *err);

#endif
