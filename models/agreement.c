/* models/agreement.c -- how well a measured gradient agrees with an exact one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/agreement.h"

#include <cblas.h>
#include <math.h>

struct model_agreement model_agreement_of(size_t n, const double *measured,
                                          const double *exact) {
  const double mm = cblas_ddot((int)n, measured, 1, measured, 1);
  const double ee = cblas_ddot((int)n, exact, 1, exact, 1);
  const double me = cblas_ddot((int)n, measured, 1, exact, 1);
  double square = 0;
  for (size_t i = 0; i < n; i++) {
    square += (measured[i] - exact[i]) * (measured[i] - exact[i]);
  }
  const double norms = sqrt(mm * ee);
  return (struct model_agreement){norms > 0 ? me / norms : (double)NAN,
                                  sqrt(mm / ee), sqrt(square / ee)};
}
