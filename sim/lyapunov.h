/* sim/lyapunov.h -- stationary covariance of a linear system with white noise
 *
 *   dy = J y dt + noise of density Q,   E[dW dW^T] = Q dt
 *   J S + S J^T + Q = 0                 S = E[y y^T]
 *
 * by Bartels and Stewart (Comm. ACM 15, 820, 1972): the real Schur form of J,
 * then a quasi-triangular system. Any stable J; for a symmetric one, and for
 * noise with a memory, see sim/noise_modes.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_LYAPUNOV_H
#define SIM_LYAPUNOV_H

#include <stddef.h>

#include "sim/error.h"

struct sim_lyapunov;

/* For several densities of one jacobian (n x n), row-major. SIM_EFAIL when an
 * eigenvalue of J does not lie left of the imaginary axis, or without memory.
 * The caller destroys *out. */
enum sim_status sim_lyapunov_create(struct sim_lyapunov **out, size_t n,
                                    const double *jacobian,
                                    struct sim_error *err);
void sim_lyapunov_destroy(struct sim_lyapunov *lyapunov);  // NULL is fine

/* s (n x n) for a symmetric q (n x n), which need not be a density; s may be
 * q. */
void sim_lyapunov_covariance(struct sim_lyapunov *lyapunov, const double *q,
                             double *s);

/* Both in one: s (n x n) for jacobian (n x n) and symmetric density q (n x n),
 * all row-major; s may be q. SIM_EFAIL when an eigenvalue of J does not lie
 * left of the imaginary axis, or without memory. */
enum sim_status sim_lyapunov_solve(size_t n, const double *jacobian,
                                   const double *q, double *s,
                                   struct sim_error *err);

#endif
