/* tools/team.h -- the ranks of one run: rank 0 runs it, the others help
 *
 * Of a sweep they take whole runs (tools/sweep_share.h). Otherwise rank 0 does
 * everything that a program alone does, and nobody else reads or writes the run
 * folder. Before it measures a batch or draws samples it calls the others, who
 * wait for that in tool_team_serve: they get the state of the chip, take their
 * share of the tiles and send what they saw. So the number of ranks changes no
 * byte, and rank 0 may go any way it likes between two calls.
 *
 * All ranks load the experiment, the data and the chip, which must be the same
 * (tools/team_check.h); then each has to call tool_team_init.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_TEAM_H
#define TOOL_TEAM_H

#include "models/controller.h"
#include "tools/setup.h"

struct tool_team {
  const struct tool_experiment *experiment;  // not owned
  struct tool_setup *setup;                  // what is worked on, not owned
  struct model_controller *controller;       // of a helper in training
  double *x_t, *u;                           // (n_batch x dim) of a helper
  struct tool_experiment *stage;             // of a helper in a deployment,
  struct tool_setup stage_setup;             // owned; set up when `setup` is it
};

/* Make what a helper works with; nothing in rank 0. `setup` is that of the
 * experiment, of a sweep's base. On failure nothing is left to finish. */
enum sim_status tool_team_init(struct tool_team *team,
                               const struct tool_experiment *experiment,
                               struct tool_setup *setup, struct sim_error *err);
void tool_team_finish(struct tool_team *team);

/* Helpers: answer the calls of rank 0 until it has ended, and return the status
 * it ended with. */
enum sim_status tool_team_serve(struct tool_team *team);

/* Rank 0: set up a stage of a deployment, as tool_setup_init, with all others,
 * who work on it until the next one. */
enum sim_status tool_team_call_stage(struct tool_setup *setup,
                                     const struct tool_experiment *stage,
                                     struct sim_error *err);

/* Rank 0: call all others to a batch (model_controller_measure), to samples
 * (model_generate_shared), to the runs of a sweep in a run folder
 * (tool_sweep_share) and to the end. */
void tool_team_call_batch(struct tool_setup *setup,
                          const struct model_batch *batch);
void tool_team_call_samples(const struct tool_setup *setup, size_t n_samples);
void tool_team_call_runs(const char *folder);
void tool_team_call_end(enum sim_status status);

#endif
