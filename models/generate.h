/* models/generate.h -- draw samples by following the learnt velocity
 *
 *   x(0) ~ N(0, I),   x <- x + dt v(x)   at t = 0, dt, ..., horizon inclusive,
 *   limited to [low, high] once at the end
 *
 * Each velocity is one settling of the chip from h = 0:
 *   spring   x free on its spring at x_t = x:  v = alpha lambda (x* - x_t)
 *   clamped  x held:  v = alpha (b_0 + W_0^T r(h1*) - x)
 *
 * A trajectory goes on to the largest horizon; the others are taken on its
 * way. One that leaves +-SIM_STATE_BOUND fails. Sample k is the same whatever
 * the number of samples.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_GENERATE_H
#define MODEL_GENERATE_H

#include "models/learning.h"
#include "models/settler.h"

enum model_readout { MODEL_CLAMPED, MODEL_SPRING };

/* The experiment's `generate` section. */
struct model_generate_params {
  size_t samples;
  struct sim_reals horizons;  // [1] flow time
  double dt;                  // [1] step in flow time
  int readout;                // enum model_readout
};
#define MODEL_GENERATE_N_PARAMS 4
extern const struct sim_param model_generate_table[MODEL_GENERATE_N_PARAMS];

struct model_generated {
  size_t n_samples;
  size_t n_horizons;
  double horizon[SIM_LIST_MAX];   // [1]
  double *samples[SIM_LIST_MAX];  // [1] (n_samples x n_visible) of a horizon
};

/* What is drawn, and on what; nothing is owned. */
struct model_generate_task {
  const struct model_generate_params *params;
  const struct model_network *net;
  const struct model_learning *rule;
  const struct model_settling *settling;
  size_t n_samples;
  double low, high;  // [1] limits of a sample, at its horizon
  uint64_t seed;
};

/* Draw the samples for every horizon into `out`, which model_generated_finish
 * frees, also after a failure. */
enum sim_status model_generate(const struct model_generate_task *task,
                               struct model_generated *out,
                               struct sim_error *err);

/* The same by all ranks, each of which has to call it with the same network:
 * they divide the samples among them (sim/ranks.h). Rank 0 alone gets them. */
enum sim_status model_generate_shared(const struct model_generate_task *task,
                                      struct model_generated *out,
                                      struct sim_error *err);
void model_generated_finish(struct model_generated *generated);

#endif
