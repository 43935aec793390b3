/* models/optimiser.h -- from a gradient to a change of the parameters
 *
 *   clip   g <- g min(1, clip/|g|)                          |g| over all
 *   adam   m <- b1 m + (1-b1) g,  q <- b2 q + (1-b2) g^2
 *          step = -rate m/(1-b1^k) / (sqrt(q/(1-b2^k)) + epsilon)
 *          (Kingma & Ba, ICLR 2015)
 *   sgd    m <- momentum m + g,   step = -rate m
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_OPTIMISER_H
#define MODEL_OPTIMISER_H

#include <stdint.h>

#include "sim/param.h"

enum model_optimiser_kind { MODEL_ADAM, MODEL_SGD };

/* The experiment's `learning.optimiser` section. */
struct model_optimiser_params {
  int kind;                // enum model_optimiser_kind
  double rate;             // [1]
  struct sim_reals betas;  // [1] (2) of adam
  double epsilon;          // [1] of adam
  double momentum;         // [1] of sgd
  double clip;             // [1] on the global norm; NAN: none
};
#define MODEL_OPTIMISER_N_PARAMS 6
extern const struct sim_param model_optimiser_table[MODEL_OPTIMISER_N_PARAMS];

struct model_optimiser {
  struct model_optimiser_params params;
  size_t n;        // parameters
  uint64_t steps;  // taken so far
  double *first;   // (n) m, owned
  double *second;  // (n) q, owned
};

/* On failure nothing is left to finish. */
enum sim_status model_optimiser_init(
    struct model_optimiser *optimiser,
    const struct model_optimiser_params *params, size_t n,
    struct sim_error *err);
void model_optimiser_finish(struct model_optimiser *optimiser);

/* theta (n) += step for gradient (n); returns the gradient's norm before
 * clipping. One that is not finite changes nothing. */
double model_optimiser_step(struct model_optimiser *optimiser,
                            const double *gradient, double *theta);

#endif
