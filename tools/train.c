/* tools/train.c -- experiment: train
 *
 * Each epoch: draw a batch, let the chip measure the gradient, step, program
 * the new weights. What is seen goes into /train in blocks; every so often a
 * checkpoint is written, a sheet of samples drawn, transients recorded.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "models/controller.h"
#include "models/flow.h"
#include "sim/interrupt.h"
#include "sim/memory.h"
#include "tools/commands.h"
#include "tools/energy_pages.h"
#include "tools/network_file.h"
#include "tools/report.h"
#include "tools/sampling.h"
#include "tools/series.h"
#include "tools/team.h"
#include "tools/train_state.h"
#include "tools/transients.h"

static bool is_due(uint64_t epoch, size_t every) {
  return every > 0 && epoch % every == 0;
}

/* --- one epoch --- */

/* Program theta, and see what the devices then hold. */
static void write_weights(struct tool_training *t, struct tool_train_row *row) {
  struct tool_setup *setup = t->setup;
  row->saturated += (double)model_chip_program(setup->chip, t->theta);
  row->unverified += (double)setup->chip->effort.n_unverified;
  row->pulses += (double)setup->chip->effort.n_pulses;
  row->write_energy += setup->chip->effort.energy;
  row->write_time += setup->chip->effort.time;
  model_chip_image(setup->chip, &setup->net);
}

static void fetch_master(struct tool_training *t) {
  const struct tool_setup *setup = t->setup;
  memcpy(t->theta, model_chip_master(setup->chip, &setup->net),
         setup->net.layout.n_parameters * sizeof *t->theta);
}

/* Each phase writes the step of its own correlations (plain sgd). */
static void write_phases(struct tool_training *t, size_t n_batch,
                         struct tool_train_row *row) {
  const double rate = t->setup->experiment->learning.optimiser.rate;
  for (int phase = 0; phase < 2; phase++) {
    fetch_master(t);
    model_controller_phase(t->controller, n_batch, phase == 0, t->gradient);
    for (size_t i = 0; i < t->setup->net.layout.n_parameters; i++) {
      t->theta[i] -= rate * t->gradient[i];
    }
    write_weights(t, row);
  }
}

/* From the gradient to the devices. */
static enum sim_status update(struct tool_training *t, size_t n_batch,
                              struct tool_train_row *row,
                              struct sim_error *err) {
  fetch_master(t);
  row->gradient_norm =
      model_optimiser_step(&t->optimiser, t->gradient, t->theta);
  if (!isfinite(row->gradient_norm)) {
    return sim_error_set(err, SIM_EFAIL,
                         "epoch %llu: the norm of the gradient is %g",
                         (unsigned long long)t->epoch, row->gradient_norm);
  }
  if (t->setup->experiment->learning.update == MODEL_UPDATE_PER_PHASE) {
    write_phases(t, n_batch, row);
  } else {
    write_weights(t, row);
  }
  return SIM_OK;
}

static enum sim_status run_epoch(struct tool_training *t,
                                 struct sim_error *err) {
  struct model_batch batch;
  struct model_measurement seen;
  struct tool_train_row row = {.epoch = (double)t->epoch};
  if (model_flow_draw(t->flow, t->epoch, &batch, &row.transport_cost, err)) {
    return err->status;
  }
  model_flow_prepare(t->flow, t->epoch + 1);
  if (t->setup->is_shared) {
    tool_team_call_batch(t->setup, &batch);
  }
  if (model_controller_measure(t->controller, &batch, t->gradient, &seen,
                               err) ||
      tool_fidelity_measure(&t->fidelity, t->run, &batch, t->epoch, err) ||
      tool_energy_series_measure(&t->energy, &batch, t->epoch, err)) {
    return err->status;
  }
  if (update(t, batch.n, &row, err)) {
    return err->status;
  }
  row.loss = seen.loss;
  row.residual = seen.residual;
  for (size_t i = 0; i < CIRCUIT_N_CONVERTERS; i++) {
    row.clipped += (double)seen.n_clipped[i];
    row.clipped_converter[i] = (double)seen.n_clipped[i];
    t->n_clipped[i] += seen.n_clipped[i];
  }
  row.settling_time = seen.settling_time * t->setup->chip->tau;
  row.not_minimum = (double)seen.n_not_minimum;
  row.unsolved = (double)seen.n_unsolved;
  t->epoch++;
  tool_series_add(&t->series, &row);
  return tool_fidelity_write(&t->fidelity, t->run, err)
             ? err->status
             : tool_energy_series_write(&t->energy, t->run, row.write_energy,
                                        row.write_time, err);
}

/* --- between epochs --- */

static void show_progress(struct tool_training *t) {
  const struct tool_train_row *row = tool_series_last(&t->series);
  char text[128];
  const int n = snprintf(text, sizeof text, "loss %.4f  settling %.3g tau",
                         row->loss, row->settling_time / t->setup->chip->tau);
  if (t->fidelity.is_known) {
    snprintf(text + n, sizeof text - (size_t)n, "  gradient cosine %.3f",
             t->fidelity.whole.cosine);
  }
  sim_progress_update(&t->run->progress, t->epoch,
                      t->setup->experiment->train.epochs, text);
  tool_run_log(t->run, "epoch %.0f loss %.6f gradient %.4f residual %.3g",
               row->epoch, row->loss, row->gradient_norm, row->residual);
}

/* Everything that has to be on the disk before a checkpoint says so, also
 * after a power failure. */
static enum sim_status save(struct tool_training *t, struct sim_error *err) {
  struct sim_result *result = t->run->result;
  sim_result_set_durable(result, true);
  enum sim_status status = tool_series_flush(&t->series, result, err);
  if (status == SIM_OK) {
    status = tool_network_write(result, t->setup->chip, &t->setup->net, err);
  }
  sim_result_set_durable(result, false);
  return status ? status : tool_training_save(t, err);
}

static enum sim_status preview(struct tool_training *t, struct sim_error *err) {
  struct model_generated samples;
  enum sim_status status = tool_sampling_draw(
      t->setup, t->setup->experiment->train.preview_samples, &samples, err);
  if (status == SIM_OK) {
    status = tool_sampling_picture(t->setup, t->run, &samples, err);
  }
  if (status == SIM_OK) {
    status = tool_report_loss(t->run->folder, err);
  }
  model_generated_finish(&samples);
  return status;
}

static enum sim_status record(struct tool_training *t, struct sim_error *err) {
  const struct tool_record_params *wanted = &t->setup->experiment->record;
  struct model_batch batch;
  double cost;
  if (model_flow_draw(t->flow, t->epoch - 1, &batch, &cost, err)) {
    return err->status;
  }
  const size_t first =
      (size_t)(t->epoch / wanted->every - 1) * wanted->transients;
  return tool_transients_record(t->setup, t->run, &batch, t->epoch, first, err);
}

static enum sim_status record_when_due(struct tool_training *t,
                                       struct sim_error *err) {
  const struct tool_record_params *wanted = &t->setup->experiment->record;
  const bool is_wanted = wanted->transients > 0 && t->epoch > 0;
  return is_wanted && is_due(t->epoch, wanted->every) ? record(t, err) : SIM_OK;
}

static enum sim_status after_epoch(struct tool_training *t,
                                   struct sim_error *err) {
  const struct tool_experiment *e = t->setup->experiment;
  const bool is_last = t->epoch == e->train.epochs;
  show_progress(t);
  if (record_when_due(t, err)) {
    return err->status;
  }
  if (!is_last && is_due(t->epoch, e->train.preview_every) &&
      (tool_series_flush(&t->series, t->run->result, err) || preview(t, err))) {
    return err->status;
  }
  if (is_last || is_due(t->epoch, e->train.checkpoint_every)) {
    return save(t, err);
  }
  return tool_series_flush_when_due(&t->series, t->run->result, err);
}

static enum sim_status run_epochs(struct tool_training *t,
                                  struct sim_error *err) {
  while (t->epoch < t->setup->experiment->train.epochs) {
    if (run_epoch(t, err) || after_epoch(t, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* --- the end --- */

/* What a sample of the last epoch costs with the last weights. */
static enum sim_status measure_energy(struct tool_training *t,
                                      struct sim_error *err) {
  struct model_batch batch;
  double cost;
  if (t->setup->experiment->energy.samples == 0) {
    return SIM_OK;
  }
  if (model_flow_draw(t->flow, t->epoch - 1, &batch, &cost, err)) {
    return err->status;
  }
  return tool_energy_phases(t->setup, t->run, &batch, err);
}

static bool is_interrupt(enum sim_status status) {
  return status == SIM_EINTERRUPT || status == SIM_ETERMINATE;
}

/* Keep what there is after an interrupt or a numerical failure. The first
 * error stays the one that is reported. */
static void keep(struct tool_training *t, enum sim_status status) {
  struct sim_error later = {0};
  if (status == SIM_EIO) {
    return;  // nothing more is written to a disk that failed
  }
  if (save(t, &later)) {
    tool_run_say(t->run, "%s", later.message);
  } else if (is_interrupt(status)) {
    tool_run_say(t->run,
                 "interrupted after epoch %llu; continue with the same "
                 "command and --resume",
                 (unsigned long long)t->epoch);
  }
}

/* The log has it since it was measured. */
static void report_fidelity(const struct tool_training *t) {
  const struct tool_fidelity *f = &t->fidelity;
  if (f->is_known) {
    tool_run_tell(t->run,
                  "measured gradient of epoch %llu against the adjoint: cosine "
                  "%.4f, norm ratio %.4f",
                  (unsigned long long)f->epoch, f->whole.cosine,
                  f->whole.norm_ratio);
  }
}

static void report_clipped(const struct tool_training *t) {
  const unsigned long long dac = t->n_clipped[CIRCUIT_DAC],
                           velocity = t->n_clipped[CIRCUIT_VELOCITY_ADC],
                           output = t->n_clipped[CIRCUIT_OUTPUT_ADC];
  if (dac + velocity + output > 0) {
    tool_run_say(t->run,
                 "warning: %llu conversions were outside the range of their "
                 "converter (/train/clipped): dac %llu, velocity_adc %llu, "
                 "output_adc %llu",
                 dac + velocity + output, dac, velocity, output);
  }
}

enum sim_status tool_train(struct tool_setup *setup, struct tool_run *run,
                           struct sim_error *err) {
  struct tool_training t;
  if (tool_training_init(&t, setup, run, err)) {
    return err->status;
  }
  // The recording of the last epoch may be what was interrupted.
  enum sim_status status = run->is_resumed ? record_when_due(&t, err) : SIM_OK;
  if (status == SIM_OK) {
    status = run_epochs(&t, err);
  }
  if (status) {
    keep(&t, status);
  } else {
    sim_progress_finish(&run->progress);
    report_clipped(&t);
    report_fidelity(&t);
    status = measure_energy(&t, err);
  }
  if (status == SIM_OK) {
    status = tool_sampling_run(setup, run, err);
  }
  tool_training_finish(&t);
  return status;
}
