/* circuits/trap_step.c -- what a trap does in one step, given its two ends
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/trap_step.h"

#include <math.h>

struct circuit_trap_step circuit_trap_step_of(double up, double down,
                                              double h) {
  const double z = (up + down) * h, e = exp(-z);
  const double p = up / (up + down), q = down / (up + down);
  const double rms = sqrt(p * q), k = (q - p) / rms;
  const double u = -expm1(-z) / z;
  const double v = (z + expm1(-z)) / (z * z);
  const double w = (-expm1(-z) - z * e) / (z * z);
  struct circuit_trap_step step = {.full = {p - p * e, p + q * e}};
  for (int ends = 0; ends <= 2; ends++) {
    const double a = ((ends > 0) - p) / rms, b = ((ends > 1) - p) / rms;
    const double d = 1.0 + a * b * e;
    const double m = ((a + b) * u + k * a * b * e) / d;
    const double square =
        (2.0 * v + 2.0 * w * (a * b + k * (a + b)) + k * k * a * b * e) / d;
    step.mean[ends] = rms * m;
    step.variance[ends] = p * q * fmax(square - m * m, 0.0);
  }
  return step;
}
