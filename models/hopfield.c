/* models/hopfield.c -- Lyapunov function of a hopfield network
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/hopfield.h"

#include <assert.h>
#include <math.h>

/* Gauss-Legendre rule of 5 points on [-1, 1] (Abramowitz and Stegun 25.4.30):
 * exact to 1e-14 over a quarter of a unit of the curves that are formulas. */
#define N_POINTS 5u
#define PIECE 0.25
static const double points[N_POINTS] = {
    -0.906179845938663993, -0.538469310105683091, 0.0, 0.538469310105683091,
    0.906179845938663993};
static const double weights[N_POINTS] = {
    0.236926885056189088, 0.478628670499366468, 0.568888888888888889,
    0.478628670499366468, 0.236926885056189088};

/* int_0^u r(v) dv. */
static double integral(const struct circuit_transfer *curve, double u) {
  const size_t n = (size_t)ceil(fabs(u) / PIECE);
  const double half = n > 0 ? u / (double)n / 2 : 0.0;
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    double v[N_POINTS], r[N_POINTS];
    for (size_t k = 0; k < N_POINTS; k++) {
      v[k] = half * ((double)(2 * i + 1) + points[k]);
    }
    curve->ops->value(curve, N_POINTS, v, r);
    for (size_t k = 0; k < N_POINTS; k++) {
      sum += half * weights[k] * r[k];
    }
  }
  return sum;
}

/* The energy E of a gradient network holds leak U^2/2 for every node; a hidden
 * node's share is int u r'(u) du = U V - int r instead. */
void model_hopfield_lyapunov(const struct model_network *net,
                             const struct model_drive *drive, const double *s,
                             const struct model_work *work, double *lyapunov) {
  const size_t n_lanes = work->n_lanes;
  assert(net->neuron == MODEL_HOPFIELD && !net->gain && !net->theta_back);
  model_network_energy(net, drive, s, work, lyapunov);
  for (size_t i = net->layout.width[0]; i < net->layout.n_nodes; i++) {
    for (size_t k = 0; k < n_lanes; k++) {
      const double u = s[i * n_lanes + k], v = work->r[i * n_lanes + k];
      const double share = u * v - integral(net->transfer, u);
      lyapunov[k] += net->leak[i] * (share - 0.5 * u * u);
    }
  }
}
