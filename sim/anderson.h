/* sim/anderson.h -- Anderson acceleration of many fixed-point iterations
 *
 *   s -> G(s),  f = G(s) - s
 *   s_next = G(s) - sum_j c_j dG_j,   c = argmin |f - sum_j c_j dF_j|
 *
 * with dF_j, dG_j the newest changes of f and G, at most `window` of them
 * (Walker & Ni, SIAM J. Numer. Anal. 49, 2011, 1715-1735). Each lane is an
 * iteration of its own: arrays are (n x n_lanes), row-major.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_ANDERSON_H
#define SIM_ANDERSON_H

#include <stddef.h>

#include "sim/error.h"

#define SIM_ANDERSON_MAX_WINDOW 8

struct sim_anderson {
  size_t n, max_lanes, window;
  size_t n_lanes;  // in use; arrays are packed to this width
  size_t n_steps;  // calls of advance since the start
  double *g;       // (n x n_lanes) G of the step before
  double *f;       // (n x n_lanes) f of the step before
  double *dg[SIM_ANDERSON_MAX_WINDOW];  // (n x n_lanes)
  double *df[SIM_ANDERSON_MAX_WINDOW];  // (n x n_lanes)
  size_t *n_kept;                       // (max_lanes) changes a lane may use
  double *gram;  // (window x window x max_lanes) dF_i.dF_j
  double *rhs;   // (window x max_lanes) dF_i.f
};

/* 1 <= window <= SIM_ANDERSON_MAX_WINDOW. On failure nothing is left. */
enum sim_status sim_anderson_init(struct sim_anderson *mix, size_t n,
                                  size_t max_lanes, size_t window,
                                  struct sim_error *err);
void sim_anderson_finish(struct sim_anderson *mix);

/* Begin anew with n_lanes <= max_lanes lanes. */
void sim_anderson_start(struct sim_anderson *mix, size_t n_lanes);

/* Begin anew with one lane, at the s (n x n_lanes) that it now has. */
void sim_anderson_place(struct sim_anderson *mix, size_t lane, const double *s);

/* Let a lane forget its history, e.g. when its iterate was replaced. */
void sim_anderson_forget(struct sim_anderson *mix, size_t lane);

/* From s and f = G(s) - s (n x n_lanes) make the next iterate, in s. A lane
 * with momentum (n_lanes) >= 0 is not extrapolated but moves on by that part of
 * the last change, s_next = G(s) + momentum dG; NULL: no lane does. */
void sim_anderson_advance(struct sim_anderson *mix, const double *momentum,
                          double *s, const double *f);

/* Keep only the lanes keep[0] < keep[1] < ... < keep[n_keep - 1]. */
void sim_anderson_pack(struct sim_anderson *mix, const size_t *keep,
                       size_t n_keep);

#endif
