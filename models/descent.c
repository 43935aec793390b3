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

#include "sim/anderson.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define WINDOW 3u
#define PACK_STEP 8u
#define LEAST_CURVATURE 0.5  // of a step, relative to the leak
#define ENERGY_NOISE 1e-13   // relative rise that is rounding
#define FIRST_SPELL 2.0      // sweeps with safe steps after one that rose

struct model_descent {
  const struct model_network *net;
  size_t max_lanes, n_lanes;
  struct model_work work;  // r, slope, current at s
  double *curvature;       // (n_nodes x n_lanes)
  double *s;               // (n_nodes x n_lanes) iterate
  double *swept;           // (n_nodes x n_lanes) the iterate after a sweep
  double *plain;           // (n_nodes x n_lanes) newest accepted swept
  double *accepted;        // (n_nodes x n_lanes) newest accepted iterate
  double *source;          // (n_visible x n_lanes) g anchor + current
  struct sim_anderson mix;
  // of each lane
  size_t *lane_of;   // lane of the tile
  bool *is_plain;    // the iterate is a plain sweep, not accelerated
  double *caution;   // sweeps still to be made with safe steps
  double *spell;     // length of the next spell of caution
  double *energy;    // of the iterate
  double *last;      // of the newest accepted iterate
  double *residual;  // largest net current met during the sweep
  size_t *keep;
};

enum sim_status model_descent_create(struct model_descent **out,
                                     const struct model_network *net,
                                     size_t max_lanes, struct sim_error *err) {
  *out = NULL;
  struct model_descent *d = sim_alloc(1, sizeof *d, err);
  if (!d) {
    return err->status;
  }
  const size_t n = net->layout.n_nodes;
  d->net = net;
  d->max_lanes = max_lanes;
  double **arrays[] = {&d->curvature, &d->s, &d->swept, &d->plain,
                       &d->accepted};
  double **lanes[] = {&d->caution, &d->spell, &d->energy, &d->last,
                      &d->residual};
  bool is_whole = true;
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
    *arrays[i] = sim_alloc_doubles(n * max_lanes, err);
    is_whole = is_whole && *arrays[i];
  }
  for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
    *lanes[i] = sim_alloc_doubles(max_lanes, err);
    is_whole = is_whole && *lanes[i];
  }
  d->source = sim_alloc_doubles(net->layout.width[0] * max_lanes, err);
  d->lane_of = sim_alloc(max_lanes, sizeof *d->lane_of, err);
  d->is_plain = sim_alloc(max_lanes, sizeof *d->is_plain, err);
  d->keep = sim_alloc(max_lanes, sizeof *d->keep, err);
  if (!is_whole || !d->source || !d->lane_of || !d->is_plain || !d->keep ||
      model_work_init(&d->work, &net->layout, max_lanes, err) ||
      sim_anderson_init(&d->mix, n, max_lanes, WINDOW, err)) {
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
  sim_anderson_finish(&d->mix);
  model_work_finish(&d->work);
  free(d->curvature);
  free(d->s);
  free(d->swept);
  free(d->plain);
  free(d->accepted);
  free(d->source);
  free(d->lane_of);
  free(d->is_plain);
  free(d->caution);
  free(d->spell);
  free(d->energy);
  free(d->last);
  free(d->residual);
  free(d->keep);
  free(d);
}

/* --- half a sweep --- */

/* Outputs r, gains and curvatures at s. */
static void look(struct model_descent *d, const double *s) {
  const size_t visible = d->net->layout.width[0] * d->n_lanes;
  const size_t all = d->net->layout.n_nodes * d->n_lanes;
  memcpy(d->work.r, s, visible * sizeof *s);
  circuit_transfer_all(d->net->transfer, all - visible, s + visible,
                       d->work.r + visible, d->work.slope + visible,
                       d->curvature + visible);
}

/* Currents of all layers l with l % 2 == parity, from their neighbours. */
static void feed(struct model_descent *d, size_t parity) {
  const size_t n_layers = d->net->layout.n_layers;
  for (size_t l = parity; l < n_layers; l += 2) {
    if (l > 0) {
      model_network_couple_up(d->net, d->n_lanes, l - 1, 0.0, d->work.r,
                              d->work.current);
    }
    if (l + 1 < n_layers) {
      model_network_couple_down(d->net, d->n_lanes, l, l > 0 ? 1.0 : 0.0,
                                d->work.r, d->work.current);
    }
  }
}

SIM_VECTORISED static void step_visible_row(size_t n, double bias, double inv_g,
                                            const double *restrict source,
                                            const double *restrict current,
                                            double *restrict s) {
  for (size_t k = 0; k < n; k++) {
    s[k] = (current[k] + bias + source[k]) * inv_g;
  }
}

/* Newton step of one hidden node in every lane. A cautious lane divides by a
 * bound of the curvature instead, leak + |c| max|r''|, which cannot miss. */
SIM_VECTORISED static void step_hidden_row(
    size_t n, double bias, double leak, double max_curvature,
    const double *restrict caution, const double *restrict slope,
    const double *restrict curvature, const double *restrict current,
    double *restrict s, double *restrict residual) {
  const double least = LEAST_CURVATURE * leak;
  for (size_t k = 0; k < n; k++) {
    const double c = current[k] + bias;
    const double force = leak * s[k] - slope[k] * c;
    const double size = force < 0 ? -force : force;
    const double bend = leak - curvature[k] * c;
    const double bound = leak + max_curvature * (c < 0 ? -c : c);
    const double newton = bend > least ? bend : least;
    residual[k] = sim_larger(residual[k], size);
    s[k] -= force / (caution[k] > 0 ? bound : newton);
  }
}

static void step_layer(struct model_descent *d, const struct model_drive *drive,
                       size_t l) {
  const struct model_layout *at = &d->net->layout;
  const double *bias = model_network_bias(d->net, l);
  const size_t n = d->n_lanes;
  for (size_t i = 0; i < at->width[l]; i++) {
    const size_t node = at->node_at[l] + i, row = node * n;
    const double leak = d->net->leak[node];
    if (l > 0) {
      step_hidden_row(n, bias[i], leak, d->net->transfer->max_curvature,
                      d->caution, d->work.slope + row, d->curvature + row,
                      d->work.current + row, d->swept + row, d->residual);
    } else if (!drive->is_clamped) {
      const double g = model_drive_conductance(drive, i);
      step_visible_row(n, bias[i], 1.0 / (leak + g), d->source + row,
                       d->work.current + row, d->swept + row);
    }
  }
}

static void step_parity(struct model_descent *d,
                        const struct model_drive *drive, size_t parity) {
  for (size_t l = parity; l < d->net->layout.n_layers; l += 2) {
    step_layer(d, drive, l);
  }
}

/* Outputs of the even layers at swept, ahead of the odd half. */
static void refresh_even(struct model_descent *d) {
  const struct model_layout *at = &d->net->layout;
  for (size_t l = 0; l < at->n_layers; l += 2) {
    const size_t first = at->node_at[l] * d->n_lanes;
    const size_t size = at->width[l] * d->n_lanes;
    if (l == 0) {
      memcpy(d->work.r, d->swept, size * sizeof *d->swept);
    } else {
      d->net->transfer->ops->value(d->net->transfer, size, d->swept + first,
                                   d->work.r + first);
    }
  }
}

/* --- co-content of the iterate --- */

SIM_VECTORISED static void add_node_energy(size_t n, double bias, double leak,
                                           const double *restrict s,
                                           const double *restrict r,
                                           double *restrict energy) {
  for (size_t k = 0; k < n; k++) {
    energy[k] += 0.5 * leak * s[k] * s[k] - bias * r[k];
  }
}

SIM_VECTORISED static void add_product(size_t n, double factor,
                                       const double *restrict a,
                                       const double *restrict b,
                                       double *restrict energy) {
  for (size_t k = 0; k < n; k++) {
    energy[k] += factor * a[k] * b[k];
  }
}

/* The currents of the even layers hold every coupling once. A constant of the
 * drive is left out. */
static void measure_energy(struct model_descent *d,
                           const struct model_drive *drive) {
  const struct model_layout *at = &d->net->layout;
  const size_t n = d->n_lanes;
  const double *bias = model_network_bias(d->net, 0);
  memset(d->energy, 0, n * sizeof *d->energy);
  for (size_t l = 0; l < at->n_layers; l++) {
    const bool is_driven = l == 0 && !drive->is_clamped;
    for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
      const double g = is_driven ? model_drive_conductance(drive, i) : 0.0;
      const double *s_i = d->s + i * n, *r_i = d->work.r + i * n;
      add_node_energy(n, bias[i], d->net->leak[i] + g, s_i, r_i, d->energy);
      if (l % 2 == 0) {
        add_product(n, -1.0, r_i, d->work.current + i * n, d->energy);
      }
      if (is_driven) {
        add_product(n, -1.0, d->source + i * n, s_i, d->energy);
      }
    }
  }
}

/* From s, with outputs, gains and curvatures there, to swept. */
static void sweep(struct model_descent *d, const struct model_drive *drive) {
  memset(d->residual, 0, d->n_lanes * sizeof *d->residual);
  memcpy(d->swept, d->s, d->net->layout.n_nodes * d->n_lanes * sizeof *d->s);
  feed(d, 0);
  measure_energy(d, drive);
  step_parity(d, drive, 0);
  refresh_even(d);
  feed(d, 1);
  step_parity(d, drive, 1);
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
  d->is_plain[lane] = d->mix.n_kept[lane] == 0 || d->mix.n_steps == 0;
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
  sim_anderson_forget(&d->mix, lane);
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
  memcpy(d->accepted, d->s, bytes);
  memcpy(d->plain, d->swept, bytes);
  sim_anderson_advance(&d->mix, d->s, d->swept);
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
  double *const arrays[] = {d->s, d->swept, d->plain, d->accepted};
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
    sim_lanes_pack(n_nodes, n_lanes, d->keep, width, arrays[i]);
  }
  sim_lanes_pack(d->net->layout.width[0], n_lanes, d->keep, width, d->source);
  double *const lanes[] = {d->caution, d->spell, d->energy, d->last,
                           d->residual};
  for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
    sim_lanes_pack(1, n_lanes, d->keep, width, lanes[i]);
  }
  for (size_t k = 0; k < width; k++) {
    d->lane_of[k] = d->lane_of[d->keep[k]];
    d->is_plain[k] = d->is_plain[d->keep[k]];
  }
  sim_anderson_pack(&d->mix, d->keep, width);
  d->n_lanes = d->work.n_lanes = width;
}

/* --- a whole descent --- */

static void begin(struct model_descent *d, const struct model_drive *drive,
                  const double *tile) {
  const size_t n = d->max_lanes;
  d->n_lanes = d->work.n_lanes = n;
  memcpy(d->s, tile, d->net->layout.n_nodes * n * sizeof *tile);
  memcpy(d->accepted, tile, d->net->layout.n_nodes * n * sizeof *tile);
  for (size_t i = 0; i < d->net->layout.width[0] * n; i++) {
    d->source[i] =
        drive->is_clamped
            ? 0.0
            : model_drive_conductance(drive, i / n) * drive->anchor[i] +
                  (drive->current ? drive->current[i] : 0.0);
  }
  for (size_t k = 0; k < n; k++) {
    d->lane_of[k] = k;
    d->is_plain[k] = true;
    d->caution[k] = 0.0;
    d->spell[k] = FIRST_SPELL;
    d->last[k] = INFINITY;
  }
  sim_anderson_start(&d->mix, n);
}

size_t model_descent_run(struct model_descent *d,
                         const struct model_drive *drive, double until,
                         size_t max_sweeps, double *tile) {
  size_t n_sweeps = 0;
  begin(d, drive, tile);
  while (n_sweeps < max_sweeps) {
    look(d, d->s);
    sweep(d, drive);
    n_sweeps++;
    const size_t n_keep = depart(d, until, tile);
    if (n_keep == 0) {
      return n_sweeps;
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
