/* tools/series.c -- what training shows, epoch by epoch, on its way to /train
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/series.h"

#include "sim/clock.h"

#define FLUSH_INTERVAL 1.0  // [s]

#define EPOCH "/train/epoch"
static const struct sim_dataset columns[] = {
    {.path = EPOCH,
     .unit = "1",
     .long_name = "epoch, from 0",
     .rank = 1,
     .is_scale = 1},
    {.path = "/train/loss",
     .unit = "1",
     .long_name = "mean squared error of the velocity per pixel",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/gradient_norm",
     .unit = "1",
     .long_name = "norm of the measured gradient before clipping",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/transport_cost",
     .unit = "1",
     .long_name = "mean squared distance of noise and image",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/settling_time",
     .unit = "s",
     .long_name = "mean duration of the free phase",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/residual",
     .unit = "1",
     .long_name = "mean largest net current at the end of the free phase",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/saturated",
     .unit = "1",
     .long_name = "devices asked for more than their window holds",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/clipped",
     .unit = "1",
     .long_name = "conversions outside the range of their converter",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/clipped_dac",
     .unit = "1",
     .long_name = "of these, numbers beyond the range of a DAC",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/clipped_velocity_adc",
     .unit = "1",
     .long_name = "of these, displacements beyond the range of an ADC",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/clipped_output_adc",
     .unit = "1",
     .long_name = "of these, outputs beyond the range of an ADC",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/unverified",
     .unit = "1",
     .long_name = "devices that a verified write gave up",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/pulses",
     .unit = "1",
     .long_name = "programming pulses of the update",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/write_energy",
     .unit = "J",
     .long_name = "energy of these pulses",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/write_time",
     .unit = "s",
     .long_name = "time of these pulses",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/not_minimum",
     .unit = "1",
     .long_name = "samples whose free state is no minimum (small_signal)",
     .rank = 1,
     .scales = {EPOCH}},
    {.path = "/train/unsolved",
     .unit = "1",
     .long_name = "samples whose linear system is not solved (small_signal)",
     .rank = 1,
     .scales = {EPOCH}},
};
#define N_COLUMNS (sizeof columns / sizeof columns[0])
_Static_assert(sizeof(struct tool_train_row) == N_COLUMNS * sizeof(double),
               "a row has one number for each dataset");

void tool_series_init(struct tool_series *series) {
  *series = (struct tool_series){.t_flushed = sim_clock_now()};
}

void tool_series_add(struct tool_series *series,
                     const struct tool_train_row *row) {
  series->rows[series->n++] = *row;
  series->last = *row;
}

const struct tool_train_row *tool_series_last(
    const struct tool_series *series) {
  return &series->last;
}

enum sim_status tool_series_flush(struct tool_series *series,
                                  struct sim_result *result,
                                  struct sim_error *err) {
  double column[TOOL_SERIES_ROWS];
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  for (size_t c = 0; c < N_COLUMNS; c++) {
    for (size_t i = 0; i < series->n; i++) {
      column[i] = ((const double *)&series->rows[i])[c];
    }
    sim_result_append(result, &columns[c], column, series->n, err);
  }
  series->n = 0;
  series->t_flushed = sim_clock_now();
  return sim_result_end(result, err);
}

enum sim_status tool_series_flush_when_due(struct tool_series *series,
                                           struct sim_result *result,
                                           struct sim_error *err) {
  const int is_due = series->n == TOOL_SERIES_ROWS ||
                     sim_clock_now() - series->t_flushed >= FLUSH_INTERVAL;
  return is_due ? tool_series_flush(series, result, err) : SIM_OK;
}

enum sim_status tool_series_truncate(struct sim_result *result, size_t n_rows,
                                     struct sim_error *err) {
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  for (size_t c = 0; c < N_COLUMNS; c++) {
    sim_result_truncate(result, columns[c].path, n_rows, err);
  }
  return sim_result_end(result, err);
}
