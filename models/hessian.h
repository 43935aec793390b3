/* models/hessian.h -- second derivatives of a network's energy
 *
 * Of a network without one (model_network_has_energy), only the Jacobian and
 * the curvature, here the change k r'' of the input stage's gain, apply.
 *
 *   H p = (leak + g) p - r'' o (dPhi/da) o p - r' o couplings(r' o p)
 *
 * with g, the conductance of the drive, on visible nodes only. Arrays as in
 * models/network.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_HESSIAN_H
#define MODEL_HESSIAN_H

#include "models/network.h"

/* True when `conductance` below can say what is connected to the visible
 * nodes, and there is an H: an energy, and springs that do not differ. */
bool model_hessian_applies(const struct model_network *net);

/* r'' of all nodes at state s, 0 where the input stage's gain is constant: in
 * layer 0 and of hopfield neurons. */
void model_hessian_curvature(const struct model_network *net, size_t n_lanes,
                             const double *s, double *curvature);

/* product = H p at the state for which `work` was filled by
 * model_network_rate and `curvature` by model_hessian_curvature. p, product
 * and scratch (n_nodes x n_lanes), three different arrays. */
void model_hessian_product(const struct model_network *net, double conductance,
                           const struct model_work *work,
                           const double *curvature, const double *p,
                           double *product, double *scratch);

/* Diagonal of H (n_nodes x n_lanes). */
void model_hessian_diagonal(const struct model_network *net, double conductance,
                            const struct model_work *work,
                            const double *curvature, double *diagonal);

/* d(rate_i)/d(s_j) (n_nodes x n_nodes), row-major, for a tile of one lane;
 * scratch (2 n_nodes). */
void model_hessian_jacobian(const struct model_network *net,
                            const struct model_drive *drive, const double *s,
                            double *jacobian, struct model_work *work,
                            double *scratch);

/* M = -C d(rate)/ds, the same as net currents with their sign turned: H where
 * there is an energy. Of a drive that is not clamped. */
void model_hessian_matrix(const struct model_network *net,
                          const struct model_drive *drive, const double *s,
                          double *matrix, struct model_work *work,
                          double *scratch);

#endif
