/* models/small_signal.h -- nudged states in the limit of a vanishing nudge
 *
 *   H a = dC/ds,   C = 1/2 |v - u|^2,   v = alpha lambda (x* - x_t)
 *   s+- = s* -+ beta a + O(beta^2)
 *
 * with H the Hessian of E + lambda/2 |x - x_t|^2 at the free equilibrium: the
 * circuit linearised around its operating point. The outputs move by
 * q = r' o a per unit of -beta, and
 *
 *   d/de [dPhi/dW_l] = q_(l+1) r_l^T + r_(l+1) q_l^T
 *                    = 1/2 [(r+q)(r+q)^T - (r-q)(r-q)^T]
 *
 * is a difference of two correlations, like that of the measured phases
 * (models/correlation.h), and exact. The gradient it gives is the adjoint
 * gradient dL/dtheta = -a^T d2E/(ds dtheta).
 *
 * A chip without an energy has M = -d(C ds/dt)/ds, not symmetric, instead of
 * H. Its nudged states are M a = dC/ds, what equilibrium propagation sees,
 * while its true gradient (MODEL_ADJOINT) is that of M^T a = dC/ds with the
 * gain of each input stage in place of r', for a change of a weight in both
 * directions alike.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_SMALL_SIGNAL_H
#define MODEL_SMALL_SIGNAL_H

#include "models/conjugate.h"
#include "models/linear.h"
#include "models/phases.h"

struct model_small_signal {
  bool is_symmetric;               // which of the two solvers is set up
  struct model_conjugate solver;   // of an ideal chip
  struct model_linear linear;      // of any other
  double *b;                       // (n_nodes x n_lanes) dC/ds
  double *a;                       // (n_nodes x n_lanes)
  enum model_conjugate_end *ends;  // (n_lanes) how the lanes of a ended
};

/* `tolerance` [1] is relative; a network without energy is solved to
 * rounding. On failure nothing is left to finish. */
enum sim_status model_small_signal_init(struct model_small_signal *signal,
                                        const struct model_network *net,
                                        size_t n_lanes, double tolerance,
                                        struct sim_error *err);
void model_small_signal_finish(struct model_small_signal *signal);

/* Solve for a at the end of the free phase of `phases`, and write r + q and
 * r - q (n_nodes x n_lanes), zero in idle lanes. */
void model_small_signal_solve(struct model_small_signal *signal,
                              const struct model_phases *phases, double *plus,
                              double *minus);

#endif
