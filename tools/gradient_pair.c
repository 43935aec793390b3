/* tools/gradient_pair.c -- the gradient a chip measures, and its exact one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/gradient_pair.h"

#include <stdlib.h>

#include "sim/memory.h"

enum sim_status tool_gradient_pair_init(struct tool_gradient_pair *pair,
                                        const struct tool_setup *setup,
                                        struct sim_error *err) {
  const size_t n = setup->net.layout.n_parameters;
  *pair = (struct tool_gradient_pair){.measured = sim_alloc_doubles(n, err),
                                      .adjoint = sim_alloc_doubles(n, err)};
  if (!pair->measured || !pair->adjoint) {
    tool_gradient_pair_finish(pair);
    return err->status;
  }
  return SIM_OK;
}

void tool_gradient_pair_finish(struct tool_gradient_pair *pair) {
  free(pair->measured);
  free(pair->adjoint);
  *pair = (struct tool_gradient_pair){0};
}

struct model_settling tool_gradient_settling(const struct tool_setup *setup) {
  const struct tool_gradient_params *wanted = &setup->experiment->gradient;
  struct model_settling settling = setup->settling;
  settling.duration = wanted->reference.is_tau
                          ? wanted->reference.value
                          : wanted->reference.value / setup->chip->tau;
  settling.until = wanted->until;
  settling.keep_unsettled = true;
  settling.is_quiet = true;
  settling.window = 0;
  return settling;
}

static enum sim_status measure(struct tool_gradient_pair *pair,
                               const struct tool_setup *setup,
                               const struct model_batch *batch,
                               struct sim_error *err) {
  struct model_controller *controller;
  if (model_controller_create(&controller, &setup->experiment->learning,
                              &setup->settling, &setup->net, batch->n, err)) {
    return err->status;
  }
  const enum sim_status status = model_controller_measure(
      controller, batch, pair->measured, &pair->seen, err);
  model_controller_destroy(controller);
  return status;
}

enum sim_status tool_gradient_pair_find(struct tool_gradient_pair *pair,
                                        const struct tool_setup *setup,
                                        const struct model_batch *batch,
                                        struct sim_error *err) {
  const struct model_settling settling = tool_gradient_settling(setup);
  if (measure(pair, setup, batch, err)) {
    return err->status;
  }
  return model_adjoint_gradient(&setup->net, &setup->experiment->learning,
                                &settling, batch, pair->adjoint,
                                &pair->reference, err);
}
