/* tools/sweep_share.h -- the runs of a sweep on all ranks
 *
 * Rank 0 hands out the runs, does some itself, and alone keeps what comes out
 * of them. Each helper has a run in hand and one in reserve, so that it goes on
 * while rank 0 is busy with a run of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_SHARE_H
#define TOOL_SWEEP_SHARE_H

#include "tools/sweep_runner.h"

/* How rank 0 goes about it. */
struct tool_sweep_work {
  void *context;
  /* The next run that nobody has; false when there is none. */
  bool (*take)(void *context, struct tool_sweep_task *task);
  /* Do a run here and keep what it shows. */
  enum sim_status (*run)(void *context, const struct tool_sweep_task *task,
                         struct sim_error *err);
  /* Keep what a run elsewhere showed. */
  enum sim_status (*keep)(void *context, const struct tool_sweep_row *row,
                          struct sim_error *err);
};

/* Rank 0, after tool_team_call_runs: do all runs. When one fails for good,
 * those that are under way elsewhere are waited for and kept. */
enum sim_status tool_sweep_share(const struct tool_sweep_work *work,
                                 struct sim_error *err);

/* Helpers: do what rank 0 hands out for the sweep in this folder, until there
 * is no more. */
void tool_sweep_help(const struct tool_experiment *sweep, const char *folder);

#endif
