/* tools/simspice_options.h -- the command line of simspice
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SIMSPICE_OPTIONS_H
#define TOOL_SIMSPICE_OPTIONS_H

#include "tools/options.h"

#define TOOL_MAX_NOISE 64

struct tool_simspice {
  enum tool_action action;
  const char *file;    // of the experiment
  const char *output;  // NULL: stdout
  const char *run;     // nullable: run folder whose weights are used
  const char *sets[TOOL_MAX_SETS];
  size_t n_sets;
  size_t sample;
  size_t phase;  // 0 free, 1 plus, 2 minus
  bool has_op, has_tran, has_measure;
  const char *noise[TOOL_MAX_NOISE];  // nodes
  size_t n_noise;
};

/* Read the command line; on failure SIM_ECONFIG and a message. */
enum sim_status tool_simspice_read(struct tool_simspice *options, int argc,
                                   char **argv, struct sim_error *err);

/* Text of --help; the short one is for misuse. */
extern const char tool_simspice_help[];
extern const char tool_simspice_usage[];

#endif
