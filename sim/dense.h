/* sim/dense.h -- dense systems of linear equations
 *
 *   A x = b   or   A^T x = b
 *
 * by LU factors with row exchanges (LAPACK). Matrices are row-major.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_DENSE_H
#define SIM_DENSE_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

struct sim_dense {
  size_t n;
  double *a;    // (n x n) A, then its factors
  int *pivots;  // (n)
};

/* For n unknowns; the caller fills a. On failure nothing is left to finish. */
enum sim_status sim_dense_init(struct sim_dense *dense, size_t n,
                               struct sim_error *err);
void sim_dense_finish(struct sim_dense *dense);

/* Factors of A replace it. False: it is singular. */
bool sim_dense_factor(struct sim_dense *dense);

/* Each row of x (n_right x n) is a right-hand side and becomes its solution. */
void sim_dense_solve(const struct sim_dense *dense, bool is_transposed,
                     size_t n_right, double *x);

/* inverse (n x n) <- A^-1, which sim_dense_factor has seen. */
void sim_dense_invert(const struct sim_dense *dense, double *inverse);

/* a (n x n) <- a^-1; pivots (n), scratch (n x n). False: it is singular. */
bool sim_dense_invert_complex(size_t n, double complex *a, int *pivots,
                              double complex *scratch);

#endif
