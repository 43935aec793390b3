/* models/modes.c -- slowest settling modes around operating points
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/hessian.h"
#include "sim/lanczos.h"
#include "sim/memory.h"
#include "sim/workers.h"

/* Narrow tiles: Lanczos' vectors are many, and are read again and again. */
#define N_LANES 8u
#define MAX_BASIS 8000000u  // doubles of one thread's vectors, 64 MB
#define MIN_STEPS 50u
#define TOLERANCE 1e-8  // of |H v - mu C v|, relative to the largest mu

/* What one thread works with; arrays are (n_nodes x N_LANES). */
struct worker {
  const struct model_network *net;
  double conductance;  // [1] of the drive
  struct model_work work;
  struct sim_lanczos lanczos;
  double *s, *curvature, *rate, *scaled, *scratch;
  double *anchor;  // (n_visible x N_LANES) zero: H does not depend on it
};

/* What a worker is made of. */
struct plan {
  const struct model_network *net;
  double conductance;
  size_t n_modes;
};

struct job {
  struct model_modes *modes;
  const double *states;
  struct sim_workers workers;  // struct worker
};

/* Lanczos vectors that fit; the method is exact after n_nodes. */
static size_t max_steps_of(size_t n_nodes) {
  const size_t fit = MAX_BASIS / (n_nodes * N_LANES);
  const size_t wanted = fit > MIN_STEPS ? fit : MIN_STEPS;
  return wanted < n_nodes ? wanted : n_nodes;
}

static void worker_finish(void *worker) {
  struct worker *w = worker;
  model_work_finish(&w->work);
  sim_lanczos_finish(&w->lanczos);
  free(w->s);
  free(w->curvature);
  free(w->rate);
  free(w->scaled);
  free(w->scratch);
  free(w->anchor);
}

static enum sim_status worker_init(void *worker, const void *context,
                                   struct sim_error *err) {
  struct worker *w = worker;
  const struct plan *plan = context;
  const struct model_network *net = plan->net;
  const size_t n = net->layout.n_nodes;
  *w = (struct worker){
      .net = net,
      .conductance = plan->conductance,
      .s = sim_alloc_doubles(n * N_LANES, err),
      .curvature = sim_alloc_doubles(n * N_LANES, err),
      .rate = sim_alloc_doubles(n * N_LANES, err),
      .scaled = sim_alloc_doubles(n * N_LANES, err),
      .scratch = sim_alloc_doubles(n * N_LANES, err),
      .anchor = sim_alloc_doubles(net->layout.width[0] * N_LANES, err),
  };
  if (!w->s || !w->curvature || !w->rate || !w->scaled || !w->scratch ||
      !w->anchor || model_work_init(&w->work, &net->layout, N_LANES, err)) {
    return err->status;
  }
  return sim_lanczos_init(&w->lanczos, n, N_LANES, plan->n_modes,
                          max_steps_of(n), TOLERANCE, err);
}

/* --- one tile --- */

/* y = C^-1/2 x of every node; y may be x. */
static void scale_nodes(const struct model_network *net, const double *x,
                        double *y) {
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const double root = sqrt(net->inv_capacitance[i]);
    for (size_t k = i * N_LANES; k < (i + 1) * N_LANES; k++) {
      y[k] = root * x[k];
    }
  }
}

/* C^-1/2 H C^-1/2 p. */
static void product_of(const double *p, double *product, void *context) {
  struct worker *w = context;
  scale_nodes(w->net, p, w->scaled);
  model_hessian_product(w->net, w->conductance, &w->work, w->curvature,
                        w->scaled, product, w->scratch);
  scale_nodes(w->net, product, product);
}

/* States of samples first, first + 1, ... into the lanes, the first one into
 * those that are left, and H there. */
static void linearise(struct worker *w, const double *states, size_t first,
                      size_t n_loaded) {
  const size_t n_nodes = w->net->layout.n_nodes;
  for (size_t k = 0; k < N_LANES; k++) {
    const size_t sample = first + (k < n_loaded ? k : 0);
    for (size_t i = 0; i < n_nodes; i++) {
      w->s[i * N_LANES + k] = states[sample * n_nodes + i];
    }
  }
  const struct model_drive drive = {.conductance = w->conductance,
                                    .anchor = w->anchor};
  model_network_rate(w->net, &drive, w->s, w->rate, &w->work);
  model_hessian_curvature(w->net, N_LANES, w->s, w->curvature);
}

/* share (n_layers) of a lane's mode; its vector is C^1/2 v. */
static void share_out(const struct worker *w, size_t mode, size_t lane,
                      double *share) {
  const struct model_layout *at = &w->net->layout;
  const double *y = w->lanczos.vector + mode * at->n_nodes * N_LANES;
  memset(share, 0, at->n_layers * sizeof *share);
  for (size_t i = 0; i < at->n_nodes; i++) {
    const double part = y[i * N_LANES + lane];
    share[model_layout_layer_of(at, i)] += part * part;
  }
}

static enum sim_status find_tile(size_t tile, void *context,
                                 struct sim_error *err) {
  (void)err;
  const struct job *job = context;
  struct model_modes *modes = job->modes;
  struct worker *w = sim_workers_mine(&job->workers);
  const size_t first = tile * N_LANES, left = modes->n - first;
  const size_t n_loaded = left < N_LANES ? left : N_LANES;
  linearise(w, job->states, first, n_loaded);
  sim_lanczos_run(&w->lanczos, product_of, w);
  for (size_t k = 0; k < n_loaded; k++) {
    for (size_t j = 0; j < modes->n_modes; j++) {
      const size_t at = (first + k) * modes->n_modes + j;
      modes->rate[at] = w->lanczos.value[j * N_LANES + k];
      share_out(w, j, k, modes->share + at * w->net->layout.n_layers);
    }
  }
  return SIM_OK;
}

/* --- all samples --- */

enum sim_status model_modes_check(const struct model_network *net,
                                  size_t n_modes, struct sim_error *err) {
  if (model_hessian_applies(net)) {
    return SIM_OK;
  }
  return sim_error_set(err, SIM_ECONFIG,
                       "gradient.modes: must be 0 for a chip without an "
                       "energy or with sources that differ, got %zu",
                       n_modes);
}

enum sim_status model_modes_find(struct model_modes *modes,
                                 const struct model_network *net,
                                 double conductance, size_t n,
                                 const double *states, size_t n_modes,
                                 struct sim_error *err) {
  struct job job = {.modes = modes, .states = states};
  const struct plan plan = {net, conductance, n_modes};
  if (model_modes_check(net, n_modes, err)) {
    return err->status;
  }
  *modes = (struct model_modes){
      .n = n,
      .n_modes = n_modes,
      .rate = sim_alloc_doubles(n * n_modes, err),
      .share = sim_alloc_doubles(n * n_modes * net->layout.n_layers, err),
  };
  enum sim_status status = modes->rate && modes->share ? SIM_OK : err->status;
  if (status == SIM_OK) {
    status = sim_workers_init(&job.workers, sizeof(struct worker), worker_init,
                              worker_finish, &plan, err);
  }
  if (status == SIM_OK) {
    status = sim_tiles_run(sim_tiles(n, N_LANES), find_tile, &job, err);
  }
  sim_workers_finish(&job.workers);
  if (status) {
    model_modes_finish(modes);
  }
  return status;
}

void model_modes_finish(struct model_modes *modes) {
  free(modes->rate);
  free(modes->share);
  *modes = (struct model_modes){0};
}
