/* tools/energy_pages.c -- joules and seconds of a chip, into /energy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/energy_pages.h"

#include <math.h>
#include <stdlib.h>

#include "tools/energy_heat.h"
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
  double phase_time, write_time, phases, write, digital;
};

static void write_cost(struct tool_run *run, const char *group,
                       const struct cost *cost, struct sim_error *err) {
  static const struct tool_energy_entry entries[] = {
      {"time", "s", "time of the chip: phases and pulses, serial"},
      {"phase_time", "s", "phases of the batches, one sample after the other"},
      {"write_time", "s", "programming pulses (chip.coupling.at_once)"},
      {"phases", "J", "phases of the batches"},
      {"write", "J", "programming pulses"},
      {"digital", "J", "phases on the digital reference"},
      {"total", "J", "phases and pulses"}};
  const double values[] = {cost->phase_time + cost->write_time,
                           cost->phase_time,
                           cost->write_time,
                           cost->phases,
                           cost->write,
                           cost->digital,
                           cost->phases + cost->write};
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
    write_number(run->result, group, &entries[i], values[i], err);
  }
}

/* Sum of a series over all epochs. */
static double sum_epochs(struct sim_result *result, const char *path,
                         struct sim_error *err) {
  size_t rank, shape[3];
  double *values, sum = 0;
  if (sim_result_load(result, path, MAX_EPOCHS, &rank, shape, &values, err)) {
    return 0;
  }
  for (size_t i = 0; i < shape[0]; i++) {
    sum += values[i];
  }
  free(values);
  return sum;
}

/* An ideal write has no pulses to count. */
static void tell_epochs(struct tool_run *run, const char *what, bool has_pulses,
                        const struct cost *cost) {
  char pulses[96] =
      "writing is not counted: chip.coupling.programming is ideal";
  if (has_pulses) {
    snprintf(pulses, sizeof pulses,
             "and %.3g J of programming pulses in %.3g s", cost->write,
             cost->write_time);
  }
  tool_run_say(run, "energy of %s: %.4g J in %.4g s of chip time, %s", what,
               cost->phases, cost->phase_time, pulses);
}

/* n samples an epoch; pulses of an epoch are the mean of all. */
static enum sim_status write_epochs(const struct tool_setup *setup,
                                    struct tool_run *run,
                                    const struct model_bill *sample,
                                    struct sim_error *err) {
  const struct tool_train_params *train = &setup->experiment->train;
  const double n = (double)tool_setup_batch(setup, train->batch);
  const double n_epochs = (double)train->epochs;
  const bool has_pulses =
      setup->experiment->chip.coupling.programming != CIRCUIT_IDEAL;
  struct cost all = {
      .write = sum_epochs(run->result, "/train/write_energy", err),
      .write_time = sum_epochs(run->result, "/train/write_time", err)};
  const struct cost epoch = {.phase_time = n * sample->time,
                             .write_time = all.write_time / n_epochs,
                             .phases = n * sample->total,
                             .write = all.write / n_epochs,
                             .digital = n * sample->digital};
  if (tool_energy_series_sum(run->result, "time", train->epochs, sample->time,
                             &all.phase_time, err) ||
      tool_energy_series_sum(run->result, "phases", train->epochs, epoch.phases,
                             &all.phases, err) ||
      tool_energy_series_sum(run->result, "digital", train->epochs,
                             sample->digital, &all.digital, err)) {
    return err->status;
  }
  all.phase_time *= n;
  all.digital *= n;
  write_cost(run, "epoch", &epoch, err);
  write_cost(run, "training", &all, err);
  if (!err->status) {
    tell_epochs(run, "an epoch", has_pulses, &epoch);
    tell_epochs(run, "all epochs", has_pulses, &all);
  }
  return err->status;
}

/* --- what was asked for --- */

/* Bills and heat of the phases, and their sums. */
struct pages {
  struct model_bill phase[MODEL_MAX_PHASES], sample;
  struct model_heat phase_heat[MODEL_MAX_PHASES], sample_heat;
};

static void pages_finish(struct pages *pages) {
  for (size_t p = 0; p < MODEL_MAX_PHASES; p++) {
    model_heat_finish(&pages->phase_heat[p]);
  }
  model_heat_finish(&pages->sample_heat);
}

static enum sim_status pages_init(struct pages *pages,
                                  const struct model_layout *layout,
                                  struct sim_error *err) {
  *pages = (struct pages){0};
  for (size_t p = 0; p < MODEL_MAX_PHASES && !err->status; p++) {
    model_heat_init(&pages->phase_heat[p], layout, err);
  }
  if (err->status || model_heat_init(&pages->sample_heat, layout, err)) {
    pages_finish(pages);
  }
  return err->status;
}

/* A bill with its heat; that of single devices for samples and images. */
static void write_page(const struct tool_setup *setup, struct tool_run *run,
                       const char *group, const struct model_bill *bill,
                       const struct model_heat *places, bool is_whole,
                       struct sim_error *err) {
  const struct tool_energy_heat heat = {setup->chip, places, bill->amplifiers};
  write_bill(run->result, group, bill, err);
  tool_energy_heat_write(run, group, &heat, err);
  if (is_whole) {
    tool_energy_heat_write_devices(run, group, &heat, err);
    write_reference(run->result, &setup->experiment->energy, err);
  }
}

static void tell_page(const struct tool_setup *setup, struct tool_run *run,
                      const char *what, const struct model_bill *bill,
                      const struct model_heat *places) {
  const struct tool_energy_heat heat = {setup->chip, places, bill->amplifiers};
  tell(run, what, bill, &setup->experiment->energy);
  tool_energy_heat_say(run, what, &heat);
  check_balance(run, what, bill);
}

static enum sim_status write_phases(const struct tool_setup *setup,
                                    struct tool_run *run, struct pages *pages,
                                    struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  if (sim_result_begin(run->result, err)) {
    return err->status;
  }
  for (size_t p = 0; p < e->learning.phases; p++) {
    write_page(setup, run, phase_names[p], &pages->phase[p],
               &pages->phase_heat[p], false, err);
    model_heat_add(&pages->phase_heat[p], &pages->sample_heat);
  }
  write_page(setup, run, "sample", &pages->sample, &pages->sample_heat, true,
             err);
  tell_page(setup, run, "a sample", &pages->sample, &pages->sample_heat);
  if (e->kind == TOOL_TRAIN) {
    write_epochs(setup, run, &pages->sample, err);
  }
  return sim_result_end(run->result, err);
}

enum sim_status tool_energy_phases(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_batch *batch,
                                   struct sim_error *err) {
  const struct model_bill_task task = tool_energy_task(setup);
  struct pages pages;
  if (setup->experiment->energy.samples == 0) {
    return SIM_OK;
  }
  if (pages_init(&pages, &setup->net.layout, err)) {
    return err->status;
  }
  if (model_bill_phases(&task, batch, pages.phase, &pages.sample,
                        pages.phase_heat, err) == SIM_OK) {
    write_phases(setup, run, &pages, err);
  }
  pages_finish(&pages);
  return err->status;
}

static enum sim_status write_image(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_bill *image,
                                   const struct model_heat *heat,
                                   struct sim_error *err) {
  if (sim_result_begin(run->result, err)) {
    return err->status;
  }
  write_page(setup, run, "image", image, heat, true, err);
  tell_page(setup, run, "an image", image, heat);
  return sim_result_end(run->result, err);
}

enum sim_status tool_energy_image(const struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const struct model_bill_task task = tool_energy_task(setup);
  struct model_bill image;
  struct model_heat heat;
  if (e->energy.samples == 0) {
    return SIM_OK;
  }
  if (model_heat_init(&heat, &setup->net.layout, err)) {
    return err->status;
  }
  if (model_bill_image(&task, &e->generate, e->data.range.v, e->seed, &image,
                       &heat, err) == SIM_OK) {
    write_image(setup, run, &image, &heat, err);
  }
  model_heat_finish(&heat);
  return err->status;
}
