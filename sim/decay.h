/* sim/decay.h -- integrals of exponentials, also where they nearly cancel
 *
 *   H(y) = integral of e^(-y u) du from 0 to L = (1 - e^(-y L))/y
 *
 * Rates y, l may be complex, of either sign, or 0.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_DECAY_H
#define SIM_DECAY_H

#include <complex.h>

/* H(y) [time] for a length L [time]. */
double complex sim_decay_share(double complex y, double length);

/* (e^-gL - e^-lL)/(l - g) [time]: a process of rate l after L, driven by one
 * that decays from 1 at rate g. */
double complex sim_decay_passed(double complex l, double g, double length);

/* (H(g) - H(l))/(l - g) [time^2]: the integral of that over L. */
double complex sim_decay_mean(double complex l, double g, double length);

#endif
