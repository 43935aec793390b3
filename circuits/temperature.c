/* circuits/temperature.c -- what temperature does to every device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/temperature.h"

#include <math.h>

double circuit_temperature_exponent(double energy, double temperature) {
  const double per_kelvin =
      CIRCUIT_BOLTZMANN / CIRCUIT_ELEMENTARY_CHARGE;  // [eV/K]
  return energy > 0
             ? energy / per_kelvin *
                   (1.0 / temperature - 1.0 / CIRCUIT_REFERENCE_TEMPERATURE)
             : 0.0;
}

double circuit_temperature_sampling(double temperature, double capacitance) {
  return sqrt(CIRCUIT_BOLTZMANN * temperature / capacitance);
}
