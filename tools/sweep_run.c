/* tools/sweep_run.c -- experiment: sweep
 *
 * Each run is an experiment of its own in the folder `point` of the run
 * folder, which is removed after its numbers have gone into /sweep.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "sim/interrupt.h"
#include "sim/memory.h"
#include "tools/commands.h"
#include "tools/inner_run.h"
#include "tools/sweep_store.h"

#define MAX_UNITS SIM_LIST_MAX

struct sweep {
  struct tool_run *run;
  struct tool_sweep_plan plan;
  struct tool_sweep_items items;
  struct tool_sweep_store store;
  struct tool_experiment *experiment;  // of one run
  double values[SIM_LIST_MAX];         // of one run
  char *units[MAX_UNITS];              // owned, nullable each
};

static enum sim_status read_values(void *context, struct tool_setup *setup,
                                   struct tool_run *run,
                                   struct sim_error *err) {
  struct sweep *s = context;
  (void)setup;
  if (sim_result_begin(run->result, err) == SIM_OK &&
      tool_sweep_items_collect(&s->items, run->result, s->values, s->units,
                               err) == SIM_OK) {
    sim_result_end(run->result, err);
  }
  return err->status;
}

static enum sim_status run_experiment(struct sweep *s, size_t point,
                                      size_t chip, struct sim_error *err) {
  struct tool_setup setup;
  const struct tool_inner_run inner = {.folder = TOOL_SWEEP_FOLDER,
                                       .existing = TOOL_REPLACE,
                                       .is_quiet = true,
                                       .progress = SIM_PROGRESS_NEVER,
                                       .read = read_values,
                                       .context = s};
  if (tool_sweep_load(&s->plan, point, chip, s->experiment, err) ||
      tool_setup_init(&setup, s->experiment, err)) {
    return err->status;
  }
  tool_inner_run(&inner, s->run, &setup, err);
  tool_setup_finish(&setup);
  return err->status;
}

/* A run that failed for reasons of its own leaves the others alone. */
static bool is_own_failure(enum sim_status status) {
  return status == SIM_EFAIL || status == SIM_ECONFIG;
}

static void forget_units(struct sweep *s) {
  for (size_t i = 0; i < MAX_UNITS; i++) {
    free(s->units[i]);
    s->units[i] = NULL;
  }
}

static enum sim_status run_one(struct sweep *s, size_t point, size_t chip,
                               struct sim_error *err) {
  struct sim_error failure = {0};
  char name[4 * SIM_ITEM_MAX];
  tool_sweep_point_name(&s->plan, point, name, sizeof name);
  const size_t number = s->plan.experiment->chip.number + chip;
  enum sim_status status = run_experiment(s, point, chip, &failure);
  if (status == SIM_OK) {
    tool_run_log(s->run, "point %zu (%s), chip %zu: %s %.6g", point, name,
                 number, s->items.item[0].text, s->values[0]);
    status =
        tool_sweep_store_done(&s->store, point, chip, s->values, s->units, err);
  } else if (is_own_failure(status)) {
    tool_run_say(s->run, "point %zu (%s), chip %zu failed: %s", point, name,
                 number, failure.message);
    status =
        tool_sweep_store_failed(&s->store, point, chip, failure.message, err);
  } else {
    *err = failure;
  }
  forget_units(s);
  return status;
}

static void show_progress(struct sweep *s) {
  const size_t n_failed = tool_sweep_store_count(&s->store, TOOL_FAILED);
  const size_t n_done = tool_sweep_store_count(&s->store, TOOL_DONE);
  char text[64];
  snprintf(text, sizeof text, "%zu failed", n_failed);
  sim_progress_update(&s->run->progress, n_done + n_failed,
                      s->store.n_points * s->store.n_chips, text);
}

static enum sim_status run_missing(struct sweep *s, struct sim_error *err) {
  for (size_t p = 0; p < s->store.n_points; p++) {
    for (size_t c = 0; c < s->store.n_chips; c++) {
      if (tool_sweep_store_state(&s->store, p, c) != TOOL_NOT_RUN) {
        continue;
      }
      if (sim_interrupt_check(err) || run_one(s, p, c, err)) {
        return err->status;
      }
      show_progress(s);
    }
  }
  return SIM_OK;
}

static enum sim_status run_sweep(struct sweep *s, struct sim_error *err) {
  const size_t n_missing = tool_sweep_store_count(&s->store, TOOL_NOT_RUN);
  char folder[SIM_TEXT_MAX];
  tool_run_say(s->run, "%zu points x %zu chips, %zu runs to do",
               s->store.n_points, s->store.n_chips, n_missing);
  if (run_missing(s, err) == SIM_OK) {
    tool_run_say(s->run, "%zu runs failed",
                 tool_sweep_store_count(&s->store, TOOL_FAILED));
  } else if (err->status == SIM_EINTERRUPT || err->status == SIM_ETERMINATE) {
    tool_run_say(s->run,
                 "interrupted; continue with the same command and --resume");
  }
  tool_run_discard(tool_run_path(s->run, TOOL_SWEEP_FOLDER, folder));
  return err->status;
}

enum sim_status tool_sweep(struct tool_setup *setup, struct tool_run *run,
                           struct sim_error *err) {
  struct sweep *s = sim_alloc(1, sizeof *s, err);
  const char *key;
  (void)setup;  // each run has its own
  if (!s) {
    return err->status;
  }
  s->run = run;
  s->experiment = sim_alloc(1, sizeof *s->experiment, err);
  if (s->experiment &&
      tool_sweep_items_read(&s->items, run->experiment, &key, err) == SIM_OK &&
      tool_sweep_plan_init(&s->plan, run->experiment, err) == SIM_OK) {
    if (tool_sweep_store_init(&s->store, &s->plan, &s->items, run->result,
                              err) == SIM_OK) {
      run_sweep(s, err);
      tool_sweep_store_finish(&s->store);
    }
    tool_sweep_plan_finish(&s->plan);
  }
  free(s->experiment);
  free(s);
  return err->status;
}
