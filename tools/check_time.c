/* tools/check_time.c -- how long training will take, in simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/check_time.h"

#include <stdlib.h>

#include "models/controller.h"
#include "sim/clock.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tools/fidelity.h"

/* [s] on all threads for n samples, when a tile takes `seconds` on one. */
static double scale(const struct tool_setup *setup, double seconds, size_t n) {
  const size_t lanes = model_settling_lanes(&setup->settling);
  const size_t n_tiles = (n + lanes - 1) / lanes;
  return seconds * (double)n_tiles / (double)sim_threads();
}

static struct model_batch first_tile(const struct tool_setup *setup) {
  const size_t lanes = model_settling_lanes(&setup->settling);
  return (struct model_batch){
      .n = lanes < setup->data.n ? lanes : setup->data.n,
      .x_t = setup->data.values,
      .u = setup->data.values};
}

/* [s] that one tile takes on one thread. */
static enum sim_status time_tile(const struct tool_setup *setup,
                                 double *seconds, struct sim_error *err) {
  struct model_controller *controller;
  struct model_measurement seen;
  struct model_settling settling = setup->settling;
  settling.keep_unsettled = true;
  const struct model_batch batch = first_tile(setup);
  double *gradient = sim_alloc_doubles(setup->net.layout.n_parameters, err);
  if (!gradient) {
    return err->status;
  }
  enum sim_status status =
      model_controller_create(&controller, &setup->experiment->learning,
                              &settling, &setup->net, batch.n, err);
  if (status == SIM_OK) {
    const double start = sim_clock_now();
    status = model_controller_measure(controller, &batch, gradient, &seen, err);
    *seconds = sim_clock_now() - start;
    model_controller_destroy(controller);
  }
  free(gradient);
  return status;
}

/* [s] that measurement and adjoint of one tile take on one thread. */
static enum sim_status time_audit(const struct tool_setup *setup,
                                  double *seconds, struct sim_error *err) {
  struct tool_gradient_pair pair;
  const struct model_batch batch = first_tile(setup);
  if (tool_gradient_pair_init(&pair, setup, err)) {
    return err->status;
  }
  const double start = sim_clock_now();
  tool_gradient_pair_find(&pair, setup, &batch, err);
  *seconds = sim_clock_now() - start;
  tool_gradient_pair_finish(&pair);
  return err->status;
}

enum sim_status tool_check_time(const struct tool_setup *setup,
                                struct tool_time *time, struct sim_error *err) {
  const struct tool_train_params *train = &setup->experiment->train;
  const double n_epochs = tool_experiment_n_epochs(setup->experiment);
  const size_t n_batch = tool_setup_batch(setup, train->batch);
  double tile = 0, audit = 0;
  *time = (struct tool_time){
      .n_audits = tool_fidelity_n_rows(setup, (uint64_t)n_epochs)};
  if (time_tile(setup, &tile, err) ||
      (time->n_audits > 0 && time_audit(setup, &audit, err))) {
    return err->status;
  }
  time->epoch = scale(setup, tile, n_batch);
  time->audit = scale(setup, audit, tool_fidelity_n_samples(setup, n_batch));
  time->all = time->epoch * n_epochs + time->audit * (double)time->n_audits;
  return SIM_OK;
}
