/* models/rates.c -- how fast a network can change
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rates.h"

#include <math.h>

#define REACH 20.0
#define N_POINTS 801
#define N_ROUNDS 30

double model_rates_steepest(const struct circuit_transfer *curve) {
  double steepest = 0;
  for (int i = 0; i < N_POINTS; i++) {
    const double v = REACH * (2.0 * i / (N_POINTS - 1) - 1.0);
    double r, slope;
    curve->ops->slope(curve, 1, &v, &r, &slope);
    steepest = fmax(steepest, fabs(slope));
  }
  return steepest;
}

static double length(size_t n, const double *v) {
  double square = 0;
  for (size_t i = 0; i < n; i++) {
    square += v[i] * v[i];
  }
  return sqrt(square);
}

double model_rates_coupling(const struct model_network *net, double *scratch) {
  const size_t n = net->layout.n_nodes;
  double *v = scratch, *product = scratch + n;
  double norm = 0;
  for (size_t i = 0; i < n; i++) {
    v[i] = 1.0 + fmod(0.618 * (double)i, 1.0);  // along no mode in particular
  }
  for (int round = 0; round < N_ROUNDS; round++) {
    const double before = length(n, v);
    if (!(before > 0)) {
      return 0;
    }
    for (size_t i = 0; i < n; i++) {
      v[i] *= sqrt(net->inv_capacitance[i]) / before;
    }
    model_network_couple(net, 1, v, product);
    for (size_t i = 0; i < n; i++) {
      v[i] = product[i] * sqrt(net->inv_capacitance[i]);
    }
    norm = length(n, v);
  }
  return norm;
}

double model_rates_ground(const struct model_network *net,
                          const struct model_drive *drive) {
  double fastest = 0;
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const bool is_driven = i < net->layout.width[0] && !drive->is_clamped;
    const double g =
        net->leak[i] + (is_driven ? model_drive_conductance(drive, i) : 0.0);
    fastest = fmax(fastest, g * net->inv_capacitance[i]);
  }
  return fastest;
}
