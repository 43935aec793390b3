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
SIM_VECTORISED static void spread_bits(size_t n, const uint64_t *restrict bits,
                                       double *restrict even,
                                       double *restrict odd) {
  for (size_t k = 0; k < n; k++) {
    even[k] = ((double)(uint32_t)bits[k] + 0.5) * 0x1p-32 - 1.0;
    odd[k] = (double)(uint32_t)(bits[k] >> 32) * 0x1p-31;
  }
}

/* In pieces that fit on the stack. */
#define PIECE 128u
static void draw_group(const struct sim_address *first, uint64_t index,
                       size_t n_lanes, double *rows) {
  uint64_t bits[4 * PIECE];
  struct sim_address at = *first;
  for (size_t k = 0, m; k < n_lanes; k += m) {
    m = n_lanes - k < PIECE ? n_lanes - k : PIECE;
    at.sample = first->sample + k;
    sim_random_row(&at, index, m, bits);
    for (size_t pair = 0; pair < SIM_NORMAL_GROUP / 2; pair++) {
      double *even = rows + 2 * pair * n_lanes + k;
      spread_bits(m, bits + pair * m, even, even + n_lanes);
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

/* Box and Muller. */
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
