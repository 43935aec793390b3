/* tools/sweep_runner.c -- runs of a sweep, one after the other, in a
 * folder that is empty again after each
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_runner.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "sim/ranks.h"
#include "tools/inner_run.h"

enum sim_status tool_sweep_runner_init(struct tool_sweep_runner *r,
                                       const struct tool_experiment *sweep,
                                       const char *folder,
                                       struct sim_error *err) {
  const char *key;
  *r = (struct tool_sweep_runner){.experiment =
                                      sim_alloc(1, sizeof *r->experiment, err)};
  snprintf(r->sweep.folder, sizeof r->sweep.folder, "%s", folder);
  snprintf(r->name, sizeof r->name, TOOL_SWEEP_FOLDER "_%zu", sim_rank());
  if (!r->experiment || tool_sweep_items_read(&r->items, sweep, &key, err) ||
      tool_sweep_plan_init(&r->plan, sweep, err)) {
    free(r->experiment);
    return err->status;
  }
  return SIM_OK;
}

void tool_sweep_runner_finish(struct tool_sweep_runner *r) {
  char folder[SIM_TEXT_MAX];
  tool_run_discard(tool_run_path(&r->sweep, r->name, folder));
  tool_sweep_plan_finish(&r->plan);
  free(r->experiment);
}

/* What a run is read by, and into. */
struct reading {
  const struct tool_sweep_items *items;
  struct tool_sweep_row *row;
};

static enum sim_status read_values(void *context, struct tool_setup *setup,
                                   struct tool_run *run,
                                   struct sim_error *err) {
  const struct reading *reading = context;
  struct tool_sweep_row *row = reading->row;
  char *units[SIM_LIST_MAX] = {0};
  (void)setup;
  row->is_run = true;
  if (sim_result_begin(run->result, err) == SIM_OK &&
      tool_sweep_items_collect(reading->items, run->result, row->values, units,
                               err) == SIM_OK) {
    sim_result_end(run->result, err);
  }
  for (size_t i = 0; i < reading->items->n; i++) {
    snprintf(row->units[i], TOOL_SWEEP_UNIT, "%s", units[i] ? units[i] : "");
    free(units[i]);
  }
  return err->status;
}

void tool_sweep_runner_run(struct tool_sweep_runner *r,
                           const struct tool_sweep_task *task,
                           struct tool_sweep_row *row) {
  struct tool_setup setup;
  struct reading reading = {&r->items, row};
  const struct tool_inner_run inner = {.folder = r->name,
                                       .existing = TOOL_REPLACE,
                                       .is_quiet = true,
                                       .progress = SIM_PROGRESS_NEVER,
                                       .read = read_values,
                                       .context = &reading};
  *row = (struct tool_sweep_row){.task = *task};
  if (tool_sweep_load(&r->plan, task->point, task->chip, r->experiment,
                      &row->error) ||
      tool_setup_init(&setup, r->experiment, &row->error)) {
    return;
  }
  tool_inner_run(&inner, &r->sweep, &setup, &row->error);
  tool_setup_finish(&setup);
}
