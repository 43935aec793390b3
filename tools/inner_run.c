/* tools/inner_run.c -- a run inside another one's folder
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/inner_run.h"

#include "tools/commands.h"

enum sim_status tool_inner_run(const struct tool_inner_run *inner,
                               const struct tool_run *outer,
                               struct tool_setup *setup,
                               struct sim_error *err) {
  char folder[SIM_TEXT_MAX];
  struct tool_run run;
  const struct tool_run_options options = {
      .folder = tool_run_path(outer, inner->folder, folder),
      .existing = inner->existing,
      .is_quiet = inner->is_quiet,
      .progress = inner->progress};
  if (tool_run_open(&run, setup->experiment, &options, err)) {
    return err->status;
  }
  if (tool_commands[setup->experiment->kind](setup, &run, err) == SIM_OK) {
    inner->read(inner->context, setup, &run, err);
  }
  tool_run_close(&run, err->status);
  return err->status;
}
