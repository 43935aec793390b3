/* tools/spice_sample.c -- the phases of one sample, as a netlist needs them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_sample.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

/* [1] residual at which a node is at its operating point, and sweeps. */
#define POINT_RESIDUAL 1e-11
#define POINT_SWEEPS 20000u

const char *const tool_spice_phase_names[] = {"free", "plus", "minus", NULL};

int tool_spice_sign(size_t phase) {
  static const int sign[TOOL_SPICE_N_PHASES] = {0, +1, -1};
  return sign[phase];
}

/* --- source --- */

static struct model_settling at_once(void) {
  return (struct model_settling){
      .analysis = SIM_OPERATING_POINT,
      .settings = {.max_steps = POINT_SWEEPS},
      .until = POINT_RESIDUAL,
      .keep_unsettled = true,
  };
}

static enum sim_status init_phases(struct tool_spice_source *source,
                                   struct sim_error *err) {
  const struct tool_setup *setup = source->setup;
  struct model_settling in_time = setup->settling;
  const struct model_settling point = at_once();
  in_time.keep_unsettled = true;
  if (model_phases_init(&source->transient, &setup->experiment->learning,
                        &in_time, &setup->net, 1, err)) {
    return err->status;
  }
  return model_phases_init(&source->point, &setup->experiment->learning, &point,
                           &setup->net, 1, err);
}

enum sim_status tool_spice_source_init(struct tool_spice_source *source,
                                       const struct tool_setup *setup,
                                       uint64_t epoch, struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  double cost;
  *source = (struct tool_spice_source){.setup = setup};
  if (model_flow_create(&source->flow, &e->flow, setup->data.values,
                        setup->data.n, setup->data.dim, setup->data.n, e->seed,
                        err) ||
      model_flow_draw(source->flow, epoch, &source->batch, &cost, err) ||
      init_phases(source, err)) {
    tool_spice_source_finish(source);
    return err->status;
  }
  return SIM_OK;
}

void tool_spice_source_finish(struct tool_spice_source *source) {
  model_phases_finish(&source->transient);
  model_phases_finish(&source->point);
  model_flow_destroy(source->flow);
  source->flow = NULL;
}

/* --- sample --- */

static enum sim_status alloc_sample(struct tool_spice_sample *sample,
                                    const struct model_layout *at,
                                    struct sim_error *err) {
  sample->velocity = sim_alloc_doubles(at->width[0], err);
  for (size_t p = 0; p < TOOL_SPICE_N_PHASES; p++) {
    sample->start[p] = sim_alloc_doubles(at->n_nodes, err);
    sample->end[p] = sim_alloc_doubles(at->n_nodes, err);
    sample->point[p] = sim_alloc_doubles(at->n_nodes, err);
  }
  return err->status;
}

static enum sim_status run_phase(struct model_phases *phases, size_t p,
                                 struct sim_error *err) {
  return p == 0 ? model_phases_free(phases, err)
                : model_phases_nudged(phases, tool_spice_sign(p), err);
}

/* Where the protocol lets phase p begin. */
static void note_start(struct tool_spice_sample *sample,
                       const struct model_layout *at, int protocol, size_t p) {
  if (p == 0 || protocol == MODEL_RESET) {
    memcpy(sample->start[p], sample->x_t, at->width[0] * sizeof(double));
    memset(sample->start[p] + at->width[0], 0,
           (at->n_nodes - at->width[0]) * sizeof(double));
    return;
  }
  const size_t before = p == 2 && protocol == MODEL_SEQUENTIAL ? 1 : 0;
  memcpy(sample->start[p], sample->end[before], at->n_nodes * sizeof(double));
}

static enum sim_status settle_phases(struct tool_spice_sample *sample,
                                     struct tool_spice_source *source,
                                     size_t last, struct sim_error *err) {
  const struct model_layout *at = &source->setup->net.layout;
  const size_t size = at->n_nodes * sizeof(double);
  const struct model_batch one = {.n = 1, .x_t = sample->x_t, .u = sample->u};
  model_phases_load(&source->transient, &one, 0);
  model_phases_load(&source->point, &one, 0);
  for (size_t p = 0; p <= last; p++) {
    note_start(sample, at, source->transient.rule.protocol, p);
    if (run_phase(&source->transient, p, err) ||
        run_phase(&source->point, p, err)) {
      return err->status;
    }
    memcpy(sample->end[p], source->transient.state, size);
    memcpy(sample->point[p], source->point.state, size);
  }
  memcpy(sample->velocity, source->transient.velocity,
         at->width[0] * sizeof(double));
  return SIM_OK;
}

enum sim_status tool_spice_sample_init(struct tool_spice_sample *sample,
                                       struct tool_spice_source *source,
                                       size_t number, size_t last,
                                       struct sim_error *err) {
  const struct model_layout *at = &source->setup->net.layout;
  *sample = (struct tool_spice_sample){
      .x_t = source->batch.x_t + number * at->width[0],
      .u = source->batch.u + number * at->width[0]};
  if (alloc_sample(sample, at, err) ||
      settle_phases(sample, source, last, err)) {
    tool_spice_sample_finish(sample);
    return err->status;
  }
  return SIM_OK;
}

void tool_spice_sample_finish(struct tool_spice_sample *sample) {
  free(sample->velocity);
  for (size_t p = 0; p < TOOL_SPICE_N_PHASES; p++) {
    free(sample->start[p]);
    free(sample->end[p]);
    free(sample->point[p]);
  }
  *sample = (struct tool_spice_sample){0};
}

struct model_netlist tool_spice_netlist(const struct tool_setup *setup,
                                        const struct tool_spice_sample *sample,
                                        size_t phase, const char *title) {
  return (struct model_netlist){
      .title = title,
      .rule = &setup->experiment->learning,
      .phase = tool_spice_sign(phase),
      .x_t = sample->x_t,
      .u = sample->u,
      .velocity = phase == 0 ? NULL : sample->velocity,
      .start = sample->start[phase],
      .guess = sample->point[phase],
  };
}
