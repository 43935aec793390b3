/* tools/nudge_noise.c -- does the gradient of an epoch drown in noise?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/nudge_noise.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "models/adjoint.h"
#include "models/equilibrium.h"
#include "models/flow.h"
#include "models/noise_analysis.h"
#include "sim/memory.h"
#include "tools/check_sources.h"

#define MAX_NODES 400u  // a second a sample
#define N_SAMPLES 8u    // whose noise is analysed
#define N_MEAN 64u      // whose gradients are averaged
#define N_WINDOWS 6u

bool tool_nudge_noise_applies(const struct tool_setup *setup) {
  const struct tool_experiment *e = setup->experiment;
  struct model_source sources[MODEL_MAX_SOURCES];
  return tool_experiment_trains(e) &&
         e->learning.nudged_states == MODEL_MEASURED &&
         setup->net.layout.n_nodes <= MAX_NODES &&
         model_source_list(&setup->net, NULL, sources) > 0;
}

static double sum_of(size_t n, const double *x) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    sum += x[i];
  }
  return sum;
}

/* What the gradients of the first samples are like. */
struct gradients {
  double one;     // [1] mean of |g|^2
  double common;  // [1] |mean of g|^2 without the scatter of these samples
};

/* `square` is |mean of g|^2 of n samples. */
static struct gradients gradients_of(const struct model_noise_analysis *f,
                                     double square, size_t n) {
  const double one = sum_of(f->n_blocks, f->signal_sample);
  const double common =
      n > 1 ? ((double)n * square - one) / ((double)n - 1) : square;
  return (struct gradients){one, fmin(fmax(common, 0), one)};
}

/* Ratio of a batch whose samples have noise N. */
static double ratio_of(const struct gradients *g, double noise,
                       size_t n_batch) {
  return sqrt(((double)n_batch * g->common + g->one - g->common) / noise);
}

static void evaluate(const struct model_noise_analysis *f,
                     const struct gradients *g, const double *windows,
                     struct tool_nudge_noise *found) {
  const double noise = f->window[0];  // as it is read now
  found->sample = sqrt(g->one / noise);
  found->batch = ratio_of(g, noise, found->n_batch);
  found->window = NAN;
  for (size_t k = N_WINDOWS; k-- > 0;) {
    if (windows[k] >= windows[0] &&
        ratio_of(g, f->window[k], found->n_batch) >= 1) {
      found->window = windows[k];
    }
  }
}

/* *square: |mean of g|^2 of a batch, by the adjoint. */
static enum sim_status mean_gradient(const struct tool_setup *setup,
                                     const struct model_settling *settling,
                                     const struct model_batch *batch,
                                     double *square, struct sim_error *err) {
  const size_t n = setup->net.layout.n_parameters;
  struct model_adjoint_quality quality;
  double *gradient = sim_alloc_doubles(n, err);
  if (gradient && model_adjoint_gradient(
                      &setup->net, &setup->experiment->learning, settling,
                      batch, gradient, &quality, err) == SIM_OK) {
    *square = cblas_ddot((int)n, gradient, 1, gradient, 1);
  }
  free(gradient);
  return err->status;
}

static enum sim_status analyse(const struct tool_setup *setup,
                               const struct model_batch *batch,
                               struct tool_nudge_noise *found,
                               struct sim_error *err) {
  const struct model_settling settling = tool_check_quietly(setup);
  const struct model_learning *rule = &setup->experiment->learning;
  const double windows[N_WINDOWS] = {
      setup->settling.window, 3, 10, 30, 100, 300};
  struct model_equilibria rest;
  struct model_noise_analysis f;
  struct model_batch few = *batch;
  double square = 0;
  few.n = batch->n < N_SAMPLES ? batch->n : N_SAMPLES;
  if (mean_gradient(setup, &settling, batch, &square, err) ||
      model_equilibria_find(&rest, &setup->net, rule, &settling, &few, err)) {
    return err->status;
  }
  const struct model_noise_task task = {.net = &setup->net,
                                        .rule = rule,
                                        .duration = setup->settling.duration,
                                        .window = setup->settling.window,
                                        .batch = &few,
                                        .states = rest.state,
                                        .n_windows = N_WINDOWS,
                                        .windows = windows};
  if (model_noise_analyse(&f, &task, err) == SIM_OK) {
    const struct gradients g = gradients_of(&f, square, batch->n);
    evaluate(&f, &g, windows, found);
    model_noise_analysis_finish(&f);
  }
  model_equilibria_finish(&rest);
  return err->status;
}

enum sim_status tool_nudge_noise_find(const struct tool_setup *setup,
                                      struct tool_nudge_noise *found,
                                      struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const size_t n_batch = tool_setup_batch(setup, e->train.batch);
  const size_t n = setup->data.n < N_MEAN ? setup->data.n : N_MEAN;
  struct model_batch batch;
  struct model_flow *flow;
  double cost;
  *found = (struct tool_nudge_noise){.n_batch = n_batch};
  if (model_flow_create(&flow, &e->flow, setup->data.values, setup->data.n,
                        setup->data.dim, n, e->seed, err)) {
    return err->status;
  }
  if (model_flow_draw(flow, 0, &batch, &cost, err) == SIM_OK) {
    analyse(setup, &batch, found, err);
  }
  model_flow_destroy(flow);
  return err->status;
}
