/* models/initial.c -- weights and biases before training
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/initial.h"

#include <gsl/gsl_randist.h>
#include <math.h>

#include "sim/random.h"

static gsl_rng *stream_of(struct sim_stream *stream, uint64_t seed,
                          size_t parameter) {
  return sim_stream_open(stream, &(struct sim_address){
                                     .seed = seed,
                                     .purpose = SIM_DRAW_WEIGHTS,
                                     .device = parameter,
                                 });
}

/* Each array is one stream, named by its first element. */
void model_initial_draw(const struct model_layout *layout, double init_gain,
                        uint64_t seed, double *theta) {
  struct sim_stream stream;
  for (size_t l = 0; l + 1 < layout->n_layers; l++) {
    const double n_ends = (double)(layout->width[l] + layout->width[l + 1]);
    const double sigma = init_gain * sqrt(2.0 / n_ends);
    double *weight = theta + layout->weight_at[l];
    gsl_rng *rng = stream_of(&stream, seed, layout->weight_at[l]);
    for (size_t i = 0; i < model_layout_weight_size(layout, l); i++) {
      weight[i] = gsl_ran_gaussian_ziggurat(rng, sigma);
    }
  }
  for (size_t l = 0; l < layout->n_layers; l++) {
    const double bound =
        l == 0 ? 0.0 : 1.0 / sqrt((double)layout->width[l - 1]);
    gsl_rng *rng = stream_of(&stream, seed, layout->bias_at[l]);
    for (size_t i = 0; i < layout->width[l]; i++) {
      theta[layout->bias_at[l] + i] = gsl_ran_flat(rng, -bound, bound);
    }
  }
}
