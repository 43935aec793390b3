/* tools/setup.h -- data, chip and network of an experiment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SETUP_H
#define TOOL_SETUP_H

#include "models/dataset.h"
#include "models/settler.h"
#include "tools/experiment.h"

struct tool_setup {
  const struct tool_experiment *experiment;  // not owned
  struct model_dataset data;
  struct model_chip *chip;
  struct model_network net;  // image of the chip
  struct model_settling settling;
  size_t n_saturated;  // devices that could not hold the first weights
  bool is_shared;      // all ranks work on it (tools/team.h)
};

/* Read the data, fabricate the chip and program the first weights: those of
 * the run that `from:` names, else random ones; of `experiment: device` only
 * the experiment is set. Writes nothing. On failure
 * nothing is left to finish. */
enum sim_status tool_setup_init(struct tool_setup *setup,
                                const struct tool_experiment *experiment,
                                struct sim_error *err);
void tool_setup_finish(struct tool_setup *setup);

/* Samples of a batch: as many as asked; 0: all there are. */
size_t tool_setup_batch(const struct tool_setup *setup, size_t wanted);

#endif
