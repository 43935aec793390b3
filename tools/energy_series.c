/* tools/energy_series.c -- what a sample costs as training goes on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/energy_series.h"

#include <gsl/gsl_interp.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "tools/columns.h"
#include "tools/energy_pages.h"

#define GROUP "/train/energy/"
#define N_COLUMNS (TOOL_ENERGY_N_ENTRIES + 4)
#define MAX_ROWS 1000000000u

void tool_energy_series_init(struct tool_energy_series *series,
                             const struct tool_setup *setup) {
  *series = (struct tool_energy_series){.setup = setup};
}

static bool is_on(const struct tool_energy_series *series) {
  const struct model_price_params *price = &series->setup->experiment->energy;
  return price->samples > 0 && price->every > 0;
}

enum sim_status tool_energy_series_measure(struct tool_energy_series *series,
                                           const struct model_batch *batch,
                                           uint64_t epoch,
                                           struct sim_error *err) {
  const struct tool_setup *setup = series->setup;
  const struct model_bill_task task = tool_energy_task(setup);
  struct model_bill phase[MODEL_MAX_PHASES];
  if (!is_on(series) ||
      !tool_columns_is_due(setup->experiment->energy.every, epoch) ||
      model_bill_phases(&task, batch, phase, &series->sample, NULL, err)) {
    return err->status;
  }
  series->has_row = true;
  series->epoch = epoch;
  return SIM_OK;
}

/* --- the series --- */

static void name_column(struct tool_column *column, const char *name,
                        const char *unit, const char *long_name, double value) {
  *column = (struct tool_column){
      .unit = unit, .long_name = long_name, .value = value};
  snprintf(column->path, sizeof column->path, GROUP "%s", name);
}

/* The datasets and their newest values; the first one is the scale. */
static void list_columns(const struct tool_energy_series *series, double write,
                         double write_time,
                         struct tool_column columns[N_COLUMNS]) {
  const struct tool_setup *setup = series->setup;
  const double n_batch =
      (double)tool_setup_batch(setup, setup->experiment->train.batch);
  name_column(&columns[0], "epoch", "1", "epoch that was measured, from 0",
              (double)series->epoch);
  for (size_t i = 0; i < TOOL_ENERGY_N_ENTRIES; i++) {
    const struct tool_energy_entry *entry = &tool_energy_entries[i];
    name_column(&columns[i + 1], entry->name, entry->unit, entry->long_name,
                ((const double *)&series->sample)[i]);
  }
  name_column(&columns[N_COLUMNS - 3], "phases", "J", "phases of the batch",
              n_batch * series->sample.total);
  name_column(&columns[N_COLUMNS - 2], "write", "J",
              "programming pulses that followed", write);
  name_column(&columns[N_COLUMNS - 1], "write_time", "s",
              "time of these pulses", write_time);
}

enum sim_status tool_energy_series_write(struct tool_energy_series *series,
                                         struct tool_run *run, double write,
                                         double write_time,
                                         struct sim_error *err) {
  struct tool_column columns[N_COLUMNS];
  if (!series->has_row) {
    return SIM_OK;
  }
  series->has_row = false;
  list_columns(series, write, write_time, columns);
  return tool_columns_append(run->result, N_COLUMNS, columns, err);
}

enum sim_status tool_energy_series_truncate(
    const struct tool_energy_series *series, struct sim_result *result,
    uint64_t n_epochs, struct sim_error *err) {
  struct tool_column columns[N_COLUMNS];
  if (!is_on(series)) {
    return SIM_OK;
  }
  list_columns(series, 0, 0, columns);
  return tool_columns_truncate(
      result, N_COLUMNS, columns,
      tool_columns_n_rows(series->setup->experiment->energy.every, n_epochs),
      err);
}

/* --- sums --- */

/* Sum over epochs 0, 1, ... of the line through points (x, y) (n). */
static double sum_line(size_t n, const double *x, const double *y,
                       uint64_t n_epochs) {
  gsl_interp *line = gsl_interp_alloc(gsl_interp_linear, n);
  double sum = 0;
  gsl_interp_init(line, x, y, n);
  for (uint64_t e = 0; e < n_epochs; e++) {
    sum += gsl_interp_eval(line, x, y, (double)e, NULL);
  }
  gsl_interp_free(line);
  return sum;
}

/* A series, with room for one more row; NULL without one. */
static double *load(struct sim_result *result, const char *name, size_t *n,
                    struct sim_error *err) {
  char path[64];
  size_t rank, shape[3];
  snprintf(path, sizeof path, GROUP "%s", name);
  if (sim_result_shape(result, path, &rank, shape, err)) {
    return NULL;
  }
  double *values = sim_alloc_doubles(shape[0] + 1, err);
  *n = shape[0];
  if (values && sim_result_read(result, path, 1, shape, values, err)) {
    free(values);
    return NULL;
  }
  return values;
}

enum sim_status tool_energy_series_sum(struct sim_result *result,
                                       const char *name, uint64_t n_epochs,
                                       double last, double *sum,
                                       struct sim_error *err) {
  size_t n;
  *sum = last * (double)n_epochs;
  if (!sim_result_has(result, GROUP "epoch")) {
    return SIM_OK;
  }
  double *epoch = load(result, "epoch", &n, err);
  double *values = epoch ? load(result, name, &n, err) : NULL;
  if (values && n > 0) {
    epoch[n] = (double)n_epochs;
    values[n] = last;
    *sum = sum_line(n + 1, epoch, values, n_epochs);
  }
  free(epoch);
  free(values);
  return err->status;
}
