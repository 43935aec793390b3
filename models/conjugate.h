/* models/conjugate.h -- H a = b for all lanes of a tile at once
 *
 * Couplings join even layers with odd ones only, so with the diagonal D of H
 * and S = r' o couplings o r' between the two
 *
 *   D_e a_e = b_e + S a_o,   (D_o - S^T D_e^-1 S) a_o = b_o + S^T D_e^-1 b_e
 *
 * The second, reduced system is solved by conjugate gradients preconditioned
 * by D_o: half the products that the whole system needs (Hageman & Young,
 * Applied Iterative Methods, 1981, ch. 8), each of the same cost. In terms of
 * z = D_o^1/2 a_o its matrix is
 *
 *   1 - G^T P G,   G = couplings o r'_o D_o^-1/2,   P = r'_e^2 D_e^-1
 *
 * Each lane has its own coefficients, and leaves the pool (models/pool.h) when
 * it is solved.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_CONJUGATE_H
#define MODEL_CONJUGATE_H

#include "models/network.h"
#include "models/pool.h"

struct model_conjugate {
  const struct model_network *net;  // not owned
  size_t n_lanes;
  double tolerance;   // [1] |H a - b| / |b|, squares weighted by 1/diagonal
  size_t max_rounds;  // products with the reduced matrix
  size_t all_rounds;  // of all samples so far
  // of the tile
  double *inverse;  // (n_nodes x n_lanes) 1/diagonal of H, 1 where it is <= 0;
                    // its root in odd layers
  double *factor;   // (n_nodes x n_lanes) of G in odd layers, P in even ones
  double *rest;     // (n_nodes x n_lanes) right-hand side of the odd layers
  double *goal;     // (n_lanes) square of the residual of a solution
  // of the pool
  struct model_pool pool;
  struct model_conjugate_lanes {
    double *factor;     // (n_nodes x width)
    double *residual;   // (n_nodes x width) of the odd layers
    double *direction;  // (n_nodes x width) of the odd layers
    double *solution;   // (n_nodes x width) z, of the odd layers
    double *product;    // (n_nodes x width)
    double *norm;       // (width) square of the residual
    double *bend;       // (width) direction.product
    double *step;       // (width)
    double *n_rounds;   // (width) [1]
  } at;
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
 * `work` was filled; `conductance` is the drive's. ends (n_lanes). Lanes from
 * n_samples on are idle: what a and ends hold there means nothing. */
void model_conjugate_solve(struct model_conjugate *solver, double conductance,
                           size_t n_samples, const double *s,
                           const struct model_work *work, const double *b,
                           double *a, enum model_conjugate_end *ends);

#endif
