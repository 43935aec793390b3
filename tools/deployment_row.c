/* tools/deployment_row.c -- what a stage of a deployment came to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/deployment_row.h"

#include <math.h>
#include <stdlib.h>

#include "models/agreement.h"
#include "models/flow.h"
#include "tools/fidelity.h"

#define MAX_VALUES 1000000000u

const struct tool_deployment_measure
    tool_deployment_measures[TOOL_DEPLOYMENT_N_MEASURES] = {
        {"loss", "1", "loss of one batch that was not trained with", "loss"},
        {"cosine", "1", "cosine of measured and adjoint gradient", "cosine"},
        {"norm_ratio", "1", "|measured| / |adjoint|", "norm ratio"},
        {"frechet", "1", "Frechet distance of the samples of the last horizon",
         "Frechet"},
        {"precision", "1", "share of samples near the data, k = 5",
         "precision"},
        {"recall", "1", "share of data near the samples, k = 5", "recall"},
        {"saturated", "1",
         "devices asked for more than their window by the last write",
         "saturated"},
        {"pulses", "1", "programming pulses since the chip was new", "pulses"},
        {"write_energy", "J", "energy of these pulses", "writes, J"},
        {"energy", "J",
         "these pulses and all phases of training; of the ideal stage, its "
         "training on the digital reference",
         "training, J"},
};

/* --- writes --- */

void tool_deployment_row_write(struct tool_deployment_row *row,
                               const struct tool_setup *setup) {
  const struct circuit_effort *effort = &setup->chip->effort;
  row->saturated = (double)setup->n_saturated;
  row->pulses = (double)effort->n_pulses;
  row->write_energy = effort->energy;
  row->energy = setup->experiment->energy.samples > 0 ? effort->energy : NAN;
}

/* A series as an array, NULL when there is none. */
static double *load(struct sim_result *result, const char *path, size_t *n,
                    struct sim_error *err) {
  size_t rank, shape[3] = {0};
  double *values = NULL;
  *n = 0;
  if (sim_result_has(result, path) &&
      sim_result_load(result, path, MAX_VALUES, &rank, shape, &values, err) ==
          SIM_OK) {
    *n = rank == 1 ? shape[0] : 0;
  }
  return values;
}

static void add_all(double *sum, struct sim_result *result, const char *path,
                    struct sim_error *err) {
  size_t n;
  double *values = load(result, path, &n, err);
  for (size_t i = 0; i < n; i++) {
    *sum += values[i];
  }
  free(values);
}

static void add_number(double *sum, struct sim_result *result, const char *path,
                       struct sim_error *err) {
  double value;
  if (sim_result_has(result, path) &&
      sim_result_read(result, path, 0, NULL, &value, err) == SIM_OK) {
    *sum += value;
  }
}

static void take_last(double *value, struct sim_result *result,
                      const char *path, struct sim_error *err) {
  size_t n;
  double *values = load(result, path, &n, err);
  *value = n > 0 ? values[n - 1] : *value;
  free(values);
}

enum sim_status tool_deployment_row_read(struct tool_deployment_row *row,
                                         struct sim_result *result,
                                         bool is_digital,
                                         struct sim_error *err) {
  row->frechet = row->precision = row->recall = NAN;
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  add_all(&row->pulses, result, "/train/pulses", err);
  add_all(&row->write_energy, result, "/train/write_energy", err);
  add_number(&row->energy, result,
             is_digital ? "/energy/training/digital" : "/energy/training/total",
             err);
  take_last(&row->saturated, result, "/train/saturated", err);
  take_last(&row->frechet, result, "/quality/frechet", err);
  take_last(&row->precision, result, "/quality/precision", err);
  take_last(&row->recall, result, "/quality/recall", err);
  sim_result_end(result, err);
  return err->status;
}

/* --- loss and gradient --- */

static enum sim_status measure_loss(struct tool_deployment_row *row,
                                    const struct tool_setup *setup,
                                    const struct model_batch *batch,
                                    double *gradient, struct sim_error *err) {
  struct model_controller *controller;
  struct model_measurement seen;
  if (model_controller_create(&controller, &setup->experiment->learning,
                              &setup->settling, &setup->net, batch->n, err)) {
    return err->status;
  }
  if (model_controller_measure(controller, batch, gradient, &seen, err) ==
      SIM_OK) {
    row->loss = seen.loss;
  }
  model_controller_destroy(controller);
  return err->status;
}

static enum sim_status measure(struct tool_deployment_row *row,
                               const struct tool_setup *setup,
                               const struct model_batch *batch,
                               struct sim_error *err) {
  struct tool_gradient_pair pair;
  struct model_batch first = *batch;
  first.n = tool_fidelity_n_samples(setup, batch->n);
  if (tool_gradient_pair_init(&pair, setup, err)) {
    return err->status;
  }
  if (measure_loss(row, setup, batch, pair.measured, err) == SIM_OK &&
      tool_gradient_pair_find(&pair, setup, &first, err) == SIM_OK) {
    const struct model_agreement found = model_agreement_of(
        setup->net.layout.n_parameters, pair.measured, pair.adjoint);
    row->cosine = found.cosine;
    row->norm_ratio = found.norm_ratio;
  }
  tool_gradient_pair_finish(&pair);
  return err->status;
}

enum sim_status tool_deployment_row_measure(struct tool_deployment_row *row,
                                            const struct tool_setup *setup,
                                            uint64_t epoch,
                                            struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  struct model_flow *flow;
  struct model_batch batch;
  double cost;
  if (model_flow_create(
          &flow, &e->flow, setup->data.values, setup->data.n, setup->data.dim,
          tool_setup_batch(setup, e->train.batch), e->seed, err)) {
    return err->status;
  }
  if (model_flow_draw(flow, epoch, &batch, &cost, err) == SIM_OK) {
    measure(row, setup, &batch, err);
  }
  model_flow_destroy(flow);
  return err->status;
}
