/* tools/team_check.h -- what the ranks of one run must have in common
 *
 * Ranks may come from different machines, with other programs, folders and
 * files: what differs would make numbers that no single rank would have made.
 * All functions are called by all ranks; all get the same failure, SIM_ECONFIG
 * with a message that names what differs, and where.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_TEAM_CHECK_H
#define TOOL_TEAM_CHECK_H

#include "tools/experiment.h"
#include "tools/options.h"

/* The version of the program, and what it shall do. */
enum sim_status tool_team_check_program(const struct tool_options *options,
                                        struct sim_error *err);

/* Is this kind of experiment divided among several ranks? Of this rank alone:
 * it depends on the experiment only. */
enum sim_status tool_team_check_kind(const struct tool_experiment *experiment,
                                     struct sim_error *err);

/* Every key of the experiment, and the content of the files it names. */
enum sim_status tool_team_check_input(const struct tool_experiment *experiment,
                                      struct sim_error *err);

#endif
