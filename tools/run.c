/* tools/run.c -- the folder that a run leaves behind
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/run.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/provenance.h"
#include "tools/run_resume.h"

/* Files that a run makes; --force removes these and no others. */
static const char *const own_files[] = {"run.h5",
                                        "run.h5.journal",
                                        "run.h5.tmp",
                                        "checkpoint.h5",
                                        "report.html",
                                        "checkpoint.h5.prev",
                                        "checkpoint.h5.tmp",
                                        "checkpoint.h5.tmp.tmp",
                                        "experiment.yaml",
                                        "experiment.yaml.tmp",
                                        "samples*.png",
                                        "spice_*",
                                        "loss.png",
                                        "fidelity.png",
                                        "device.png",
                                        "sweep.png",
                                        "deployment.png",
                                        "deployment.csv",
                                        "sweep.csv",
                                        "attribution.png",
                                        "attribution.csv",
                                        "log.txt",
                                        NULL};

const char *tool_run_path(const struct tool_run *run, const char *name,
                          char *path) {
  // tool_run_open has left room for the names of files.
  snprintf(path, SIM_TEXT_MAX, "%.*s/%s", SIM_TEXT_MAX - 64, run->folder, name);
  return path;
}

static bool has(const struct tool_run *run, const char *name) {
  char path[SIM_TEXT_MAX];
  return access(tool_run_path(run, name, path), F_OK) == 0;
}

bool tool_run_has_checkpoint(const struct tool_run *run) {
  return has(run, TOOL_CHECKPOINT) || has(run, TOOL_CHECKPOINT ".prev");
}

/* --- messages --- */

static void write_log(struct tool_run *run, const char *text) {
  char stamp[32];
  const time_t now = time(NULL);
  struct tm utc;
  strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  if (run->log) {
    fprintf(run->log, "%s %s\n", stamp, text);
    fflush(run->log);
  }
}

void tool_run_log(struct tool_run *run, const char *format, ...) {
  char text[1200];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  write_log(run, text);
}

static void print(struct tool_run *run, const char *text) {
  if (!run->is_quiet) {
    sim_progress_clear(&run->progress);
    fprintf(stderr, "simrun: %s\n", text);
  }
}

void tool_run_tell(struct tool_run *run, const char *format, ...) {
  char text[1200];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  print(run, text);
}

void tool_run_say(struct tool_run *run, const char *format, ...) {
  char text[1200];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  write_log(run, text);
  print(run, text);
}

/* --- opening --- */

static enum sim_status choose_folder(struct tool_run *run,
                                     const struct tool_run_options *options,
                                     struct sim_error *err) {
  const int n = options->folder ? snprintf(run->folder, sizeof run->folder,
                                           "%s", options->folder)
                                : snprintf(run->folder, sizeof run->folder,
                                           "runs/%s", run->experiment->name);
  // Names of files are added to it.
  if (n < 1 || (size_t)n >= sizeof run->folder - 64) {
    return sim_error_set(err, SIM_ECONFIG,
                         "the name of the run folder is empty or too long");
  }
  return SIM_OK;
}

/* A run writes experiment.yaml first and run.h5 last: one that was killed in
 * between has done nothing yet. */
static enum sim_status check_existing(struct tool_run *run,
                                      enum tool_existing existing,
                                      struct sim_error *err) {
  const bool is_there = has(run, "run.h5");
  run->is_resumed = is_there && existing == TOOL_RESUME;
  if (is_there && existing == TOOL_REFUSE) {
    return sim_error_set(err, SIM_ECONFIG,
                         "%s holds a run already: --resume continues it, "
                         "--force replaces it, --output chooses another "
                         "folder",
                         run->folder);
  }
  if (!is_there && existing == TOOL_RESUME && !has(run, "experiment.yaml")) {
    return sim_error_set(err, SIM_ECONFIG, "%s holds no run to resume",
                         run->folder);
  }
  return SIM_OK;
}

static enum sim_status write_experiment(const struct tool_run *run,
                                        struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  struct sim_draft draft;
  if (sim_draft_open(&draft, tool_run_path(run, "experiment.yaml", path),
                     err)) {
    return err->status;
  }
  sim_param_write(draft.stream, tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                  tool_experiment_use(run->experiment), run->experiment,
                  run->folder);
  return sim_draft_commit(&draft, err);
}

/* Folders that it makes: stages of a deployment. */
static const char *const own_folders[] = {"ideal", "ex_situ_*", "retuned_*",
                                          "in_situ_*", NULL};

static bool is_own(const char *const *patterns, const char *name) {
  for (size_t i = 0; patterns[i]; i++) {
    if (fnmatch(patterns[i], name, 0) == 0) {
      return true;
    }
  }
  return false;
}

static void remove_own_files(const char *name) {
  char path[2 * SIM_TEXT_MAX];
  DIR *folder = opendir(name);
  const struct dirent *entry;
  while (folder && (entry = readdir(folder))) {
    snprintf(path, sizeof path, "%s/%s", name, entry->d_name);
    if (is_own(own_files, entry->d_name)) {
      unlink(path);
    } else if (is_own(own_folders, entry->d_name)) {
      tool_run_discard(path);
    }
  }
  if (folder) {
    closedir(folder);
  }
}

void tool_run_discard(const char *folder) {
  remove_own_files(folder);
  rmdir(folder);
}

/* Those of a run that was not wholly replaced: the new one has none yet. */
static void remove_checkpoints(const struct tool_run *run) {
  char path[SIM_TEXT_MAX];
  unlink(tool_run_path(run, TOOL_CHECKPOINT, path));
  unlink(tool_run_path(run, TOOL_CHECKPOINT ".prev", path));
}

static enum sim_status open_log(struct tool_run *run, struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  run->log = fopen(tool_run_path(run, "log.txt", path), "a");
  return run->log ? SIM_OK
                  : sim_file_fail(err, path, "cannot be written", errno);
}

static enum sim_status reopen_result(struct tool_run *run, const char *path,
                                     struct sim_error *err) {
  if (sim_result_open(&run->result, path, SIM_RESULT_APPEND, err)) {
    return err->status;
  }
  return tool_provenance_resume(run->result, run->experiment, run->folder, err);
}

static enum sim_status open_result(struct tool_run *run,
                                   struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  tool_run_path(run, "run.h5", path);
  if (run->is_resumed) {
    return reopen_result(run, path, err);
  }
  if (sim_result_create(&run->result, path, 0, err)) {
    return err->status;
  }
  return tool_provenance_write(run->result, run->experiment, run->folder, err);
}

static enum sim_status fill_folder(struct tool_run *run,
                                   const struct tool_run_options *options,
                                   struct sim_error *err) {
  if (sim_lock_take(&run->lock, run->folder, err)) {
    return err->status;
  }
  if (run->is_resumed && tool_run_check_resumed(run, options, err)) {
    return err->status;
  }
  run->is_complete =
      run->is_resumed && options->leaves_complete && tool_run_is_complete(run);
  if (run->is_complete) {
    return SIM_OK;
  }
  if (options->existing == TOOL_REPLACE) {
    remove_own_files(run->folder);
  } else if (!run->is_resumed) {
    remove_checkpoints(run);
  }
  if (write_experiment(run, err) || open_log(run, err)) {
    return err->status;
  }
  if (options->existing == TOOL_RESUME && !run->is_resumed) {
    tool_run_say(run, "no result yet, starts from the beginning");
  }
  return open_result(run, err);
}

enum sim_status tool_run_open(struct tool_run *run,
                              const struct tool_experiment *experiment,
                              const struct tool_run_options *options,
                              struct sim_error *err) {
  *run = (struct tool_run){.experiment = experiment,
                           .is_quiet = options->is_quiet,
                           .lock = {.fd = -1}};
  sim_progress_init(&run->progress,
                    options->is_quiet ? SIM_PROGRESS_NEVER : options->progress,
                    NULL);
  if (choose_folder(run, options, err) ||
      check_existing(run, options->existing, err) ||
      sim_folder_make(run->folder, err) || fill_folder(run, options, err)) {
    tool_run_close(run, SIM_OK);
    return err->status;
  }
  return SIM_OK;
}

/* --- closing --- */

static const char *ending(enum sim_status status) {
  switch (status) {
    case SIM_OK:
      return "complete";
    case SIM_EINTERRUPT:
    case SIM_ETERMINATE:
      return "stopped";
    default:
      return "failed";
  }
}

static enum sim_status note_ending(struct tool_run *run, enum sim_status ended,
                                   struct sim_error *err) {
  const enum sim_status status = sim_result_begin(run->result, err);
  if (status) {
    return status;
  }
  sim_result_set_text(run->result, "/", "status", ending(ended), err);
  return sim_result_end(run->result, err);
}

enum sim_status tool_run_complete(struct tool_run *run, struct sim_error *err) {
  return note_ending(run, SIM_OK, err);
}

void tool_run_close(struct tool_run *run, enum sim_status status) {
  struct sim_error ignored = {0};  // the run has its own, earlier error
  sim_progress_finish(&run->progress);
  if (run->result) {
    note_ending(run, status, &ignored);
  }
  sim_result_destroy(run->result);
  if (run->log) {
    fclose(run->log);
  }
  if (run->lock.fd >= 0 || run->lock.path) {
    sim_lock_release(&run->lock);
  }
  run->result = NULL;
  run->log = NULL;
}
