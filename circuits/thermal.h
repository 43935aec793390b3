/* circuits/thermal.h -- thermal noise currents of conductances
 *
 * A conductance G at temperature T carries beside its current G V a white
 * noise current (Johnson, Nyquist, Phys. Rev. 32, 97 and 110, 1928), whose
 * two-sided density is
 *
 *   S = 2 k T G,     E[i(t) i(t')] = S delta(t - t')        [A^2/Hz]
 *
 * An active device has `excess` times as much. Between two nodes the same
 * current leaves one and enters the other, so that a passive network of
 * resistors and capacitors holds exactly k T C^-1. Where a coupling is read by
 * an input stage its noise enters there, and each end of the pair has a noise
 * current of its own.
 *
 * SI units.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_THERMAL_H
#define CIRCUIT_THERMAL_H

#include "circuits/coupling.h"

/* 2 k T G [A^2/Hz]. */
double circuit_thermal_density(double conductance, double temperature);

/* Add the conductances [S] of all devices, both signs and as they are now
 * (circuit_coupling_conductance), that feed an output node to `out` (n_out) and
 * those that feed an input node to `in` (n_in). */
void circuit_thermal_add_coupling(const struct circuit_coupling *array,
                                  double *out, double *in);

#endif
