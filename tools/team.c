/* tools/team.c -- the ranks of one run: rank 0 runs it, the others help
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/team.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "sim/ranks.h"
#include "tools/chip_state.h"
#include "tools/sampling.h"
#include "tools/sweep_share.h"

enum job { JOB_BATCH, JOB_SAMPLES, JOB_RUNS, JOB_STAGE, JOB_END };

/* What rank 0 calls for. The state of the chip follows, and of a batch its
 * arrays; of a stage its experiment. */
struct call {
  enum job job;
  enum sim_status status;  // of the end
  size_t n;                // samples
  struct model_batch batch;
  char folder[SIM_TEXT_MAX];  // of the sweep
};

/* --- birth and death --- */

/* What a helper needs beside the setup of this experiment. */
static enum sim_status make_tools(struct tool_team *team,
                                  const struct tool_experiment *e,
                                  struct tool_setup *setup,
                                  struct sim_error *err) {
  team->setup = setup;
  if (e->kind != TOOL_TRAIN) {
    return SIM_OK;
  }
  const size_t n = tool_setup_batch(setup, e->train.batch);
  team->x_t = sim_alloc_doubles(n * setup->data.dim, err);
  team->u = sim_alloc_doubles(n * setup->data.dim, err);
  if (!team->x_t || !team->u ||
      model_controller_create(&team->controller, &e->learning, &setup->settling,
                              &setup->net, n, err)) {
    return err->status;
  }
  model_controller_share(team->controller);
  return SIM_OK;
}

static void drop_tools(struct tool_team *team) {
  model_controller_destroy(team->controller);
  free(team->x_t);
  free(team->u);
  team->controller = NULL;
  team->x_t = team->u = NULL;
  if (team->setup == &team->stage_setup) {
    tool_setup_finish(team->setup);
  }
  team->setup = NULL;
}

enum sim_status tool_team_init(struct tool_team *team,
                               const struct tool_experiment *e,
                               struct tool_setup *setup,
                               struct sim_error *err) {
  *team = (struct tool_team){.experiment = e};
  setup->is_shared = sim_ranks() > 1;
  if (sim_rank() == 0) {
    return SIM_OK;
  }
  const bool has_stages = e->kind == TOOL_DEPLOYMENT;
  team->stage = has_stages ? sim_alloc(1, sizeof *team->stage, err) : NULL;
  if ((has_stages && !team->stage) || make_tools(team, e, setup, err)) {
    tool_team_finish(team);
    return err->status;
  }
  return SIM_OK;
}

void tool_team_finish(struct tool_team *team) {
  drop_tools(team);
  free(team->stage);
  *team = (struct tool_team){0};
}

/* --- rank 0 --- */

static void broadcast_values(const struct tool_setup *setup, size_t n,
                             double *values) {
  sim_ranks_broadcast(values, n * setup->data.dim * sizeof *values);
}

void tool_team_call_batch(struct tool_setup *setup,
                          const struct model_batch *batch) {
  struct call call = {.job = JOB_BATCH, .n = batch->n, .batch = *batch};
  sim_ranks_broadcast(&call, sizeof call);
  tool_chip_broadcast(setup->chip);
  // Rank 0 sends: its arrays stay as they are.
  broadcast_values(setup, batch->n, (double *)batch->x_t);
  broadcast_values(setup, batch->n, (double *)batch->u);
}

void tool_team_call_samples(const struct tool_setup *setup, size_t n_samples) {
  struct call call = {.job = JOB_SAMPLES, .n = n_samples};
  sim_ranks_broadcast(&call, sizeof call);
  tool_chip_broadcast(setup->chip);
}

enum sim_status tool_team_call_stage(struct tool_setup *setup,
                                     const struct tool_experiment *stage,
                                     struct sim_error *err) {
  struct call call = {.job = JOB_STAGE};
  sim_ranks_broadcast(&call, sizeof call);
  // As above.
  sim_ranks_broadcast((struct tool_experiment *)stage, sizeof *stage);
  const bool is_ready = tool_setup_init(setup, stage, err) == SIM_OK;
  if (sim_ranks_agree(sim_rank(), err) && is_ready) {
    tool_setup_finish(setup);
  }
  setup->is_shared = true;
  return err->status;
}

void tool_team_call_runs(const char *folder) {
  struct call call = {.job = JOB_RUNS};
  snprintf(call.folder, sizeof call.folder, "%s", folder);
  sim_ranks_broadcast(&call, sizeof call);
}

void tool_team_call_end(enum sim_status status) {
  struct call call = {.job = JOB_END, .status = status};
  sim_ranks_broadcast(&call, sizeof call);
}

/* --- helpers --- */

static void take_chip(const struct tool_team *team) {
  tool_chip_broadcast(team->setup->chip);
  model_chip_image(team->setup->chip, &team->setup->net);
}

/* Rank 0 knows all failures and says them. */
static void help_with_batch(struct tool_team *team, const struct call *call) {
  struct sim_error known = {0};
  struct model_measurement seen;
  struct model_batch batch = call->batch;
  batch.x_t = team->x_t;
  batch.u = team->u;
  take_chip(team);
  broadcast_values(team->setup, call->n, team->x_t);
  broadcast_values(team->setup, call->n, team->u);
  model_controller_measure(team->controller, &batch, NULL, &seen, &known);
}

static void help_with_samples(struct tool_team *team, const struct call *call) {
  struct sim_error known = {0};
  struct model_generated samples;
  take_chip(team);
  tool_sampling_share(team->setup, call->n, &samples, &known);
  model_generated_finish(&samples);
}

static void help_with_stage(struct tool_team *team) {
  struct sim_error err = {0};
  struct tool_setup *setup = &team->stage_setup;
  drop_tools(team);
  sim_ranks_broadcast(team->stage, sizeof *team->stage);
  if (tool_setup_init(setup, team->stage, &err) == SIM_OK) {
    make_tools(team, team->stage, setup, &err);
  }
  if (sim_ranks_agree(sim_rank(), &err)) {
    drop_tools(team);
  }
}

enum sim_status tool_team_serve(struct tool_team *team) {
  for (;;) {
    struct call call = {0};
    sim_ranks_broadcast(&call, sizeof call);
    switch (call.job) {
      case JOB_BATCH:
        help_with_batch(team, &call);
        break;
      case JOB_SAMPLES:
        help_with_samples(team, &call);
        break;
      case JOB_STAGE:
        help_with_stage(team);
        break;
      case JOB_RUNS:
        tool_sweep_help(team->experiment, call.folder);
        break;
      default:
        return call.status;
    }
  }
}
