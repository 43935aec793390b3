/* tools/run_resume.c -- may a run go on, and is anything left to do?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/run_resume.h"

#include <stdlib.h>
#include <string.h>

#include "sim/checkpoint.h"

/* Keys that a resumed run may have changed. */
static const char *const free_keys[] = {
    "train.epochs", "train.checkpoint_every", "train.preview_every",
    "train.preview_samples", NULL};

/* "nothing of a sweep may change" */
static void say_free(int kind, char *text, size_t size) {
  if (kind != TOOL_TRAIN) {
    snprintf(text, size, "nothing of a %s may change", tool_kind_names[kind]);
    return;
  }
  size_t used = (size_t)snprintf(text, size, "only");
  for (size_t i = 0; free_keys[i] && used < size; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s %s", i ? "," : "",
                             free_keys[i]);
  }
  snprintf(text + used, size - used, " may change");
}

static enum sim_status refuse_change(const struct tool_run *run,
                                     const struct tool_run_options *options,
                                     const struct sim_difference *first,
                                     struct sim_error *err) {
  char old_value[256], new_value[256], rule[256];
  sim_param_format(first->param, first->left, old_value, sizeof old_value);
  sim_param_format(first->param, first->right, new_value, sizeof new_value);
  say_free(run->experiment->kind, rule, sizeof rule);
  return options->source
             ? tool_experiment_blame(
                   options->source, first->path, err,
                   "must be %s, as in the run to be resumed, got %s; %s, "
                   "--output makes another run",
                   old_value, new_value, rule)
             : sim_error_set(err, SIM_ECONFIG,
                             "%s: %s is %s in the run to be resumed, got %s",
                             run->folder, first->path, old_value, new_value);
}

/* The experiment in the folder must be the one asked for. */
static enum sim_status compare_experiment(
    const struct tool_run *run, const struct tool_run_options *options,
    struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  struct tool_experiment old;
  struct sim_difference first;
  const bool may_grow = run->experiment->kind == TOOL_TRAIN;
  tool_run_path(run, "experiment.yaml", path);
  if (tool_experiment_load(&old, path, NULL, 0, err)) {
    return err->status;
  }
  return sim_param_differs(tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                           tool_experiment_use(run->experiment), &old,
                           run->experiment, may_grow ? free_keys : NULL, &first)
             ? refuse_change(run, options, &first, err)
             : SIM_OK;
}

/* What is done cannot be undone: training must be at least that long. */
static enum sim_status check_length(const struct tool_run *run,
                                    struct sim_error *err) {
  const struct tool_experiment *e = run->experiment;
  char path[SIM_TEXT_MAX], warning[512];
  struct sim_result *file;
  uint64_t epoch;
  if (e->kind != TOOL_TRAIN || !tool_run_has_checkpoint(run)) {
    return SIM_OK;
  }
  enum sim_status status =
      sim_checkpoint_open(&file, tool_run_path(run, TOOL_CHECKPOINT, path),
                          warning, sizeof warning, err);
  if (status) {
    return status;
  }
  status = sim_result_get_uint64(file, "/", "epoch", &epoch, err);
  sim_result_destroy(file);
  if (status || epoch <= e->train.epochs) {
    return status;
  }
  return tool_experiment_fail(
      e, "train.epochs", err,
      "must be >= %llu, the epochs already done, got %zu",
      (unsigned long long)epoch, e->train.epochs);
}

enum sim_status tool_run_check_resumed(const struct tool_run *run,
                                       const struct tool_run_options *options,
                                       struct sim_error *err) {
  return compare_experiment(run, options, err) ? err->status
                                               : check_length(run, err);
}

bool tool_run_is_complete(const struct tool_run *run) {
  struct sim_error ignored = {0};
  struct sim_result *file;
  char path[SIM_TEXT_MAX], *status = NULL;
  uint64_t n_epochs = 0;
  if (run->experiment->kind != TOOL_TRAIN ||
      sim_result_open(&file, tool_run_path(run, "run.h5", path),
                      SIM_RESULT_READ, &ignored)) {
    return false;
  }
  if (sim_result_begin(file, &ignored) == SIM_OK &&
      sim_result_get_text(file, "/", "status", &status, &ignored) == SIM_OK) {
    sim_result_get_uint64(file, "/experiment/train", "epochs", &n_epochs,
                          &ignored);
  }
  sim_result_destroy(file);
  const bool is_there = status && strcmp(status, "complete") == 0 &&
                        n_epochs == run->experiment->train.epochs;
  free(status);
  return is_there;
}
