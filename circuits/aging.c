/* circuits/aging.c -- what becomes of a conductance after it was programmed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/aging.h"

#include <math.h>

#include "circuits/temperature.h"

// clang-format off
#define DRIFT(f) SIM_FIELD(struct circuit_drift_params, f)
const struct sim_param circuit_drift_table[CIRCUIT_DRIFT_N_PARAMS] = {
    {.name = "nu", .kind = SIM_REALS, DRIFT(nu), SIM_WITHIN(-10, 10),
     .max_items = 4, .initial = "0",
     .help = "mean exponent of G(t) = G ((t0 + t)/t0)^-nu: one number, or "
             "[a, b, low, high] for a ln(G/reference) + b within low to high"},
    {.name = "spread", .kind = SIM_REALS, DRIFT(spread), SIM_WITHIN(-10, 10),
     .max_items = 4, .initial = "0",
     .help = "standard deviation of the exponent from device to device: one "
             "number, or [a, b, low, high] as for nu"},
    {.name = "t0", .kind = SIM_REAL, DRIFT(t0), .unit = "s", SIM_ABOVE(0),
     .initial = "1 s", .help = "time after a write at which its result is "
                               "known and drift begins"},
};

#define RETENTION(f) SIM_FIELD(struct circuit_retention_params, f)
const struct sim_param circuit_retention_table[CIRCUIT_RETENTION_N_PARAMS] = {
    {.name = "time", .kind = SIM_REAL, RETENTION(time), .unit = "s",
     SIM_ABOVE(0), .initial = "unlimited", .word = "unlimited",
     .help = "time constant of the decay towards `rest`, at 300 K"},
    {.name = "spread", .kind = SIM_REAL, RETENTION(spread), SIM_WITHIN(0, 10),
     .initial = "0", .help = "of the logarithm of the time constant, from "
                             "device to device"},
    {.name = "activation_energy", .kind = SIM_REAL,
     RETENTION(activation_energy), .unit = "eV", SIM_WITHIN(0, 10),
     .initial = "0 eV",
     .help = "of the decay, by which it is faster in the heat (Arrhenius)"},
    {.name = "rest", .kind = SIM_REAL, RETENTION(rest), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "0 S",
     .help = "conductance towards which a device decays"},
};
// clang-format on

bool circuit_aging_is_on(const struct circuit_drift_params *drift,
                         const struct circuit_retention_params *retention) {
  bool is_on = !isnan(retention->time);
  for (size_t k = 0; k < drift->nu.n; k++) {
    is_on |= drift->nu.v[k] != 0;
  }
  for (size_t k = 0; k < drift->spread.n; k++) {
    is_on |= drift->spread.v[k] != 0;
  }
  return is_on;
}

double circuit_aging_fit(const struct sim_reals *fit, double r) {
  if (fit->n < 4) {
    return fit->n ? fit->v[0] : 0;
  }
  // At r = 0 the logarithm is infinite, and one of the limits holds.
  const double value = (fit->v[0] != 0 ? fit->v[0] * log(r) : 0) + fit->v[1];
  return fmin(fmax(value, fit->v[2]), fit->v[3]);
}

static double drift(const struct circuit_aging *aging,
                    const struct circuit_bank *bank, size_t i, double g,
                    double t) {
  const struct circuit_drift_params *p = aging->drift;
  const double mean = circuit_aging_fit(&p->nu, g / aging->reference);
  const double spread = circuit_aging_fit(&p->spread, g / aging->reference);
  if (mean == 0 && spread == 0) {
    return g;
  }
  const double xi =
      spread != 0 ? circuit_bank_normal(bank, SIM_DRAW_DRIFT, 0, i) : 0;
  return g * pow(1 + t / p->t0, -fabs(mean + spread * xi));
}

static double retain(const struct circuit_aging *aging,
                     const struct circuit_bank *bank, size_t i, double g,
                     double t) {
  const struct circuit_retention_params *p = aging->retention;
  if (isnan(p->time)) {
    return g;
  }
  const double arrhenius =
      circuit_temperature_exponent(p->activation_energy, aging->temperature);
  const double xi =
      p->spread > 0 ? circuit_bank_normal(bank, SIM_DRAW_RETENTION, 0, i) : 0;
  const double tau = p->time * exp(arrhenius + p->spread * xi);
  return p->rest + (g - p->rest) * exp(-t / tau);
}

double circuit_aging_at(const struct circuit_aging *aging,
                        const struct circuit_bank *bank, size_t i, double g,
                        double t) {
  if (t == 0) {
    return g;
  }
  return retain(aging, bank, i, drift(aging, bank, i, g, t), t);
}
