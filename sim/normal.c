/* sim/normal.c -- standard normal numbers for whole tiles
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/normal.h"

#include <math.h>

#include "sim/vmath.h"

size_t sim_normal_rows(size_t n_rows) {
  return (n_rows + SIM_NORMAL_GROUP - 1) / SIM_NORMAL_GROUP * SIM_NORMAL_GROUP;
}

/* Even rows: u - 1, within (-1, 0). Odd rows: 2 w, within [0, 2). */
static void draw_group(const struct sim_address *first, uint64_t index,
                       size_t n_lanes, double *rows) {
  struct sim_address at = *first;
  for (size_t k = 0; k < n_lanes; k++) {
    uint64_t block[4];
    at.sample = first->sample + k;
    sim_random_block(&at, index, block);
    for (size_t pair = 0; pair < SIM_NORMAL_GROUP / 2; pair++) {
      const double h = (double)(uint32_t)block[pair];
      const double turn = (double)(uint32_t)(block[pair] >> 32);
      rows[2 * pair * n_lanes + k] = (h + 0.5) * 0x1p-32 - 1.0;
      rows[(2 * pair + 1) * n_lanes + k] = turn * 0x1p-31;
    }
  }
}

/* From logarithms in `radius` and sines in `other` to two normal numbers. */
SIM_VECTORISED static void scale(size_t n, const double *restrict cosine,
                                 double *restrict radius,
                                 double *restrict other) {
  for (size_t k = 0; k < n; k++) {
    const double r = sqrt(-2.0 * radius[k]);
    radius[k] = r * cosine[k];
    other[k] *= r;
  }
}

/* Box and Muller, in pieces that fit on the stack. */
#define PIECE 128u
static void transform(size_t n, double *radius, double *other) {
  double cosine[PIECE];
  for (size_t i = 0, m; i < n; i += m) {
    m = n - i < PIECE ? n - i : PIECE;
    sim_vlog1p(m, radius + i, radius + i);
    sim_vsincospi(m, other + i, other + i, cosine);
    scale(m, cosine, radius + i, other + i);
  }
}

void sim_normal_group(const struct sim_address *first, uint64_t index,
                      size_t n_lanes, double *xi) {
  draw_group(first, index, n_lanes, xi);
  for (size_t pair = 0; pair < SIM_NORMAL_GROUP; pair += 2) {
    transform(n_lanes, xi + pair * n_lanes, xi + (pair + 1) * n_lanes);
  }
}

void sim_normal_fill(const struct sim_address *first, uint64_t index,
                     size_t n_rows, size_t n_lanes, double *xi) {
  struct sim_address at = *first;
  for (size_t row = 0; row < n_rows; row += SIM_NORMAL_GROUP) {
    at.device = row / SIM_NORMAL_GROUP;
    sim_normal_group(&at, index, n_lanes, xi + row * n_lanes);
  }
}
