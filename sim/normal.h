/* sim/normal.h -- standard normal numbers for whole tiles
 *
 * Every number has an address of its own: seed, purpose, chip and epoch of the
 * tile, its sample, its device (a row of the tile) and an index (of the step).
 * Eight devices in a row share one Philox block at (index, epoch, sample,
 * device / 8); two 32-bit halves h, h' of it make two numbers after Box and
 * Muller (Ann. Math. Stat. 29, 610, 1958):
 *
 *   sqrt(-2 ln u) cos 2 pi w,  sqrt(-2 ln u) sin 2 pi w,
 *   u = (h + 1/2) / 2^32,      w = h' / 2^32
 *
 * so that none is larger than 6.77 in magnitude; of true normal numbers one in
 * 7e10 is. What a number costs is in docs/performance.md.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_NORMAL_H
#define SIM_NORMAL_H

#include <stddef.h>

#include "sim/random.h"

#define SIM_NORMAL_GROUP 8u  // rows that are made together

/* Rows to allocate for n_rows of them. */
size_t sim_normal_rows(size_t n_rows);

/* Fill xi, row-major with n_lanes columns: row i, column k belongs to device i
 * and sample first->sample + k; first->device is not looked at. xi has
 * sim_normal_rows(n_rows) rows, all of which are written. */
void sim_normal_fill(const struct sim_address *first, uint64_t index,
                     size_t n_rows, size_t n_lanes, double *xi);

/* One group of rows alone: those of devices 8 d to 8 d + 7, d being
 * first->device. xi (SIM_NORMAL_GROUP x n_lanes). */
void sim_normal_group(const struct sim_address *first, uint64_t index,
                      size_t n_lanes, double *xi);

#endif
