/* tools/transients.c -- every node's voltage during the phases of a sample
 *
 * experiment: transient, and the recordings that training makes on the way.
 * The points of all phases share one time axis; a phase that settles early
 * (settle.until) is filled up with NaN.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/transients.h"

#include <math.h>
#include <stdlib.h>

#include "models/flow.h"
#include "models/phases.h"
#include "sim/memory.h"
#include "tools/commands.h"
#include "tools/energy_pages.h"

#define MAX_PHASES 3
#define MAX_POINTS 1000000u

static const char *const phase_names[MAX_PHASES] = {"free", "plus", "minus"};

struct recorder {
  struct model_phases phases;
  size_t n_lanes, n_nodes, n_points;
  double interval;            // [tau]
  size_t point;               // next to be written
  double *trace[MAX_PHASES];  // (n_points x n_nodes x n_lanes) or NULL
  double *now;                // the trace of the phase under way
};

static void observe(double time, const double *s, void *context) {
  (void)time;
  struct recorder *r = context;
  const size_t size = r->n_nodes * r->n_lanes;
  if (r->point < r->n_points) {
    for (size_t i = 0; i < size; i++) {
      r->now[r->point * size + i] = s[i];
    }
    r->point++;
  }
}

/* Between two points. [tau] */
static double interval_of(const struct tool_setup *setup) {
  const struct sim_time *interval = &setup->experiment->record.interval;
  return interval->is_tau ? interval->value
                          : interval->value / setup->chip->tau;
}

static double n_points_of(const struct tool_setup *setup) {
  return ceil(setup->settling.duration / interval_of(setup) - 1e-9) + 1;
}

enum sim_status tool_transients_check(const struct tool_setup *setup,
                                      struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const double n = n_points_of(setup);
  if (e->kind == TOOL_TRANSIENT && e->record.transients == 0) {
    return sim_error_set(err, SIM_ECONFIG,
                         "record.transients: must be >= 1 for experiment: "
                         "transient, got 0");
  }
  if (e->record.transients == 0 || n <= MAX_POINTS) {
    return SIM_OK;
  }
  return sim_error_set(err, SIM_ECONFIG,
                       "record.interval: a transient would have %.3g points, "
                       "at most %u are kept",
                       n, MAX_POINTS);
}

static enum sim_status recorder_init(struct recorder *r,
                                     const struct tool_setup *setup,
                                     size_t n_lanes, struct sim_error *err) {
  struct model_settling settling = setup->settling;
  settling.keep_unsettled = true;
  *r = (struct recorder){.n_lanes = n_lanes,
                         .n_nodes = setup->net.layout.n_nodes};
  r->interval = interval_of(setup);
  r->n_points = (size_t)n_points_of(setup);
  for (size_t p = 0; p < setup->experiment->learning.phases; p++) {
    r->trace[p] = sim_alloc_doubles(r->n_points * r->n_nodes * n_lanes, err);
    if (!r->trace[p]) {
      return err->status;
    }
  }
  return model_phases_init(&r->phases, &setup->experiment->learning, &settling,
                           &setup->net, n_lanes, err);
}

static void recorder_finish(struct recorder *r) {
  model_phases_finish(&r->phases);
  for (size_t p = 0; p < MAX_PHASES; p++) {
    free(r->trace[p]);
  }
}

/* Point the observer at the trace of phase p. */
static void begin_phase(struct recorder *r, size_t p) {
  const size_t size = r->n_points * r->n_nodes * r->n_lanes;
  r->now = r->trace[p];
  r->point = 0;
  for (size_t i = 0; i < size; i++) {
    r->now[i] = NAN;
  }
  r->phases.settler.observe = observe;
  r->phases.settler.observe_context = r;
  r->phases.settler.observe_every = r->interval;
}

static enum sim_status run_phases(struct recorder *r,
                                  const struct model_batch *batch,
                                  struct sim_error *err) {
  model_phases_load(&r->phases, batch, 0);
  begin_phase(r, 0);
  if (model_phases_free(&r->phases, err)) {
    return err->status;
  }
  begin_phase(r, 1);
  if (model_phases_nudged(&r->phases, +1.0, err)) {
    return err->status;
  }
  if (r->phases.rule.phases == 3) {
    begin_phase(r, 2);
    return model_phases_nudged(&r->phases, -1.0, err);
  }
  return SIM_OK;
}

/* --- into the file --- */

static void write_time(struct sim_result *result, const struct recorder *r,
                       double tau, const char *path, struct sim_error *err) {
  double *time = sim_alloc_doubles(r->n_points, err);
  if (!time) {
    return;
  }
  const double end = r->phases.settler.settling.duration;
  for (size_t i = 0; i < r->n_points; i++) {
    time[i] = tau * fmin((double)i * r->interval, end);
  }
  const struct sim_dataset d = {.path = path,
                                .unit = "s",
                                .long_name = "time since the phase began",
                                .rank = 1,
                                .shape = {r->n_points},
                                .is_scale = 1};
  sim_result_write(result, &d, time, err);
  free(time);
}

/* Voltages [V] of one layer of one sample during phase p. */
static void write_layer(struct sim_result *result, const struct recorder *r,
                        const struct tool_setup *setup, const char *group,
                        const char *time_path, size_t p, size_t lane, size_t l,
                        struct sim_error *err) {
  const struct model_layout *at = &setup->net.layout;
  const size_t width = at->width[l];
  char path[96];
  double *voltage = sim_alloc_doubles(r->n_points * width, err);
  if (!voltage) {
    return;
  }
  for (size_t k = 0; k < r->n_points; k++) {
    for (size_t i = 0; i < width; i++) {
      const size_t node = at->node_at[l] + i;
      voltage[k * width + i] =
          setup->chip->voltage_unit *
          r->trace[p][(k * r->n_nodes + node) * r->n_lanes + lane];
    }
  }
  snprintf(path, sizeof path, "%s/%s/voltage_%zu", group, phase_names[p], l);
  const struct sim_dataset d = {.path = path,
                                .unit = "V",
                                .long_name = "node voltages of the layer",
                                .rank = 2,
                                .shape = {r->n_points, width},
                                .scales = {time_path}};
  sim_result_write(result, &d, voltage, err);
  free(voltage);
}

static enum sim_status write_sample(struct sim_result *result,
                                    const struct recorder *r,
                                    const struct tool_setup *setup, size_t lane,
                                    size_t number, uint64_t epoch,
                                    struct sim_error *err) {
  char group[48], time_path[64];
  snprintf(group, sizeof group, "/transients/%zu", number);
  snprintf(time_path, sizeof time_path, "%s/time", group);
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  write_time(result, r, setup->chip->tau, time_path, err);
  sim_result_set_uint64(result, group, "epoch", epoch, err);
  sim_result_set_uint64(result, group, "sample", lane, err);
  for (size_t p = 0; p < r->phases.rule.phases; p++) {
    for (size_t l = 0; l < setup->net.layout.n_layers; l++) {
      write_layer(result, r, setup, group, time_path, p, lane, l, err);
    }
  }
  return sim_result_end(result, err);
}

enum sim_status tool_transients_record(const struct tool_setup *setup,
                                       struct tool_run *run,
                                       const struct model_batch *batch,
                                       uint64_t epoch, size_t first,
                                       struct sim_error *err) {
  struct recorder r;
  const size_t wanted = setup->experiment->record.transients;
  const size_t n = wanted < batch->n ? wanted : batch->n;
  // An integrator with a Jacobian takes one sample at a time.
  const size_t lanes = model_settling_lanes(&setup->settling) == 1 ? 1 : n;
  enum sim_status status = recorder_init(&r, setup, lanes, err);
  for (size_t k = 0; k < n && !status; k += lanes) {
    const size_t width = setup->data.dim;
    const struct model_batch part = {.n = lanes,
                                     .x_t = batch->x_t + k * width,
                                     .u = batch->u + k * width,
                                     .epoch = batch->epoch,
                                     .first = batch->first + k};
    status = run_phases(&r, &part, err);
    for (size_t lane = 0; lane < lanes && !status; lane++) {
      status = write_sample(run->result, &r, setup, lane, first + k + lane,
                            epoch, err);
    }
  }
  recorder_finish(&r);
  return status;
}

enum sim_status tool_transient(struct tool_setup *setup, struct tool_run *run,
                               struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  struct model_flow *flow;
  struct model_batch batch;
  double cost;
  if (model_flow_create(&flow, &e->flow, setup->data.values, setup->data.n,
                        setup->data.dim, setup->data.n, e->seed, err)) {
    return err->status;
  }
  if (model_flow_draw(flow, 0, &batch, &cost, err) == SIM_OK &&
      tool_transients_record(setup, run, &batch, 0, 0, err) == SIM_OK) {
    tool_run_say(run, "%zu transients in %s/run.h5", e->record.transients,
                 run->folder);
    tool_energy_phases(setup, run, &batch, err);
  }
  model_flow_destroy(flow);
  return err->status;
}
