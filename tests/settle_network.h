/* tests/settle_network.h -- the network whose phases are settled in tests
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_SETTLE_NETWORK_H
#define TESTS_SETTLE_NETWORK_H

#include "tests/small_chip.h"

enum { VISIBLE = 8, HIDDEN = 16, NODES = 40, LANES = 3 };
static const size_t width[] = {VISIBLE, HIDDEN, HIDDEN};
#define LAMBDA 15.0

static inline void network(struct small *small) {
  small_make(small, 3, width, "silu", 2.0, 21);
}

/* x = x_t, h = 0. */
static inline void rest(size_t n_lanes, const double *x_t, double *s) {
  memcpy(s, x_t, VISIBLE * n_lanes * sizeof *s);
  memset(s + VISIBLE * n_lanes, 0, (NODES - VISIBLE) * n_lanes * sizeof *s);
}

/* Voltages x_t (VISIBLE x n_lanes) at the far ends of the springs. */
static inline void anchors(size_t n_lanes, double *x_t) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 5);
  fill_normal(rng, VISIBLE * n_lanes, 1.0, x_t);
  gsl_rng_free(rng);
}

#endif
