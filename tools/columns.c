/* tools/columns.c -- series with a row for some of the epochs of a training
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/columns.h"

bool tool_columns_is_due(size_t every, uint64_t epoch) {
  return epoch == 0 || (epoch + 1) % every == 0;
}

size_t tool_columns_n_rows(size_t every, uint64_t n_epochs) {
  return n_epochs == 0 ? 0 : (size_t)(n_epochs / every) + (every > 1);
}

enum sim_status tool_columns_append(struct sim_result *result, size_t n,
                                    const struct tool_column *columns,
                                    struct sim_error *err) {
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  for (size_t i = 0; i < n; i++) {
    const struct sim_dataset d = {.path = columns[i].path,
                                  .unit = columns[i].unit,
                                  .long_name = columns[i].long_name,
                                  .rank = 1,
                                  .scales = {i > 0 ? columns[0].path : NULL},
                                  .is_scale = i == 0};
    sim_result_append(result, &d, &columns[i].value, 1, err);
  }
  return sim_result_end(result, err);
}

enum sim_status tool_columns_truncate(struct sim_result *result, size_t n,
                                      const struct tool_column *columns,
                                      size_t n_rows, struct sim_error *err) {
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  // A run that ended before its first row has no datasets.
  const int is_there = sim_result_has(result, columns[0].path);
  for (size_t i = 0; i < n && is_there; i++) {
    sim_result_truncate(result, columns[i].path, n_rows, err);
  }
  return sim_result_end(result, err);
}
