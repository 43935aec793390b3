/* tools/sweep_run.c -- experiment: sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "sim/interrupt.h"
#include "sim/memory.h"
#include "tools/commands.h"
#include "tools/sweep_report.h"
#include "tools/sweep_share.h"
#include "tools/sweep_store.h"
#include "tools/team.h"

#define MAX_NAME 60  // bytes of the name of a folder of runs

struct sweep {
  struct tool_run *run;
  struct tool_sweep_runner runner;
  struct tool_sweep_store store;
  size_t next;  // run to look at, point by point and chip by chip
};

/* A run that failed for reasons of its own leaves the others alone. */
static bool is_own_failure(enum sim_status status) {
  return status == SIM_EFAIL || status == SIM_ECONFIG;
}

static void show_progress(struct sweep *s) {
  const size_t n_failed = tool_sweep_store_count(&s->store, TOOL_FAILED);
  const size_t n_done = tool_sweep_store_count(&s->store, TOOL_DONE);
  char text[64];
  snprintf(text, sizeof text, "%zu failed", n_failed);
  sim_progress_update(&s->run->progress, n_done + n_failed,
                      s->store.n_points * s->store.n_chips, text);
}

static enum sim_status store(struct sweep *s, const struct tool_sweep_row *row,
                             struct sim_error *err) {
  char *units[SIM_LIST_MAX];
  for (size_t i = 0; i < s->runner.items.n; i++) {
    units[i] = row->units[i][0] ? (char *)row->units[i] : NULL;
  }
  return tool_sweep_store_done(&s->store, row->task.point, row->task.chip,
                               row->values, units, err);
}

/* A run that was done and lacks a number while none has had all of them: the
 * others would do the same for nothing. */
static bool is_in_vain(const struct sweep *s,
                       const struct tool_sweep_row *row) {
  return row->is_run && row->error.status == SIM_EFAIL &&
         tool_sweep_store_count(&s->store, TOOL_DONE) == 0;
}

static enum sim_status keep(void *context, const struct tool_sweep_row *row,
                            struct sim_error *err) {
  struct sweep *s = context;
  const size_t point = row->task.point, chip = row->task.chip;
  const size_t number = s->run->experiment->chip.number + chip;
  const char *message = row->error.message;
  char name[4 * SIM_ITEM_MAX];
  tool_sweep_point_name(&s->runner.plan, point, name, sizeof name);
  enum sim_status status = row->error.status;
  if (is_in_vain(s, row)) {
    tool_experiment_fail(s->run->experiment, "sweep.collect", err,
                         "point %zu (%.300s), chip %zu: %.500s", point, name,
                         number, message);
    return err->status = SIM_EFAIL;
  }
  if (status == SIM_OK) {
    tool_run_log(s->run, "point %zu (%s), chip %zu: %s %.6g", point, name,
                 number, s->runner.items.item[0].text, row->values[0]);
    status = store(s, row, err);
  } else if (is_own_failure(status)) {
    tool_run_say(s->run, "point %zu (%s), chip %zu failed: %s", point, name,
                 number, message);
    status = tool_sweep_store_failed(&s->store, point, chip, message, err);
  } else {
    *err = row->error;
  }
  if (status == SIM_OK) {
    show_progress(s);
  }
  return status;
}

static bool take(void *context, struct tool_sweep_task *task) {
  struct sweep *s = context;
  const size_t n_chips = s->store.n_chips;
  for (; s->next < s->store.n_points * n_chips; s->next++) {
    *task = (struct tool_sweep_task){s->next / n_chips, s->next % n_chips};
    if (tool_sweep_store_state(&s->store, task->point, task->chip) ==
        TOOL_NOT_RUN) {
      s->next++;
      return true;
    }
  }
  return false;
}

static enum sim_status run(void *context, const struct tool_sweep_task *task,
                           struct sim_error *err) {
  struct sweep *s = context;
  struct tool_sweep_row row;
  if (sim_interrupt_check(err)) {
    return err->status;
  }
  tool_sweep_runner_run(&s->runner, task, &row);
  return keep(s, &row, err);
}

static enum sim_status run_missing(struct sweep *s, bool is_shared,
                                   struct sim_error *err) {
  const struct tool_sweep_work work = {
      .context = s, .take = take, .run = run, .keep = keep};
  struct tool_sweep_task task;
  if (is_shared) {
    tool_team_call_runs(s->run->folder);
    return tool_sweep_share(&work, err);
  }
  while (take(s, &task)) {
    if (run(s, &task, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* A run that was killed leaves its lock as well, which nobody holds. */
static void discard_killed(const char *folder) {
  struct sim_lock lock;
  struct sim_error is_held = {0};
  if (sim_lock_take(&lock, folder, &is_held) == SIM_OK) {
    sim_lock_release(&lock);
    tool_run_discard(folder);
  }
}

/* Folders of runs that were killed, maybe on more ranks than now. */
static void discard_old(const struct tool_run *run) {
  static const char prefix[] = TOOL_SWEEP_FOLDER "_";
  char path[SIM_TEXT_MAX];
  DIR *folder = opendir(run->folder);
  const struct dirent *entry;
  while (folder && (entry = readdir(folder))) {
    const size_t length = strlen(entry->d_name);
    if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0 &&
        length < MAX_NAME) {
      discard_killed(tool_run_path(run, entry->d_name, path));
    }
  }
  if (folder) {
    closedir(folder);
  }
}

/* A sweep of which nothing came is a failure too. */
static enum sim_status judge(const struct sweep *s, struct sim_error *err) {
  const size_t n_failed = tool_sweep_store_count(&s->store, TOOL_FAILED);
  const size_t n_done = tool_sweep_store_count(&s->store, TOOL_DONE);
  if (n_done > 0) {
    tool_run_say(s->run, n_failed == 1 ? "%zu run failed" : "%zu runs failed",
                 n_failed);
    return s->runner.items.n_limits > 0 ? tool_sweep_say_yield(s->run, err)
                                        : SIM_OK;
  }
  return sim_error_set(err, SIM_EFAIL,
                       "all %zu runs failed; %s/log.txt and /sweep/failures "
                       "of run.h5 say why",
                       n_failed, s->run->folder);
}

static enum sim_status run_sweep(struct sweep *s, bool is_shared,
                                 struct sim_error *err) {
  const size_t n_missing = tool_sweep_store_count(&s->store, TOOL_NOT_RUN);
  discard_old(s->run);
  tool_run_say(s->run, "%zu points x %zu chips, %zu runs to do",
               s->store.n_points, s->store.n_chips, n_missing);
  if (run_missing(s, is_shared, err) == SIM_OK) {
    judge(s, err);
  } else if (err->status == SIM_EINTERRUPT || err->status == SIM_ETERMINATE) {
    tool_run_say(s->run,
                 "interrupted; continue with the same command and --resume");
  }
  return err->status;
}

enum sim_status tool_sweep(struct tool_setup *setup, struct tool_run *run,
                           struct sim_error *err) {
  struct sweep *s = sim_alloc(1, sizeof *s, err);
  if (!s) {
    return err->status;
  }
  s->run = run;
  if (tool_sweep_runner_init(&s->runner, run->experiment, run->folder, err) ==
      SIM_OK) {
    if (tool_sweep_store_init(&s->store, &s->runner.plan, &s->runner.items,
                              run->result, err) == SIM_OK) {
      run_sweep(s, setup->is_shared, err);
      tool_sweep_store_finish(&s->store);
    }
    tool_sweep_runner_finish(&s->runner);
  }
  free(s);
  return err->status;
}
