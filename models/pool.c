/* models/pool.c -- which samples of a tile are being worked on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/pool.h"

#include <stdlib.h>

#include "sim/lanes.h"
#include "sim/memory.h"

#define POOL_STEP 8u

enum sim_status model_pool_init(struct model_pool *pool,
                                struct sim_error *err) {
  *pool = (struct model_pool){
      .sample = sim_alloc(MODEL_POOL_LANES, sizeof *pool->sample, err),
      .keep = sim_alloc(MODEL_POOL_LANES, sizeof *pool->keep, err),
  };
  if (!pool->sample || !pool->keep) {
    model_pool_finish(pool);
    return err->status;
  }
  return SIM_OK;
}

void model_pool_finish(struct model_pool *pool) {
  free(pool->sample);
  free(pool->keep);
  *pool = (struct model_pool){0};
}

size_t model_pool_width(size_t n_samples) {
  return n_samples < MODEL_POOL_LANES ? n_samples : MODEL_POOL_LANES;
}

void model_pool_start(struct model_pool *pool, size_t n_samples) {
  pool->n_samples = n_samples;
  pool->n_taken = 0;
  pool->n_lanes = model_pool_width(n_samples);
  for (size_t k = 0; k < pool->n_lanes; k++) {
    pool->sample[k] = n_samples;
  }
}

bool model_pool_take(struct model_pool *pool, size_t *lane, size_t *sample) {
  for (size_t k = 0; k < pool->n_lanes && pool->n_taken < pool->n_samples;
       k++) {
    if (!model_pool_is_busy(pool, k)) {
      *lane = k;
      *sample = pool->sample[k] = pool->n_taken++;
      return true;
    }
  }
  return false;
}

void model_pool_release(struct model_pool *pool, size_t lane) {
  pool->sample[lane] = pool->n_samples;
}

size_t model_pool_choose(struct model_pool *pool) {
  size_t n_busy = 0, n = 0;
  for (size_t k = 0; k < pool->n_lanes; k++) {
    n_busy += model_pool_is_busy(pool, k);
  }
  size_t n_idle = (POOL_STEP - n_busy % POOL_STEP) % POOL_STEP;
  for (size_t k = 0; k < pool->n_lanes; k++) {
    if (model_pool_is_busy(pool, k)) {
      pool->keep[n++] = k;
    } else if (n_idle > 0) {
      pool->keep[n++] = k;
      n_idle--;
    }
  }
  return n;
}

void model_pool_pack(struct model_pool *pool, size_t n_keep) {
  for (size_t k = 0; k < n_keep; k++) {
    pool->sample[k] = pool->sample[pool->keep[k]];
  }
  pool->n_lanes = n_keep;
}

void model_pool_pack_array(const struct model_pool *pool, size_t n,
                           size_t n_keep, double *x) {
  sim_lanes_pack(n, pool->n_lanes, pool->keep, n_keep, x);
}
