/* tools/train_state.h -- the state of a training run, and its checkpoints
 *
 * A checkpoint holds the conductances and bias currents as they are on the
 * chip, with their age and what was asked of them, the optimiser's averages and
 * the number of epochs done. All draws are addressed by epoch, so nothing else
 * is needed to go on bit for bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_TRAIN_STATE_H
#define TOOL_TRAIN_STATE_H

#include "models/controller.h"
#include "models/flow.h"
#include "models/optimiser.h"
#include "tools/energy_series.h"
#include "tools/fidelity.h"
#include "tools/run.h"
#include "tools/series.h"
#include "tools/setup.h"

struct tool_training {
  struct tool_setup *setup;  // not owned
  struct tool_run *run;      // not owned
  uint64_t epoch;            // epochs done
  struct model_controller *controller;
  struct model_flow *flow;
  struct model_optimiser optimiser;
  double *gradient;  // (n_parameters)
  double *theta;     // (n_parameters)
  struct tool_series series;
  struct tool_fidelity fidelity;
  struct tool_energy_series energy;
  // Conversions out of range, since this process began, by enum
  // circuit_converter_role.
  uint64_t n_clipped[CIRCUIT_N_CONVERTERS];
};

/* A fresh state, or when the run is resumed that of its last checkpoint, with
 * /train cut to it. On failure nothing is left to finish. */
enum sim_status tool_training_init(struct tool_training *training,
                                   struct tool_setup *setup,
                                   struct tool_run *run, struct sim_error *err);
void tool_training_finish(struct tool_training *training);

/* Write a checkpoint. */
enum sim_status tool_training_save(struct tool_training *training,
                                   struct sim_error *err);

#endif
