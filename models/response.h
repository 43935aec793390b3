/* models/response.h -- what standing errors do to settled voltages
 *
 *   M ds = df,   M = -d(C ds/dt)/ds
 *
 * with M of the circuit at its equilibrium under a drive, so a current df that
 * stays the same while a phase lasts moves node i by sum_k P_ik df_k,
 * P = M^-1. An error dW of one weight is a current gain_k a_j dW into node k
 * of the upper layer and gain_j a_k dW into node j of the lower one; an error
 * dV of an anchor is g dV. Variances of independent errors add up.
 *
 * Units: those of models/network.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_RESPONSE_H
#define MODEL_RESPONSE_H

#include "models/network.h"

struct model_response {
  const struct model_network *net;  // not owned
  struct model_drive drive;
  struct model_work work;  // at the equilibrium
  double *inverse;         // (n_nodes x n_nodes) P, row-major
  double *gain;            // (n_nodes) of input stages
};

/* Which devices are in error: those of one direction, or those that carry
 * both. */
enum model_response_direction {
  MODEL_RESPONSE_UP = 1,
  MODEL_RESPONSE_DOWN = 2,
  MODEL_RESPONSE_BOTH = 3,
};

/* At the equilibrium s (n_nodes) under a drive that is not clamped. SIM_EFAIL
 * where the circuit is singular. On failure nothing is left to finish. */
enum sim_status model_response_init(struct model_response *response,
                                    const struct model_network *net,
                                    const struct model_drive *drive,
                                    const double *s, struct sim_error *err);
void model_response_finish(struct model_response *response);

/* Add to node (n_nodes) the variances that errors of the weights between layers
 * l and l + 1 cause, of variances `weight` (n_out x n_in). */
void model_response_add_weights(const struct model_response *response, size_t l,
                                enum model_response_direction direction,
                                const double *weight, double *node);

/* The same for an error of this variance in every anchor. */
void model_response_add_anchors(const struct model_response *response,
                                double variance, double *node);

#endif
