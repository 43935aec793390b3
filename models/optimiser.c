/* models/optimiser.c -- from a gradient to a change of the parameters
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/optimiser.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "sim/memory.h"

static const char *const kinds[] = {"adam", "sgd", NULL};

// clang-format off
#define FIELD(f) SIM_FIELD(struct model_optimiser_params, f)
const struct sim_param model_optimiser_table[MODEL_OPTIMISER_N_PARAMS] = {
    {.name = "kind", .kind = SIM_CHOICE, FIELD(kind), .choices = kinds,
     .initial = "adam", .help = "rule that turns a gradient into a step"},
    {.name = "rate", .kind = SIM_REAL, FIELD(rate), SIM_ABOVE(0),
     .initial = "1e-3", .help = "learning rate"},
    {.name = "betas", .kind = SIM_REALS, FIELD(betas), SIM_WITHIN(0, 1),
     .open = SIM_OPEN_HIGH, .min_items = 2, .max_items = 2,
     .initial = "[0.9, 0.95]", .help = "decay of adam's two averages"},
    {.name = "epsilon", .kind = SIM_REAL, FIELD(epsilon), SIM_ABOVE(0),
     .initial = "1e-8", .help = "added to adam's denominator"},
    {.name = "momentum", .kind = SIM_REAL, FIELD(momentum), SIM_WITHIN(0, 1),
     .open = SIM_OPEN_HIGH, .initial = "0",
     .help = "share of the last step that sgd keeps"},
    {.name = "clip", .kind = SIM_REAL, FIELD(clip), SIM_ABOVE(0),
     .word = "none", .initial = "1.0",
     .help = "largest norm of the whole gradient; none: no limit"},
};
// clang-format on

enum sim_status model_optimiser_init(
    struct model_optimiser *optimiser,
    const struct model_optimiser_params *params, size_t n,
    struct sim_error *err) {
  *optimiser = (struct model_optimiser){
      .params = *params,
      .n = n,
      .first = sim_alloc_doubles(n, err),
      .second = sim_alloc_doubles(n, err),
  };
  if (!optimiser->first || !optimiser->second) {
    model_optimiser_finish(optimiser);
    return err->status;
  }
  return SIM_OK;
}

void model_optimiser_finish(struct model_optimiser *optimiser) {
  free(optimiser->first);
  free(optimiser->second);
  optimiser->first = optimiser->second = NULL;
}

static void adam(struct model_optimiser *o, double scale, const double *g,
                 double *theta) {
  const double b1 = o->params.betas.v[0], b2 = o->params.betas.v[1];
  const double k = (double)o->steps;
  const double correct1 = 1.0 - pow(b1, k), correct2 = 1.0 - pow(b2, k);
  for (size_t i = 0; i < o->n; i++) {
    const double g_i = scale * g[i];
    o->first[i] = b1 * o->first[i] + (1.0 - b1) * g_i;
    o->second[i] = b2 * o->second[i] + (1.0 - b2) * g_i * g_i;
    theta[i] -= o->params.rate * (o->first[i] / correct1) /
                (sqrt(o->second[i] / correct2) + o->params.epsilon);
  }
}

static void sgd(struct model_optimiser *o, double scale, const double *g,
                double *theta) {
  for (size_t i = 0; i < o->n; i++) {
    o->first[i] = o->params.momentum * o->first[i] + scale * g[i];
    theta[i] -= o->params.rate * o->first[i];
  }
}

double model_optimiser_step(struct model_optimiser *optimiser,
                            const double *gradient, double *theta) {
  const double norm = cblas_dnrm2((int)optimiser->n, gradient, 1);
  const double clip = optimiser->params.clip;
  const double scale = norm > clip ? clip / norm : 1.0;  // false for NAN
  if (!isfinite(norm)) {
    return norm;
  }
  optimiser->steps++;
  if (optimiser->params.kind == MODEL_ADAM) {
    adam(optimiser, scale, gradient, theta);
  } else {
    sgd(optimiser, scale, gradient, theta);
  }
  return norm;
}
