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

enum job { JOB_BATCH, JOB_SAMPLES, JOB_RUNS, JOB_END };

/* What rank 0 calls for; the state of the chip follows, and of a batch its
 * arrays. */
struct call {
  enum job job;
  enum sim_status status;  // of the end
  size_t n;                // samples
  struct model_batch batch;
  char folder[SIM_TEXT_MAX];  // of the sweep
};

enum sim_status tool_team_check(const struct tool_experiment *experiment,
                                struct sim_error *err) {
  const int kind = experiment->kind;
  if (sim_ranks() == 1 || kind == TOOL_TRAIN || kind == TOOL_GENERATE ||
      kind == TOOL_SWEEP) {
    return SIM_OK;
  }
  return sim_error_set(
      err, SIM_ECONFIG,
      "experiment: must be train, generate or sweep for %zu ranks, "
      "got %s",
      sim_ranks(), tool_kind_names[kind]);
}

/* --- birth and death --- */

enum sim_status tool_team_init(struct tool_team *team,
                               const struct tool_experiment *e,
                               struct tool_setup *setup,
                               struct sim_error *err) {
  *team = (struct tool_team){.experiment = e, .setup = setup};
  setup->is_shared = sim_ranks() > 1;
  if (sim_rank() == 0 || e->kind != TOOL_TRAIN) {
    return SIM_OK;
  }
  const size_t n = tool_setup_batch(setup, e->train.batch);
  team->x_t = sim_alloc_doubles(n * setup->data.dim, err);
  team->u = sim_alloc_doubles(n * setup->data.dim, err);
  if (!team->x_t || !team->u ||
      model_controller_create(&team->controller, &e->learning, &setup->settling,
                              &setup->net, n, err)) {
    tool_team_finish(team);
    return err->status;
  }
  model_controller_share(team->controller);
  return SIM_OK;
}

void tool_team_finish(struct tool_team *team) {
  model_controller_destroy(team->controller);
  free(team->x_t);
  free(team->u);
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
      case JOB_RUNS:
        tool_sweep_help(team->experiment, call.folder);
        break;
      default:
        return call.status;
    }
  }
}
