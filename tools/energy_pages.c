/* tools/energy_pages.c -- joules and seconds of a chip, into /energy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/energy_pages.h"

#include <math.h>
#include <stdlib.h>

#include "tools/energy_series.h"

#define MAX_EPOCHS 1000000000u
#define LARGEST_IMBALANCE 1e-6

static const char *const phase_names[MODEL_MAX_PHASES] = {"free", "plus",
                                                          "minus"};

const struct tool_energy_entry tool_energy_entries[TOOL_ENERGY_N_ENTRIES] = {
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

static void write_number(struct sim_result *result, const char *group,
                         const struct tool_energy_entry *entry, double value,
                         struct sim_error *err) {
  char path[96];
  snprintf(path, sizeof path, "/energy/%s/%s", group, entry->name);
  sim_result_write_number(result, path, entry->unit, entry->long_name, value,
                          err);
}

static void write_bill(struct sim_result *result, const char *group,
                       const struct model_bill *bill, struct sim_error *err) {
  for (size_t i = 0; i < TOOL_ENERGY_N_ENTRIES; i++) {
    write_number(result, group, &tool_energy_entries[i],
                 ((const double *)bill)[i], err);
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

struct model_bill_task tool_energy_task(const struct tool_setup *setup) {
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

/* Work that is neither heat nor stored is an error of the integration. */
static void check_balance(struct tool_run *run, const char *what,
                          const struct model_bill *bill) {
  if (!(fabs(bill->imbalance) <= LARGEST_IMBALANCE)) {
    tool_run_say(run,
                 "warning: the energy balance of %s is open by %.3g of its "
                 "heat",
                 what, bill->imbalance);
  }
}

/* --- epochs --- */

/* [s], [J] of one epoch, or of all. */
struct cost {
  double time, phases, write, digital;
};

static void write_cost(struct tool_run *run, const char *group,
                       const struct cost *cost, struct sim_error *err) {
  static const struct tool_energy_entry entries[] = {
      {"time", "s", "time of the chip, serial"},
      {"phases", "J", "phases of the batches"},
      {"write", "J", "programming pulses"},
      {"digital", "J", "phases on the digital reference"},
      {"total", "J", "phases and pulses"}};
  const double values[] = {cost->time, cost->phases, cost->write, cost->digital,
                           cost->phases + cost->write};
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
    write_number(run->result, group, &entries[i], values[i], err);
  }
}

/* [J] of all pulses of all epochs. */
static double sum_writes(struct sim_result *result, struct sim_error *err) {
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
  return sum;
}

/* n samples an epoch; pulses of an epoch are the mean of all. */
static enum sim_status write_epochs(const struct tool_setup *setup,
                                    struct tool_run *run,
                                    const struct model_bill *sample,
                                    struct sim_error *err) {
  const struct tool_train_params *train = &setup->experiment->train;
  const double n = (double)tool_setup_batch(setup, train->batch);
  const double writes = sum_writes(run->result, err);
  const struct cost epoch = {.time = n * sample->time,
                             .phases = n * sample->total,
                             .write = writes / (double)train->epochs,
                             .digital = n * sample->digital};
  struct cost all = {.write = writes};
  if (tool_energy_series_sum(run->result, "time", train->epochs, sample->time,
                             &all.time, err) ||
      tool_energy_series_sum(run->result, "phases", train->epochs, epoch.phases,
                             &all.phases, err) ||
      tool_energy_series_sum(run->result, "digital", train->epochs,
                             sample->digital, &all.digital, err)) {
    return err->status;
  }
  all.time *= n;
  all.digital *= n;
  write_cost(run, "epoch", &epoch, err);
  write_cost(run, "training", &all, err);
  if (!err->status) {
    tool_run_say(run,
                 "energy of an epoch: %.4g J in %.4g s of chip time, and %.3g "
                 "J of programming pulses; of all %zu: %.4g J in %.4g s, and "
                 "%.3g J",
                 epoch.phases, epoch.time, epoch.write, train->epochs,
                 all.phases, all.time, all.write);
  }
  return err->status;
}

/* --- what was asked for --- */

enum sim_status tool_energy_phases(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_batch *batch,
                                   struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const struct model_bill_task task = tool_energy_task(setup);
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
  check_balance(run, "a sample", &sample);
  if (e->kind == TOOL_TRAIN) {
    write_epochs(setup, run, &sample, err);
  }
  return sim_result_end(run->result, err);
}

enum sim_status tool_energy_image(const struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const struct model_bill_task task = tool_energy_task(setup);
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
  check_balance(run, "an image", &image);
  return sim_result_end(run->result, err);
}
