/* tools/series.h -- what training shows, epoch by epoch, on its way to /train
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SERIES_H
#define TOOL_SERIES_H

#include <stdint.h>

#include "circuits/converter.h"
#include "sim/result.h"

/* Doubles only, one for each dataset below /train, in the same order. */
struct tool_train_row {
  double epoch;           // [1] from 0
  double loss;            // [1] mean squared error of the velocity
  double gradient_norm;   // [1] before clipping
  double transport_cost;  // [1] mean |x0 - x1|^2
  double settling_time;   // [s] of the free phase, mean over samples
  double residual;        // [1] at the end of the free phase, mean
  double saturated;       // [1] devices asked for more than their window
  double clipped;         // [1] numbers beyond the range of a converter:
  double clipped_converter[CIRCUIT_N_CONVERTERS];  // [1] of each kind
  double unverified;    // [1] devices that a verified write gave up
  double pulses;        // [1] programming pulses of all devices
  double write_energy;  // [J] of these
  double write_time;    // [s] that they take
  double not_minimum;   // [1] samples; 0 with measured nudged states
  double unsolved;      // [1] samples; 0 with measured nudged states
};

#define TOOL_SERIES_ROWS 256

struct tool_series {
  struct tool_train_row rows[TOOL_SERIES_ROWS];  // not yet in the file
  size_t n;
  struct tool_train_row last;
  double t_flushed;  // [s] of a steady clock
};

void tool_series_init(struct tool_series *series);

/* There must be room: flush after every add, or when due. */
void tool_series_add(struct tool_series *series,
                     const struct tool_train_row *row);
const struct tool_train_row *tool_series_last(const struct tool_series *series);

/* Append the rows to /train in one block and forget them. */
enum sim_status tool_series_flush(struct tool_series *series,
                                  struct sim_result *result,
                                  struct sim_error *err);

/* The same when the last flush is a second ago or the room is used up. */
enum sim_status tool_series_flush_when_due(struct tool_series *series,
                                           struct sim_result *result,
                                           struct sim_error *err);

/* Cut all series to their first n_rows rows, to resume from there. */
enum sim_status tool_series_truncate(struct sim_result *result, size_t n_rows,
                                     struct sim_error *err);

#endif
