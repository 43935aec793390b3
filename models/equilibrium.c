/* models/equilibrium.c -- the states that the free phases of a batch end in
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/equilibrium.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "models/phases.h"
#include "sim/memory.h"
#include "sim/vmath.h"
#include "sim/workers.h"

/* What one thread works with. */
struct worker {
  struct model_phases phases;
  double *energy;  // (n_lanes)
};

/* What a worker is made of. */
struct plan {
  const struct model_network *net;
  const struct model_learning *rule;
  const struct model_settling *settling;
};

struct search {
  struct model_equilibria *found;
  const struct model_batch *batch;
  size_t n_lanes;
  struct sim_workers workers;  // struct worker
};

static enum sim_status worker_init(void *worker, const void *context,
                                   struct sim_error *err) {
  struct worker *w = worker;
  const struct plan *plan = context;
  const size_t n_lanes = model_settling_lanes(plan->settling);
  w->energy = sim_alloc_doubles(n_lanes, err);
  return w->energy ? model_phases_init(&w->phases, plan->rule, plan->settling,
                                       plan->net, n_lanes, err)
                   : err->status;
}

static void worker_finish(void *worker) {
  struct worker *w = worker;
  model_phases_finish(&w->phases);
  free(w->energy);
}

/* The settler's work space holds the currents at the state it left. */
static void note(const struct search *search, const struct worker *w) {
  const struct model_phases *p = &w->phases;
  const struct model_settler *settler = &p->settler;
  const size_t n_nodes = settler->net->layout.n_nodes;
  model_network_energy(settler->net, &settler->drive, p->free_state,
                       &settler->work, w->energy);
  for (size_t k = 0; k < p->n_loaded; k++) {
    const size_t sample = p->first_sample + k;
    search->found->energy[sample] = w->energy[k];
    search->found->residual[sample] = settler->residual[k];
    search->found->time[sample] = p->time;
    for (size_t i = 0; i < n_nodes; i++) {
      search->found->state[sample * n_nodes + i] =
          p->free_state[i * search->n_lanes + k];
    }
  }
}

static enum sim_status settle_tile(size_t tile, void *context,
                                   struct sim_error *err) {
  const struct search *search = context;
  struct worker *w = sim_workers_mine(&search->workers);
  model_phases_load(&w->phases, search->batch, tile * search->n_lanes);
  if (model_phases_free(&w->phases, err)) {
    return err->status;
  }
  note(search, w);
  return SIM_OK;
}

static enum sim_status reserve(struct model_equilibria *found, size_t n,
                               size_t n_nodes, struct sim_error *err) {
  *found = (struct model_equilibria){
      .n = n,
      .state = sim_alloc_doubles(n * n_nodes, err),
      .energy = sim_alloc_doubles(n, err),
      .residual = sim_alloc_doubles(n, err),
      .time = sim_alloc_doubles(n, err),
  };
  return found->state && found->energy && found->residual && found->time
             ? SIM_OK
             : err->status;
}

enum sim_status model_equilibria_find(struct model_equilibria *found,
                                      const struct model_network *net,
                                      const struct model_learning *rule,
                                      const struct model_settling *settling,
                                      const struct model_batch *batch,
                                      struct sim_error *err) {
  struct search search = {.found = found,
                          .batch = batch,
                          .n_lanes = model_settling_lanes(settling)};
  const struct plan plan = {net, rule, settling};
  enum sim_status status = reserve(found, batch->n, net->layout.n_nodes, err);
  if (status == SIM_OK) {
    status = sim_workers_init(&search.workers, sizeof(struct worker),
                              worker_init, worker_finish, &plan, err);
  }
  if (status == SIM_OK) {
    status = sim_tiles_run(sim_tiles(batch->n, search.n_lanes), settle_tile,
                           &search, err);
  }
  sim_workers_finish(&search.workers);
  if (status) {
    model_equilibria_finish(found);
  }
  return status;
}

void model_equilibria_finish(struct model_equilibria *found) {
  free(found->state);
  free(found->energy);
  free(found->residual);
  free(found->time);
  *found = (struct model_equilibria){0};
}

void model_equilibria_compare(const struct model_equilibria *a,
                              const struct model_equilibria *b, size_t n_nodes,
                              struct model_gap *gap) {
  assert(a->n == b->n);
  for (size_t k = 0; k < a->n; k++) {
    double largest = 0, square = 0;
    for (size_t i = k * n_nodes; i < (k + 1) * n_nodes; i++) {
      const double apart = fabs(a->state[i] - b->state[i]);
      largest = sim_larger(largest, apart);
      square += apart * apart;
    }
    gap[k] = (struct model_gap){largest, sqrt(square / (double)n_nodes)};
  }
}
