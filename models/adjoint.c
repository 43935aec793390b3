/* models/adjoint.c -- exact gradient at the free equilibrium
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/adjoint.h"

#include "models/controller.h"

#define TOLERANCE 1e-11

enum sim_status model_adjoint_gradient(const struct model_network *net,
                                       const struct model_learning *rule,
                                       const struct model_settling *settling,
                                       const struct model_batch *batch,
                                       double *gradient,
                                       struct model_adjoint_quality *quality,
                                       struct sim_error *err) {
  struct model_learning exact = *rule;
  struct model_settling quiet = *settling;
  struct model_controller *controller;
  struct model_measurement seen;
  quiet.is_quiet = true;
  quiet.window = 0;
  exact.nudged_states = MODEL_ADJOINT;
  exact.linear_tolerance = TOLERANCE;
  if (model_controller_create(&controller, &exact, &quiet, net, batch->n,
                              err)) {
    return err->status;
  }
  const enum sim_status status =
      model_controller_measure(controller, batch, gradient, &seen, err);
  if (status == SIM_OK) {
    *quality = (struct model_adjoint_quality){
        .residual = seen.worst_residual,
        .n_not_minimum = seen.n_not_minimum,
        .n_unsolved = seen.n_unsolved,
        .loss = seen.loss,
    };
  }
  model_controller_destroy(controller);
  return status;
}
