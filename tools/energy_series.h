/* tools/energy_series.h -- what a sample costs as training goes on
 *
 *   /train/energy/epoch        which epochs (`energy.every`)
 *   /train/energy/ENTRY        of all phases of a sample, as /energy/sample
 *   /train/energy/phases       of the batch
 *   /train/energy/write        of the pulses that followed
 *   /train/energy/write_time   of these pulses
 *
 * The first samples of the epoch's batch are run once more, with the weights
 * that it met; nothing that is learnt depends on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_ENERGY_SERIES_H
#define TOOL_ENERGY_SERIES_H

#include "models/bill.h"
#include "tools/run.h"
#include "tools/setup.h"

struct tool_energy_series {
  const struct tool_setup *setup;  // not owned
  bool has_row;                    // which is not yet in the file
  uint64_t epoch;
  struct model_bill sample;
};

void tool_energy_series_init(struct tool_energy_series *series,
                             const struct tool_setup *setup);

/* Measure the chip as it is, if this epoch has a row. */
enum sim_status tool_energy_series_measure(struct tool_energy_series *series,
                                           const struct model_batch *batch,
                                           uint64_t epoch,
                                           struct sim_error *err);

/* Append what was measured since the last call; `write` [J] and `write_time`
 * [s] are those of the epoch's pulses. */
enum sim_status tool_energy_series_write(struct tool_energy_series *series,
                                         struct tool_run *run, double write,
                                         double write_time,
                                         struct sim_error *err);

/* Cut the series to the first n_epochs epochs. */
enum sim_status tool_energy_series_truncate(
    const struct tool_energy_series *series, struct sim_result *result,
    uint64_t n_epochs, struct sim_error *err);

/* Sum of `name`, an entry or `phases`, over n_epochs epochs: linear between
 * the epochs of the series and `last`, its value with the last weights, which
 * alone stands for all where there is no series. Needs an open block. */
enum sim_status tool_energy_series_sum(struct sim_result *result,
                                       const char *name, uint64_t n_epochs,
                                       double last, double *sum,
                                       struct sim_error *err);

#endif
