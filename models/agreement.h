/* models/agreement.h -- how well a measured gradient agrees with an exact one
 *
 *   cosine          m.e / (|m| |e|)
 *   norm ratio      |m| / |e|
 *   relative error  |m - e| / |e|
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_AGREEMENT_H
#define MODEL_AGREEMENT_H

#include <stddef.h>

/* NAN where a norm is 0. Doubles only. */
struct model_agreement {
  double cosine;          // [1]
  double norm_ratio;      // [1]
  double relative_error;  // [1]
};

/* Of two vectors (n). */
struct model_agreement model_agreement_of(size_t n, const double *measured,
                                          const double *exact);

#endif
