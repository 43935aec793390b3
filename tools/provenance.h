/* tools/provenance.h -- what is needed to run a result again
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_PROVENANCE_H
#define TOOL_PROVENANCE_H

#include "sim/result.h"
#include "tools/experiment.h"

/* Write the root attributes of a result file that was just created (program,
 * commit, libraries, seed, host, start time, the resolved experiment as text)
 * and every key as a typed attribute below /experiment, and end its first
 * block: a file that is there says what it is. */
enum sim_status tool_provenance_write(struct sim_result *result,
                                      const struct tool_experiment *experiment,
                                      const char *run_folder,
                                      struct sim_error *err);

/* The same, in a block, for a run that goes on: it keeps the facts of its first
 * start, gets the experiment as it is now, and resumed_commit, resumed_time,
 * resumed_host of its newest start. */
enum sim_status tool_provenance_resume(struct sim_result *result,
                                       const struct tool_experiment *experiment,
                                       const char *run_folder,
                                       struct sim_error *err);

/* "simrun 0.1.0 (commit), GSL 2.7.1, ..." in `text`, which is returned. */
const char *tool_provenance_line(char *text, size_t size);

#endif
