/* sim/eigenmodes.h -- a linear system as a sum of independent modes
 *
 *   dy/dt = J y + f(t),   J = -X diag(l) X^-1
 *   y = X a,   da_m/dt = -l_m a_m + (X^-1 f)_m
 *
 * so every mode is a number that decays at its rate l_m. Rates and vectors are
 * complex in general; those of a reciprocal circuit, where C^1/2 J C^-1/2 is
 * symmetric, are real and X is as well conditioned as the capacitances C.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_EIGENMODES_H
#define SIM_EIGENMODES_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

struct sim_eigenmodes {
  size_t n;
  double complex *rate;   // [1/time] (n) l
  double complex *right;  // [1] (n x n) X, row-major: row i is component i
  double complex *left;   // [1] (n x n) X^-1, row-major: row m is mode m
  double *matrix;         // (n x n) scratch
  double *vectors;        // (n x n) scratch
  double *work;           // scratch of LAPACK
  int n_work, n_integers;
  int *integers;            // scratch of LAPACK
  double complex *scratch;  // (n x n) of LAPACK
};

/* For systems of n components. On failure nothing is left to finish. */
enum sim_status sim_eigenmodes_init(struct sim_eigenmodes *modes, size_t n,
                                    struct sim_error *err);
void sim_eigenmodes_finish(struct sim_eigenmodes *modes);

/* The modes of jacobian (n x n), row-major. With inv_capacitance (n), 1/C, the
 * circuit is taken to be reciprocal; NULL: it need not be. SIM_EFAIL when there
 * are no n modes as good as independent (condition number of X up to 1e10). */
enum sim_status sim_eigenmodes_find(struct sim_eigenmodes *modes,
                                    const double *jacobian,
                                    const double *inv_capacitance,
                                    struct sim_error *err);

#endif
