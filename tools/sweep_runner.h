/* tools/sweep_runner.h -- runs of a sweep, one after the other, in a
 * folder that is empty again after each
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_RUNNER_H
#define TOOL_SWEEP_RUNNER_H

#include "tools/run.h"
#include "tools/sweep_items.h"
#include "tools/sweep_plan.h"

#define TOOL_SWEEP_UNIT 32  // bytes of a unit, with the end

/* A run to do, or done. */
struct tool_sweep_task {
  size_t point, chip;
};

/* What is kept of it; plain bytes, ranks send it to each other. Where only the
 * reading of its numbers failed, `is_run` is set. */
struct tool_sweep_row {
  struct tool_sweep_task task;
  struct sim_error error;                     // why it failed
  bool is_run;                                // its work was done
  double values[SIM_LIST_MAX];                // (n_items)
  char units[SIM_LIST_MAX][TOOL_SWEEP_UNIT];  // of these, "" for none
};

struct tool_sweep_runner {
  struct tool_run sweep;  // its folder alone
  char name[32];          // of the folder of the run, inside it
  struct tool_sweep_plan plan;
  struct tool_sweep_items items;
  struct tool_experiment *experiment;  // of the run, owned
};

/* For the runs of a sweep whose folder is open; the ranks use folders of their
 * own inside it. On failure nothing is left to finish. */
enum sim_status tool_sweep_runner_init(struct tool_sweep_runner *runner,
                                       const struct tool_experiment *sweep,
                                       const char *folder,
                                       struct sim_error *err);

/* Also removes the folder of the runs. */
void tool_sweep_runner_finish(struct tool_sweep_runner *runner);

/* Run, and fill `row`. */
void tool_sweep_runner_run(struct tool_sweep_runner *runner,
                           const struct tool_sweep_task *task,
                           struct tool_sweep_row *row);

#endif
