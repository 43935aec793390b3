/* models/hessian.c -- second derivatives of a network's energy
 *
 *   H p = (leak + g) p - r'' o (dPhi/da) o p - r' o couplings(r' o p)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/hessian.h"

#include <string.h>

#include "models/periphery.h"
#include "sim/vmath.h"

bool model_hessian_applies(const struct model_network *net) {
  return model_network_has_energy(net) &&
         !(net->periphery && net->periphery->has_sources);
}

/* k r''(s - o) of one node with an amplifier of its own. */
static void spread_curvature(const struct model_network *net, size_t node,
                             size_t n, const double *s, double *curvature) {
  for (size_t k = 0; k < n; k++) {
    const double input = s[k] - net->offset[node];
    net->transfer->ops->curvature(net->transfer, 1, &input, &curvature[k]);
    curvature[k] *= net->input_gain[node];
  }
}

/* Of the networks without an energy. */
static void general_curvature(const struct model_network *net, size_t n_lanes,
                              const double *s, double *curvature) {
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const size_t row = i * n_lanes;
    if (model_network_has_input_gain(net, i)) {
      spread_curvature(net, i, n_lanes, s + row, curvature + row);
    } else {
      memset(curvature + row, 0, n_lanes * sizeof *curvature);
    }
  }
}

void model_hessian_curvature(const struct model_network *net, size_t n_lanes,
                             const double *s, double *curvature) {
  if (net->gain || net->neuron == MODEL_HOPFIELD) {
    general_curvature(net, n_lanes, s, curvature);
    return;
  }
  const size_t visible = net->layout.width[0] * n_lanes;
  const size_t all = net->layout.n_nodes * n_lanes;
  memset(curvature, 0, visible * sizeof *curvature);
  net->transfer->ops->curvature(net->transfer, all - visible, s + visible,
                                curvature + visible);
}

/* Conductance to ground of a node: leak, and on visible nodes the drive. */
static double ground_conductance(const struct model_network *net,
                                 double conductance, size_t node) {
  return net->leak[node] + (node < net->layout.width[0] ? conductance : 0.0);
}

void model_hessian_diagonal(const struct model_network *net, double conductance,
                            const struct model_work *work,
                            const double *curvature, double *diagonal) {
  const size_t n_lanes = work->n_lanes;
  const double *bias = model_network_bias(net, 0);
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const double ground = ground_conductance(net, conductance, i);
    for (size_t k = i * n_lanes; k < (i + 1) * n_lanes; k++) {
      diagonal[k] = ground - curvature[k] * (work->current[k] + bias[i]);
    }
  }
}

SIM_VECTORISED static void multiply(size_t n, const double *restrict a,
                                    const double *restrict b,
                                    double *restrict product) {
  for (size_t k = 0; k < n; k++) {
    product[k] = a[k] * b[k];
  }
}

/* product <- (ground - r'' c) p - r' product, one node in every lane. */
SIM_VECTORISED static void finish_row(size_t n, double ground, double bias,
                                      const double *restrict curvature,
                                      const double *restrict current,
                                      const double *restrict slope,
                                      const double *restrict p,
                                      double *restrict product) {
  for (size_t k = 0; k < n; k++) {
    const double diagonal = ground - curvature[k] * (current[k] + bias);
    product[k] = diagonal * p[k] - slope[k] * product[k];
  }
}

void model_hessian_product(const struct model_network *net, double conductance,
                           const struct model_work *work,
                           const double *curvature, const double *p,
                           double *product, double *scratch) {
  const size_t n_lanes = work->n_lanes;
  multiply(net->layout.n_nodes * n_lanes, work->slope, p, scratch);
  model_network_couple(net, n_lanes, scratch, product);

  const double *bias = model_network_bias(net, 0);
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const size_t row = i * n_lanes;
    finish_row(n_lanes, ground_conductance(net, conductance, i), bias[i],
               curvature + row, work->current + row, work->slope + row, p + row,
               product + row);
  }
}

/* Elements of the Jacobian between layers l and l+1, both directions. */
static void couple_jacobian(const struct model_network *net, size_t l,
                            const double *slope, double *jacobian) {
  const struct model_layout *at = &net->layout;
  const double *w = model_network_weight(net, l);
  const double *back = model_network_weight_back(net, l);
  for (size_t k = 0; k < at->width[l + 1]; k++) {
    const size_t out = at->node_at[l + 1] + k;
    const double gain_out = model_network_input_gain(net, out, slope[out]);
    for (size_t j = 0; j < at->width[l]; j++) {
      const size_t in = at->node_at[l] + j, kj = k * at->width[l] + j;
      const double up = gain_out * w[kj] * slope[in];
      const double down =
          slope[out] * back[kj] * model_network_input_gain(net, in, slope[in]);
      jacobian[out * at->n_nodes + in] = up * net->inv_capacitance[out];
      jacobian[in * at->n_nodes + out] = down * net->inv_capacitance[in];
    }
  }
}

void model_hessian_jacobian(const struct model_network *net,
                            const struct model_drive *drive, const double *s,
                            double *jacobian, struct model_work *work,
                            double *scratch) {
  const size_t n = net->layout.n_nodes;
  double *diagonal = scratch, *curvature = scratch + n;
  model_network_rate(net, drive, s, diagonal, work);
  model_hessian_curvature(net, 1, s, curvature);
  model_hessian_diagonal(net, drive->conductance, work, curvature, diagonal);
  memset(jacobian, 0, n * n * sizeof *jacobian);
  for (size_t l = 0; l + 1 < net->layout.n_layers; l++) {
    couple_jacobian(net, l, work->slope, jacobian);
  }
  for (size_t i = 0; drive->conductances && i < net->layout.width[0]; i++) {
    diagonal[i] += drive->conductances[i] - drive->conductance;
  }
  for (size_t i = 0; i < n; i++) {
    jacobian[i * n + i] = -diagonal[i] * net->inv_capacitance[i];
  }
  if (drive->is_clamped) {
    memset(jacobian, 0, net->layout.width[0] * n * sizeof *jacobian);
  }
}

void model_hessian_matrix(const struct model_network *net,
                          const struct model_drive *drive, const double *s,
                          double *matrix, struct model_work *work,
                          double *scratch) {
  const size_t n = net->layout.n_nodes;
  model_hessian_jacobian(net, drive, s, matrix, work, scratch);
  for (size_t i = 0; i < n * n; i++) {
    matrix[i] /= -net->inv_capacitance[i / n];
  }
}
