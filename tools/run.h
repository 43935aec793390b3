/* tools/run.h -- the folder that a run leaves behind
 *
 *   run.h5           everything that was seen; the last to be made
 *   experiment.yaml  the resolved experiment; runs again to the same result
 *   log.txt          what happened, with times
 *   checkpoint.h5    of training, from which --resume continues
 *   *.png, report.html
 *   point/           the unfinished run of a sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/file.h"
#include "sim/progress.h"
#include "sim/result.h"
#include "tools/experiment.h"

#define TOOL_CHECKPOINT "checkpoint.h5"
#define TOOL_SWEEP_FOLDER "point"

enum tool_existing { TOOL_REFUSE, TOOL_RESUME, TOOL_REPLACE };

struct tool_run_options {
  const char *folder;           // nullable: runs/<name>
  enum tool_existing existing;  // what to do with a run that is there
  bool is_quiet;
  enum sim_progress_mode progress;
  // Of the experiment, to say where a key stands; nullable.
  const struct tool_source *source;
  bool leaves_complete;  // training that is complete is left as it is
};

struct tool_run {
  const struct tool_experiment *experiment;  // not owned
  char folder[SIM_TEXT_MAX];
  bool is_quiet;
  bool is_resumed;   // there is a run.h5 that goes on
  bool is_complete;  // nothing is left to do, and no file is open
  struct sim_lock lock;
  struct sim_result *result;
  FILE *log;
  struct sim_progress progress;
};

/* Make the folder, or open it again to resume: then the experiment must be the
 * one that is there, but for the length of training, which must not be less
 * than is done, and previews. A run that ended before it had a run.h5 starts
 * anew instead. On failure nothing is left to close. */
enum sim_status tool_run_open(struct tool_run *run,
                              const struct tool_experiment *experiment,
                              const struct tool_run_options *options,
                              struct sim_error *err);

/* Note that the work is done, for the report; what follows may still fail. */
enum sim_status tool_run_complete(struct tool_run *run, struct sim_error *err);

/* Note how the run ended (a status of its work) and release everything. */
void tool_run_close(struct tool_run *run, enum sim_status status);

/* Remove the files of a closed run, and its folder unless others are in it. */
void tool_run_discard(const char *folder);

/* Is there a checkpoint to resume from? */
bool tool_run_has_checkpoint(const struct tool_run *run);

/* Path of a file in the folder; `path` has SIM_TEXT_MAX bytes. */
const char *tool_run_path(const struct tool_run *run, const char *name,
                          char *path);

/* A line for log.txt and, unless quiet, for stderr. */
void tool_run_say(struct tool_run *run, const char *format, ...)
    SIM_PRINTF(2, 3);

/* A line for stderr alone, unless quiet. */
void tool_run_tell(struct tool_run *run, const char *format, ...)
    SIM_PRINTF(2, 3);

/* A line for log.txt alone. */
void tool_run_log(struct tool_run *run, const char *format, ...)
    SIM_PRINTF(2, 3);

#endif
