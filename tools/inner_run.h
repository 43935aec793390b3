/* tools/inner_run.h -- a run inside another one's folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_INNER_RUN_H
#define TOOL_INNER_RUN_H

#include "tools/run.h"
#include "tools/setup.h"

/* What is wanted of a run whose work is done, while it is still open. */
typedef enum sim_status tool_inner_reader(void *context,
                                          struct tool_setup *setup,
                                          struct tool_run *run,
                                          struct sim_error *err);

struct tool_inner_run {
  const char *folder;  // its name, inside the outer run's
  enum tool_existing existing;
  bool is_quiet;
  enum sim_progress_mode progress;
  tool_inner_reader *read;
  void *context;  // of `read`
};

/* Do the work of setup->experiment in a folder of its own. */
enum sim_status tool_inner_run(const struct tool_inner_run *inner,
                               const struct tool_run *outer,
                               struct tool_setup *setup, struct sim_error *err);

#endif
