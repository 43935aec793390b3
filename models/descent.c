/* models/descent.c -- operating point by descent of the co-content
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/descent.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "models/pool.h"
#include "models/relaxation.h"
#include "sim/anderson.h"
#include "sim/memory.h"

#define WINDOW 3u
#define ENERGY_NOISE 1e-13  // relative rise that is rounding
#define FIRST_SPELL 2.0     // sweeps with safe steps after one that rose
#define JUDGE_EVERY 4u      // sweeps
#define GOOD_PROGRESS 0.5   // of the residual, between two judgements
#define MOMENTUM_DELAY 3.0  // age/(age + delay) of the last change is added

/* How one sample of the pool fares. */
struct lane {
  size_t n_sweeps;  // since it was loaded
  bool is_plain;    // the iterate is a plain sweep, not accelerated
  bool coasts;      // moves on by momentum, not by Anderson's extrapolation
  double age;       // sweeps since it began to coast
  double spell;     // length of the next spell of caution
  double last;      // energy of the newest accepted iterate
  double mark;      // residual when it was judged last
};

struct model_descent {
  const struct model_network *net;
  size_t max_lanes;    // of a tile
  size_t most_sweeps;  // of any sample of the tile that is done
  size_t all_sweeps;   // of all samples that are done, of all tiles
  struct model_pool pool;
  struct model_relaxation relaxation;
  struct sim_anderson mix;
  struct lane *lane;  // (width of the pool)
  double *caution;    // (width) sweeps still to be made with safe steps
  double *momentum;   // (width) of coasting lanes, else -1
};

static enum sim_status allocate(struct model_descent *d,
                                struct sim_error *err) {
  const size_t width = model_pool_width(d->max_lanes);
  d->lane = sim_alloc(width, sizeof *d->lane, err);
  d->caution = sim_alloc_doubles(width, err);
  d->momentum = sim_alloc_doubles(width, err);
  if (!d->lane || !d->caution || !d->momentum ||
      model_pool_init(&d->pool, err) ||
      model_relaxation_init(&d->relaxation, d->net, width, err)) {
    return err->status;
  }
  return sim_anderson_init(&d->mix, d->relaxation.n_odd, width, WINDOW, err);
}

enum sim_status model_descent_create(struct model_descent **out,
                                     const struct model_network *net,
                                     size_t max_lanes, struct sim_error *err) {
  *out = NULL;
  struct model_descent *d = sim_alloc(1, sizeof *d, err);
  if (!d) {
    return err->status;
  }
  d->net = net;
  d->max_lanes = max_lanes;
  if (allocate(d, err)) {
    model_descent_destroy(d);
    return err->status;
  }
  *out = d;
  return SIM_OK;
}

void model_descent_destroy(struct model_descent *d) {
  if (!d) {
    return;
  }
  free(d->lane);
  free(d->caution);
  free(d->momentum);
  model_pool_finish(&d->pool);
  sim_anderson_finish(&d->mix);
  model_relaxation_finish(&d->relaxation);
  free(d);
}

/* --- acceptance and acceleration --- */

static bool has_risen(const struct model_descent *d, size_t k) {
  const double last = d->lane[k].last;
  return !(d->relaxation.energy[k] <= last + ENERGY_NOISE * (1.0 + fabs(last)));
}

static void accept(struct model_descent *d, size_t k) {
  struct lane *lane = &d->lane[k];
  lane->last = d->relaxation.energy[k];
  d->caution[k] = fmax(0.0, d->caution[k] - 1.0);
  lane->is_plain = lane->coasts ? lane->age == 0 : d->mix.n_kept[k] == 0;
}

/* Go back to the newest accepted iterate and the step it was offered: without
 * acceleration the next iterate is then the plain sweep. If that is what rose,
 * the accepted iterate is swept once more, cautiously, and the longer the
 * oftener this happens. */
static void reject(struct model_descent *d, size_t k) {
  struct lane *lane = &d->lane[k];
  struct model_relaxation *w = &d->relaxation;
  for (size_t i = k; i < w->n_odd * w->n_lanes; i += w->n_lanes) {
    w->s[i] = d->mix.g[i] - d->mix.f[i];
    w->step[i] = lane->is_plain ? 0.0 : d->mix.f[i];
  }
  if (lane->is_plain) {
    d->caution[k] = lane->spell;
    lane->spell *= 2.0;
  }
  model_relaxation_undo(w, k);
  lane->is_plain = true;
  lane->age = 0;
  sim_anderson_forget(&d->mix, k);
}

/* A lane whose residual hardly falls creeps past a place where the energy is
 * nearly flat, and Anderson's extrapolation, which looks for the smallest
 * residual, would hold it there: let it coast. */
static void judge(struct model_descent *d, size_t k) {
  struct lane *lane = &d->lane[k];
  const bool creeps = d->relaxation.residual[k] > GOOD_PROGRESS * lane->mark;
  if (creeps != lane->coasts) {
    lane->coasts = creeps;
    lane->age = 0;
    sim_anderson_forget(&d->mix, k);
  }
  lane->mark = d->relaxation.residual[k];
}

/* Nesterov's momentum: a growing part of the last change. */
static double momentum_of(struct lane *lane) {
  if (!lane->coasts) {
    return -1.0;
  }
  const double momentum = lane->age / (lane->age + MOMENTUM_DELAY);
  lane->age += 1.0;
  return momentum;
}

/* Choose the next iterate of every lane. */
static void advance(struct model_descent *d) {
  for (size_t k = 0; k < d->pool.n_lanes; k++) {
    if (d->lane[k].n_sweeps % JUDGE_EVERY == 0) {
      judge(d, k);
    }
    if (has_risen(d, k)) {
      reject(d, k);
    } else {
      accept(d, k);
    }
    d->momentum[k] = momentum_of(&d->lane[k]);
  }
  sim_anderson_advance(&d->mix, d->momentum, d->relaxation.s,
                       d->relaxation.step);
}

/* --- arrival and departure --- */

static void load(struct model_descent *d, const struct model_drive *drive,
                 const double *tile, size_t sample, size_t k) {
  d->lane[k] = (struct lane){.is_plain = true,
                             .spell = FIRST_SPELL,
                             .last = INFINITY,
                             .mark = INFINITY};
  d->caution[k] = 0.0;
  model_relaxation_load(&d->relaxation, drive, tile, d->max_lanes, sample, k);
  sim_anderson_place(&d->mix, k, d->relaxation.s);
}

/* Samples of the tile that are still to come, into lanes that idle. */
static void refill(struct model_descent *d, const struct model_drive *drive,
                   const double *tile) {
  size_t lane, sample;
  while (model_pool_take(&d->pool, &lane, &sample)) {
    load(d, drive, tile, sample, lane);
  }
}

/* Deliver samples that have settled, or have had their sweeps. */
static void deliver(struct model_descent *d, double until, size_t max_sweeps,
                    double *tile) {
  for (size_t k = 0; k < d->pool.n_lanes; k++) {
    const size_t n_sweeps = ++d->lane[k].n_sweeps;
    if (model_pool_is_busy(&d->pool, k) &&
        (d->relaxation.residual[k] <= until || n_sweeps >= max_sweeps)) {
      model_relaxation_deliver(&d->relaxation, k, tile, d->max_lanes,
                               d->pool.sample[k]);
      model_pool_release(&d->pool, k);
      d->all_sweeps += n_sweeps;
      d->most_sweeps = n_sweeps > d->most_sweeps ? n_sweeps : d->most_sweeps;
    }
  }
}

/* Close up when that makes the pool narrower; false when it is empty. */
static bool close_up(struct model_descent *d) {
  const size_t *keep = d->pool.keep, width = model_pool_choose(&d->pool);
  if (width == d->pool.n_lanes || width == 0) {
    return width > 0;
  }
  for (size_t k = 0; k < width; k++) {
    d->lane[k] = d->lane[keep[k]];
    d->caution[k] = d->caution[keep[k]];
  }
  model_relaxation_pack(&d->relaxation, keep, width);
  sim_anderson_pack(&d->mix, keep, width);
  model_pool_pack(&d->pool, width);
  return true;
}

/* --- a whole descent --- */

static void repeat_first(const struct model_descent *d, size_t n_samples,
                         double *tile) {
  const size_t lanes = d->max_lanes;
  for (size_t i = 0; i < d->net->layout.n_nodes * lanes; i += lanes) {
    for (size_t k = n_samples; k < lanes; k++) {
      tile[i + k] = tile[i];
    }
  }
}

size_t model_descent_run(struct model_descent *d,
                         const struct model_drive *drive, size_t n_samples,
                         double until, size_t max_sweeps, double *tile) {
  d->most_sweeps = 0;
  model_pool_start(&d->pool, n_samples);
  model_relaxation_start(&d->relaxation, d->pool.n_lanes);
  sim_anderson_start(&d->mix, d->pool.n_lanes);
  for (refill(d, drive, tile); close_up(d); refill(d, drive, tile)) {
    model_relaxation_sweep(&d->relaxation, drive, d->caution);
    deliver(d, until, max_sweeps, tile);
    advance(d);
  }
  repeat_first(d, n_samples, tile);
  return d->most_sweeps;
}

size_t model_descent_sweeps(const struct model_descent *d) {
  return d->all_sweeps;
}
