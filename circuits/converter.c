/* circuits/converter.c -- converters between numbers and voltages
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/converter.h"

#include <math.h>
#include <stdlib.h>

#include "circuits/temperature.h"
#include "sim/memory.h"

#define ROLE_SIZE 16u  // quantities of one role, in the address of a draw
enum quantity { GAIN, OFFSET };

// clang-format off
#define FIELD(f) SIM_FIELD(struct circuit_converter_params, f)
#define COMMON                                                               \
    {.name = "bits", .kind = SIM_COUNT, FIELD(bits), SIM_WITHIN(0, 24),      \
     .initial = "0",                                                         \
     .help = "resolution; 0: continuous and without limits"},                \
    {.name = "range", .kind = SIM_REAL, FIELD(range), .unit = "V",           \
     SIM_ABOVE(0), .initial = "1 V",                                         \
     .help = "full scale: from -range to range"},                            \
    {.name = "gain", .kind = SIM_REAL, FIELD(gain), SIM_WITHIN(0, 1),        \
     .initial = "0", .help = "relative spread of the converters' gain"},     \
    {.name = "offset", .kind = SIM_REAL, FIELD(offset), .unit = "V",         \
     SIM_WITHIN(0, 10), .initial = "0 V",                                    \
     .help = "spread of their offset, amplifier and comparator together"}

const struct sim_param circuit_dac_table[CIRCUIT_DAC_N_PARAMS] = {COMMON};
const struct sim_param circuit_adc_table[CIRCUIT_ADC_N_PARAMS] = {
    COMMON,
    {.name = "capacitance", .kind = SIM_REAL, FIELD(capacitance),
     .unit = "F", SIM_ABOVE(0), .initial = "none", .word = "none",
     .help = "that samples the voltage, with noise of variance kT/C"},
};
// clang-format on

bool circuit_converter_is_ideal(const struct circuit_converter_params *params) {
  return params->bits == 0 && params->gain == 0 && params->offset == 0 &&
         !(params->capacitance > 0);
}

enum sim_status circuit_converters_init(
    struct circuit_converters *converters,
    const struct circuit_converter_params *params,
    enum circuit_converter_role role, size_t n, double temperature,
    uint64_t seed, uint32_t chip, struct sim_error *err) {
  const struct circuit_lot lot = {seed, chip, SIM_DRAW_CONVERTERS};
  const double half = ldexp(0.5, (int)params->bits);  // codes of one sign
  const bool is_sampled = params->capacitance > 0;
  *converters = (struct circuit_converters){
      .n = n,
      .step = params->bits > 0 ? params->range / half : 0.0,
      .lowest = -half,
      .highest = half - 1,
      .noise = is_sampled ? circuit_temperature_sampling(temperature,
                                                         params->capacitance)
                          : 0.0,
      .gain = sim_alloc_doubles(n, err),
      .offset = sim_alloc_doubles(n, err),
  };
  if (!converters->gain || !converters->offset) {
    circuit_converters_finish(converters);
    return err->status;
  }
  for (size_t i = 0; i < n; i++) {
    converters->gain[i] = 1.0;
  }
  const size_t first = (size_t)role * ROLE_SIZE;
  circuit_lot_scale(&lot, first + GAIN, params->gain, n, converters->gain);
  circuit_lot_shift(&lot, first + OFFSET, params->offset, n,
                    converters->offset);
  return SIM_OK;
}

void circuit_converters_finish(struct circuit_converters *converters) {
  free(converters->gain);
  free(converters->offset);
  *converters = (struct circuit_converters){0};
}

double circuit_converters_rounding(
    const struct circuit_converters *converters) {
  return converters->step / sqrt(12.0);
}

/* The nearest code, in units of `unit`; counts those that do not exist. */
static size_t round_all(const struct circuit_converters *c, double unit,
                        size_t n, double *x) {
  const double per_code = c->step / unit;
  size_t n_clipped = 0;
  for (size_t k = 0; c->step > 0 && k < n; k++) {
    const double code = rint(x[k] / per_code);
    n_clipped += code < c->lowest || code > c->highest;
    x[k] = per_code * fmin(fmax(code, c->lowest), c->highest);
  }
  return n_clipped;
}

size_t circuit_adc_read(const struct circuit_converters *adc, size_t i,
                        double unit, size_t n, const double *v,
                        const double *xi, double *number) {
  const double gain = adc->gain[i], offset = adc->offset[i] / unit;
  const double noise = adc->noise / unit;
  for (size_t k = 0; k < n; k++) {
    number[k] = gain * v[k] + offset + (noise > 0 ? noise * xi[k] : 0.0);
  }
  return round_all(adc, unit, n, number);
}

size_t circuit_dac_set(const struct circuit_converters *dac, size_t i,
                       double unit, size_t n, const double *number, double *v) {
  const double gain = dac->gain[i], offset = dac->offset[i] / unit;
  for (size_t k = 0; k < n; k++) {
    v[k] = number[k];
  }
  const size_t n_clipped = round_all(dac, unit, n, v);
  for (size_t k = 0; k < n; k++) {
    v[k] = gain * v[k] + offset;
  }
  return n_clipped;
}
