/* models/equilibrium.h -- the states that the free phases of a batch end in
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_EQUILIBRIUM_H
#define MODEL_EQUILIBRIUM_H

#include "models/learning.h"
#include "models/settler.h"

/* Row-major, one row a sample. */
struct model_equilibria {
  size_t n;          // samples
  double *state;     // [1] (n x n_nodes)
  double *energy;    // [1] (n) E + lambda/2 |x - x_t|^2
  double *residual;  // [1] (n) largest net current
  double *time;      // [tau] (n) what the phase took; 0 without time
};

/* Settle the free phase of every sample as `settling` says. The caller
 * finishes *found; on failure nothing is left to finish. */
enum sim_status model_equilibria_find(struct model_equilibria *found,
                                      const struct model_network *net,
                                      const struct model_learning *rule,
                                      const struct model_settling *settling,
                                      const struct model_batch *batch,
                                      struct sim_error *err);
void model_equilibria_finish(struct model_equilibria *found);

/* How far two states of each of n samples are apart. */
struct model_gap {
  double largest;  // [1] of all nodes
  double rms;      // [1] over the nodes
};

/* gap (n) between states a and b of the same batch. */
void model_equilibria_compare(const struct model_equilibria *a,
                              const struct model_equilibria *b, size_t n_nodes,
                              struct model_gap *gap);

#endif
