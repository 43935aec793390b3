/* tools/run_resume.h -- may a run go on, and is anything left to do?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_RUN_RESUME_H
#define TOOL_RUN_RESUME_H

#include "tools/run.h"

/* SIM_ECONFIG unless the experiment is the one in the folder, but for the
 * length of training, which is not less than is done, and previews. */
enum sim_status tool_run_check_resumed(const struct tool_run *run,
                                       const struct tool_run_options *options,
                                       struct sim_error *err);

/* Is training complete, to the epoch that is asked for? */
bool tool_run_is_complete(const struct tool_run *run);

#endif
