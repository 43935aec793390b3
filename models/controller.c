/* models/controller.c -- the phases of a whole batch, and what they measure
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/controller.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/correlation.h"
#include "models/small_signal.h"
#include "sim/interrupt.h"
#include "sim/memory.h"
#include "sim/ranks.h"
#include "sim/workers.h"

/* What one thread works with. */
struct worker {
  struct model_phases phases;
  struct model_small_signal signal;  // of small-signal nudged states
};

struct model_controller {
  const struct model_network *net;
  struct model_learning rule;
  size_t n_lanes;
  size_t max_samples;
  bool is_shared;              // by all ranks
  struct sim_workers workers;  // struct worker
  // Seen in the nudged phases, tile by tile.
  double *plus;   // (n_tiles x n_nodes x n_lanes)
  double *minus;  // (n_tiles x n_nodes x n_lanes)
  // Of each sample, summed in order afterwards.
  double *loss;                    // (max_samples)
  double *residual;                // (max_samples)
  double *time;                    // (max_samples) [tau]
  enum model_conjugate_end *ends;  // (max_samples) of small-signal solutions
};

static bool is_small_signal(const struct model_controller *c) {
  return c->rule.nudged_states != MODEL_MEASURED;
}

static size_t n_tiles_of(const struct model_controller *c, size_t n_samples) {
  return sim_tiles(n_samples, c->n_lanes);
}

static size_t tile_size(const struct model_controller *c) {
  return c->net->layout.n_nodes * c->n_lanes;
}

/* What a worker is made of. */
struct plan {
  const struct model_controller *controller;
  const struct model_settling *settling;
};

static enum sim_status worker_init(void *worker, const void *context,
                                   struct sim_error *err) {
  struct worker *w = worker;
  const struct plan *plan = context;
  const struct model_controller *c = plan->controller;
  if (model_phases_init(&w->phases, &c->rule, plan->settling, c->net,
                        c->n_lanes, err)) {
    return err->status;
  }
  return is_small_signal(c)
             ? model_small_signal_init(&w->signal, c->net, c->n_lanes,
                                       c->rule.linear_tolerance, err)
             : SIM_OK;
}

static void worker_finish(void *worker) {
  struct worker *w = worker;
  model_phases_finish(&w->phases);
  model_small_signal_finish(&w->signal);
}

/* A lane's samples follow one another only from tile to tile: narrow ones make
 * longer chains. */
static size_t lanes_of(const struct model_learning *rule,
                       const struct model_settling *settling) {
  const size_t n = model_settling_lanes(settling);
  return rule->start == MODEL_FROM_PREVIOUS ? model_pool_width(n) : n;
}

enum sim_status model_controller_create(struct model_controller **out,
                                        const struct model_learning *rule,
                                        const struct model_settling *settling,
                                        const struct model_network *net,
                                        size_t max_samples,
                                        struct sim_error *err) {
  *out = NULL;
  struct model_controller *c = sim_alloc(1, sizeof *c, err);
  if (!c) {
    return err->status;
  }
  c->net = net;
  c->rule = *rule;
  c->n_lanes = lanes_of(rule, settling);
  c->max_samples = max_samples;
  const size_t all = n_tiles_of(c, max_samples) * tile_size(c);
  c->plus = sim_alloc_doubles(all, err);
  c->minus = sim_alloc_doubles(all, err);
  c->loss = sim_alloc_doubles(max_samples, err);
  c->residual = sim_alloc_doubles(max_samples, err);
  c->time = sim_alloc_doubles(max_samples, err);
  c->ends = sim_alloc(max_samples, sizeof *c->ends, err);
  const struct plan plan = {c, settling};
  if (!c->plus || !c->minus || !c->loss || !c->residual || !c->time ||
      !c->ends ||
      sim_workers_init(&c->workers, sizeof(struct worker), worker_init,
                       worker_finish, &plan, err)) {
    model_controller_destroy(c);
    return err->status;
  }
  *out = c;
  return SIM_OK;
}

void model_controller_destroy(struct model_controller *c) {
  if (!c) {
    return;
  }
  sim_workers_finish(&c->workers);
  free(c->plus);
  free(c->minus);
  free(c->loss);
  free(c->residual);
  free(c->time);
  free(c->ends);
  free(c);
}

void model_controller_share(struct model_controller *c) {
  c->is_shared = true;
}

/* --- one tile --- */

static void note_free_phase(struct model_controller *c,
                            const struct model_phases *p) {
  for (size_t k = 0; k < p->n_loaded; k++) {
    c->loss[p->first_sample + k] = p->loss[k];
    c->residual[p->first_sample + k] = p->settler.residual[k];
    c->time[p->first_sample + k] = p->time;
  }
}

struct job {
  struct model_controller *controller;
  const struct model_batch *batch;
};

/* Plus and minus phases, as the protocol has them. */
static enum sim_status nudge(const struct model_controller *c,
                             struct model_phases *p, double *plus,
                             double *minus, struct sim_error *err) {
  if (c->rule.phases == 2) {
    model_phases_read(p, minus);
  }
  if (model_phases_nudged(p, +1.0, err)) {
    return err->status;
  }
  model_phases_read(p, plus);
  if (c->rule.phases == 3) {
    if (model_phases_nudged(p, -1.0, err)) {
      return err->status;
    }
    model_phases_read(p, minus);
  }
  return SIM_OK;
}

/* The same in the limit of a vanishing nudge. */
static void linearise(struct model_controller *c, struct worker *w,
                      double *plus, double *minus) {
  model_small_signal_solve(&w->signal, &w->phases, plus, minus);
  for (size_t k = 0; k < w->phases.n_loaded; k++) {
    c->ends[w->phases.first_sample + k] = w->signal.ends[k];
  }
}

static enum sim_status measure_tile(const struct job *job, size_t tile,
                                    bool keeps_hidden, struct sim_error *err) {
  struct model_controller *c = job->controller;
  struct worker *w = sim_workers_mine(&c->workers);
  double *plus = c->plus + tile * tile_size(c);
  double *minus = c->minus + tile * tile_size(c);

  model_phases_load(&w->phases, job->batch, tile * c->n_lanes);
  w->phases.keeps_hidden = keeps_hidden;
  if (model_phases_free(&w->phases, err)) {
    return err->status;
  }
  note_free_phase(c, &w->phases);
  if (!is_small_signal(c)) {
    return nudge(c, &w->phases, plus, minus, err);
  }
  linearise(c, w, plus, minus);
  return SIM_OK;
}

static enum sim_status measure_alone(size_t tile, void *context,
                                     struct sim_error *err) {
  return measure_tile(context, tile, false, err);
}

/* The tiles of one chain of chips, in order. */
static enum sim_status measure_chain(size_t chain, void *context,
                                     struct sim_error *err) {
  const struct job *job = context;
  const size_t n_tiles = n_tiles_of(job->controller, job->batch->n);
  for (size_t tile = chain; tile < n_tiles; tile += MODEL_CHAINS) {
    if (sim_interrupt_check(err) ||
        measure_tile(job, tile, tile != chain, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* --- the batch --- */

/* What is worked on as one. */
static size_t n_parts_of(const struct model_controller *c, size_t n_samples) {
  return c->rule.start == MODEL_FROM_PREVIOUS ? MODEL_CHAINS
                                              : n_tiles_of(c, n_samples);
}

/* Bring together in rank 0 what was seen, tile by tile. */
static void collect(struct model_controller *c, size_t n_samples) {
  const size_t period = n_parts_of(c, n_samples);
  const size_t all = n_tiles_of(c, n_samples) * tile_size(c);
  const struct {
    void *data;
    size_t n_item, n;  // elements of a tile, of all
    size_t size;       // bytes of one
  } arrays[] = {
      {c->plus, tile_size(c), all, sizeof *c->plus},
      {c->minus, tile_size(c), all, sizeof *c->minus},
      {c->loss, c->n_lanes, n_samples, sizeof *c->loss},
      {c->residual, c->n_lanes, n_samples, sizeof *c->residual},
      {c->time, c->n_lanes, n_samples, sizeof *c->time},
      {c->ends, c->n_lanes, n_samples, sizeof *c->ends},
  };
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
    sim_ranks_collect(arrays[i].data, arrays[i].n_item * arrays[i].size,
                      arrays[i].n * arrays[i].size, period);
  }
}

static enum sim_status measure_all(struct job *job, struct sim_error *err) {
  struct model_controller *c = job->controller;
  const size_t n_parts = n_parts_of(c, job->batch->n);
  sim_tile_function *work =
      c->rule.start == MODEL_FROM_PREVIOUS ? measure_chain : measure_alone;
  if (!c->is_shared) {
    return sim_tiles_run(n_parts, work, job, err);
  }
  if (sim_tiles_run_shared(n_parts, work, job, err)) {
    return err->status;
  }
  collect(c, job->batch->n);
  return SIM_OK;
}

static double mean(size_t n, const double *x) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    sum += x[i];
  }
  return sum / (double)n;
}

static double largest(size_t n, const double *x) {
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    most = fmax(most, x[i]);
  }
  return most;
}

static size_t count_ends(const struct model_controller *c, size_t n,
                         enum model_conjugate_end end) {
  size_t count = 0;
  for (size_t i = 0; is_small_signal(c) && i < n; i++) {
    count += c->ends[i] == end;
  }
  return count;
}

static void count_clipped(const struct model_controller *c,
                          size_t count[CIRCUIT_N_CONVERTERS]) {
  for (size_t i = 0; i < c->workers.n; i++) {
    struct worker *w = sim_workers_at(&c->workers, i);
    model_phases_clipped(&w->phases, count);
  }
  for (size_t i = 0; c->is_shared && i < CIRCUIT_N_CONVERTERS; i++) {
    count[i] = sim_ranks_sum(count[i]);
  }
}

/* Of the difference of correlations, plus less minus. The small-signal states
 * are those of a nudge of -1, plus r + q, minus r - q. */
static double scale_of(const struct model_controller *c) {
  return is_small_signal(c) ? -0.5 : model_learning_factor(&c->rule);
}

enum sim_status model_controller_measure(struct model_controller *c,
                                         const struct model_batch *batch,
                                         double *gradient,
                                         struct model_measurement *measurement,
                                         struct sim_error *err) {
  assert(batch->n <= c->max_samples && sim_threads() <= c->workers.n);
  struct job job = {c, batch};
  if (measure_all(&job, err)) {
    return err->status;
  }
  size_t n_clipped[CIRCUIT_N_CONVERTERS] = {0};
  count_clipped(c, n_clipped);
  if (c->is_shared && sim_rank() != 0) {
    return SIM_OK;
  }
  model_correlation_gradient(&c->net->layout, n_tiles_of(c, batch->n),
                             c->n_lanes, c->plus, c->minus,
                             scale_of(c) / (double)batch->n, gradient);
  *measurement = (struct model_measurement){
      .loss = mean(batch->n, c->loss),
      .residual = mean(batch->n, c->residual),
      .worst_residual = largest(batch->n, c->residual),
      .settling_time = mean(batch->n, c->time),
      .n_not_minimum = count_ends(c, batch->n, MODEL_NOT_MINIMUM),
      .n_unsolved = count_ends(c, batch->n, MODEL_UNSOLVED),
  };
  memcpy(measurement->n_clipped, n_clipped, sizeof n_clipped);
  return SIM_OK;
}

void model_controller_phase(const struct model_controller *c, size_t n,
                            bool is_plus, double *gradient) {
  model_correlation_gradient(
      &c->net->layout, n_tiles_of(c, n), c->n_lanes, is_plus ? c->plus : NULL,
      is_plus ? NULL : c->minus, scale_of(c) / (double)n, gradient);
}
