/* tools/budget.h -- what `experiment: noise_budget` has found
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_BUDGET_H
#define TOOL_BUDGET_H

#include "models/noise_analysis.h"
#include "models/nudge_choice.h"
#include "tools/run.h"
#include "tools/setup.h"

#define TOOL_NOISE_MAX_WINDOWS ((size_t)SIM_LIST_MAX + 1u)

/* What the sources do to; each has a number that stands for all of it. */
enum tool_noise_quantity {
  TOOL_NOISE_NODE,      // [V] rms of a node, over all nodes
  TOOL_NOISE_VELOCITY,  // [1] rms of a pixel's velocity
  TOOL_NOISE_GRADIENT,  // [1] rms norm of the noise of one sample's gradient
  TOOL_NOISE_BATCH,     // [1] the same of the batch's
  TOOL_NOISE_N_QUANTITIES,
};
extern const char *const tool_noise_names[TOOL_NOISE_N_QUANTITIES];

struct tool_noise_budget {
  const struct tool_setup *setup;     // not owned
  struct model_noise_analysis found;  // model units
  size_t n_batch;                     // samples of an update
  double rms[TOOL_NOISE_N_QUANTITIES][MODEL_MAX_SOURCES];  // see above
  double total[TOOL_NOISE_N_QUANTITIES];                   // of all sources
  double signal, signal_sample;  // [1] |gradient| of the batch, of a sample
  double snr_sample, snr_batch;  // [1] of the whole gradient
  // Nudges.
  size_t n_nudges;
  double nudge[SIM_LIST_MAX];  // [1]
  double bias[SIM_LIST_MAX];   // [1] |mean gradient - adjoint|
  double noise[SIM_LIST_MAX];  // [1] rms of the batch's gradient
  double adjoint;              // [1] its norm
  struct model_nudge_choice best;
  // Averaging and converters.
  size_t n_windows;
  double window[TOOL_NOISE_MAX_WINDOWS];      // [tau]
  double window_snr[TOOL_NOISE_MAX_WINDOWS];  // [1] of the batch's gradient
  double needed;      // [tau] window for target_snr; NAN: longer than all
  double bits_noise;  // an output ADC's step is as large as all other noise
  double bits_snr;    // its step alone leaves target_snr
};

/* Fill everything below `found` but the nudges' bias. */
void tool_noise_evaluate(struct tool_noise_budget *budget);

/* [1] variance of a block of the batch's gradient by source k: what samples
 * meet by themselves averages out, what they share does not. */
double tool_noise_batch(const struct tool_noise_budget *budget, size_t k,
                        size_t block);

/* Squared signal over squared noise of what is read of a layer's outputs. */
double tool_noise_displacement(const struct tool_noise_budget *budget,
                               size_t layer);

/* [1] SNR of a block of the batch's gradient. */
double tool_noise_block(const struct tool_noise_budget *budget, size_t block);

/* /noise_budget of the run. */
enum sim_status tool_noise_write(const struct tool_noise_budget *budget,
                                 struct tool_run *run, struct sim_error *err);

/* The tables, on stdout unless the run is quiet, and in its log. */
void tool_noise_print(const struct tool_noise_budget *budget,
                      struct tool_run *run);

#endif
