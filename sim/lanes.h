/* sim/lanes.h -- arrays (n x n_lanes), a lane for each sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_LANES_H
#define SIM_LANES_H

#include <stddef.h>

/* Keep only the lanes keep[0] < keep[1] < ... < keep[n_keep - 1] of x (n x
 * n_lanes), which is (n x n_keep) then. */
void sim_lanes_pack(size_t n, size_t n_lanes, const size_t *keep, size_t n_keep,
                    double *x);

/* Lane `from` of x (n x n_from) into lane `to` of y (n x n_to). */
void sim_lanes_copy(size_t n, const double *x, size_t n_from, size_t from,
                    double *y, size_t n_to, size_t to);

#endif
