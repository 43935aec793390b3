/* models/bill.h -- joules and seconds of phases, samples and images
 *
 * A few samples, and a few generated images, are run once more with a meter
 * (models/energy.h); nothing that is learnt or drawn depends on it. They all
 * start from rest, as one tile that ends when the slowest of them has settled,
 * and nudged phases are those of the nudge as it is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_BILL_H
#define MODEL_BILL_H

#include "models/chip.h"
#include "models/generate.h"
#include "models/heat.h"
#include "models/learning.h"
#include "models/price.h"
#include "models/settler.h"

/* Means over what was measured. Doubles only. */
struct model_bill {
  double time;           // [s]
  double heat_leak;      // [J]
  double heat_source;    // [J] springs and nudges
  double heat_coupling;  // [J] which is also the work of the outputs
  double work_source;    // [J]
  double work_bias;      // [J]
  double work_input;     // [J]
  double stored;         // [J] change of what the capacitors hold
  double amplifiers;     // [J]
  double converters;     // [J]
  double digital;        // [J] of the same arithmetic on the reference
  double total;          // [J] heat, stored, amplifiers and converters
  double error;          // [J] standard error of heat and stored; NAN of one
  double imbalance;      // [1] work less heat less stored, over the heat;
                         // both without the couplings, in which it is 0
};

#define MODEL_MAX_PHASES 3

/* What is needed of the experiment; nothing is owned. */
struct model_bill_task {
  const struct model_chip *chip;
  const struct model_network *net;
  const struct model_learning *rule;
  const struct model_settling *settling;
  const struct model_price_params *price;
};

/* Free, plus and (of three) minus phase of the first samples of a batch, as
 * many as the price says or there are; a free phase that a protocol repeats
 * counts with minus. `sample` is the sum of the phases. `heat` (phases)
 * [nullable] gets the heat [J] of the places in each of them. */
enum sim_status model_bill_phases(const struct model_bill_task *task,
                                  const struct model_batch *batch,
                                  struct model_bill phase[MODEL_MAX_PHASES],
                                  struct model_bill *sample,
                                  struct model_heat *heat,
                                  struct sim_error *err);

/* An image, to the largest horizon; of the first images that are drawn. `heat`
 * [J] of its places. */
enum sim_status model_bill_image(const struct model_bill_task *task,
                                 const struct model_generate_params *generate,
                                 const double range[2], uint64_t seed,
                                 struct model_bill *image,
                                 struct model_heat *heat,
                                 struct sim_error *err);

#endif
