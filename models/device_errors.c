/* models/device_errors.c -- what writing and reading the devices of a chip err
 * by
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/device_errors.h"

#include <math.h>
#include <stdlib.h>

#include "sim/memory.h"

/* [S] of a device that holds g and is not hindered. */
static double sigma_of(const struct circuit_programming *p,
                       enum model_device_error which, uint64_t last_write,
                       double g) {
  const struct circuit_coupling_params *c = &p->params;
  switch (which) {
    case MODEL_WRITE_ERROR:
      return circuit_programming_law(p, last_write) == CIRCUIT_IDEAL
                 ? circuit_write_noise_sigma(&c->write_noise, p->reference, g)
                 : 0.0;
    case MODEL_READ_ERROR:
      return circuit_read_noise_white(&c->read_noise, g);
    default:
      return c->read_noise.flicker > 0
                 ? g *
                       circuit_read_noise_flicker(&c->read_noise, p->reference,
                                                  g) *
                       circuit_read_noise_gathered(&c->read_noise,
                                                   c->drift.t0 + c->age)
                 : 0.0;
  }
}

static double device_sigma(const struct circuit_coupling *array,
                           const struct circuit_bank *bank,
                           enum model_device_error which, size_t i) {
  const uint64_t last = array->n_writes > 0 ? array->n_writes - 1 : 0;
  return sigma_of(array->programming, which, last, bank->g[i]);
}

double model_device_error_rms(const struct model_chip *chip,
                              enum model_device_error which) {
  double sum = 0, n = 0;
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    const struct circuit_coupling *array = &chip->coupling[l];
    for (size_t k = 0; k < array->n_banks; k++) {
      for (size_t i = 0; i < array->bank[k].n; i++) {
        const double sigma = device_sigma(array, &array->bank[k], which, i);
        sum += sigma * sigma;
      }
      n += (double)array->bank[k].n;
    }
  }
  return sqrt(sum / n);
}

bool model_device_errors_any(const struct model_chip *chip) {
  bool is_any = false;
  for (int k = 0; k < MODEL_N_DEVICE_ERRORS; k++) {
    is_any |= model_device_error_rms(chip, (enum model_device_error)k) > 0;
  }
  return is_any;
}

/* [S^2] of device i of a bank within its window. */
static double variance_of(const struct circuit_coupling *array,
                          const struct circuit_bank *bank,
                          enum model_device_error which, size_t i) {
  const struct circuit_device *device = circuit_bank_device(bank, i);
  const bool is_write = which == MODEL_WRITE_ERROR;
  return circuit_clamped_variance(
      bank->g[i], device_sigma(array, bank, which, i),
      is_write ? device->low : 0.0, is_write ? device->high : INFINITY);
}

void model_device_error_weights(const struct model_chip *chip,
                                enum model_device_error which, size_t l,
                                bool is_back, double *variance) {
  const struct circuit_coupling *array = &chip->coupling[l];
  const struct circuit_bank *bank = &array->bank[is_back ? 2 : 0];
  const double square = chip->conductance_unit * chip->conductance_unit;
  for (size_t i = 0; i < bank[0].n; i++) {
    variance[i] = (variance_of(array, &bank[0], which, i) +
                   variance_of(array, &bank[1], which, i)) /
                  square;
  }
}

/* --- of all weights --- */

static double *make_direction(const struct model_chip *chip,
                              enum model_device_error which, bool is_back,
                              struct sim_error *err) {
  const struct model_layout *at = &chip->layout;
  double *variance = sim_alloc_doubles(at->n_parameters - at->n_nodes, err);
  for (size_t l = 0; variance && l + 1 < at->n_layers; l++) {
    model_device_error_weights(chip, which, l, is_back,
                               variance + at->weight_at[l]);
  }
  return variance;
}

enum sim_status model_device_variances_init(struct model_device_variances *v,
                                            const struct model_chip *chip,
                                            struct sim_error *err) {
  *v = (struct model_device_variances){.is_separate =
                                           chip->coupling[0].n_banks > 2};
  for (int k = 0; k < MODEL_N_DEVICE_ERRORS && !err->status; k++) {
    const enum model_device_error which = (enum model_device_error)k;
    v->is_on[k] = model_device_error_rms(chip, which) > 0;
    if (v->is_on[k]) {
      v->up[k] = make_direction(chip, which, false, err);
    }
    if (v->is_on[k] && v->is_separate) {
      v->down[k] = make_direction(chip, which, true, err);
    }
  }
  if (err->status) {
    model_device_variances_finish(v);
  }
  return err->status;
}

void model_device_variances_finish(struct model_device_variances *v) {
  for (int k = 0; k < MODEL_N_DEVICE_ERRORS; k++) {
    free(v->up[k]);
    free(v->down[k]);
  }
  *v = (struct model_device_variances){0};
}
