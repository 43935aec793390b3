/* circuits/temperature.h -- what temperature does to every device
 *
 *   E/k (1/T - 1/300 K)     exponent of Arrhenius, for an activation energy E
 *   sqrt(k T/C)             noise that a switch leaves on a capacitor, rms
 *
 * Values of an experiment that depend on temperature are those at 300 K.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_TEMPERATURE_H
#define CIRCUIT_TEMPERATURE_H

/* Exact since the SI of 2019. */
#define CIRCUIT_BOLTZMANN 1.380649e-23             // [J/K]
#define CIRCUIT_ELEMENTARY_CHARGE 1.602176634e-19  // [C]
#define CIRCUIT_REFERENCE_TEMPERATURE 300.0        // [K]

/* The exponent [1] for E [eV] at T [K]: a time constant grows by e to this, a
 * rate falls. 0 for E = 0, whatever T. */
double circuit_temperature_exponent(double energy, double temperature);

/* [V] rms on a capacitor [F]. */
double circuit_temperature_sampling(double temperature, double capacitance);

#endif
