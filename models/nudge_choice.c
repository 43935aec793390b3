/* models/nudge_choice.c -- bias and noise of the gradient for each nudge
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/nudge_choice.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "models/adjoint.h"
#include "models/controller.h"
#include "models/periphery.h"
#include "sim/memory.h"

#define N_LOOKS 2000u  // points of the curve

/* |g - adjoint|; g becomes the difference. */
static enum sim_status measure(const struct model_network *net,
                               const struct model_learning *rule,
                               const struct model_settling *settling,
                               const struct model_batch *batch,
                               const double *adjoint, double *g, double *bias,
                               struct sim_error *err) {
  const int n = (int)net->layout.n_parameters;
  struct model_controller *controller;
  struct model_measurement seen;
  if (model_controller_create(&controller, rule, settling, net, batch->n,
                              err)) {
    return err->status;
  }
  if (model_controller_measure(controller, batch, g, &seen, err) == SIM_OK) {
    cblas_daxpy(n, -1.0, adjoint, 1, g, 1);
    *bias = cblas_dnrm2(n, g, 1);
  }
  model_controller_destroy(controller);
  return err->status;
}

enum sim_status model_nudge_bias(const struct model_network *net,
                                 const struct model_learning *rule,
                                 const struct model_settling *settling,
                                 const struct model_batch *batch, size_t n,
                                 const double *nudges, double *bias,
                                 double *norm, struct sim_error *err) {
  const size_t n_parameters = net->layout.n_parameters;
  struct model_network ideal = *net;
  struct model_periphery periphery;
  struct model_learning asked = *rule;
  struct model_settling quiet = *settling;
  struct model_adjoint_quality quality;
  double *adjoint = sim_alloc_doubles(n_parameters, err);
  double *g = sim_alloc_doubles(n_parameters, err);
  quiet.is_quiet = true;
  quiet.window = 0;
  if (net->periphery) {
    periphery = *net->periphery;
    periphery.has_velocity_adc = periphery.has_output_adc =
        periphery.has_memory = false;
    ideal.periphery = &periphery;
  }
  if (adjoint && g) {
    model_adjoint_gradient(&ideal, rule, &quiet, batch, adjoint, &quality, err);
    *norm = cblas_dnrm2((int)n_parameters, adjoint, 1);
  }
  for (size_t i = 0; err->status == SIM_OK && i < n; i++) {
    asked.nudge = nudges[i];
    measure(&ideal, &asked, &quiet, batch, adjoint, g, &bias[i], err);
  }
  free(adjoint);
  free(g);
  return err->status;
}

/* Bias at a nudge between the first and the last. */
static double bias_at(size_t n, const double *nudges, const double *bias,
                      double nudge) {
  size_t i = 0;
  while (i + 2 < n && nudge > nudges[i + 1]) {
    i++;
  }
  const double part = log(nudge / nudges[i]) / log(nudges[i + 1] / nudges[i]);
  return exp((1 - part) * log(bias[i]) + part * log(bias[i + 1]));
}

struct model_nudge_choice model_nudge_choose(size_t n, const double *nudges,
                                             const double *bias, double s,
                                             double order) {
  struct model_nudge_choice best = {0};
  double least = INFINITY;
  for (size_t k = 0; k <= N_LOOKS; k++) {
    const double nudge =
        nudges[0] * pow(nudges[n - 1] / nudges[0], (double)k / (double)N_LOOKS);
    const double error = bias_at(n, nudges, bias, nudge), noise = s / nudge;
    if (error * error + noise * noise < least) {
      least = error * error + noise * noise;
      best = (struct model_nudge_choice){.nudge = nudge,
                                         .bias = error,
                                         .noise = noise,
                                         .is_at_end = k == 0 || k == N_LOOKS};
    }
  }
  const double c = best.bias / pow(best.nudge, order);
  best.formula = pow(s / (c * sqrt(order)), 1 / (order + 1));
  return best;
}
