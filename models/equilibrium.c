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
#include "sim/tiles.h"
#include "sim/vmath.h"

struct search {
  struct model_equilibria *found;
  const struct model_batch *batch;
  size_t n_lanes;
  size_t n_workers;
  struct model_phases *workers;  // (n_workers) one a thread
  double *energy;                // (n_workers x n_lanes)
};

static enum sim_status hire(struct search *search,
                            const struct model_network *net,
                            const struct model_learning *rule,
                            const struct model_settling *settling,
                            struct sim_error *err) {
  const size_t n = sim_threads();
  search->workers = sim_alloc(n, sizeof *search->workers, err);
  search->energy = sim_alloc_doubles(n * search->n_lanes, err);
  if (!search->workers || !search->energy) {
    return err->status;
  }
  while (search->n_workers < n) {
    if (model_phases_init(&search->workers[search->n_workers], rule, settling,
                          net, search->n_lanes, err)) {
      return err->status;
    }
    search->n_workers++;
  }
  return SIM_OK;
}

static void dismiss(struct search *search) {
  for (size_t i = 0; i < search->n_workers; i++) {
    model_phases_finish(&search->workers[i]);
  }
  free(search->workers);
  free(search->energy);
}

/* The settler's work space holds the currents at the state it left. */
static void note(const struct search *search, const struct model_phases *p,
                 double *energy) {
  const struct model_settler *settler = &p->settler;
  const size_t n_nodes = settler->net->layout.n_nodes;
  model_network_energy(settler->net, &settler->drive, p->free_state,
                       &settler->work, energy);
  for (size_t k = 0; k < p->n_loaded; k++) {
    const size_t sample = p->first_sample + k;
    search->found->energy[sample] = energy[k];
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
  struct model_phases *p = &search->workers[sim_thread()];
  model_phases_load(p, search->batch, tile * search->n_lanes);
  if (model_phases_free(p, err)) {
    return err->status;
  }
  note(search, p, search->energy + sim_thread() * search->n_lanes);
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
  const size_t n_tiles = (batch->n + search.n_lanes - 1) / search.n_lanes;
  enum sim_status status = reserve(found, batch->n, net->layout.n_nodes, err);
  if (status == SIM_OK) {
    status = hire(&search, net, rule, settling, err);
  }
  if (status == SIM_OK) {
    status = sim_tiles_run(n_tiles, settle_tile, &search, err);
  }
  dismiss(&search);
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
