/* models/pool.h -- which samples of a tile are being worked on
 *
 * A tile passes through a narrower pool: when a lane's sample is done, the next
 * one of the tile takes its place, so that matrix products keep an efficient
 * width however unlike the samples are. At the end the pool closes up, in
 * steps of a few lanes. The order is that of the samples, so what shares a
 * pool does not depend on threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_POOL_H
#define MODEL_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

#define MODEL_POOL_LANES 32u  // at most

struct model_pool {
  size_t n_samples;  // of the tile
  size_t n_taken;    // that have been in the pool
  size_t n_lanes;    // of the pool now
  size_t *sample;    // (MODEL_POOL_LANES) of a lane; n_samples: it idles
  size_t *keep;      // (MODEL_POOL_LANES) lanes that stay, ascending
};

/* On failure nothing is left to finish. */
enum sim_status model_pool_init(struct model_pool *pool, struct sim_error *err);
void model_pool_finish(struct model_pool *pool);

/* Widest pool of a tile. */
size_t model_pool_width(size_t n_samples);

/* Begin with a tile: all lanes idle. */
void model_pool_start(struct model_pool *pool, size_t n_samples);

/* Give the next sample to an idle lane; false: no sample or no lane is left. */
bool model_pool_take(struct model_pool *pool, size_t *lane, size_t *sample);

/* The sample of this lane is done. */
void model_pool_release(struct model_pool *pool, size_t lane);

static inline bool model_pool_is_busy(const struct model_pool *pool,
                                      size_t lane) {
  return pool->sample[lane] < pool->n_samples;
}

/* Fill `keep` with the busy lanes and as few idle ones as make the width a
 * multiple of the step. Returns how many: n_lanes if the pool cannot be
 * narrower, 0 when no lane is busy. */
size_t model_pool_choose(struct model_pool *pool);

/* Close up to keep[0 .. n_keep - 1]; the caller does so with its arrays. */
void model_pool_pack(struct model_pool *pool, size_t n_keep);

/* The same for one array (n x n_lanes), packed in place. */
void model_pool_pack_array(const struct model_pool *pool, size_t n,
                           size_t n_keep, double *x);

#endif
