/* tools/audit.c -- experiment: gradient
 *
 * The gradient that equilibrium propagation measures on this chip, beside the
 * adjoint gradient of the same chip at its settled state.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "models/adjoint.h"
#include "models/controller.h"
#include "models/flow.h"
#include "sim/memory.h"
#include "tools/audit_states.h"
#include "tools/commands.h"

struct audit {
  struct tool_setup *setup;
  struct tool_run *run;
  struct model_batch batch;
  double *ep;       // (n_parameters)
  double *adjoint;  // (n_parameters)
  struct model_measurement seen;
  struct model_adjoint_quality reference;
};

static enum sim_status measure_ep(struct audit *a, struct sim_error *err) {
  struct model_controller *controller;
  if (model_controller_create(&controller, &a->setup->experiment->learning,
                              &a->setup->settling, &a->setup->net, a->batch.n,
                              err)) {
    return err->status;
  }
  const enum sim_status status =
      model_controller_measure(controller, &a->batch, a->ep, &a->seen, err);
  model_controller_destroy(controller);
  return status;
}

static enum sim_status solve_adjoint(struct audit *a, struct sim_error *err) {
  const struct model_settling settling = tool_audit_settling(a->setup);
  return model_adjoint_gradient(&a->setup->net, &a->setup->experiment->learning,
                                &settling, &a->batch, a->adjoint, &a->reference,
                                err);
}

/* --- comparison --- */

struct agreement {
  double cosine;          // [1]
  double relative_error;  // [1] |ep - adjoint| / |adjoint|
};

static struct agreement compare(size_t n, const double *ep,
                                const double *adjoint) {
  const double ee = cblas_ddot((int)n, ep, 1, ep, 1);
  const double aa = cblas_ddot((int)n, adjoint, 1, adjoint, 1);
  const double ea = cblas_ddot((int)n, ep, 1, adjoint, 1);
  double square = 0;
  for (size_t i = 0; i < n; i++) {
    square += (ep[i] - adjoint[i]) * (ep[i] - adjoint[i]);
  }
  return (struct agreement){ea / sqrt(ee * aa), sqrt(square / aa)};
}

static void write_number(struct sim_result *result, const char *path,
                         const char *long_name, double value,
                         struct sim_error *err) {
  const struct sim_dataset d = {
      .path = path, .unit = "1", .long_name = long_name, .rank = 0};
  sim_result_write(result, &d, &value, err);
}

static void write_agreement(const struct audit *a, const char *block, size_t at,
                            size_t n, struct sim_error *err) {
  const struct agreement found = compare(n, a->ep + at, a->adjoint + at);
  char path[96];
  snprintf(path, sizeof path, "/gradient%s/cosine", block);
  write_number(a->run->result, path, "cosine of measured and adjoint gradient",
               found.cosine, err);
  snprintf(path, sizeof path, "/gradient%s/relative_error", block);
  write_number(a->run->result, path, "|measured - adjoint| / |adjoint|",
               found.relative_error, err);
  tool_run_say(a->run, "%-10s cosine %.8f, relative error %.3e",
               block[0] ? block + 1 : "gradient", found.cosine,
               found.relative_error);
}

static void write_blocks(const struct audit *a, struct sim_error *err) {
  const struct model_layout *at = &a->setup->net.layout;
  char name[32];
  write_agreement(a, "", 0, at->n_parameters, err);
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    snprintf(name, sizeof name, "/weight_%zu", l);
    write_agreement(a, name, at->weight_at[l], model_layout_weight_size(at, l),
                    err);
  }
  for (size_t l = 0; l < at->n_layers; l++) {
    snprintf(name, sizeof name, "/bias_%zu", l);
    write_agreement(a, name, at->bias_at[l], at->width[l], err);
  }
}

static void write_vector(struct sim_result *result, const char *path,
                         const char *long_name, size_t rank,
                         const size_t *shape, const double *values,
                         struct sim_error *err) {
  const struct sim_dataset d = {.path = path,
                                .unit = "1",
                                .long_name = long_name,
                                .rank = rank,
                                .shape = {shape[0], rank > 1 ? shape[1] : 0}};
  sim_result_write(result, &d, values, err);
}

static enum sim_status write_audit(const struct audit *a,
                                   struct sim_error *err) {
  struct sim_result *result = a->run->result;
  const size_t n = a->setup->net.layout.n_parameters;
  const size_t batch[] = {a->batch.n, a->setup->data.dim};
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  write_vector(result, "/gradient/ep", "measured gradient", 1, &n, a->ep, err);
  write_vector(result, "/gradient/adjoint", "adjoint gradient", 1, &n,
               a->adjoint, err);
  write_vector(result, "/gradient/x_t", "where the velocity was asked", 2,
               batch, a->batch.x_t, err);
  write_vector(result, "/gradient/u", "velocity it should have", 2, batch,
               a->batch.u, err);
  write_number(result, "/gradient/loss", "loss the phases saw", a->seen.loss,
               err);
  write_number(result, "/gradient/residual", "of the phases, mean",
               a->seen.residual, err);
  write_number(result, "/gradient/reference_residual",
               "of the adjoint's states, worst", a->reference.residual, err);
  write_number(result, "/gradient/reference_loss",
               "loss at the adjoint's states", a->reference.loss, err);
  write_blocks(a, err);
  return sim_result_end(result, err);
}

static void warn(const struct audit *a) {
  if (a->seen.n_clipped > 0) {
    tool_run_say(a->run,
                 "warning: %zu conversions were outside the range of their "
                 "converter",
                 a->seen.n_clipped);
  }
  const struct model_adjoint_quality *q = &a->reference;
  const double until = a->setup->experiment->gradient.until;
  if (q->residual > until) {
    tool_run_say(a->run,
                 "warning: the adjoint's states have a residual of %.3g, "
                 "asked for %.3g (gradient.reference may be longer)",
                 q->residual, until);
  }
  if (q->n_not_minimum + q->n_unsolved > 0) {
    tool_run_say(a->run,
                 "warning: %zu samples are not at a minimum, %zu adjoint "
                 "systems are not solved",
                 q->n_not_minimum, q->n_unsolved);
  }
}

static enum sim_status run_audit(struct audit *a, struct sim_error *err) {
  const size_t n = a->setup->net.layout.n_parameters;
  a->ep = sim_alloc_doubles(n, err);
  a->adjoint = sim_alloc_doubles(n, err);
  if (!a->ep || !a->adjoint || measure_ep(a, err) || solve_adjoint(a, err) ||
      write_audit(a, err)) {
    return err->status;
  }
  warn(a);
  return tool_audit_states(a->setup, a->run, &a->batch, err);
}

enum sim_status tool_gradient(struct tool_setup *setup, struct tool_run *run,
                              struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  struct audit audit = {.setup = setup, .run = run};
  struct model_flow *flow;
  double cost;
  const size_t n = tool_setup_batch(setup, e->gradient.samples);
  if (model_flow_create(&flow, &e->flow, setup->data.values, setup->data.n,
                        setup->data.dim, n, e->seed, err)) {
    return err->status;
  }
  if (model_flow_draw(flow, e->gradient.epoch, &audit.batch, &cost, err) ==
      SIM_OK) {
    run_audit(&audit, err);
  }
  free(audit.ep);
  free(audit.adjoint);
  model_flow_destroy(flow);
  return err->status;
}
