/* sim/decay.c -- integrals of exponentials, also where they nearly cancel
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/decay.h"

#include <math.h>

#define SMALL 1e-2  // exponent below which a function is its series
#define CLOSE 1e-4  // exponents that close: a difference is a slope

double complex sim_decay_share(double complex y, double length) {
  const double complex z = y * length;
  if (cabs(z) < SMALL) {
    return length *
           (1.0 -
            z / 2 *
                (1.0 - z / 3 * (1.0 - z / 4 * (1.0 - z / 5 * (1 - z / 6)))));
  }
  return (1.0 - cexp(-z)) / y;
}

/* dH/dy. */
static double complex share_slope(double complex y, double length) {
  const double complex z = y * length;
  const double l2 = length * length;
  if (cabs(z) < SMALL) {
    return -l2 *
           (0.5 - z / 3 + z * z / 8 - z * z * z / 30 + z * z * z * z / 144);
  }
  return l2 * (cexp(-z) * (1.0 + z) - 1.0) / (z * z);
}

double complex sim_decay_passed(double complex l, double g, double length) {
  const double complex d = l - g;
  return cabs(d) * length < 1 ? exp(-g * length) * sim_decay_share(d, length)
                              : (exp(-g * length) - cexp(-l * length)) / d;
}

double complex sim_decay_mean(double complex l, double g, double length) {
  const double complex d = l - g;
  return cabs(d) * length < CLOSE
             ? -share_slope(0.5 * (l + g), length)
             : (sim_decay_share(g, length) - sim_decay_share(l, length)) / d;
}
