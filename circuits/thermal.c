/* circuits/thermal.c -- thermal noise currents of conductances
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/thermal.h"

#include "circuits/temperature.h"

double circuit_thermal_density(double conductance, double temperature) {
  return 2.0 * CIRCUIT_BOLTZMANN * temperature * conductance;
}

void circuit_thermal_add_coupling(const struct circuit_coupling *array,
                                  double *out, double *in) {
  // The banks that feed `in`: the same, or those of the downward direction.
  const size_t down = array->n_banks > 2 ? 2 : 0;
  for (size_t k = 0; k < array->n_out; k++) {
    for (size_t j = 0; j < array->n_in; j++) {
      const size_t kj = k * array->n_in + j;
      const double up = circuit_coupling_conductance(array, 0, kj) +
                        circuit_coupling_conductance(array, 1, kj);
      out[k] += up;
      in[j] += down == 0 ? up
                         : circuit_coupling_conductance(array, 2, kj) +
                               circuit_coupling_conductance(array, 3, kj);
    }
  }
}
