/* models/spectrum.c -- spectral density of node voltages, by linear response
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/spectrum.h"

#include <complex.h>
#include <gsl/gsl_const_mksa.h>
#include <math.h>
#include <stdlib.h>

#include "models/hessian.h"
#include "sim/dense.h"
#include "sim/memory.h"

/* --- sources --- */

double model_spectrum_conductance(const struct model_chip *chip, size_t node) {
  const struct model_layout *at = &chip->layout;
  const size_t l = model_layout_layer_of(at, node), i = node - at->node_at[l];
  double sum = 0;
  if (l > 0) {
    const struct circuit_coupling *below = &chip->coupling[l - 1];
    for (size_t j = 0; j < below->n_in; j++) {
      const size_t e = i * below->n_in + j;
      sum += circuit_coupling_conductance(below, 0, e) +
             circuit_coupling_conductance(below, 1, e);
    }
  }
  if (l + 1 < at->n_layers) {
    const struct circuit_coupling *above = &chip->coupling[l];
    // The same devices, or those of the downward direction.
    const size_t down = above->n_banks > 2 ? 2 : 0;
    for (size_t k = 0; k < above->n_out; k++) {
      const size_t e = k * above->n_in + i;
      sum += circuit_coupling_conductance(above, down, e) +
             circuit_coupling_conductance(above, down + 1, e);
    }
  }
  return chip->noise.excess * sum;
}

/* Of an input current into node i; `slope` is da/ds. */
static double input_gain(const struct model_network *net, const double *slope,
                         size_t i) {
  return model_network_has_input_gain(net, i)
             ? slope[i] * model_network_input_ratio(net, i)
             : 1.0;
}

enum sim_status model_spectrum_thermal(const struct model_chip *chip,
                                       const struct model_network *net,
                                       const struct model_drive *drive,
                                       const double *s, double temperature,
                                       double *strength,
                                       struct sim_error *err) {
  struct model_work work;
  if (model_work_init(&work, &net->layout, 1, err)) {
    return err->status;
  }
  model_network_outputs(net, s, &work);
  for (size_t i = 0; i < net->layout.n_nodes; i++) {
    const bool is_visible = i < net->layout.width[0];
    const double gain = input_gain(net, work.slope, i);
    const double g = is_visible ? model_drive_conductance(drive, i) : 0.0;
    strength[i] = 4.0 * GSL_CONST_MKSA_BOLTZMANN * temperature *
                  (chip->nodes.leak[i] + g * chip->conductance_unit +
                   gain * gain * model_spectrum_conductance(chip, i));
  }
  model_work_finish(&work);
  return SIM_OK;
}

/* --- response --- */

struct response {
  const struct model_network *net;
  double *matrix;           // [1] (n x n) M in units of conductance_unit
  double complex *inverse;  // (n x n) of M + j w C
  double complex *scratch;  // (n x n)
  int *pivots;              // (n)
};

static enum sim_status fill_matrix(struct response *r,
                                   const struct model_drive *wanted,
                                   const double *s, struct sim_error *err) {
  const size_t n = r->net->layout.n_nodes;
  struct model_work work = {0};
  double *anchor = sim_alloc_doubles(r->net->layout.width[0], err);
  double *scratch = sim_alloc_doubles(2 * n, err);
  const struct model_drive drive = {.conductance = wanted->conductance,
                                    .conductances = wanted->conductances,
                                    .anchor = anchor};
  if (anchor && scratch && !model_work_init(&work, &r->net->layout, 1, err)) {
    model_hessian_matrix(r->net, &drive, s, r->matrix, &work, scratch);
    model_work_finish(&work);
  }
  free(anchor);
  free(scratch);
  return err->status;
}

static void response_finish(struct response *r) {
  free(r->matrix);
  free(r->inverse);
  free(r->scratch);
  free(r->pivots);
}

static enum sim_status response_init(struct response *r,
                                     const struct model_network *net,
                                     const struct model_drive *drive,
                                     const double *s, struct sim_error *err) {
  const size_t n = net->layout.n_nodes;
  *r = (struct response){
      .net = net,
      .matrix = sim_alloc_doubles(n * n, err),
      .inverse = sim_alloc(n * n, sizeof *r->inverse, err),
      .scratch = sim_alloc(n * n, sizeof *r->scratch, err),
      .pivots = sim_alloc(n, sizeof *r->pivots, err),
  };
  if (err->status || fill_matrix(r, drive, s, err)) {
    response_finish(r);
  }
  return err->status;
}

/* The inverse of M + j w C, with w in units of 1/tau. */
static enum sim_status invert(struct response *r, double w,
                              struct sim_error *err) {
  const size_t n = r->net->layout.n_nodes;
  for (size_t i = 0; i < n * n; i++) {
    const double c = i / n == i % n ? 1.0 / r->net->inv_capacitance[i % n] : 0;
    r->inverse[i] = r->matrix[i] + I * (w * c);
  }
  return sim_dense_invert_complex(n, r->inverse, r->pivots, r->scratch)
             ? SIM_OK
             : sim_error_set(err, SIM_EFAIL,
                             "the circuit has no linear response: singular");
}

/* density (n) = sum_k |inverse_ik|^2 strength_k / conductance_unit^2 */
static void add_up(const struct response *r, double unit,
                   const double *strength, double *density) {
  const size_t n = r->net->layout.n_nodes;
  for (size_t i = 0; i < n; i++) {
    density[i] = 0;
    for (size_t k = 0; k < n; k++) {
      const double complex z = r->inverse[i * n + k];
      density[i] += creal(z * conj(z)) * strength[k] / (unit * unit);
    }
  }
}

enum sim_status model_spectrum_density(const struct model_chip *chip,
                                       const struct model_network *net,
                                       const struct model_drive *drive,
                                       const double *s, const double *strength,
                                       size_t n_frequencies,
                                       const double *frequency, double *density,
                                       struct sim_error *err) {
  struct response response;
  if (response_init(&response, net, drive, s, err)) {
    return err->status;
  }
  for (size_t f = 0; f < n_frequencies && !err->status; f++) {
    if (invert(&response, 2 * M_PI * frequency[f] * chip->tau, err) == SIM_OK) {
      add_up(&response, chip->conductance_unit, strength,
             density + f * net->layout.n_nodes);
    }
  }
  response_finish(&response);
  return err->status;
}
