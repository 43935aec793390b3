/* models/bill.c -- joules and seconds of phases, samples and images
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/bill.h"

#include <math.h>
#include <stdlib.h>

#include "models/energy.h"
#include "models/phases.h"
#include "sim/memory.h"

struct measuring {
  const struct model_bill_task *task;
  struct model_energy meter;
  struct model_settling settling;
  double *now;  // [J] (n_lanes) heat and stored energy of the newest phase
  double *all;  // [J] (n_lanes) of all phases so far
};

static enum sim_status measuring_init(struct measuring *m,
                                      const struct model_bill_task *task,
                                      size_t n_lanes, struct sim_error *err) {
  *m = (struct measuring){.task = task,
                          .now = sim_alloc_doubles(n_lanes, err),
                          .all = sim_alloc_doubles(n_lanes, err)};
  if (!m->now || !m->all ||
      model_energy_init(&m->meter, &task->net->layout, n_lanes, err)) {
    free(m->now);
    free(m->all);
    return err->status;
  }
  model_energy_load(task->chip, m->meter.load);
  model_energy_springs(task->chip, task->rule, m->meter.spring);
  m->settling =
      model_energy_settling(task->settling, task->price->tolerance, &m->meter);
  return SIM_OK;
}

static void measuring_finish(struct measuring *m) {
  model_energy_finish(&m->meter);
  free(m->now);
  free(m->all);
}

/* [J] of one unit of the meter. */
static double joule_of(const struct model_chip *chip) {
  return chip->conductance_unit * chip->voltage_unit * chip->voltage_unit *
         chip->tau;
}

static double mean(size_t n, const double *x) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) {
    sum += x[k];
  }
  return sum / (double)n;
}

static double standard_error(size_t n, const double *x) {
  const double middle = mean(n, x);
  double square = 0;
  for (size_t k = 0; k < n; k++) {
    square += (x[k] - middle) * (x[k] - middle);
  }
  return n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : NAN;
}

/* What follows from the other entries. */
static void close_bill(struct model_bill *bill) {
  const double heat = bill->heat_leak + bill->heat_source;
  const double work = bill->work_source + bill->work_bias + bill->work_input;
  const double rest = work - heat - bill->stored;
  bill->imbalance = heat > 0 ? rest / heat : rest;
  bill->total = heat + bill->heat_coupling + bill->stored + bill->amplifiers +
                bill->converters;
}

static double mean_row(const struct measuring *m, enum model_energy_row row) {
  const size_t n = m->meter.n_lanes;
  return joule_of(m->task->chip) * mean(n, m->meter.sum + (size_t)row * n);
}

static void note_lanes(struct measuring *m) {
  const struct model_energy *meter = &m->meter;
  const size_t n = meter->n_lanes;
  for (size_t k = 0; k < n; k++) {
    const double heat = meter->sum[MODEL_HEAT_LEAK * n + k] +
                        meter->sum[MODEL_HEAT_SOURCE * n + k] +
                        meter->sum[MODEL_HEAT_COUPLING * n + k];
    m->now[k] = joule_of(m->task->chip) * (heat + meter->stored[k]);
    m->all[k] += m->now[k];
  }
}

/* The bill for what the meter saw, and for this many conversions, and into
 * `heat` [nullable] where that arose; the meter is cleared. */
static struct model_bill take(struct measuring *m, double n_dac, double n_adc,
                              struct model_heat *heat) {
  const struct model_chip *chip = m->task->chip;
  const struct model_price_params *price = m->task->price;
  const struct model_energy *meter = &m->meter;
  const double time = chip->tau * meter->time;
  struct model_bill bill = {
      .time = time,
      .heat_leak = mean_row(m, MODEL_HEAT_LEAK),
      .heat_source = mean_row(m, MODEL_HEAT_SOURCE),
      .heat_coupling = mean_row(m, MODEL_HEAT_COUPLING),
      .work_source = mean_row(m, MODEL_WORK_SOURCE),
      .work_bias = mean_row(m, MODEL_WORK_BIAS),
      .work_input = mean_row(m, MODEL_WORK_INPUT),
      .stored = joule_of(chip) * mean(meter->n_lanes, meter->stored),
      .amplifiers = time * model_price_amplifiers(price, chip->layout.n_nodes),
      .converters = n_dac * price->dac + n_adc * price->adc,
      .digital = model_price_mac(price) *
                 model_price_n_macs(&chip->layout, meter->time),
  };
  close_bill(&bill);
  note_lanes(m);
  bill.error = standard_error(meter->n_lanes, m->now);
  if (heat) {
    model_heat_clear(heat);
    model_heat_add(&meter->heat, heat);
    model_heat_scale(heat, chip);
  }
  model_energy_clear(&m->meter);
  return bill;
}

static void add(const struct model_bill *one, struct model_bill *sum) {
  const size_t n = sizeof *one / sizeof(double);
  for (size_t i = 0; i < n; i++) {
    ((double *)sum)[i] += ((const double *)one)[i];
  }
}

/* --- phases --- */

/* Runs phase number p and takes its bill. */
static enum sim_status run_phase(struct measuring *m,
                                 struct model_phases *phases, size_t p,
                                 struct model_bill *bill,
                                 struct model_heat *heat,
                                 struct sim_error *err) {
  const struct model_layout *at = &m->task->net->layout;
  const bool is_read_whole = p > 0 || m->task->rule->phases == 2;
  if (p == 0 ? model_phases_free(phases, err)
             : model_phases_nudged(phases, p == 1 ? +1.0 : -1.0, err)) {
    return err->status;
  }
  const double n_visible = (double)at->width[0];
  *bill = take(m, n_visible * (double)m->meter.n_runs,
               is_read_whole ? (double)at->n_nodes : n_visible, heat);
  return SIM_OK;
}

static enum sim_status run_phases(struct measuring *m,
                                  const struct model_batch *batch,
                                  struct model_bill *phase,
                                  struct model_bill *sample,
                                  struct model_heat *heat,
                                  struct sim_error *err) {
  struct model_phases phases;
  if (model_phases_init(&phases, m->task->rule, &m->settling, m->task->net,
                        m->meter.n_lanes, err)) {
    return err->status;
  }
  model_phases_load(&phases, batch, 0);
  for (size_t p = 0; p < m->task->rule->phases && !err->status; p++) {
    if (run_phase(m, &phases, p, &phase[p], heat ? &heat[p] : NULL, err) ==
        SIM_OK) {
      add(&phase[p], sample);
    }
  }
  close_bill(sample);
  sample->error = standard_error(m->meter.n_lanes, m->all);
  model_phases_finish(&phases);
  return err->status;
}

enum sim_status model_bill_phases(const struct model_bill_task *task,
                                  const struct model_batch *batch,
                                  struct model_bill phase[MODEL_MAX_PHASES],
                                  struct model_bill *sample,
                                  struct model_heat *heat,
                                  struct sim_error *err) {
  struct measuring m;
  const size_t wanted = task->price->samples;
  *sample = (struct model_bill){0};
  if (measuring_init(&m, task, wanted < batch->n ? wanted : batch->n, err)) {
    return err->status;
  }
  run_phases(&m, batch, phase, sample, heat, err);
  measuring_finish(&m);
  return err->status;
}

/* --- images --- */

/* All lanes of one tile, so that one thread has the meter. */
enum sim_status model_bill_image(const struct model_bill_task *task,
                                 const struct model_generate_params *generate,
                                 const double range[2], uint64_t seed,
                                 struct model_bill *image,
                                 struct model_heat *heat,
                                 struct sim_error *err) {
  struct measuring m;
  struct model_generated samples;
  const struct model_generate_task drawing = {.params = generate,
                                              .net = task->net,
                                              .rule = task->rule,
                                              .settling = &m.settling,
                                              .n_samples = task->price->samples,
                                              .low = range[0],
                                              .high = range[1],
                                              .seed = seed};
  if (measuring_init(&m, task, drawing.n_samples, err)) {
    return err->status;
  }
  if (model_generate(&drawing, &samples, err) == SIM_OK) {
    const double n_visible = (double)task->net->layout.width[0];
    const double n_conversions = n_visible * (double)m.meter.n_runs;
    *image = take(&m, n_conversions, n_conversions, heat);
  }
  model_generated_finish(&samples);
  measuring_finish(&m);
  return err->status;
}
