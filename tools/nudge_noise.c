/* tools/nudge_noise.c -- does the gradient of an epoch drown in noise?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/nudge_noise.h"

#include <math.h>

#include "models/equilibrium.h"
#include "models/flow.h"
#include "models/noise_analysis.h"
#include "tools/check_sources.h"

#define MAX_NODES 400u  // a second a sample
#define N_SAMPLES 8u
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

/* Ratio of a batch whose samples have noise N, from n analysed samples. */
static double ratio_of(const struct model_noise_analysis *f, double noise,
                       size_t n_batch) {
  const double n = (double)f->n_samples;
  const double mean = sum_of(f->n_blocks, f->signal);
  const double one = sum_of(f->n_blocks, f->signal_sample);
  const double common = n > 1 ? fmax((n * mean - one) / (n - 1), 0.0) : mean;
  return sqrt(((double)n_batch * common + fmax(one - common, 0.0)) / noise);
}

static void evaluate(const struct model_noise_analysis *f,
                     const double *windows, struct tool_nudge_noise *found) {
  const double one = sum_of(f->n_blocks, f->signal_sample);
  const double noise = f->window[0];  // as it is read now
  found->sample = sqrt(one / noise);
  found->batch = ratio_of(f, noise, found->n_batch);
  found->window = NAN;
  for (size_t k = N_WINDOWS; k-- > 0;) {
    if (windows[k] >= windows[0] &&
        ratio_of(f, f->window[k], found->n_batch) >= 1) {
      found->window = windows[k];
    }
  }
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
  if (model_equilibria_find(&rest, &setup->net, rule, &settling, batch, err)) {
    return err->status;
  }
  const struct model_noise_task task = {.net = &setup->net,
                                        .rule = rule,
                                        .duration = setup->settling.duration,
                                        .window = setup->settling.window,
                                        .batch = batch,
                                        .states = rest.state,
                                        .n_windows = N_WINDOWS,
                                        .windows = windows};
  if (model_noise_analyse(&f, &task, err) == SIM_OK) {
    evaluate(&f, windows, found);
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
  const size_t n = n_batch < N_SAMPLES ? n_batch : N_SAMPLES;
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
