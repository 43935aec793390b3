/* models/adjoint.h -- exact gradient at the free equilibrium
 *
 *   dL/dtheta = -a^T d2E/(ds dtheta),   H a = dL/ds,   L = 1/2 |v - u|^2
 *
 * by the small-signal response (models/small_signal.h) at states settled to a
 * residual of the caller's choice. It is the limit of the
 * equilibrium-propagation estimate for beta -> 0. On a chip with separate
 * directions, which has no energy, it is the true gradient of the chip's loss
 * for a change of a weight in both directions alike, and equilibrium
 * propagation differs from it (models/small_signal.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_ADJOINT_H
#define MODEL_ADJOINT_H

#include "models/learning.h"
#include "models/settler.h"

struct model_adjoint_quality {
  double residual;       // [1] worst net current at the equilibria used
  size_t n_not_minimum;  // samples whose Hessian is not positive definite
  size_t n_unsolved;     // samples whose solution missed the tolerance
  double loss;           // [1] mean over samples and pixels of (v - u)^2
};

/* gradient (n_parameters) of the mean over the batch of L, at equilibria
 * found by the analysis of `settling`, without the chip's noise. */
enum sim_status model_adjoint_gradient(const struct model_network *net,
                                       const struct model_learning *rule,
                                       const struct model_settling *settling,
                                       const struct model_batch *batch,
                                       double *gradient,
                                       struct model_adjoint_quality *quality,
                                       struct sim_error *err);

#endif
