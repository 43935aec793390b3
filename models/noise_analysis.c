/* models/noise_analysis.c -- the noise budget of a chip over a batch
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise_analysis.h"

#include <math.h>
#include <stdlib.h>

#include "models/correlation.h"
#include "models/device_noise.h"
#include "models/noise_parts.h"
#include "sim/memory.h"
#include "sim/workers.h"

/* Everything of every sample, added up afterwards in their order. */
struct job {
  struct model_noise_analysis *found;
  const struct model_noise_task *task;
  struct sim_workers workers;             // struct worker
  struct model_noise_seen *seen;          // (samples)
  double *values;                         // all their arrays
  double *plus, *minus;                   // (samples x nodes)
  struct model_device_response response;  // where devices err
};

/* What a thread needs for a sample. */
struct worker {
  struct model_noise_bench noise;
  struct model_device_bench devices;
};

/* --- arrays --- */

static size_t seen_size(const struct model_noise_analysis *f) {
  return f->n_sources * (3 * f->n_nodes + f->n_visible + f->n_blocks) +
         f->n_blocks + f->n_windows;
}

static double *take(double **next, size_t n) {
  double *taken = *next;
  *next += n;
  return taken;
}

static void hand_out(struct job *job, size_t k, double *values) {
  const struct model_noise_analysis *f = job->found;
  double *next = values;
  job->seen[k] = (struct model_noise_seen){
      .node = take(&next, f->n_sources * f->n_nodes),
      .read = take(&next, f->n_sources * f->n_nodes),
      .output = take(&next, f->n_sources * f->n_nodes),
      .velocity = take(&next, f->n_sources * f->n_visible),
      .gradient = take(&next, f->n_sources * f->n_blocks),
      .per_read = take(&next, f->n_blocks),
      .window = take(&next, f->n_windows),
      .plus = job->plus + k * f->n_nodes,
      .minus = job->minus + k * f->n_nodes,
  };
}

static enum sim_status reserve(struct job *job, struct sim_error *err) {
  struct model_noise_analysis *f = job->found;
  const size_t n = f->n_samples, size = seen_size(f);
  f->node = sim_alloc_doubles(f->n_sources * f->n_nodes, err);
  f->read = sim_alloc_doubles(f->n_sources * f->n_nodes, err);
  f->output = sim_alloc_doubles(f->n_sources * f->n_nodes, err);
  f->velocity = sim_alloc_doubles(f->n_sources * f->n_visible, err);
  f->gradient = sim_alloc_doubles(f->n_sources * f->n_blocks, err);
  f->shared = sim_alloc_doubles(f->n_sources * f->n_blocks, err);
  f->moved = sim_alloc_doubles(f->n_nodes, err);
  f->signal = sim_alloc_doubles(f->n_blocks, err);
  f->signal_sample = sim_alloc_doubles(f->n_blocks, err);
  f->per_read = sim_alloc_doubles(f->n_blocks, err);
  f->window = sim_alloc_doubles(f->n_windows, err);
  job->seen = sim_alloc(n, sizeof *job->seen, err);
  job->values = sim_alloc_doubles(n * size, err);
  job->plus = sim_alloc_doubles(n * f->n_nodes, err);
  job->minus = sim_alloc_doubles(n * f->n_nodes, err);
  for (size_t k = 0; err->status == SIM_OK && k < n; k++) {
    hand_out(job, k, job->values + k * size);
  }
  return err->status;
}

void model_noise_analysis_finish(struct model_noise_analysis *found) {
  free(found->node);
  free(found->read);
  free(found->output);
  free(found->velocity);
  free(found->gradient);
  free(found->shared);
  free(found->moved);
  free(found->signal);
  free(found->signal_sample);
  free(found->per_read);
  free(found->window);
  *found = (struct model_noise_analysis){0};
}

/* --- sums over the samples --- */

static void add_mean(size_t n, double share, const double *x, double *sum) {
  for (size_t i = 0; i < n; i++) {
    sum[i] += share * x[i];
  }
}

static void add_sample(struct job *job, size_t k) {
  struct model_noise_analysis *f = job->found;
  const struct model_noise_seen *s = &job->seen[k];
  const double share = 1.0 / (double)f->n_samples;
  add_mean(f->n_sources * f->n_nodes, share, s->node, f->node);
  add_mean(f->n_sources * f->n_nodes, share, s->read, f->read);
  add_mean(f->n_sources * f->n_nodes, share, s->output, f->output);
  add_mean(f->n_sources * f->n_visible, share, s->velocity, f->velocity);
  add_mean(f->n_sources * f->n_blocks, share, s->gradient, f->gradient);
  add_mean(f->n_blocks, share, s->per_read, f->per_read);
  add_mean(f->n_windows, share, s->window, f->window);
  for (size_t i = 0; i < f->n_nodes; i++) {
    const double moved = s->plus[i] - s->minus[i];
    f->moved[i] += share * moved * moved;
  }
  f->slowest = fmin(f->slowest, s->slowest);
  f->n_growing += !(s->slowest > 0);
}

/* |gradient|^2 of each block. */
static void add_squares(const struct job *job, double share,
                        const double *gradient, double *squares) {
  const struct model_layout *at = &job->task->net->layout;
  for (size_t block = 0, next = 0; block < job->found->n_blocks; block++) {
    const size_t end = next + model_layout_block(at, block).n;
    for (; next < end; next++) {
      squares[block] += share * gradient[next] * gradient[next];
    }
  }
}

/* Gradients that plus and minus give, sample by sample and of all. */
static enum sim_status add_signals(struct job *job, struct sim_error *err) {
  struct model_noise_analysis *f = job->found;
  const struct model_layout *at = &job->task->net->layout;
  const size_t n = f->n_samples;
  const double factor = model_learning_factor(job->task->rule);
  double *gradient = sim_alloc_doubles(at->n_parameters, err);
  if (!gradient) {
    return err->status;
  }
  for (size_t k = 0; k < n; k++) {
    model_correlation_gradient(at, 1, 1, job->seen[k].plus, job->seen[k].minus,
                               factor, gradient);
    add_squares(job, 1.0 / (double)n, gradient, f->signal_sample);
  }
  model_correlation_gradient(at, n, 1, job->plus, job->minus,
                             factor / (double)n, gradient);
  add_squares(job, 1.0, gradient, f->signal);
  free(gradient);
  return SIM_OK;
}

/* --- devices --- */

/* Where the sums of one kind of error go: rows of its source. */
static struct model_device_sums sums_of(struct model_noise_analysis *f,
                                        size_t source) {
  return (struct model_device_sums){
      .node = f->node + source * f->n_nodes,
      .read = f->read + source * f->n_nodes,
      .output = f->output + source * f->n_nodes,
      .gradient = f->gradient + source * f->n_blocks,
      .batch = f->shared + source * f->n_blocks};
}

static enum sim_status add_devices(struct job *job, struct sim_error *err) {
  struct model_noise_analysis *f = job->found;
  struct model_device_sums sums[MODEL_N_DEVICE_ERRORS] = {0};
  if (!job->task->devices) {
    return SIM_OK;
  }
  for (size_t k = 0; k < f->n_sources; k++) {
    if (f->source[k].kind == MODEL_SOURCE_DEVICE) {
      sums[f->source[k].error] = sums_of(f, k);
    }
  }
  if (model_device_noise(&job->response, job->task->devices, sums, err)) {
    return err->status;
  }
  for (size_t k = 0; k < f->n_sources; k++) {
    if (f->source[k].kind == MODEL_SOURCE_DEVICE) {
      model_noise_velocity(job->task->net, job->task->rule,
                           f->read + k * f->n_nodes,
                           f->velocity + k * f->n_visible);
    }
  }
  return SIM_OK;
}

/* --- threads --- */

static enum sim_status begin_worker(void *worker, const void *context,
                                    struct sim_error *err) {
  const struct job *job = context;
  const struct model_noise_task *t = job->task;
  struct worker *w = worker;
  if (model_noise_bench_init(&w->noise, t->net, t->rule, t->duration, t->window,
                             job->found->n_sources, job->found->source, err)) {
    return err->status;
  }
  return t->devices ? model_device_bench_init(&w->devices, &t->net->layout, err)
                    : SIM_OK;
}

static void finish_worker(void *worker) {
  struct worker *w = worker;
  model_noise_bench_finish(&w->noise);
  model_device_bench_finish(&w->devices);
}

static void release(struct job *job) {
  sim_workers_finish(&job->workers);
  model_device_response_finish(&job->response);
  free(job->seen);
  free(job->values);
  free(job->plus);
  free(job->minus);
}

static enum sim_status analyse_sample(size_t k, void *context,
                                      struct sim_error *err) {
  struct job *job = context;
  const struct model_noise_task *t = job->task;
  const struct model_noise_analysis *f = job->found;
  const double *state = t->states + k * f->n_nodes;
  struct worker *w = sim_workers_mine(&job->workers);
  if (model_noise_bench_run(&w->noise, t->batch->x_t + k * f->n_visible,
                            t->batch->u + k * f->n_visible, state, t->n_windows,
                            t->windows, &job->seen[k], err)) {
    return err->status;
  }
  if (t->devices) {
    model_device_response_note(&job->response, &w->devices, &w->noise, k,
                               state);
  }
  return SIM_OK;
}

static enum sim_status begin(struct job *job, struct sim_error *err) {
  const struct model_noise_task *t = job->task;
  struct model_noise_analysis *f = job->found;
  *f = (struct model_noise_analysis){
      .n_samples = t->batch->n,
      .n_nodes = t->net->layout.n_nodes,
      .n_visible = t->net->layout.width[0],
      .n_blocks = model_layout_n_blocks(&t->net->layout),
      .n_windows = t->n_windows,
      .slowest = INFINITY};
  f->n_sources = model_source_list(t->net, t->devices, f->source);
  if (reserve(job, err) ||
      (t->devices && model_device_response_init(&job->response, t->net, t->rule,
                                                f->n_samples, err))) {
    return err->status;
  }
  return sim_workers_init(&job->workers, sizeof(struct worker), begin_worker,
                          finish_worker, job, err);
}

enum sim_status model_noise_analyse(struct model_noise_analysis *found,
                                    const struct model_noise_task *task,
                                    struct sim_error *err) {
  struct job job = {.found = found, .task = task};
  enum sim_status status = begin(&job, err);
  if (status == SIM_OK) {
    status = sim_tiles_run(task->batch->n, analyse_sample, &job, err);
  }
  for (size_t k = 0; status == SIM_OK && k < task->batch->n; k++) {
    add_sample(&job, k);
  }
  if (status == SIM_OK) {
    status = add_devices(&job, err);
  }
  if (status == SIM_OK) {
    status = add_signals(&job, err);
  }
  release(&job);
  if (status) {
    model_noise_analysis_finish(found);
  }
  return status;
}
