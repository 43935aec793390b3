/* circuits/fabrication.h -- what differs from device to device on one chip
 *
 * Every device draws from a stream of its own, so that switching one spread on
 * changes no other draw. A positive quantity is log-normal: its factor is
 * e^(sigma xi), which is 1 + sigma xi for a small sigma and never negative.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_FABRICATION_H
#define CIRCUIT_FABRICATION_H

#include <stddef.h>

#include "sim/random.h"

/* Where a chip's draws of one purpose are: (seed, purpose, chip). */
struct circuit_lot {
  uint64_t seed;
  uint32_t chip;
  enum sim_purpose purpose;
};

/* xi ~ N(0, 1) of one quantity of one device. */
double circuit_lot_draw(const struct circuit_lot *lot, size_t quantity,
                        size_t device);

/* x_i *= e^(sigma xi_i), i < n; nothing for sigma = 0. */
void circuit_lot_scale(const struct circuit_lot *lot, size_t quantity,
                       double sigma, size_t n, double *x);

/* x_i += sigma xi_i. */
void circuit_lot_shift(const struct circuit_lot *lot, size_t quantity,
                       double sigma, size_t n, double *x);

#endif
