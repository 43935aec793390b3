/* circuits/aging.h -- what becomes of a conductance after it was programmed
 *
 * Drift (structural relaxation, charge trapping), from t0 on:
 *   G(t) = G ((t0 + t)/t0)^-nu,   nu = |mean(r) + spread(r) xi|
 * Retention (leakage), towards a conductance at rest:
 *   G(t) = G_rest + (G - G_rest) exp(-t/tau_i),
 *   tau_i = tau exp(E_a/k (1/T - 1/300 K)) exp(spread xi)
 *
 * t [s] is the time since the last write, r = G/reference, and each xi
 * belongs to its device for good. mean(r) and spread(r) are one number, or
 * four, [a, b, low, high]: a ln r + b, kept within low to high (Nandakumar
 * et al., ICECS 2019). The drift's part is applied first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_AGING_H
#define CIRCUIT_AGING_H

#include "circuits/bank.h"

/* The experiment's `chip.coupling.drift` section. */
struct circuit_drift_params {
  struct sim_reals nu;      // [1] mean exponent, 1 or 4 numbers
  struct sim_reals spread;  // [1] from device to device, 1 or 4 numbers
  double t0;                // [s]
};
#define CIRCUIT_DRIFT_N_PARAMS 3
extern const struct sim_param circuit_drift_table[CIRCUIT_DRIFT_N_PARAMS];

/* The experiment's `chip.coupling.retention` section. */
struct circuit_retention_params {
  double time;               // [s] at 300 K, NAN: for ever
  double spread;             // [1] of its logarithm, from device to device
  double activation_energy;  // [eV]
  double rest;               // [S]
};
#define CIRCUIT_RETENTION_N_PARAMS 4
extern const struct sim_param
    circuit_retention_table[CIRCUIT_RETENTION_N_PARAMS];

struct circuit_aging {
  const struct circuit_drift_params *drift;
  const struct circuit_retention_params *retention;
  double reference;    // [S] where r is 1
  double temperature;  // [K]
};

/* True when any conductance changes with time. */
bool circuit_aging_is_on(const struct circuit_drift_params *drift,
                         const struct circuit_retention_params *retention);

/* A list of 1 or 4 numbers at r. */
double circuit_aging_fit(const struct sim_reals *fit, double r);

/* [S] of device i of the bank, `t` [s] after it was written to g [S]. */
double circuit_aging_at(const struct circuit_aging *aging,
                        const struct circuit_bank *bank, size_t i, double g,
                        double t);

#endif
