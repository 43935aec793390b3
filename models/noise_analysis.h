/* models/noise_analysis.h -- the noise budget of a chip over a batch
 *
 * Means over the samples of what models/noise_sample.h finds, source by source,
 * what devices err by (models/device_noise.h), and the signal beside it.
 * Contributions add up to the whole.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NOISE_ANALYSIS_H
#define MODEL_NOISE_ANALYSIS_H

#include "models/noise_sample.h"

/* Variances and squares in model units; blocks as in noise_sample.h. */
struct model_noise_analysis {
  size_t n_samples, n_sources, n_nodes, n_visible, n_blocks, n_windows;
  struct model_source source[MODEL_MAX_SOURCES];
  double *node;           // [1] (n_sources x n_nodes) at the end of free
  double *read;           // [1] (n_sources x n_nodes) the same, averaged
  double *velocity;       // [1] (n_sources x n_visible)
  double *output;         // [1] (n_sources x n_nodes) of a difference
  double *gradient;       // [1] (n_sources x n_blocks) of one sample's
  double *shared;         // [1] (n_sources x n_blocks) of the mean gradient, by
                          // what is the same in all samples; else 0
  double *moved;          // [1] (n_nodes) squared signal in that difference
  double *signal;         // [1] (n_blocks) |mean gradient|^2
  double *signal_sample;  // [1] (n_blocks) mean |gradient of one sample|^2
  double *per_read;       // [1] (n_blocks) see struct model_noise_seen
  double *window;         // [1] (n_windows) see struct model_noise_seen
  double slowest;         // [1/tau] smallest rate of a mode of all samples
  size_t n_growing;       // samples that are not at a minimum
};

/* What is to be analysed; nothing here is owned. */
struct model_noise_task {
  const struct model_network *net;
  const struct model_learning *rule;
  const struct model_device_variances *devices;  // NULL: devices do not err
  double duration, window;  // [tau] of a phase, and of its read-out
  const struct model_batch *batch;
  const double *states;   // [1] (samples x n_nodes) their free equilibria
  size_t n_windows;       // other windows that are tried,
  const double *windows;  // [tau] for independent noise alone
};

/* The caller finishes *found; on failure nothing is left to finish. */
enum sim_status model_noise_analyse(struct model_noise_analysis *found,
                                    const struct model_noise_task *task,
                                    struct sim_error *err);
void model_noise_analysis_finish(struct model_noise_analysis *found);

#endif
