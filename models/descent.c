/* models/descent.c -- operating point by descent of the co-content
 *
 * Arrays are packed to the lanes still under way: (n_nodes x n_lanes) with
 * n_lanes falling from the tile's width in steps of PACK_STEP, so that the
 * matrix products keep efficient widths. lane_of says which sample of the
 * tile a lane holds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/descent.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "models/relaxation.h"
#include "sim/anderson.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define WINDOW 3u
#define PACK_STEP 8u
#define ENERGY_NOISE 1e-13  // relative rise that is rounding
#define FIRST_SPELL 2.0     // sweeps with safe steps after one that rose
#define JUDGE_EVERY 4u      // sweeps
#define GOOD_PROGRESS 0.5   // of the residual, between two judgements
#define MOMENTUM_DELAY 3.0  // age/(age + delay) of the last change is added

struct model_descent {
  const struct model_network *net;
  size_t max_lanes, n_lanes;
  struct model_relaxation relaxation;
  double *s;         // (n_nodes x n_lanes) iterate
  double *swept;     // (n_nodes x n_lanes) the iterate after a sweep
  double *accepted;  // (n_nodes x n_lanes) newest accepted iterate
  double *plain;     // (n_nodes x n_lanes) newest accepted swept
  double *before;    // (n_nodes x n_lanes) the accepted swept before that
  struct sim_anderson mix;
  // of each lane
  size_t *lane_of;   // lane of the tile
  bool *is_plain;    // the iterate is a plain sweep, not accelerated
  bool *coasts;      // moves on by momentum, not by Anderson's extrapolation
  double *age;       // sweeps since it began to coast
  double *caution;   // sweeps still to be made with safe steps
  double *spell;     // length of the next spell of caution
  double *energy;    // of the iterate
  double *last;      // of the newest accepted iterate
  double *residual;  // largest net current met during the sweep
  double *mark;      // residual when it was judged last
  size_t *keep;
};

static enum sim_status allocate(struct model_descent *d,
                                struct sim_error *err) {
  const size_t n = d->net->layout.n_nodes, max_lanes = d->max_lanes;
  double **arrays[] = {&d->s, &d->swept, &d->accepted, &d->plain, &d->before};
  double **lanes[] = {&d->age,  &d->caution,  &d->spell, &d->energy,
                      &d->last, &d->residual, &d->mark};
  bool is_whole = true;
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
    *arrays[i] = sim_alloc_doubles(n * max_lanes, err);
    is_whole = is_whole && *arrays[i];
  }
  for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
    *lanes[i] = sim_alloc_doubles(max_lanes, err);
    is_whole = is_whole && *lanes[i];
  }
  d->lane_of = sim_alloc(max_lanes, sizeof *d->lane_of, err);
  d->is_plain = sim_alloc(max_lanes, sizeof *d->is_plain, err);
  d->coasts = sim_alloc(max_lanes, sizeof *d->coasts, err);
  d->keep = sim_alloc(max_lanes, sizeof *d->keep, err);
  is_whole = is_whole && d->lane_of && d->is_plain && d->coasts && d->keep;
  return is_whole ? SIM_OK : err->status;
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
  if (allocate(d, err) ||
      model_relaxation_init(&d->relaxation, net, max_lanes, err) ||
      sim_anderson_init(&d->mix, net->layout.n_nodes, max_lanes, WINDOW, err)) {
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
  void *const blocks[] = {d->s,       d->swept, d->accepted, d->plain,
                          d->before,  d->age,   d->caution,  d->spell,
                          d->energy,  d->last,  d->residual, d->mark,
                          d->lane_of, d->keep,  d->is_plain, d->coasts};
  for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
    free(blocks[i]);
  }
  sim_anderson_finish(&d->mix);
  model_relaxation_finish(&d->relaxation);
  free(d);
}

/* --- acceptance and acceleration --- */

static void copy_lane(const struct model_descent *d, size_t lane,
                      const double *from, double *to) {
  for (size_t i = 0; i < d->net->layout.n_nodes; i++) {
    to[i * d->n_lanes + lane] = from[i * d->n_lanes + lane];
  }
}

static bool has_risen(const struct model_descent *d, size_t lane) {
  const double noise = ENERGY_NOISE * (1.0 + fabs(d->last[lane]));
  return !(d->energy[lane] <= d->last[lane] + noise);
}

static void accept(struct model_descent *d, size_t lane) {
  d->last[lane] = d->energy[lane];
  d->caution[lane] = fmax(0.0, d->caution[lane] - 1.0);
  d->is_plain[lane] = d->coasts[lane]
                          ? d->age[lane] == 0
                          : d->mix.n_kept[lane] == 0 || d->mix.n_steps == 0;
}

/* Put the newest accepted pair, iterate and its sweep, in place of the one
 * that rose: without acceleration the next iterate is then the plain sweep.
 * If that is what rose, the accepted iterate is swept once more, cautiously,
 * and the longer the oftener this happens. */
static void reject(struct model_descent *d, size_t lane) {
  copy_lane(d, lane, d->accepted, d->s);
  if (d->is_plain[lane]) {
    copy_lane(d, lane, d->accepted, d->swept);
    d->caution[lane] = d->spell[lane];
    d->spell[lane] *= 2.0;
  } else {
    copy_lane(d, lane, d->plain, d->swept);
  }
  d->is_plain[lane] = true;
  d->age[lane] = 0;
  sim_anderson_forget(&d->mix, lane);
}

/* A lane whose residual hardly falls creeps past a place where the energy is
 * nearly flat, and Anderson's extrapolation, which looks for the smallest
 * residual, would hold it there: let it coast. */
static void judge(struct model_descent *d) {
  for (size_t k = 0; k < d->n_lanes; k++) {
    const bool creeps = d->residual[k] > GOOD_PROGRESS * d->mark[k];
    if (creeps != d->coasts[k]) {
      d->coasts[k] = creeps;
      d->age[k] = 0;
      sim_anderson_forget(&d->mix, k);
    }
    d->mark[k] = d->residual[k];
  }
}

/* Nesterov's momentum: the sweep and a growing part of the last change. */
static void coast(struct model_descent *d, size_t lane) {
  const double momentum = d->age[lane] / (d->age[lane] + MOMENTUM_DELAY);
  for (size_t i = lane; i < d->net->layout.n_nodes * d->n_lanes;
       i += d->n_lanes) {
    d->s[i] = d->plain[i] + momentum * (d->plain[i] - d->before[i]);
  }
  d->age[lane] += 1.0;
}

/* Choose the next iterate of every lane, in s. */
static void advance(struct model_descent *d) {
  const size_t bytes = d->net->layout.n_nodes * d->n_lanes * sizeof *d->s;
  for (size_t k = 0; k < d->n_lanes; k++) {
    if (has_risen(d, k)) {
      reject(d, k);
    } else {
      accept(d, k);
    }
  }
  double *oldest = d->before;
  d->before = d->plain;
  d->plain = oldest;
  memcpy(d->accepted, d->s, bytes);
  memcpy(d->plain, d->swept, bytes);
  sim_anderson_advance(&d->mix, d->s, d->swept);
  for (size_t k = 0; k < d->n_lanes; k++) {
    if (d->coasts[k]) {
      coast(d, k);
    }
  }
}

/* --- departure --- */

static void deliver(const struct model_descent *d, size_t lane, double *tile) {
  for (size_t i = 0; i < d->net->layout.n_nodes; i++) {
    tile[i * d->max_lanes + d->lane_of[lane]] = d->swept[i * d->n_lanes + lane];
  }
}

/* Deliver lanes that have settled; the number of those that go on, listed in
 * keep. */
static size_t depart(struct model_descent *d, double until, double *tile) {
  size_t n_keep = 0;
  for (size_t k = 0; k < d->n_lanes; k++) {
    if (d->lane_of[k] < d->max_lanes && d->residual[k] <= until) {
      deliver(d, k, tile);
      d->lane_of[k] = d->max_lanes;  // from now on the lane idles
    }
    if (d->lane_of[k] < d->max_lanes) {
      d->keep[n_keep++] = k;
    }
  }
  return n_keep;
}

/* Add idle lanes to keep until the width is a multiple of PACK_STEP. */
static size_t pad_width(struct model_descent *d, size_t n_keep) {
  const size_t wanted = (n_keep + PACK_STEP - 1) / PACK_STEP * PACK_STEP;
  const size_t width = wanted < d->n_lanes ? wanted : d->n_lanes;
  size_t n = n_keep;
  for (size_t k = 0; k < d->n_lanes && n < width; k++) {
    if (d->lane_of[k] == d->max_lanes) {
      d->keep[n++] = k;
    }
  }
  return width;
}

static int compare(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x > y) - (x < y);
}

/* Close up to the lanes in keep, when that makes the tile narrower. */
static void close_up(struct model_descent *d, size_t n_keep) {
  const size_t width = pad_width(d, n_keep);
  const size_t n_nodes = d->net->layout.n_nodes, n_lanes = d->n_lanes;
  if (width == n_lanes) {
    return;
  }
  qsort(d->keep, width, sizeof *d->keep, compare);
  double *const arrays[] = {d->s, d->swept, d->accepted, d->plain, d->before};
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
    sim_lanes_pack(n_nodes, n_lanes, d->keep, width, arrays[i]);
  }
  double *const lanes[] = {d->age,  d->caution,  d->spell, d->energy,
                           d->last, d->residual, d->mark};
  for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
    sim_lanes_pack(1, n_lanes, d->keep, width, lanes[i]);
  }
  for (size_t k = 0; k < width; k++) {
    d->lane_of[k] = d->lane_of[d->keep[k]];
    d->is_plain[k] = d->is_plain[d->keep[k]];
    d->coasts[k] = d->coasts[d->keep[k]];
  }
  model_relaxation_pack(&d->relaxation, d->keep, width);
  sim_anderson_pack(&d->mix, d->keep, width);
  d->n_lanes = width;
}

/* --- a whole descent --- */

static void begin(struct model_descent *d, const struct model_drive *drive,
                  const double *tile) {
  const size_t n = d->max_lanes;
  const size_t bytes = d->net->layout.n_nodes * n * sizeof *tile;
  d->n_lanes = n;
  memcpy(d->s, tile, bytes);
  memcpy(d->accepted, tile, bytes);
  memcpy(d->plain, tile, bytes);
  for (size_t k = 0; k < n; k++) {
    d->lane_of[k] = k;
    d->is_plain[k] = true;
    d->coasts[k] = false;
    d->age[k] = d->caution[k] = 0.0;
    d->spell[k] = FIRST_SPELL;
    d->last[k] = d->mark[k] = INFINITY;
  }
  model_relaxation_start(&d->relaxation, drive, n);
  sim_anderson_start(&d->mix, n);
}

size_t model_descent_run(struct model_descent *d,
                         const struct model_drive *drive, double until,
                         size_t max_sweeps, double *tile) {
  size_t n_sweeps = 0;
  begin(d, drive, tile);
  while (n_sweeps < max_sweeps) {
    model_relaxation_sweep(&d->relaxation, drive, d->caution, d->s, d->swept,
                           d->energy, d->residual);
    n_sweeps++;
    const size_t n_keep = depart(d, until, tile);
    if (n_keep == 0) {
      return n_sweeps;
    }
    if (n_sweeps % JUDGE_EVERY == 0) {
      judge(d);
    }
    advance(d);
    close_up(d, n_keep);
  }
  for (size_t k = 0; k < d->n_lanes; k++) {
    if (d->lane_of[k] < d->max_lanes) {
      deliver(d, k, tile);
    }
  }
  return n_sweeps;
}
