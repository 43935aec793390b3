/* sim/lanczos.h -- smallest eigenvalues of many symmetric operators
 *
 *   A V_m = V_m T_m + beta_m v_m+1 e_m^T,   V_m^T V_m = 1
 *   T_m z = theta z,   y = V_m z,   |A y - theta y| = beta_m |z_m|
 *
 * Lanczos' method with full reorthogonalisation (B. N. Parlett, The Symmetric
 * Eigenvalue Problem, SIAM 1998, chapter 13). T_m is tridiagonal; its smallest
 * eigenvalues theta come down to those of A. Arrays are (n x n_lanes), one
 * operator a lane, and one product serves all lanes; of ARPACK, which keeps its
 * progress in saved variables, neither lanes nor threads could take turns.
 *
 * Of equal eigenvalues of a lane one is found, with one of its vectors.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_LANCZOS_H
#define SIM_LANCZOS_H

#include <stddef.h>

#include "sim/error.h"

/* product = A p of every lane, both (n x n_lanes); linear, zero for zero. */
typedef void sim_lanczos_product(const double *p, double *product,
                                 void *context);

struct sim_lanczos {
  size_t n, n_lanes, n_wanted, max_steps;
  double tolerance;  // of |A y - theta y|, relative to the largest |theta|
  double *basis;     // (max_steps + 1, n, n_lanes) V, one vector a row
  double *alpha;     // (n_lanes x max_steps) diagonal of T
  double *beta;      // (n_lanes x max_steps) beside it
  double *norm;      // (n_lanes) largest |alpha| + beta so far
  double *factor;    // (n_lanes)
  size_t *length;    // (n_lanes) steps until nothing was left, else max_steps
  double *diagonal, *beside;  // (max_steps) copies of a lane's T
  double *root;               // (max_steps) eigenvalues of T
  double *z;                  // (n_lanes, n_wanted, max_steps) vectors of T
  double *work;               // (5 max_steps) for LAPACK
  int *whole;                 // (6 max_steps) for LAPACK
  // What was found; values that were not are NAN, their vectors 0.
  double *value;   // (n_wanted x n_lanes) rising
  double *vector;  // (n_wanted, n, n_lanes) of length 1
};

/* For operators of size n; n_wanted and max_steps are 1 to n. On failure
 * nothing is left to finish. */
enum sim_status sim_lanczos_init(struct sim_lanczos *lanczos, size_t n,
                                 size_t n_lanes, size_t n_wanted,
                                 size_t max_steps, double tolerance,
                                 struct sim_error *err);
void sim_lanczos_finish(struct sim_lanczos *lanczos);

/* Fill value and vector; returns how many products that took. */
size_t sim_lanczos_run(struct sim_lanczos *lanczos,
                       sim_lanczos_product *product, void *context);

#endif
