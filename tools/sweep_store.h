/* tools/sweep_store.h -- /sweep of a result file
 *
 *   axes/x, y, z       (points) coordinates, the scales of all that follows
 *   chip               (chips) numbers of the chips
 *   state              (points, chips) 0 not run yet, 1 done, 2 failed
 *   results/NAME/...   values (points, chips); mean, standard_deviation, n
 *                      (points); quantiles (points, quantiles)
 *   yield/...          share, low, high (points): chips that keep all limits
 *   failures           an attribute for each failed run: its message
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_STORE_H
#define TOOL_SWEEP_STORE_H

#include "tools/sweep_items.h"
#include "tools/sweep_plan.h"

enum tool_sweep_state { TOOL_NOT_RUN, TOOL_DONE, TOOL_FAILED };

struct tool_sweep_store {
  const struct tool_sweep_plan *plan;    // not owned
  const struct tool_sweep_items *items;  // not owned
  struct sim_result *result;             // not owned
  size_t n_points, n_chips;
  double *state;   // (n_points, n_chips) enum tool_sweep_state
  double *values;  // (n_items, n_points, n_chips)
  double *work;    // (n_points, quantiles or 3)
  double *sorted;  // (n_chips)
};

/* Make /sweep, or read what is there already. On failure nothing is left to
 * finish. */
enum sim_status tool_sweep_store_init(struct tool_sweep_store *store,
                                      const struct tool_sweep_plan *plan,
                                      const struct tool_sweep_items *items,
                                      struct sim_result *result,
                                      struct sim_error *err);
void tool_sweep_store_finish(struct tool_sweep_store *store);

enum tool_sweep_state tool_sweep_store_state(
    const struct tool_sweep_store *store, size_t point, size_t chip);
size_t tool_sweep_store_count(const struct tool_sweep_store *store,
                              enum tool_sweep_state state);

/* Put a finished run on the disk, as a whole or not at all: its numbers
 * (n_items) with their units (nullable each), or the message of its failure. */
enum sim_status tool_sweep_store_done(struct tool_sweep_store *store,
                                      size_t point, size_t chip,
                                      const double *values, char *const *units,
                                      struct sim_error *err);
enum sim_status tool_sweep_store_failed(struct tool_sweep_store *store,
                                        size_t point, size_t chip,
                                        const char *message,
                                        struct sim_error *err);

#endif
