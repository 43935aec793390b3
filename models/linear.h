/* models/linear.h -- linear response of any network, sample by sample
 *
 *   M a = b   or   M^T a = b,   M = -d(C ds/dt)/ds
 *
 * by LU decomposition of the dense matrix (sim/dense.h). For networks whose M
 * is not symmetric; models/conjugate.h is faster for those with an energy.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_LINEAR_H
#define MODEL_LINEAR_H

#include "models/conjugate.h"
#include "models/network.h"
#include "sim/dense.h"

struct model_linear {
  const struct model_network *net;  // not owned
  struct model_work work;           // of one sample
  struct sim_dense dense;           // M
  double *s;                        // (n_nodes) one sample's state
  double *x;                        // (n_nodes) right-hand side, solution
  double *anchor;                   // (n_visible) zero: M does not depend on it
  double *scratch;                  // (2 n_nodes)
};

/* On failure nothing is left to finish. */
enum sim_status model_linear_init(struct model_linear *linear,
                                  const struct model_network *net,
                                  struct sim_error *err);
void model_linear_finish(struct model_linear *linear);

/* Solve for a (n_nodes x n_lanes) with right-hand side b at state s, both of
 * the same shape, under the conductances of `drive`. A lane whose M is singular
 * ends as MODEL_UNSOLVED with a = 0, the others as MODEL_SOLVED. */
void model_linear_solve(struct model_linear *linear,
                        const struct model_drive *drive, bool is_transposed,
                        size_t n_lanes, const double *s, const double *b,
                        double *a, enum model_conjugate_end *ends);

#endif
