/* tools/sweep_items.h -- the numbers a sweep keeps of each run
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_ITEMS_H
#define TOOL_SWEEP_ITEMS_H

#include "sim/result.h"
#include "tools/experiment.h"

/* "/train/loss[-10:]": one number of a result file. */
struct tool_sweep_item {
  char text[SIM_ITEM_MAX];  // as written
  char path[SIM_ITEM_MAX];  // of the dataset
  char name[SIM_ITEM_MAX];  // of the group below /sweep/results
  size_t n_indices;         // 0: the dataset is one number
  long index[3];            // from the end when negative
  bool is_mean;             // of index[0] and all after it
  bool is_required;         // a run without it has failed; else NAN
};

enum tool_sweep_relation {
  TOOL_AT_LEAST,
  TOOL_AT_MOST,
  TOOL_ABOVE,
  TOOL_BELOW
};

/* "/gradient/cosine >= 0.9" */
struct tool_sweep_limit {
  size_t item;
  enum tool_sweep_relation relation;
  double bound;
};

struct tool_sweep_items {
  size_t n, n_limits;
  struct tool_sweep_item item[SIM_LIST_MAX];
  struct tool_sweep_limit limit[SIM_LIST_MAX];
};

/* Read sweep.collect (or what its default stands for) and sweep.pass; fails
 * with SIM_ECONFIG and "collect" or "pass" in *key. */
enum sim_status tool_sweep_items_read(struct tool_sweep_items *items,
                                      const struct tool_experiment *sweep,
                                      const char **key, struct sim_error *err);

/* Read the numbers of a run and their units (the caller frees each; NULL where
 * there is none) from its result file in an open block. SIM_EFAIL when one
 * that was asked for is not there. */
enum sim_status tool_sweep_items_collect(const struct tool_sweep_items *items,
                                         struct sim_result *run, double *values,
                                         char **units, struct sim_error *err);

/* Do the numbers of a run keep all limits? */
bool tool_sweep_items_pass(const struct tool_sweep_items *items,
                           const double *values);

#endif
