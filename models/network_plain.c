/* models/network_plain.c -- the network's equations, one sum at a time
 *
 * What models/network.c computes with matrix products, written as the
 * formulas stand; tests compare the two.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network.h"

/* dPhi/da_i of one lane, in plain sums over all couplings of node i. */
static double plain_current(const struct model_network *net, size_t n_lanes,
                            size_t lane, const double *r, size_t l, size_t i) {
  const struct model_layout *at = &net->layout;
  double sum = model_network_bias(net, l)[i];
  if (l > 0) {
    const double *w_i = model_network_weight(net, l - 1) + i * at->width[l - 1];
    for (size_t j = 0; j < at->width[l - 1]; j++) {
      sum += w_i[j] * r[(at->node_at[l - 1] + j) * n_lanes + lane];
    }
  }
  if (l + 1 < at->n_layers) {
    const double *w = model_network_weight_back(net, l);
    for (size_t k = 0; k < at->width[l + 1]; k++) {
      sum += w[k * at->width[l] + i] *
             r[(at->node_at[l + 1] + k) * n_lanes + lane];
    }
  }
  return sum;
}

/* k r'(s - o) of a gradient neuron. */
static double plain_input_gain(const struct model_network *net, size_t node,
                               double s) {
  double value, slope;
  if (net->neuron == MODEL_HOPFIELD) {
    return 1.0;
  }
  const double input = net->gain ? s - net->offset[node] : s;
  net->transfer->ops->slope(net->transfer, 1, &input, &value, &slope);
  return net->gain ? net->input_gain[node] * slope : slope;
}

/* a = A r(s - o) of one element of the tile. */
static double plain_output(const struct model_network *net, size_t node,
                           double s) {
  const double input = net->gain ? s - net->offset[node] : s;
  double a = input;
  if (node >= net->layout.width[0]) {
    net->transfer->ops->value(net->transfer, 1, &input, &a);
  }
  return net->gain ? net->gain[node] * a : a;
}

static double plain_force(const struct model_network *net,
                          const struct model_drive *drive, size_t n_lanes,
                          size_t lane, const double *s, const double *r,
                          size_t l, size_t i) {
  const size_t node = net->layout.node_at[l] + i;
  const size_t at = node * n_lanes + lane;
  const double current = plain_current(net, n_lanes, lane, r, l, i);
  if (l == 0) {
    const double injected = drive->current ? drive->current[at] : 0.0;
    return current - net->leak[node] * s[at] +
           model_drive_conductance(drive, i) * (drive->anchor[at] - s[at]) +
           injected;
  }
  return plain_input_gain(net, node, s[at]) * current - net->leak[node] * s[at];
}

void model_network_rate_plain(const struct model_network *net,
                              const struct model_drive *drive, size_t n_lanes,
                              const double *s, double *rate, double *r) {
  const struct model_layout *at = &net->layout;
  for (size_t i = 0; i < at->n_nodes * n_lanes; i++) {
    r[i] = plain_output(net, i / n_lanes, s[i]);
  }
  for (size_t lane = 0; lane < n_lanes; lane++) {
    for (size_t l = 0; l < at->n_layers; l++) {
      for (size_t i = 0; i < at->width[l]; i++) {
        const size_t node = at->node_at[l] + i;
        rate[node * n_lanes + lane] =
            plain_force(net, drive, n_lanes, lane, s, r, l, i) *
            net->inv_capacitance[node];
      }
    }
  }
}
