/* tools/columns.h -- series with a row for some of the epochs of a training
 *
 * A row belongs to the first epoch and to the last of every `every` epochs.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_COLUMNS_H
#define TOOL_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/result.h"

bool tool_columns_is_due(size_t every, uint64_t epoch);

/* Rows of the first n_epochs epochs. */
size_t tool_columns_n_rows(size_t every, uint64_t n_epochs);

/* A dataset and its newest value. */
struct tool_column {
  char path[64];
  const char *unit;
  const char *long_name;
  double value;
};

/* Append a row to n datasets, of which the first one is the scale of the
 * others. */
enum sim_status tool_columns_append(struct sim_result *result, size_t n,
                                    const struct tool_column *columns,
                                    struct sim_error *err);

/* Cut the datasets, if they are there, to their first n_rows rows. */
enum sim_status tool_columns_truncate(struct sim_result *result, size_t n,
                                      const struct tool_column *columns,
                                      size_t n_rows, struct sim_error *err);

#endif
