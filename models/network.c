/* models/network.c -- currents and energy of a layered network, per tile
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/product.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define BLOCK 64u  // lanes handled together

/* --- birth and death --- */

enum sim_status model_network_init(struct model_network *net,
                                   const struct model_layout *layout,
                                   const struct circuit_transfer *transfer,
                                   struct sim_error *err) {
  *net = (struct model_network){
      .layout = *layout,
      .transfer = transfer,
      .theta = sim_alloc_doubles(layout->n_parameters, err),
      .leak = sim_alloc_doubles(layout->n_nodes, err),
      .inv_capacitance = sim_alloc_doubles(layout->n_nodes, err),
  };
  if (!net->theta || !net->leak || !net->inv_capacitance) {
    model_network_finish(net);
    return err->status;
  }
  for (size_t i = 0; i < layout->n_nodes; i++) {
    net->inv_capacitance[i] = 1.0;
  }
  return SIM_OK;
}

void model_network_finish(struct model_network *net) {
  free(net->theta);
  free(net->theta_back);
  free(net->leak);
  free(net->inv_capacitance);
  free(net->gain);
  free(net->offset);
  free(net->input_gain);
  model_noise_destroy(net->noise);
  net->theta = net->theta_back = NULL;
  net->leak = net->inv_capacitance = NULL;
  net->gain = net->offset = net->input_gain = NULL;
  net->noise = NULL;
}

enum sim_status model_network_separate(struct model_network *net,
                                       struct sim_error *err) {
  const size_t n_weights = net->layout.bias_at[0];
  net->theta_back = sim_alloc_doubles(n_weights, err);
  if (!net->theta_back) {
    return err->status;
  }
  memcpy(net->theta_back, net->theta, n_weights * sizeof *net->theta);
  return SIM_OK;
}

enum sim_status model_network_spread(struct model_network *net,
                                     struct sim_error *err) {
  const size_t n = net->layout.n_nodes;
  net->gain = sim_alloc_doubles(n, err);
  net->offset = sim_alloc_doubles(n, err);
  net->input_gain = sim_alloc_doubles(n, err);
  if (!net->gain || !net->offset || !net->input_gain) {
    return err->status;
  }
  for (size_t i = 0; i < n; i++) {
    net->gain[i] = net->input_gain[i] = 1.0;
  }
  return SIM_OK;
}

bool model_network_has_energy(const struct model_network *net) {
  return !net->theta_back && !net->gain && net->neuron == MODEL_GRADIENT;
}

bool model_network_has_input_gain(const struct model_network *net, size_t i) {
  return net->neuron == MODEL_GRADIENT && i >= net->layout.width[0];
}

double model_network_input_ratio(const struct model_network *net, size_t i) {
  return net->gain ? net->input_gain[i] / net->gain[i] : 1.0;
}

double model_network_input_gain(const struct model_network *net, size_t i,
                                double slope) {
  return model_network_has_input_gain(net, i)
             ? slope * model_network_input_ratio(net, i)
             : 1.0;
}

const double *model_network_weight(const struct model_network *net, size_t l) {
  return net->theta + net->layout.weight_at[l];
}

const double *model_network_weight_back(const struct model_network *net,
                                        size_t l) {
  const double *theta = net->theta_back ? net->theta_back : net->theta;
  return theta + net->layout.weight_at[l];
}

const double *model_network_bias(const struct model_network *net, size_t l) {
  return net->theta + net->layout.bias_at[l];
}

enum sim_status model_work_init(struct model_work *work,
                                const struct model_layout *layout,
                                size_t n_lanes, struct sim_error *err) {
  const size_t n = layout->n_nodes * n_lanes;
  *work = (struct model_work){
      .n_lanes = n_lanes,
      .r = sim_alloc_doubles(n, err),
      .slope = sim_alloc_doubles(n, err),
      .current = sim_alloc_doubles(n, err),
  };
  if (!work->r || !work->slope || !work->current) {
    model_work_finish(work);
    return err->status;
  }
  for (size_t i = 0; i < layout->width[0] * n_lanes; i++) {
    work->slope[i] = 1.0;
  }
  return SIM_OK;
}

void model_work_finish(struct model_work *work) {
  free(work->r);
  free(work->slope);
  free(work->current);
  *work = (struct model_work){0};
}

/* --- couplings: matrix products over a tile --- */

/* First element of layer l in an array (n_nodes x n_lanes). */
static size_t layer_start(const struct model_network *net, size_t n_lanes,
                          size_t l) {
  return net->layout.node_at[l] * n_lanes;
}

/* The currents of layer l + 1 from layer l, added to `keep` times what out
 * holds (0 overwrites). */
static void couple_up(const struct model_network *net, size_t n_lanes, size_t l,
                      double keep, const double *in, double *out) {
  const struct model_layout *at = &net->layout;
  model_product(false, at->width[l + 1], n_lanes, at->width[l],
                model_network_weight(net, l), in + layer_start(net, n_lanes, l),
                keep, out + layer_start(net, n_lanes, l + 1));
}

/* Likewise those of layer l from l + 1. */
static void couple_down(const struct model_network *net, size_t n_lanes,
                        size_t l, double keep, const double *in, double *out) {
  const struct model_layout *at = &net->layout;
  model_product(true, at->width[l], n_lanes, at->width[l + 1],
                model_network_weight_back(net, l),
                in + layer_start(net, n_lanes, l + 1), keep,
                out + layer_start(net, n_lanes, l));
}

void model_network_couple(const struct model_network *net, size_t n_lanes,
                          const double *in, double *out) {
  const size_t last = net->layout.n_layers - 1;
  for (size_t l = 0; l < last; l++) {
    couple_up(net, n_lanes, l, 0.0, in, out);
  }
  for (size_t l = 0; l < last; l++) {
    couple_down(net, n_lanes, l, l == 0 ? 0.0 : 1.0, in, out);
  }
}

void model_network_couple_parity(const struct model_network *net,
                                 size_t n_lanes, size_t parity,
                                 const double *in, double *out) {
  const size_t n_layers = net->layout.n_layers;
  for (size_t l = parity; l < n_layers; l += 2) {
    if (l > 0) {
      couple_up(net, n_lanes, l - 1, 0.0, in, out);
    }
    if (l + 1 < n_layers) {
      couple_down(net, n_lanes, l, l > 0 ? 1.0 : 0.0, in, out);
    }
  }
}

/* --- rate of change --- */

/* r and slope (n) of one node with an amplifier of its own. */
static void spread_row(const struct model_network *net, size_t node, size_t n,
                       const double *s, double *r, double *slope) {
  const double gain = net->gain[node], offset = net->offset[node];
  double input[BLOCK];
  for (size_t first = 0, m; first < n; first += m) {
    m = n - first < BLOCK ? n - first : BLOCK;
    for (size_t k = 0; k < m; k++) {
      input[k] = s[first + k] - offset;
    }
    if (node < net->layout.width[0]) {
      memcpy(r + first, input, m * sizeof *input);
    } else {
      net->transfer->ops->slope(net->transfer, m, input, r + first,
                                slope + first);
    }
  }
  for (size_t k = 0; k < n; k++) {
    r[k] *= gain;
    slope[k] = node < net->layout.width[0] ? gain : gain * slope[k];
  }
}

/* r and slope of all nodes. */
void model_network_outputs(const struct model_network *net, const double *s,
                           struct model_work *work) {
  if (net->gain) {
    for (size_t i = 0; i < net->layout.n_nodes; i++) {
      const size_t row = i * work->n_lanes;
      spread_row(net, i, work->n_lanes, s + row, work->r + row,
                 work->slope + row);
    }
    return;
  }
  const size_t visible = net->layout.width[0] * work->n_lanes;
  const size_t all = net->layout.n_nodes * work->n_lanes;
  memcpy(work->r, s, visible * sizeof *s);
  net->transfer->ops->slope(net->transfer, all - visible, s + visible,
                            work->r + visible, work->slope + visible);
}

SIM_VECTORISED static void hidden_row(size_t n, double bias, double leak,
                                      double inv_c,
                                      const double *restrict slope,
                                      const double *restrict current,
                                      const double *restrict s,
                                      double *restrict rate) {
  for (size_t k = 0; k < n; k++) {
    rate[k] = (slope[k] * (current[k] + bias) - leak * s[k]) * inv_c;
  }
}

/* The input stage's gain is `ratio` times the slope. */
SIM_VECTORISED static void spread_hidden_row(size_t n, double bias, double leak,
                                             double inv_c, double ratio,
                                             const double *restrict slope,
                                             const double *restrict current,
                                             const double *restrict s,
                                             double *restrict rate) {
  for (size_t k = 0; k < n; k++) {
    rate[k] = (ratio * slope[k] * (current[k] + bias) - leak * s[k]) * inv_c;
  }
}

SIM_VECTORISED static void hopfield_row(size_t n, double bias, double leak,
                                        double inv_c,
                                        const double *restrict current,
                                        const double *restrict s,
                                        double *restrict rate) {
  for (size_t k = 0; k < n; k++) {
    rate[k] = (current[k] + bias - leak * s[k]) * inv_c;
  }
}

SIM_VECTORISED static void visible_row(size_t n, double bias, double leak,
                                       double inv_c, double g,
                                       const double *restrict anchor,
                                       const double *restrict current,
                                       const double *restrict s,
                                       double *restrict rate) {
  for (size_t k = 0; k < n; k++) {
    rate[k] =
        (current[k] + bias - leak * s[k] + g * (anchor[k] - s[k])) * inv_c;
  }
}

SIM_VECTORISED static void add_scaled(size_t n, double factor,
                                      const double *restrict x,
                                      double *restrict y) {
  for (size_t k = 0; k < n; k++) {
    y[k] += factor * x[k];
  }
}

static void visible_rate(const struct model_network *net,
                         const struct model_drive *drive, const double *s,
                         double *rate, const struct model_work *work) {
  const size_t n_lanes = work->n_lanes, n_visible = net->layout.width[0];
  if (drive->is_clamped) {
    memset(rate, 0, n_visible * n_lanes * sizeof *rate);
    return;
  }
  const double *bias = model_network_bias(net, 0);
  for (size_t i = 0; i < n_visible; i++) {
    const size_t row = i * n_lanes;
    visible_row(n_lanes, bias[i], net->leak[i], net->inv_capacitance[i],
                model_drive_conductance(drive, i), drive->anchor + row,
                work->current + row, s + row, rate + row);
    if (drive->current) {
      add_scaled(n_lanes, net->inv_capacitance[i], drive->current + row,
                 rate + row);
    }
  }
}

static void hidden_rate(const struct model_network *net, size_t i,
                        const double *s, double *rate,
                        const struct model_work *work) {
  const size_t n = work->n_lanes, row = i * n;
  const double bias = net->theta[net->layout.bias_at[0] + i];
  const double leak = net->leak[i], inv_c = net->inv_capacitance[i];
  const double *slope = work->slope + row, *current = work->current + row;
  if (net->neuron == MODEL_HOPFIELD) {
    hopfield_row(n, bias, leak, inv_c, current, s + row, rate + row);
  } else if (net->gain) {
    spread_hidden_row(n, bias, leak, inv_c, model_network_input_ratio(net, i),
                      slope, current, s + row, rate + row);
  } else {
    hidden_row(n, bias, leak, inv_c, slope, current, s + row, rate + row);
  }
}

void model_network_rate(const struct model_network *net,
                        const struct model_drive *drive, const double *s,
                        double *rate, struct model_work *work) {
  const size_t n_lanes = work->n_lanes;
  model_network_outputs(net, s, work);
  model_network_couple(net, n_lanes, work->r, work->current);

  visible_rate(net, drive, s, rate, work);
  for (size_t i = net->layout.width[0]; i < net->layout.n_nodes; i++) {
    hidden_rate(net, i, s, rate, work);
  }
}

void model_network_residual(const struct model_network *net, size_t n_lanes,
                            const double *rate, double *residual) {
  memset(residual, 0, n_lanes * sizeof *residual);
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const double *rate_i = rate + i * n_lanes;
    for (size_t k = 0; k < n_lanes; k++) {
      const double net_current = fabs(rate_i[k]) / net->inv_capacitance[i];
      residual[k] = sim_larger(residual[k], net_current);
    }
  }
}

/* --- energy --- */

/* sum_i a_i b_i of each lane, added to `sum` with a factor. */
static void add_products(size_t n, size_t n_lanes, double factor,
                         const double *a, const double *b, double *sum) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n_lanes; k++) {
      sum[k] += factor * a[i * n_lanes + k] * b[i * n_lanes + k];
    }
  }
}

static void add_drive_energy(const struct model_drive *drive, size_t n,
                             size_t n_lanes, const double *s, double *energy) {
  for (size_t i = 0; i < n * n_lanes; i++) {
    const double stretch = s[i] - drive->anchor[i];
    const double g = model_drive_conductance(drive, i / n_lanes);
    energy[i % n_lanes] += 0.5 * g * stretch * stretch;
  }
  if (drive->current) {
    add_products(n, n_lanes, -1.0, drive->current, s, energy);
  }
}

/* Every coupling appears in the currents of both its ends, hence the half. */
void model_network_energy(const struct model_network *net,
                          const struct model_drive *drive, const double *s,
                          const struct model_work *work, double *energy) {
  const size_t n_lanes = work->n_lanes, n_nodes = net->layout.n_nodes;
  const double *bias = net->theta + net->layout.bias_at[0];
  memset(energy, 0, n_lanes * sizeof *energy);
  add_products(n_nodes, n_lanes, -0.5, work->r, work->current, energy);
  for (size_t i = 0; i < n_nodes; i++) {
    for (size_t k = 0; k < n_lanes; k++) {
      const double s_ik = s[i * n_lanes + k];
      energy[k] +=
          0.5 * net->leak[i] * s_ik * s_ik - bias[i] * work->r[i * n_lanes + k];
    }
  }
  if (!drive->is_clamped) {
    add_drive_energy(drive, net->layout.width[0], n_lanes, s, energy);
  }
}
