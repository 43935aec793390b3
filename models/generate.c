/* models/generate.c -- draw samples by following the learnt velocity
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/generate.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/drives.h"
#include "models/instruments.h"
#include "sim/interrupt.h"
#include "sim/memory.h"
#include "sim/random.h"
#include "sim/ranks.h"
#include "sim/workers.h"

/* 1.2 in steps of 0.01 is 120 steps, whatever the rounding. */
#define STEP_SLACK 1e-9

static const char *const readouts[] = {"clamped", "spring", NULL};

// clang-format off
#define FIELD(f) SIM_FIELD(struct model_generate_params, f)
const struct sim_param model_generate_table[MODEL_GENERATE_N_PARAMS] = {
    {.name = "samples", .kind = SIM_COUNT, FIELD(samples),
     SIM_WITHIN(1, 1e6), .initial = "400", .help = "samples to draw"},
    {.name = "horizons", .kind = SIM_REALS, FIELD(horizons),
     SIM_WITHIN(0.01, 100), .initial = "[1.0, 1.2]",
     .help = "flow times at which samples are taken; beyond 1 they are "
             "sharper and less varied"},
    {.name = "dt", .kind = SIM_REAL, FIELD(dt), SIM_WITHIN(1e-4, 1),
     .initial = "0.01", .help = "step in flow time"},
    {.name = "readout", .kind = SIM_CHOICE, FIELD(readout),
     .choices = readouts, .initial = "clamped",
     .help = "clamped: x held, velocity from the hidden layer's current; "
             "spring: x on its spring, velocity from its displacement"},
};
// clang-format on

struct worker {
  struct model_settler settler;
  struct model_drives drives;        // of a periphery that is not ideal,
  struct model_instruments readout;  // too
  double *state;                     // (n_nodes x n_lanes)
  double *x;                         // (n_visible x n_lanes) on the trajectory
  double *velocity;                  // (n_visible x n_lanes)
};

struct job {
  const struct model_generate_task *task;
  const struct model_network *net;  // of the task
  size_t n_lanes;
  struct sim_workers workers;  // struct worker
  struct model_generated *out;
};

static enum sim_status worker_init(void *worker, const void *context,
                                   struct sim_error *err) {
  struct worker *w = worker;
  const struct job *job = context;
  const size_t visible = job->net->layout.width[0] * job->n_lanes;
  w->state = sim_alloc_doubles(job->net->layout.n_nodes * job->n_lanes, err);
  w->x = sim_alloc_doubles(visible, err);
  w->velocity = sim_alloc_doubles(visible, err);
  if (!w->state || !w->x || !w->velocity) {
    return err->status;
  }
  const struct model_periphery *periphery = job->net->periphery;
  if (periphery &&
      (model_drives_init(&w->drives, job->task->rule, periphery,
                         job->net->layout.width[0], job->n_lanes, err) ||
       model_instruments_init(&w->readout, periphery, job->net->layout.n_nodes,
                              job->n_lanes, err))) {
    return err->status;
  }
  return model_settler_init(&w->settler, job->task->settling, job->net,
                            job->n_lanes, err);
}

static void worker_finish(void *worker) {
  struct worker *w = worker;
  model_settler_finish(&w->settler);
  model_drives_finish(&w->drives);
  model_instruments_finish(&w->readout);
  free(w->state);
  free(w->x);
  free(w->velocity);
}

/* --- one tile --- */

static void draw_start(const struct job *job, size_t first, double *x) {
  const size_t width = job->net->layout.width[0];
  for (size_t k = 0; k < job->n_lanes; k++) {
    struct sim_stream stream;
    gsl_rng *rng = sim_stream_open(&stream, &(struct sim_address){
                                                .seed = job->task->seed,
                                                .purpose = SIM_DRAW_GENERATE,
                                                .sample = first + k,
                                            });
    for (size_t i = 0; i < width; i++) {
      x[i * job->n_lanes + k] = gsl_ran_gaussian_ziggurat(rng, 1.0);
    }
  }
}

/* The number of the step tells the reads of a sample apart. */
static void read_spring(const struct job *job, struct worker *w,
                        const double *anchor, size_t step) {
  const double gain = model_learning_gain(job->task->rule);
  const size_t n = job->net->layout.width[0] * job->n_lanes;
  const double *seen = model_settler_read(&w->settler, w->state);
  for (size_t i = 0; i < n; i++) {
    w->velocity[i] = seen[i] - anchor[i];
  }
  if (job->net->periphery) {
    model_instruments_displacement(&w->readout, SIM_DRAW_GENERATE_NOISE, step,
                                   job->n_lanes, w->velocity);
  }
  for (size_t i = 0; i < n; i++) {
    w->velocity[i] *= gain;
  }
}

static void read_clamped(const struct job *job, struct worker *w) {
  const double *bias = model_network_bias(job->net, 0);
  for (size_t i = 0; i < job->net->layout.width[0] * job->n_lanes; i++) {
    const size_t node = i / job->n_lanes;
    w->velocity[i] =
        job->task->rule->scale * (w->settler.work.current[i] + bias[node] -
                                  job->net->leak[node] * w->state[i]);
  }
}

static enum sim_status find_velocity(const struct job *job, struct worker *w,
                                     size_t first, size_t step,
                                     struct sim_error *err) {
  const size_t visible = job->net->layout.width[0] * job->n_lanes;
  const size_t all = job->net->layout.n_nodes * job->n_lanes;
  const int is_clamped = job->task->params->readout == MODEL_CLAMPED;
  struct model_drive drive = {.conductance = job->task->rule->spring,
                              .anchor = w->x};
  if (job->net->periphery) {
    drive = model_drives_spring(&w->drives, w->x);
  }
  drive.is_clamped = is_clamped;
  double time;
  memcpy(w->state, drive.anchor, visible * sizeof *w->x);
  memset(w->state + visible, 0, (all - visible) * sizeof *w->state);
  if (model_settler_run(&w->settler, &drive, w->state, first, &time, err)) {
    return err->status;
  }
  if (is_clamped) {
    read_clamped(job, w);
  } else {
    read_spring(job, w, drive.anchor, step);
  }
  return SIM_OK;
}

/* Step whose end is the horizon's sample: the last one that does not begin
 * beyond it. */
static size_t last_step(const struct job *job, size_t horizon) {
  const double n_steps =
      job->task->params->horizons.v[horizon] / job->task->params->dt;
  return (size_t)floor(n_steps + STEP_SLACK);
}

/* Copy the lanes of a tile into the samples of every horizon that ends with
 * this step. */
static void take_samples(const struct job *job, size_t step, size_t first,
                         const double *x) {
  const size_t width = job->net->layout.width[0];
  for (size_t h = 0; h < job->task->params->horizons.n; h++) {
    if (last_step(job, h) != step) {
      continue;
    }
    for (size_t k = 0; k < job->n_lanes && first + k < job->task->n_samples;
         k++) {
      double *sample = job->out->samples[h] + (first + k) * width;
      for (size_t i = 0; i < width; i++) {
        sample[i] = fmin(fmax(x[i * job->n_lanes + k], job->task->low),
                         job->task->high);
      }
    }
  }
}

/* Refuse to go on from a number that is not finite or too large to mean
 * anything: the limits at the end would hide it. */
static enum sim_status check_tile(const struct job *job, size_t step,
                                  size_t first, const double *x,
                                  struct sim_error *err) {
  const size_t size = job->net->layout.width[0] * job->n_lanes;
  const size_t bad = sim_first_unbounded(size, x, SIM_STATE_BOUND);
  if (bad == size) {
    return SIM_OK;
  }
  return sim_error_set(err, SIM_EFAIL,
                       "generation diverged at flow time %.4g: sample %zu, "
                       "node %zu of layer 0: voltage in units of voltage_unit "
                       "%.4g",
                       (double)(step + 1) * job->task->params->dt,
                       first + bad % job->n_lanes, bad / job->n_lanes, x[bad]);
}

static enum sim_status follow_tile(size_t tile, void *context,
                                   struct sim_error *err) {
  const struct job *job = context;
  struct worker *w = sim_workers_mine(&job->workers);
  const size_t visible = job->net->layout.width[0] * job->n_lanes;
  const size_t first = tile * job->n_lanes;
  size_t n_steps = 0;
  for (size_t h = 0; h < job->task->params->horizons.n; h++) {
    const size_t last = last_step(job, h);
    n_steps = last + 1 > n_steps ? last + 1 : n_steps;
  }
  draw_start(job, first, w->x);
  model_settler_begin(&w->settler, MODEL_NOISE_GENERATE, 0, first);
  model_instruments_begin(&w->readout, 0, first);
  for (size_t step = 0; step < n_steps; step++) {
    if (sim_interrupt_check(err) || find_velocity(job, w, first, step, err)) {
      return err->status;
    }
    for (size_t i = 0; i < visible; i++) {
      w->x[i] += job->task->params->dt * w->velocity[i];
    }
    if (check_tile(job, step, first, w->x, err)) {
      return err->status;
    }
    take_samples(job, step, first, w->x);
  }
  return SIM_OK;
}

/* --- all samples --- */

static enum sim_status prepare(struct job *job, struct sim_error *err) {
  const size_t size = job->task->n_samples * job->net->layout.width[0];
  for (size_t h = 0; h < job->task->params->horizons.n; h++) {
    job->out->horizon[h] = job->task->params->horizons.v[h];
    job->out->samples[h] = sim_alloc_doubles(size, err);
    if (!job->out->samples[h]) {
      return err->status;
    }
    job->out->n_horizons++;
  }
  return sim_workers_init(&job->workers, sizeof(struct worker), worker_init,
                          worker_finish, job, err);
}

/* Bring the tiles of all ranks together in rank 0. */
static void collect(const struct job *job) {
  const size_t width = job->net->layout.width[0];
  for (size_t h = 0; h < job->out->n_horizons; h++) {
    double *samples = job->out->samples[h];
    sim_ranks_collect(samples, job->n_lanes * width * sizeof *samples,
                      job->task->n_samples * width * sizeof *samples,
                      sim_tiles(job->task->n_samples, job->n_lanes));
  }
}

static enum sim_status run(const struct model_generate_task *task,
                           bool is_shared, struct model_generated *out,
                           struct sim_error *err) {
  struct job job = {.task = task,
                    .net = task->net,
                    .n_lanes = model_settling_lanes(task->settling),
                    .out = out};
  const size_t n_tiles = sim_tiles(task->n_samples, job.n_lanes);
  *out = (struct model_generated){.n_samples = task->n_samples};
  enum sim_status status = prepare(&job, err);
  if (is_shared) {
    status = sim_ranks_agree(0, err);
  }
  if (status == SIM_OK) {
    status = is_shared ? sim_tiles_run_shared(n_tiles, follow_tile, &job, err)
                       : sim_tiles_run(n_tiles, follow_tile, &job, err);
  }
  sim_workers_finish(&job.workers);
  if (status == SIM_OK && is_shared) {
    collect(&job);
  }
  return status;
}

enum sim_status model_generate(const struct model_generate_task *task,
                               struct model_generated *out,
                               struct sim_error *err) {
  return run(task, false, out, err);
}

enum sim_status model_generate_shared(const struct model_generate_task *task,
                                      struct model_generated *out,
                                      struct sim_error *err) {
  return run(task, true, out, err);
}

void model_generated_finish(struct model_generated *generated) {
  for (size_t h = 0; h < generated->n_horizons; h++) {
    free(generated->samples[h]);
  }
  *generated = (struct model_generated){0};
}
