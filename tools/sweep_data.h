/* tools/sweep_data.h -- /sweep of a result file, for tables and pictures
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_DATA_H
#define TOOL_SWEEP_DATA_H

#include "sim/result.h"
#include "tools/sweep_params.h"

struct tool_sweep_scale {
  char *name;   // the key, "sources" or "settings"
  char *unit;   // of the coordinates
  double *at;   // (n_points)
  char *words;  // the settings, one behind the other; NULL: numbers
  size_t n_words;
  const char **word;  // (n_words) into `words`
};

struct tool_sweep_column {
  char name[SIM_ITEM_MAX];   // of its group below /sweep/results
  char label[SIM_ITEM_MAX];  // for people, "train_loss[-10:]"
  char *unit;
  double *values;                // (n_points, n_chips)
  double *mean, *deviation, *n;  // (n_points)
};

struct tool_sweep_data {
  size_t n_points, n_chips, n_scales, n_columns;
  struct tool_sweep_scale scale[TOOL_SWEEP_AXES];
  struct tool_sweep_column column[SIM_LIST_MAX];
  double *share, *low, *high;  // (n_points) yield; NULL without limits
};

/* Read a result file in an open block. Finish the data in any case. */
enum sim_status tool_sweep_data_read(struct tool_sweep_data *data,
                                     struct sim_result *result,
                                     struct sim_error *err);
void tool_sweep_data_finish(struct tool_sweep_data *data);

/* The setting of a scale at a point: a word, or the coordinate in `text` (32
 * bytes). */
const char *tool_sweep_data_setting(const struct tool_sweep_scale *scale,
                                    size_t point, char *text);

#endif
