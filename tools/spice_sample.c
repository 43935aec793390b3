/* tools/spice_sample.c -- the phases of one sample, as a netlist needs them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/memory.h"
#include "tools/spice_limits.h"

/* An operating point is found by descent where there is an energy, else at
 * the end of the transient, and polished by Newton's method. */
#define DESCENT_RESIDUAL 1e-8  // [1]
#define DESCENT_SWEEPS 20000u
#define NEWTON_ROUNDS 50
#define NEWTON_STEP 1e-13  // [1] at which it has converged

const char *const tool_spice_phase_names[] = {"free", "plus", "minus", NULL};

int tool_spice_sign(size_t phase) {
  static const int sign[TOOL_SPICE_N_PHASES] = {0, +1, -1};
  return sign[phase];
}

double tool_spice_grid_time(const struct tool_spice_grid *grid, size_t k) {
  return fmin((double)k * grid->interval, grid->duration);
}

/* --- source --- */

static struct model_settling at_once(void) {
  return (struct model_settling){
      .analysis = SIM_OPERATING_POINT,
      .settings = {.max_steps = DESCENT_SWEEPS},
      .until = DESCENT_RESIDUAL,
      .keep_unsettled = true,
  };
}

static enum sim_status init_phases(struct tool_spice_source *source,
                                   struct sim_error *err) {
  const struct tool_setup *setup = source->setup;
  const struct model_learning *rule = &setup->experiment->learning;
  struct model_settling in_time = setup->settling;
  const struct model_settling point = at_once();
  in_time.keep_unsettled = true;
  source->rate = sim_alloc_doubles(setup->net.layout.n_nodes, err);
  source->step = sim_alloc_doubles(setup->net.layout.n_nodes, err);
  if (!source->rate || !source->step ||
      model_linear_init(&source->linear, &setup->net, err) ||
      model_phases_init(&source->transient, rule, &in_time, &setup->net, 1,
                        err)) {
    return err->status;
  }
  return model_network_has_energy(&setup->net)
             ? model_phases_init(&source->point, rule, &point, &setup->net, 1,
                                 err)
             : SIM_OK;
}

enum sim_status tool_spice_source_init(struct tool_spice_source *source,
                                       const struct tool_setup *setup,
                                       const struct tool_spice_grid *grid,
                                       uint64_t epoch, struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  double cost;
  *source = (struct tool_spice_source){.setup = setup};
  if (grid) {
    source->grid = *grid;
  }
  if (tool_spice_check_chip(setup, err) ||
      model_flow_create(&source->flow, &e->flow, setup->data.values,
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
  model_linear_finish(&source->linear);
  model_flow_destroy(source->flow);
  free(source->rate);
  free(source->step);
  *source = (struct tool_spice_source){0};
}

/* --- transient --- */

struct recorder {
  size_t n_nodes, n_points, point;
  double *trace;  // (n_points x n_nodes)
};

static void observe(double time, const double *s, void *context) {
  (void)time;
  struct recorder *r = context;
  if (r->point < r->n_points) {
    memcpy(r->trace + r->point * r->n_nodes, s, r->n_nodes * sizeof *s);
    r->point++;
  }
}

static enum sim_status run_phase(struct model_phases *phases, size_t p,
                                 struct sim_error *err) {
  return p == 0 ? model_phases_free(phases, err)
                : model_phases_nudged(phases, tool_spice_sign(p), err);
}

static double processor_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum sim_status run_transient(struct tool_spice_source *source, size_t p,
                                     struct tool_spice_sample *sample,
                                     struct sim_error *err) {
  struct recorder recorder = {.n_nodes = source->setup->net.layout.n_nodes,
                              .n_points = source->grid.n_points,
                              .trace = sample->trace[p]};
  struct model_settler *settler = &source->transient.settler;
  if (sample->trace[p]) {
    settler->observe = observe;
    settler->observe_context = &recorder;
    settler->observe_every = source->grid.interval;
  }
  source->transient.began = sample->start[p];
  const double before = processor_time();
  const enum sim_status status = run_phase(&source->transient, p, err);
  sample->seconds += processor_time() - before;
  settler->observe = NULL;
  source->transient.began = NULL;
  return status;
}

/* --- operating point --- */

/* One step of Newton's method on s (n_nodes) under the drive; the largest
 * change, INFINITY where the system is singular. */
static double newton_step(struct tool_spice_source *source,
                          const struct model_drive *drive, double *s) {
  const struct model_network *net = &source->setup->net;
  enum model_conjugate_end end;
  double largest = 0;
  model_network_rate(net, drive, s, source->rate, &source->linear.work);
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    source->rate[i] /= net->inv_capacitance[i];
  }
  model_linear_solve(&source->linear, drive, false, 1, s, source->rate,
                     source->step, &end);
  if (end != MODEL_SOLVED) {
    return INFINITY;
  }
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    s[i] += source->step[i];
    largest = fmax(largest, fabs(source->step[i]));
  }
  return largest;
}

static enum sim_status find_point(struct tool_spice_source *source, size_t p,
                                  struct tool_spice_sample *sample,
                                  struct sim_error *err) {
  const struct model_network *net = &source->setup->net;
  const double *from = source->transient.state;
  const struct model_drive drive = source->transient.settler.drive;
  double change = INFINITY;
  if (model_network_has_energy(net)) {
    if (run_phase(&source->point, p, err)) {
      return err->status;
    }
    from = source->point.state;
  }
  memcpy(sample->point[p], from, net->layout.n_nodes * sizeof *from);
  for (int k = 0; k < NEWTON_ROUNDS && change > NEWTON_STEP; k++) {
    change = newton_step(source, &drive, sample->point[p]);
  }
  return change < 1e3 * NEWTON_STEP
             ? SIM_OK
             : sim_error_set(err, SIM_EFAIL,
                             "no operating point of the %s phase was found",
                             tool_spice_phase_names[p]);
}

/* --- sample --- */

static enum sim_status alloc_sample(struct tool_spice_sample *sample,
                                    const struct tool_spice_source *source,
                                    size_t last, struct sim_error *err) {
  const struct model_layout *at = &source->setup->net.layout;
  const size_t n_points = source->grid.n_points;
  sample->velocity = sim_alloc_doubles(at->width[0], err);
  sample->conductance = sim_alloc_doubles(at->width[0], err);
  for (size_t p = 0; p < TOOL_SPICE_N_PHASES; p++) {
    sample->start[p] = sim_alloc_doubles(at->n_nodes, err);
    sample->end[p] = sim_alloc_doubles(at->n_nodes, err);
    sample->point[p] = sim_alloc_doubles(at->n_nodes, err);
    if (n_points > 0 && p <= last) {
      sample->trace[p] = sim_alloc_doubles(n_points * at->n_nodes, err);
    }
  }
  return err->status;
}

static void note_springs(struct tool_spice_sample *sample,
                         const struct model_layout *at,
                         const struct model_drive *drive) {
  for (size_t i = 0; i < at->width[0]; i++) {
    sample->conductance[i] = model_drive_conductance(drive, i);
  }
}

static enum sim_status settle_phases(struct tool_spice_sample *sample,
                                     struct tool_spice_source *source,
                                     size_t last, struct sim_error *err) {
  const struct model_layout *at = &source->setup->net.layout;
  const struct model_batch one = {.n = 1, .x_t = sample->x_t, .u = sample->u};
  model_phases_load(&source->transient, &one, 0);
  if (model_network_has_energy(&source->setup->net)) {
    model_phases_load(&source->point, &one, 0);
  }
  for (size_t p = 0; p <= last; p++) {
    if (run_transient(source, p, sample, err) ||
        find_point(source, p, sample, err)) {
      return err->status;
    }
    if (p == 0) {
      note_springs(sample, at, &source->transient.settler.drive);
    }
    memcpy(sample->end[p], source->transient.state,
           at->n_nodes * sizeof(double));
  }
  memcpy(sample->velocity, source->transient.velocity,
         at->width[0] * sizeof(double));
  return SIM_OK;
}

enum sim_status tool_spice_sample_init(struct tool_spice_sample *sample,
                                       struct tool_spice_source *source,
                                       size_t number, size_t last,
                                       struct sim_error *err) {
  const size_t first = number * source->setup->net.layout.width[0];
  *sample = (struct tool_spice_sample){.x_t = source->batch.x_t + first,
                                       .u = source->batch.u + first};
  if (alloc_sample(sample, source, last, err) ||
      settle_phases(sample, source, last, err)) {
    tool_spice_sample_finish(sample);
    return err->status;
  }
  return SIM_OK;
}

void tool_spice_sample_finish(struct tool_spice_sample *sample) {
  free(sample->velocity);
  free(sample->conductance);
  for (size_t p = 0; p < TOOL_SPICE_N_PHASES; p++) {
    free(sample->start[p]);
    free(sample->end[p]);
    free(sample->point[p]);
    free(sample->trace[p]);
  }
  *sample = (struct tool_spice_sample){0};
}

struct model_netlist tool_spice_netlist(const struct tool_setup *setup,
                                        const struct tool_spice_sample *sample,
                                        size_t phase, const char *title) {
  return (struct model_netlist){
      .title = title,
      .chip = setup->chip,
      .net = &setup->net,
      .rule = &setup->experiment->learning,
      .phase = tool_spice_sign(phase),
      .x_t = sample->x_t,
      .u = sample->u,
      .velocity = phase == 0 ? NULL : sample->velocity,
      .start = sample->start[phase],
      .guess = sample->point[phase],
  };
}
