/* models/relaxation.c -- red-black sweeps of node-wise descent, lane by lane
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/relaxation.h"

#include <stdlib.h>
#include <string.h>

#include "sim/lanes.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define LEAST_CURVATURE 0.5  // of a step, relative to the leak

enum { EVEN, ODD };

/* --- birth and death --- */

/* Number the rows of the layers anew: odd ones, visible one, other even. */
static size_t place_layers(struct model_relaxation *w, size_t first_layer,
                           size_t row) {
  for (size_t l = first_layer; l < w->net.layout.n_layers; l += 2) {
    w->net.layout.node_at[l] = row;
    row += w->net.layout.width[l];
  }
  return row;
}

static void take_view(struct model_relaxation *w) {
  w->net = *w->network;
  w->n_odd = place_layers(w, ODD, 0);
  w->n_followers = w->net.layout.n_nodes - w->net.layout.width[0] - w->n_odd;
  place_layers(w, EVEN, w->n_odd);
}

enum sim_status model_relaxation_init(struct model_relaxation *w,
                                      const struct model_network *net,
                                      size_t max_lanes, struct sim_error *err) {
  const size_t n = net->layout.n_nodes, n_visible = net->layout.width[0];
  *w = (struct model_relaxation){
      .network = net,
      .curvature = sim_alloc_doubles(n * max_lanes, err),
      .source = sim_alloc_doubles(n_visible * max_lanes, err),
      .s = sim_alloc_doubles(n * max_lanes, err),
      .energy = sim_alloc_doubles(max_lanes, err),
      .residual = sim_alloc_doubles(max_lanes, err),
      .lane = sim_alloc_doubles(4 * n, err),
  };
  take_view(w);
  w->before = sim_alloc_doubles((w->n_followers + 1) * max_lanes, err);
  w->step = sim_alloc_doubles(w->n_odd * max_lanes, err);
  if (!w->curvature || !w->source || !w->s || !w->energy || !w->residual ||
      !w->lane || !w->before || !w->step ||
      model_work_init(&w->work, &net->layout, max_lanes, err)) {
    model_relaxation_finish(w);
    return err->status;
  }
  return SIM_OK;
}

void model_relaxation_finish(struct model_relaxation *w) {
  double *const arrays[] = {w->curvature, w->source,   w->s,    w->before,
                            w->step,      w->residual, w->lane, w->energy};
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
    free(arrays[i]);
  }
  model_work_finish(&w->work);
  *w = (struct model_relaxation){0};
}

void model_relaxation_start(struct model_relaxation *w, size_t n_lanes) {
  take_view(w);
  w->n_lanes = w->work.n_lanes = n_lanes;
}

static size_t first_visible(const struct model_relaxation *w) {
  return w->n_odd;
}

static size_t first_follower(const struct model_relaxation *w) {
  return w->n_odd + w->net.layout.width[0];
}

/* --- one lane --- */

/* Slopes and curvatures of the followers of a lane. */
static void look_at_lane(struct model_relaxation *w, size_t lane) {
  const size_t n = w->n_followers, lanes = w->n_lanes;
  const size_t first = first_follower(w) * lanes + lane;
  double *s = w->lane, *r = s + n, *slope = r + n, *curvature = slope + n;
  for (size_t i = 0; i < n; i++) {
    s[i] = w->s[first + i * lanes];
  }
  circuit_transfer_all(w->net.transfer, n, s, r, slope, curvature);
  for (size_t i = 0; i < n; i++) {
    w->work.slope[first + i * lanes] = slope[i];
    w->curvature[first + i * lanes] = curvature[i];
  }
}

void model_relaxation_load(struct model_relaxation *w,
                           const struct model_drive *drive, const double *tile,
                           size_t n_from, size_t from, size_t lane) {
  const struct model_layout *at = &w->net.layout;
  for (size_t l = 0; l < at->n_layers; l++) {
    for (size_t i = 0; i < at->width[l]; i++) {
      w->s[(at->node_at[l] + i) * w->n_lanes + lane] =
          tile[(w->network->layout.node_at[l] + i) * n_from + from];
    }
  }
  for (size_t i = 0; i < at->width[0]; i++) {
    w->source[i * w->n_lanes + lane] =
        drive->is_clamped
            ? 0.0
            : model_drive_conductance(drive, i) *
                      drive->anchor[i * n_from + from] +
                  (drive->current ? drive->current[i * n_from + from] : 0.0);
    w->work.r[(first_visible(w) + i) * w->n_lanes + lane] =
        w->s[(first_visible(w) + i) * w->n_lanes + lane];
  }
  look_at_lane(w, lane);
}

void model_relaxation_deliver(const struct model_relaxation *w, size_t lane,
                              double *tile, size_t n_to, size_t to) {
  const struct model_layout *at = &w->net.layout;
  for (size_t l = 0; l < at->n_layers; l++) {
    for (size_t i = 0; i < at->width[l]; i++) {
      tile[(w->network->layout.node_at[l] + i) * n_to + to] =
          w->s[(at->node_at[l] + i) * w->n_lanes + lane];
    }
  }
}

void model_relaxation_undo(struct model_relaxation *w, size_t lane) {
  const size_t first = first_follower(w) * w->n_lanes;
  for (size_t i = lane; i < w->n_followers * w->n_lanes; i += w->n_lanes) {
    w->s[first + i] = w->before[i];
  }
  look_at_lane(w, lane);
}

void model_relaxation_pack(struct model_relaxation *w, const size_t *keep,
                           size_t n_keep) {
  const size_t n = w->net.layout.n_nodes, lanes = w->n_lanes;
  sim_lanes_pack(w->net.layout.width[0], lanes, keep, n_keep, w->source);
  sim_lanes_pack(n, lanes, keep, n_keep, w->s);
  sim_lanes_pack(n, lanes, keep, n_keep, w->work.r);
  sim_lanes_pack(n, lanes, keep, n_keep, w->work.slope);
  sim_lanes_pack(n, lanes, keep, n_keep, w->curvature);
  w->n_lanes = w->work.n_lanes = n_keep;
}

/* --- rows: one node in every lane --- */

/* What divides the force of a node: its curvature in a Newton step; in a
 * cautious lane a bound of it, leak + |c| max|r''|, which cannot miss. */
static inline double divisor(double leak, double max_curvature, double caution,
                             double curvature, double c) {
  const double least = LEAST_CURVATURE * leak;
  const double bend = leak - curvature * c;
  const double bound = leak + max_curvature * (c < 0 ? -c : c);
  const double newton = bend > least ? bend : least;
  return caution > 0 ? bound : newton;
}

/* Its energy at the minimum is -ground x^2/2. */
SIM_VECTORISED static void move_visible(size_t n, double bias, double ground,
                                        const double *restrict source,
                                        const double *restrict current,
                                        double *restrict s, double *restrict r,
                                        double *restrict energy) {
  const double inverse = 1.0 / ground;
  for (size_t k = 0; k < n; k++) {
    s[k] = r[k] = (current[k] + bias + source[k]) * inverse;
    energy[k] -= 0.5 * ground * s[k] * s[k];
  }
}

SIM_VECTORISED static void hold_visible(size_t n, double bias, double leak,
                                        const double *restrict current,
                                        const double *restrict s,
                                        double *restrict energy) {
  for (size_t k = 0; k < n; k++) {
    energy[k] += (0.5 * leak * s[k] - current[k] - bias) * s[k];
  }
}

SIM_VECTORISED static void move_follower(
    size_t n, double bias, double leak, double max_curvature,
    const double *restrict caution, const double *restrict slope,
    const double *restrict curvature, const double *restrict current,
    double *restrict before, double *restrict s) {
  for (size_t k = 0; k < n; k++) {
    const double c = current[k] + bias;
    before[k] = s[k];
    s[k] -= (leak * s[k] - slope[k] * c) /
            divisor(leak, max_curvature, caution[k], curvature[k], c);
  }
}

SIM_VECTORISED static void look_at_follower(size_t n, double bias, double leak,
                                            const double *restrict slope,
                                            const double *restrict current,
                                            const double *restrict s,
                                            const double *restrict r,
                                            double *restrict energy,
                                            double *restrict residual) {
  for (size_t k = 0; k < n; k++) {
    const double c = current[k] + bias;
    const double force = leak * s[k] - slope[k] * c;
    residual[k] = sim_larger(residual[k], force < 0 ? -force : force);
    energy[k] += 0.5 * leak * s[k] * s[k] - c * r[k];
  }
}

/* The currents of the even layers hold every coupling once, so that here the
 * energy has no current. */
SIM_VECTORISED static void offer_step(
    size_t n, double bias, double leak, double max_curvature,
    const double *restrict caution, const double *restrict slope,
    const double *restrict curvature, const double *restrict current,
    const double *restrict s, const double *restrict r, double *restrict step,
    double *restrict energy, double *restrict residual) {
  for (size_t k = 0; k < n; k++) {
    const double c = current[k] + bias;
    const double force = leak * s[k] - slope[k] * c;
    residual[k] = sim_larger(residual[k], force < 0 ? -force : force);
    energy[k] += 0.5 * leak * s[k] * s[k] - bias * r[k];
    step[k] =
        -force / divisor(leak, max_curvature, caution[k], curvature[k], c);
  }
}

/* --- layers --- */

/* Outputs, slopes and curvatures of the rows first to first + n - 1. */
static void look(struct model_relaxation *w, size_t first, size_t n) {
  const size_t row = first * w->n_lanes;
  circuit_transfer_all(w->net.transfer, n * w->n_lanes, w->s + row,
                       w->work.r + row, w->work.slope + row,
                       w->curvature + row);
}

static void feed(struct model_relaxation *w, size_t parity) {
  model_network_couple_parity(&w->net, w->n_lanes, parity, w->work.r,
                              w->work.current);
}

static void follow_visible(struct model_relaxation *w,
                           const struct model_drive *drive) {
  const double *bias = model_network_bias(&w->net, 0);
  const size_t n = w->n_lanes;
  for (size_t i = 0; i < w->net.layout.width[0]; i++) {
    const size_t row = (first_visible(w) + i) * n;
    if (drive->is_clamped) {
      hold_visible(n, bias[i], w->net.leak[i], w->work.current + row,
                   w->s + row, w->energy);
    } else {
      move_visible(n, bias[i],
                   w->net.leak[i] + model_drive_conductance(drive, i),
                   w->source + i * n, w->work.current + row, w->s + row,
                   w->work.r + row, w->energy);
    }
  }
}

static void follow_hidden(struct model_relaxation *w, size_t l,
                          const double *caution) {
  const double *bias = model_network_bias(&w->net, l);
  const size_t n = w->n_lanes, first = w->net.layout.node_at[l];
  for (size_t i = 0; i < w->net.layout.width[l]; i++) {
    const size_t row = (first + i) * n;
    move_follower(n, bias[i], w->net.leak[w->network->layout.node_at[l] + i],
                  w->net.transfer->max_curvature, caution, w->work.slope + row,
                  w->curvature + row, w->work.current + row,
                  w->before + row - first_follower(w) * n, w->s + row);
  }
  look(w, first, w->net.layout.width[l]);
  for (size_t i = 0; i < w->net.layout.width[l]; i++) {
    const size_t row = (first + i) * n;
    look_at_follower(n, bias[i], w->net.leak[w->network->layout.node_at[l] + i],
                     w->work.slope + row, w->work.current + row, w->s + row,
                     w->work.r + row, w->energy, w->residual);
  }
}

static void offer_steps(struct model_relaxation *w, size_t l,
                        const double *caution) {
  const double *bias = model_network_bias(&w->net, l);
  const size_t n = w->n_lanes;
  for (size_t i = 0; i < w->net.layout.width[l]; i++) {
    const size_t row = (w->net.layout.node_at[l] + i) * n;
    offer_step(n, bias[i], w->net.leak[w->network->layout.node_at[l] + i],
               w->net.transfer->max_curvature, caution, w->work.slope + row,
               w->curvature + row, w->work.current + row, w->s + row,
               w->work.r + row, w->step + row, w->energy, w->residual);
  }
}

void model_relaxation_sweep(struct model_relaxation *w,
                            const struct model_drive *drive,
                            const double *caution) {
  memset(w->energy, 0, w->n_lanes * sizeof *w->energy);
  memset(w->residual, 0, w->n_lanes * sizeof *w->residual);
  look(w, 0, w->n_odd);
  feed(w, EVEN);
  follow_visible(w, drive);
  for (size_t l = 2; l < w->net.layout.n_layers; l += 2) {
    follow_hidden(w, l, caution);
  }
  feed(w, ODD);
  for (size_t l = 1; l < w->net.layout.n_layers; l += 2) {
    offer_steps(w, l, caution);
  }
}
