/* models/conjugate.h -- H a = b for all lanes of a tile at once
 *
 * Couplings join even layers with odd ones only, so with the diagonal D of H
 * and S = r' o couplings o r' between the two
 *
 *   D_e a_e = b_e + S a_o,   (D_o - S^T D_e^-1 S) a_o = b_o + S^T D_e^-1 b_e
 *
 * The second, reduced system is solved by conjugate gradients preconditioned
 * by D_o: half the products that the whole system needs (Hageman & Young,
 * Applied Iterative Methods, 1981, ch. 8), each of the same cost. Each lane
 * has its own coefficients and stops moving once it is solved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_CONJUGATE_H
#define MODEL_CONJUGATE_H

#include "models/network.h"

struct model_conjugate {
  const struct model_network *net;  // not owned
  size_t n_lanes;
  double tolerance;   // [1] |H a - b| / |b|, squares weighted by 1/diagonal
  size_t max_rounds;  // products with the reduced matrix
  double *diagonal;   // (n_nodes x n_lanes) of H
  double *inverse;    // (n_nodes x n_lanes) 1/diagonal, 1 where it is <= 0
  double *residual;   // (n_nodes x n_lanes) of the odd layers
  double *direction;  // (n_nodes x n_lanes) of the odd layers
  double *product;    // (n_nodes x n_lanes)
  double *scratch;    // (n_nodes x n_lanes)
  double *lane;       // (4 x n_lanes)
};

/* How a lane ended. */
enum model_conjugate_end {
  MODEL_SOLVED,
  MODEL_UNSOLVED,     // max_rounds were not enough
  MODEL_NOT_MINIMUM,  // H is not positive definite
};

/* On failure nothing is left to finish. */
enum sim_status model_conjugate_init(struct model_conjugate *solver,
                                     const struct model_network *net,
                                     size_t n_lanes, double tolerance,
                                     size_t max_rounds, struct sim_error *err);
void model_conjugate_finish(struct model_conjugate *solver);

/* Solve for a (n_nodes x n_lanes) with right-hand side b, at state s for which
 * `work` was filled; `conductance` is the drive's. ends (n_lanes). */
void model_conjugate_solve(struct model_conjugate *solver, double conductance,
                           const double *s, const struct model_work *work,
                           const double *b, double *a,
                           enum model_conjugate_end *ends);

#endif
