/* sim/lanes.c -- arrays (n x n_lanes), a lane for each sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/lanes.h"

void sim_lanes_pack(size_t n, size_t n_lanes, const size_t *keep, size_t n_keep,
                    double *x) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < n_keep; k++) {
      x[i * n_keep + k] = x[i * n_lanes + keep[k]];
    }
  }
}

void sim_lanes_copy(size_t n, const double *x, size_t n_from, size_t from,
                    double *y, size_t n_to, size_t to) {
  for (size_t i = 0; i < n; i++) {
    y[i * n_to + to] = x[i * n_from + from];
  }
}
