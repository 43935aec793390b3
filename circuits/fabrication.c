/* circuits/fabrication.c -- what differs from device to device on one chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/fabrication.h"

#include <gsl/gsl_randist.h>
#include <math.h>

double circuit_lot_draw(const struct circuit_lot *lot, size_t quantity,
                        size_t device) {
  struct sim_stream stream;
  return gsl_ran_gaussian_ziggurat(
      sim_stream_open(&stream, &(struct sim_address){.seed = lot->seed,
                                                     .purpose = lot->purpose,
                                                     .chip = lot->chip,
                                                     .sample = quantity,
                                                     .device = device}),
      1.0);
}

void circuit_lot_scale(const struct circuit_lot *lot, size_t quantity,
                       double sigma, size_t n, double *x) {
  for (size_t i = 0; sigma > 0 && i < n; i++) {
    x[i] *= exp(sigma * circuit_lot_draw(lot, quantity, i));
  }
}

void circuit_lot_shift(const struct circuit_lot *lot, size_t quantity,
                       double sigma, size_t n, double *x) {
  for (size_t i = 0; sigma > 0 && i < n; i++) {
    x[i] += sigma * circuit_lot_draw(lot, quantity, i);
  }
}
