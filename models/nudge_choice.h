/* models/nudge_choice.h -- bias and noise of the gradient for each nudge
 *
 * The measured gradient differs from the adjoint gradient by a bias that grows
 * with the nudge beta, as beta^2 (three phases) or beta (two), and by noise
 * that falls as 1/beta. With bias c beta^n and noise s/beta the squared error
 *
 *   c^2 beta^(2n) + s^2/beta^2   is least at   beta = (s/(c sqrt n))^(1/(n+1))
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NUDGE_CHOICE_H
#define MODEL_NUDGE_CHOICE_H

#include "models/learning.h"
#include "models/settler.h"

/* bias (n): |g - adjoint| of the mean gradients g of the batch for each nudge
 * (n), both at states settled by `settling`, without noise and read by ideal
 * instruments; sources and DAC are those of the chip. `norm` is |adjoint|. */
enum sim_status model_nudge_bias(const struct model_network *net,
                                 const struct model_learning *rule,
                                 const struct model_settling *settling,
                                 const struct model_batch *batch, size_t n,
                                 const double *nudges, double *bias,
                                 double *norm, struct sim_error *err);

struct model_nudge_choice {
  double nudge;    // [1] where the curves' squares have the least sum
  double bias;     // [1] there
  double noise;    // [1] there
  bool is_at_end;  // it is the first or last of the nudges
  double formula;  // [1] nudge by the formula, with c from the curve there
};

/* From a curve of n >= 2 rising nudges, read off in logarithms, and noise
 * s/beta; `order` is n of the formula. */
struct model_nudge_choice model_nudge_choose(size_t n, const double *nudges,
                                             const double *bias, double s,
                                             double order);

#endif
