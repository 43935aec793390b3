/* tools/device_errors.c -- what writing and reading the devices of a chip err
 * by
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/device_errors.h"

#include <math.h>

static double reference_of(const struct circuit_coupling_params *p) {
  return isnan(p->reference) ? p->g_max : p->reference;
}

/* [S] standard deviation of a device that holds g. */
static double sigma_of(const struct circuit_coupling_params *p,
                       enum tool_device_error which, double g) {
  switch (which) {
    case TOOL_WRITE_ERROR:
      return p->programming == CIRCUIT_IDEAL
                 ? circuit_write_noise_sigma(&p->write_noise, reference_of(p),
                                             g)
                 : 0.0;
    case TOOL_READ_ERROR:
      return circuit_read_noise_white(&p->read_noise, g);
    default:
      return p->read_noise.flicker > 0
                 ? g *
                       circuit_read_noise_flicker(&p->read_noise,
                                                  reference_of(p), g) *
                       circuit_read_noise_gathered(&p->read_noise,
                                                   p->drift.t0 + p->age)
                 : 0.0;
  }
}

double tool_device_error_rms(const struct model_chip *chip,
                             const struct circuit_coupling_params *params,
                             enum tool_device_error which) {
  double sum = 0, n = 0;
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    const struct circuit_coupling *array = &chip->coupling[l];
    for (size_t k = 0; k < array->n_banks; k++) {
      for (size_t i = 0; i < array->bank[k].n; i++) {
        const double sigma = sigma_of(params, which, array->bank[k].g[i]);
        sum += sigma * sigma;
      }
      n += (double)array->bank[k].n;
    }
  }
  return sqrt(sum / n);
}

void tool_device_error_weights(const struct model_chip *chip,
                               const struct circuit_coupling_params *params,
                               enum tool_device_error which, size_t l,
                               bool is_back, double *variance) {
  const struct circuit_bank *bank = &chip->coupling[l].bank[is_back ? 2 : 0];
  const double unit = chip->conductance_unit;
  for (size_t i = 0; i < bank[0].n; i++) {
    const double plus = sigma_of(params, which, bank[0].g[i]) / unit;
    const double minus = sigma_of(params, which, bank[1].g[i]) / unit;
    variance[i] = plus * plus + minus * minus;
  }
}
