/* tools/nudge_noise.h -- does the gradient of an epoch drown in noise?
 *
 * With the weights that training starts from and the first samples of epoch 0:
 * by linear analysis of eight (models/noise_analysis.h), S the mean of |g|^2 of
 * one sample's gradient and N that of its noise; by the adjoint of up to 64, U
 * = |mean g|^2 less what the scatter of so many adds to it. A batch of n then
 * has, with its own scatter,
 *
 *   ratio^2 = [U + (S - U)/n] / (N/n),
 *
 * below 1 where an update is mostly noise. Noise alone that is drawn anew in
 * every sample: errors of devices do not fall with the nudge, nor average out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_NUDGE_NOISE_H
#define TOOL_NUDGE_NOISE_H

#include "tools/setup.h"

struct tool_nudge_noise {
  size_t n_batch;
  double sample;  // [1] sqrt(S/N)
  double batch;   // [1] the ratio above
  double window;  // [tau] of the shortest read-out tried that makes the ratio
                  // 1; NAN: none
};

/* Does the question arise: does the chip train by measured phases, is anything
 * noisy, and is it small enough to be analysed in seconds? */
bool tool_nudge_noise_applies(const struct tool_setup *setup);

/* SIM_EFAIL where a sample does not come to rest, or has no modes. */
enum sim_status tool_nudge_noise_find(const struct tool_setup *setup,
                                      struct tool_nudge_noise *found,
                                      struct sim_error *err);

#endif
