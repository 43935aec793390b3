/* tools/options.h -- the command line of simrun
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/color.h"
#include "tools/run.h"

#define TOOL_MAX_SETS 64

enum tool_action {
  TOOL_RUN,
  TOOL_CHECK,
  TOOL_DESCRIBE,
  TOOL_VERSION_LINE,
  TOOL_HELP,
};

struct tool_options {
  enum tool_action action;
  const char *file;      // of the experiment
  const char *describe;  // nullable: the key to describe
  const char *sets[TOOL_MAX_SETS];
  size_t n_sets;
  size_t threads;  // 0: one a processor
  enum tool_color color;
  struct tool_run_options run;
};

/* Read the command line; on failure SIM_ECONFIG and a message. */
enum sim_status tool_options_read(struct tool_options *options, int argc,
                                  char **argv, struct sim_error *err);

/* Text of --help; the short one is for misuse. */
extern const char tool_options_help[];
extern const char tool_options_usage[];

#endif
