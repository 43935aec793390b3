/* tools/energy_pages.c -- joules and seconds of a chip, into /energy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/energy_pages.h"

#include <stdlib.h>

#define MAX_EPOCHS 1000000000u

static const char *const phase_names[MODEL_MAX_PHASES] = {"free", "plus",
                                                          "minus"};

/* In the order of struct model_bill. */
static const struct entry {
  const char *name, *unit, *long_name;
} entries[] = {
    {"time", "s", "time of the chip"},
    {"heat_leak", "J", "heat in the leaks"},
    {"heat_source", "J", "heat in springs and nudges"},
    {"heat_coupling", "J", "heat in both devices of every pair"},
    {"work_source", "J", "work of the sources of springs and nudges"},
    {"work_bias", "J", "work of the bias currents"},
    {"work_input", "J", "work of the input stages"},
    {"stored", "J", "change of the energy of the capacitors"},
    {"amplifiers", "J", "supply of the amplifiers"},
    {"converters", "J", "conversions"},
    {"digital", "J", "the same arithmetic on the digital reference"},
    {"total", "J", "heat, stored, amplifiers and converters"},
    {"standard_error", "J", "of heat and stored, over the samples"},
    {"imbalance", "1", "work less heat less stored, over the heat"},
};
#define N_ENTRIES (sizeof entries / sizeof entries[0])
_Static_assert(sizeof(struct model_bill) == N_ENTRIES * sizeof(double),
               "a bill has one number for each entry");

static void write_number(struct sim_result *result, const char *group,
                         const struct entry *entry, double value,
                         struct sim_error *err) {
  char path[96];
  snprintf(path, sizeof path, "/energy/%s/%s", group, entry->name);
  const struct sim_dataset d = {
      .path = path, .unit = entry->unit, .long_name = entry->long_name};
  sim_result_write(result, &d, &value, err);
}

static void write_bill(struct sim_result *result, const char *group,
                       const struct model_bill *bill, struct sim_error *err) {
  for (size_t i = 0; i < N_ENTRIES; i++) {
    write_number(result, group, &entries[i], ((const double *)bill)[i], err);
  }
}

static void write_reference(struct sim_result *result,
                            const struct model_price_params *price,
                            struct sim_error *err) {
  sim_result_set_text(result, "/energy", "digital_reference",
                      model_price_reference(price), err);
  sim_result_set_double(result, "/energy", "digital_multiply_accumulate_J",
                        model_price_mac(price), err);
}

static struct model_bill_task task_of(const struct tool_setup *setup) {
  return (struct model_bill_task){.chip = setup->chip,
                                  .net = &setup->net,
                                  .rule = &setup->experiment->learning,
                                  .settling = &setup->settling,
                                  .price = &setup->experiment->energy};
}

static void tell(struct tool_run *run, const char *what,
                 const struct model_bill *bill,
                 const struct model_price_params *price) {
  tool_run_say(run,
               "energy of %s: %.4g J in %.4g s (couplings %.3g J, leaks %.3g "
               "J, springs and nudges %.3g J, amplifiers %.3g J, converters "
               "%.3g J); on %s %.3g J",
               what, bill->total, bill->time, bill->heat_coupling,
               bill->heat_leak, bill->heat_source, bill->amplifiers,
               bill->converters, model_price_reference(price), bill->digital);
}

/* --- epochs --- */

/* Mean energy [J] of an epoch's pulses. */
static double mean_write_energy(struct sim_result *result,
                                struct sim_error *err) {
  size_t rank, shape[3];
  double *energy, sum = 0;
  if (sim_result_load(result, "/train/write_energy", MAX_EPOCHS, &rank, shape,
                      &energy, err)) {
    return 0;
  }
  for (size_t i = 0; i < shape[0]; i++) {
    sum += energy[i];
  }
  free(energy);
  return sum / (double)shape[0];
}

static void write_epoch(const struct tool_setup *setup, struct tool_run *run,
                        const struct model_bill *sample,
                        struct sim_error *err) {
  static const struct entry time = {"time", "s", "time of the chip, serial"};
  static const struct entry phases = {"phases", "J", "phases of the batch"};
  static const struct entry write = {"write", "J",
                                     "programming pulses, mean of all epochs"};
  static const struct entry total = {"total", "J", "phases and pulses"};
  static const struct entry digital = {"digital", "J",
                                       "phases on the digital reference"};
  const double n =
      (double)tool_setup_batch(setup, setup->experiment->train.batch);
  const double pulses = mean_write_energy(run->result, err);
  write_number(run->result, "epoch", &time, n * sample->time, err);
  write_number(run->result, "epoch", &phases, n * sample->total, err);
  write_number(run->result, "epoch", &write, pulses, err);
  write_number(run->result, "epoch", &total, n * sample->total + pulses, err);
  write_number(run->result, "epoch", &digital, n * sample->digital, err);
  if (!err->status) {
    tool_run_say(run,
                 "energy of an epoch: %.4g J in %.4g s of chip time, and %.3g "
                 "J of programming pulses",
                 n * sample->total, n * sample->time, pulses);
  }
}

/* --- what was asked for --- */

enum sim_status tool_energy_phases(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_batch *batch,
                                   struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const struct model_bill_task task = task_of(setup);
  struct model_bill phase[MODEL_MAX_PHASES], sample;
  if (e->energy.samples == 0) {
    return SIM_OK;
  }
  if (model_bill_phases(&task, batch, phase, &sample, err) ||
      sim_result_begin(run->result, err)) {
    return err->status;
  }
  for (size_t p = 0; p < e->learning.phases; p++) {
    write_bill(run->result, phase_names[p], &phase[p], err);
  }
  write_bill(run->result, "sample", &sample, err);
  write_reference(run->result, &e->energy, err);
  tell(run, "a sample", &sample, &e->energy);
  if (e->kind == TOOL_TRAIN) {
    write_epoch(setup, run, &sample, err);
  }
  return sim_result_end(run->result, err);
}

enum sim_status tool_energy_image(const struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const struct model_bill_task task = task_of(setup);
  struct model_bill image;
  if (e->energy.samples == 0) {
    return SIM_OK;
  }
  if (model_bill_image(&task, &e->generate, e->data.range.v, e->seed, &image,
                       err) ||
      sim_result_begin(run->result, err)) {
    return err->status;
  }
  write_bill(run->result, "image", &image, err);
  write_reference(run->result, &e->energy, err);
  tell(run, "an image", &image, &e->energy);
  return sim_result_end(run->result, err);
}
