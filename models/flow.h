/* models/flow.h -- the batches of flow matching
 *
 *   x_t = (1 - t) x0 + t x1,   u = x1 - x0
 *
 * x0 ~ N(0, I) one noise for each image, x1 an image, t ~ U(0, 1). The
 * coupling says which noise goes with which image: the permutation of least
 * total |x0 - x1|^2 between the whole sets, or independent draws. The batch is
 * then drawn from these pairs, with replacement or each once. Its samples are
 * in ascending order of t, from the median to the largest and on from the
 * least, so that neighbours settle alike.
 *
 * All draws are addressed by epoch and sample; a batch can be made again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_FLOW_H
#define MODEL_FLOW_H

#include "models/learning.h"
#include "sim/param.h"

enum model_flow_coupling { MODEL_OPTIMAL_TRANSPORT, MODEL_INDEPENDENT };
enum model_flow_pairs { MODEL_WITH_REPLACEMENT, MODEL_EACH_ONCE };

/* The experiment's `flow` section. */
struct model_flow_params {
  int coupling;  // enum model_flow_coupling
  int pairs;     // enum model_flow_pairs
};
#define MODEL_FLOW_N_PARAMS 2
extern const struct sim_param model_flow_table[MODEL_FLOW_N_PARAMS];

struct model_flow;

/* Batches of n_batch <= n_images samples from images (n_images x dim), which
 * are not owned. The caller destroys *out. */
enum sim_status model_flow_create(struct model_flow **out,
                                  const struct model_flow_params *params,
                                  const double *images, size_t n_images,
                                  size_t dim, size_t n_batch, uint64_t seed,
                                  struct sim_error *err);
void model_flow_destroy(struct model_flow *flow);

/* Begin to draw the batch of an epoch in a thread of its own, while the caller
 * settles another one: the exact transport of 1797 images takes 15 ms. A
 * failure shows when the batch is asked for; where no thread can be had, the
 * batch is drawn then. */
void model_flow_prepare(struct model_flow *flow, uint64_t epoch);

/* The batch of an epoch, owned by the flow and valid until the next call. It is
 * the same whether it was prepared or not. `transport_cost` is the mean of |x0
 * - x1|^2 over the pairs of the coupling.
 */
enum sim_status model_flow_draw(struct model_flow *flow, uint64_t epoch,
                                struct model_batch *batch,
                                double *transport_cost, struct sim_error *err);

#endif
