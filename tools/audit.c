/* tools/audit.c -- experiment: gradient
 *
 * The gradient that equilibrium propagation measures on this chip, beside the
 * adjoint gradient of the same chip at its settled state.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/agreement.h"
#include "models/flow.h"
#include "tools/audit_states.h"
#include "tools/commands.h"
#include "tools/gradient_pair.h"

struct audit {
  struct tool_setup *setup;
  struct tool_run *run;
  struct model_batch batch;
  struct tool_gradient_pair pair;
};

/* Of n parameters from `at` on, below /gradient + group. */
static void write_agreement(const struct audit *a, const char *group,
                            const char *name, size_t at, size_t n,
                            struct sim_error *err) {
  const struct model_agreement found =
      model_agreement_of(n, a->pair.measured + at, a->pair.adjoint + at);
  char path[96];
  snprintf(path, sizeof path, "/gradient%s/cosine", group);
  sim_result_write_number(a->run->result, path, "1",
                          "cosine of measured and adjoint gradient",
                          found.cosine, err);
  snprintf(path, sizeof path, "/gradient%s/norm_ratio", group);
  sim_result_write_number(a->run->result, path, "1", "|measured| / |adjoint|",
                          found.norm_ratio, err);
  snprintf(path, sizeof path, "/gradient%s/relative_error", group);
  sim_result_write_number(a->run->result, path, "1",
                          "|measured - adjoint| / |adjoint|",
                          found.relative_error, err);
  tool_run_say(a->run, "%-10s cosine %.8f, relative error %.3e", name,
               found.cosine, found.relative_error);
}

static void write_blocks(const struct audit *a, struct sim_error *err) {
  const struct model_layout *at = &a->setup->net.layout;
  char group[32];
  write_agreement(a, "", "gradient", 0, at->n_parameters, err);
  for (size_t i = 0; i < model_layout_n_blocks(at); i++) {
    const struct model_block block = model_layout_block(at, i);
    snprintf(group, sizeof group, "/%s", block.name);
    write_agreement(a, group, block.name, block.at, block.n, err);
  }
}

static enum sim_status write_audit(const struct audit *a,
                                   struct sim_error *err) {
  struct sim_result *result = a->run->result;
  const size_t n = a->setup->net.layout.n_parameters;
  const size_t batch[] = {a->batch.n, a->setup->data.dim};
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  sim_result_write_array(result, "/gradient/ep", "1", "measured gradient", 1,
                         &n, a->pair.measured, err);
  sim_result_write_array(result, "/gradient/adjoint", "1", "adjoint gradient",
                         1, &n, a->pair.adjoint, err);
  sim_result_write_array(result, "/gradient/x_t", "1",
                         "where the velocity was asked", 2, batch, a->batch.x_t,
                         err);
  sim_result_write_array(result, "/gradient/u", "1", "velocity it should have",
                         2, batch, a->batch.u, err);
  sim_result_write_number(result, "/gradient/loss", "1", "loss the phases saw",
                          a->pair.seen.loss, err);
  sim_result_write_number(result, "/gradient/residual", "1",
                          "of the phases, mean", a->pair.seen.residual, err);
  sim_result_write_number(result, "/gradient/reference_residual", "1",
                          "of the adjoint's states, worst",
                          a->pair.reference.residual, err);
  sim_result_write_number(result, "/gradient/reference_loss", "1",
                          "loss at the adjoint's states",
                          a->pair.reference.loss, err);
  write_blocks(a, err);
  return sim_result_end(result, err);
}

static void warn(const struct audit *a) {
  const size_t *n_clipped = a->pair.seen.n_clipped;
  const size_t n = n_clipped[CIRCUIT_DAC] + n_clipped[CIRCUIT_VELOCITY_ADC] +
                   n_clipped[CIRCUIT_OUTPUT_ADC];
  if (n > 0) {
    tool_run_say(a->run,
                 "warning: %zu conversions were outside the range of their "
                 "converter: dac %zu, velocity_adc %zu, output_adc %zu",
                 n, n_clipped[CIRCUIT_DAC], n_clipped[CIRCUIT_VELOCITY_ADC],
                 n_clipped[CIRCUIT_OUTPUT_ADC]);
  }
  const struct model_adjoint_quality *q = &a->pair.reference;
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
  if (tool_gradient_pair_find(&a->pair, a->setup, &a->batch, err) ||
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
          SIM_OK &&
      tool_gradient_pair_init(&audit.pair, setup, err) == SIM_OK) {
    run_audit(&audit, err);
    tool_gradient_pair_finish(&audit.pair);
  }
  model_flow_destroy(flow);
  return err->status;
}
