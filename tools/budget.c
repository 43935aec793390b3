/* tools/budget.c -- experiment: noise_budget
 *
 * What every source of noise does to voltages, velocities and the measured
 * gradient, by linear analysis around the free equilibria of a batch.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/budget.h"

#include "models/equilibrium.h"
#include "models/flow.h"
#include "tools/commands.h"

#define TOLERANCE 1e-8  // of rkc, where equilibria are followed in time

/* How equilibria are settled: at once where there is an energy. */
static struct model_settling equilibrium_settling(
    const struct tool_setup *setup) {
  const struct tool_noise_params *p = &setup->experiment->noise_budget;
  struct model_settling settling = setup->settling;
  settling.analysis = model_network_has_energy(&setup->net)
                          ? SIM_OPERATING_POINT
                          : SIM_TRANSIENT;
  settling.integrator = sim_integrator_find("rkc");
  settling.settings.tolerance = TOLERANCE;
  settling.settings.max_steps = 0;
  settling.has_auto_step = false;
  settling.duration = p->reference.is_tau
                          ? p->reference.value
                          : p->reference.value / setup->chip->tau;
  settling.until = p->until;
  settling.keep_unsettled = settling.is_quiet = true;
  settling.window = 0;
  return settling;
}

/* Those of the experiment, and the present one where it belongs. */
static void choose_windows(struct tool_noise_budget *b) {
  const struct sim_reals *list = &b->setup->experiment->noise_budget.windows;
  const double present = b->setup->settling.window;
  bool is_in = false;
  b->n_windows = 0;
  for (size_t i = 0; i < list->n; i++) {
    if (!is_in && present < list->v[i]) {
      b->window[b->n_windows++] = present;
      is_in = true;
    }
    is_in |= list->v[i] == present;
    b->window[b->n_windows++] = list->v[i];
  }
  if (!is_in) {
    b->window[b->n_windows++] = present;
  }
}

static void say_states(struct tool_run *run, double until,
                       const struct model_equilibria *rest,
                       const struct model_noise_analysis *found) {
  size_t n_open = 0;
  for (size_t k = 0; k < rest->n; k++) {
    n_open += !(rest->residual[k] <= until);
  }
  if (n_open > 0) {
    tool_run_say(run,
                 "warning: %zu of %zu equilibria missed the residual "
                 "(noise_budget.until)",
                 n_open, rest->n);
  }
  if (found->n_growing > 0) {
    tool_run_say(run, "warning: %zu of %zu samples are not at a minimum",
                 found->n_growing, rest->n);
  }
}

static enum sim_status analyse_at(struct tool_noise_budget *b,
                                  const struct model_batch *batch,
                                  const double *states, struct sim_error *err) {
  const struct tool_setup *setup = b->setup;
  const bool has_errors = model_device_errors_any(setup->chip);
  struct model_device_variances devices = {0};
  if (has_errors && model_device_variances_init(&devices, setup->chip, err)) {
    return err->status;
  }
  const struct model_noise_task task = {.net = &setup->net,
                                        .rule = &setup->experiment->learning,
                                        .devices = has_errors ? &devices : NULL,
                                        .duration = setup->settling.duration,
                                        .window = setup->settling.window,
                                        .batch = batch,
                                        .states = states,
                                        .n_windows = b->n_windows,
                                        .windows = b->window};
  const enum sim_status status = model_noise_analyse(&b->found, &task, err);
  model_device_variances_finish(&devices);
  return status;
}

static enum sim_status analyse(struct tool_noise_budget *b,
                               struct tool_run *run,
                               const struct model_batch *batch,
                               struct sim_error *err) {
  const struct tool_setup *setup = b->setup;
  const struct tool_experiment *e = setup->experiment;
  const struct model_settling settling = equilibrium_settling(setup);
  struct model_equilibria rest;
  if (model_equilibria_find(&rest, &setup->net, &e->learning, &settling, batch,
                            err)) {
    return err->status;
  }
  choose_windows(b);
  const enum sim_status status = analyse_at(b, batch, rest.state, err);
  if (status == SIM_OK) {
    say_states(run, e->noise_budget.until, &rest, &b->found);
  }
  model_equilibria_finish(&rest);
  return status;
}

static enum sim_status try_nudges(struct tool_noise_budget *b,
                                  const struct model_batch *batch,
                                  struct sim_error *err) {
  const struct tool_experiment *e = b->setup->experiment;
  const struct model_settling settling = equilibrium_settling(b->setup);
  b->n_nudges = tool_noise_nudges(&e->noise_budget, &e->learning, b->nudge);
  return model_nudge_bias(&b->setup->net, &e->learning, &settling, batch,
                          b->n_nudges, b->nudge, b->bias, &b->adjoint, err);
}

static enum sim_status run_budget(struct tool_noise_budget *b,
                                  struct tool_run *run,
                                  const struct model_batch *batch,
                                  struct sim_error *err) {
  if (analyse(b, run, batch, err)) {
    return err->status;
  }
  if (try_nudges(b, batch, err) == SIM_OK) {
    tool_noise_evaluate(b);
    tool_noise_print(b, run);
    tool_noise_write(b, run, err);
  }
  model_noise_analysis_finish(&b->found);
  return err->status;
}

enum sim_status tool_noise_budget(struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const struct tool_noise_params *p = &e->noise_budget;
  struct tool_noise_budget budget = {
      .setup = setup, .n_batch = tool_setup_batch(setup, p->batch)};
  struct model_batch batch;
  struct model_flow *flow;
  double cost;
  if (model_flow_create(&flow, &e->flow, setup->data.values, setup->data.n,
                        setup->data.dim, p->samples, e->seed, err)) {
    return err->status;
  }
  if (model_flow_draw(flow, p->epoch, &batch, &cost, err) == SIM_OK) {
    run_budget(&budget, run, &batch, err);
  }
  model_flow_destroy(flow);
  return err->status;
}
