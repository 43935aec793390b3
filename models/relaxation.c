/* models/relaxation.c -- one red-black sweep of node-wise descent over a tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/relaxation.h"

#include <stdlib.h>
#include <string.h>

#include "sim/anderson.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define LEAST_CURVATURE 0.5  // of a step, relative to the leak

enum sim_status model_relaxation_init(struct model_relaxation *relaxation,
                                      const struct model_network *net,
                                      size_t max_lanes, struct sim_error *err) {
  const struct model_layout *at = &net->layout;
  *relaxation = (struct model_relaxation){
      .net = net,
      .curvature = sim_alloc_doubles(at->n_nodes * max_lanes, err),
      .source = sim_alloc_doubles(at->width[0] * max_lanes, err),
  };
  if (!relaxation->curvature || !relaxation->source ||
      model_work_init(&relaxation->work, at, max_lanes, err)) {
    model_relaxation_finish(relaxation);
    return err->status;
  }
  return SIM_OK;
}

void model_relaxation_finish(struct model_relaxation *relaxation) {
  model_work_finish(&relaxation->work);
  free(relaxation->curvature);
  free(relaxation->source);
  *relaxation = (struct model_relaxation){0};
}

void model_relaxation_start(struct model_relaxation *relaxation,
                            const struct model_drive *drive, size_t n_lanes) {
  relaxation->n_lanes = relaxation->work.n_lanes = n_lanes;
  for (size_t i = 0; i < relaxation->net->layout.width[0] * n_lanes; i++) {
    relaxation->source[i] =
        drive->is_clamped
            ? 0.0
            : model_drive_conductance(drive, i / n_lanes) * drive->anchor[i] +
                  (drive->current ? drive->current[i] : 0.0);
  }
}

void model_relaxation_pack(struct model_relaxation *relaxation,
                           const size_t *keep, size_t n_keep) {
  sim_lanes_pack(relaxation->net->layout.width[0], relaxation->n_lanes, keep,
                 n_keep, relaxation->source);
  relaxation->n_lanes = relaxation->work.n_lanes = n_keep;
}

/* --- half a sweep --- */

/* Outputs, slopes and curvatures at s. */
static void look(struct model_relaxation *w, const double *s) {
  const size_t visible = w->net->layout.width[0] * w->n_lanes;
  const size_t all = w->net->layout.n_nodes * w->n_lanes;
  memcpy(w->work.r, s, visible * sizeof *s);
  circuit_transfer_all(w->net->transfer, all - visible, s + visible,
                       w->work.r + visible, w->work.slope + visible,
                       w->curvature + visible);
}

static void feed(struct model_relaxation *w, size_t parity) {
  model_network_couple_parity(w->net, w->n_lanes, parity, w->work.r,
                              w->work.current);
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

static void step_layer(struct model_relaxation *w,
                       const struct model_drive *drive, const double *caution,
                       size_t l, double *swept, double *residual) {
  const struct model_layout *at = &w->net->layout;
  const double *bias = model_network_bias(w->net, l);
  const size_t n = w->n_lanes;
  for (size_t i = 0; i < at->width[l]; i++) {
    const size_t node = at->node_at[l] + i, row = node * n;
    const double leak = w->net->leak[node];
    if (l > 0) {
      step_hidden_row(n, bias[i], leak, w->net->transfer->max_curvature,
                      caution, w->work.slope + row, w->curvature + row,
                      w->work.current + row, swept + row, residual);
    } else if (!drive->is_clamped) {
      const double g = model_drive_conductance(drive, i);
      step_visible_row(n, bias[i], 1.0 / (leak + g), w->source + row,
                       w->work.current + row, swept + row);
    }
  }
}

static void step_parity(struct model_relaxation *w,
                        const struct model_drive *drive, const double *caution,
                        size_t parity, double *swept, double *residual) {
  for (size_t l = parity; l < w->net->layout.n_layers; l += 2) {
    step_layer(w, drive, caution, l, swept, residual);
  }
}

/* Outputs of the even layers at swept, ahead of the odd half. */
static void refresh_even(struct model_relaxation *w, const double *swept) {
  const struct model_layout *at = &w->net->layout;
  for (size_t l = 0; l < at->n_layers; l += 2) {
    const size_t first = at->node_at[l] * w->n_lanes;
    const size_t size = at->width[l] * w->n_lanes;
    if (l == 0) {
      memcpy(w->work.r, swept, size * sizeof *swept);
    } else {
      w->net->transfer->ops->value(w->net->transfer, size, swept + first,
                                   w->work.r + first);
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
static void measure_energy(struct model_relaxation *w,
                           const struct model_drive *drive, const double *s,
                           double *energy) {
  const struct model_layout *at = &w->net->layout;
  const size_t n = w->n_lanes;
  const double *bias = model_network_bias(w->net, 0);
  memset(energy, 0, n * sizeof *energy);
  for (size_t l = 0; l < at->n_layers; l++) {
    const bool is_driven = l == 0 && !drive->is_clamped;
    for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
      const double g = is_driven ? model_drive_conductance(drive, i) : 0.0;
      const double *s_i = s + i * n, *r_i = w->work.r + i * n;
      add_node_energy(n, bias[i], w->net->leak[i] + g, s_i, r_i, energy);
      if (l % 2 == 0) {
        add_product(n, -1.0, r_i, w->work.current + i * n, energy);
      }
      if (is_driven) {
        add_product(n, -1.0, w->source + i * n, s_i, energy);
      }
    }
  }
}

void model_relaxation_sweep(struct model_relaxation *w,
                            const struct model_drive *drive,
                            const double *caution, const double *s,
                            double *swept, double *energy, double *residual) {
  memset(residual, 0, w->n_lanes * sizeof *residual);
  memcpy(swept, s, w->net->layout.n_nodes * w->n_lanes * sizeof *s);
  look(w, s);
  feed(w, 0);
  measure_energy(w, drive, s, energy);
  step_parity(w, drive, caution, 0, swept, residual);
  refresh_even(w, swept);
  feed(w, 1);
  step_parity(w, drive, caution, 1, swept, residual);
}
