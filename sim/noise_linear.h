/* sim/noise_linear.h -- noise of any stable circuit, reciprocal or not
 *
 *   dy/dt = J y + B i(t),   B = diag(1/C)
 *
 * Independent currents into the nodes, each white, of two-sided density q_i,
 *   J S + S J^T + B diag(q) B = 0
 * or with variance v_i and autocorrelation e^(-g t), as a trap has,
 *   X = E[y i^T] = (g - J)^-1 B diag(v),   J S + S J^T + X B + B X^T = 0
 *
 * and the same averaged over a read-out window W, the double integral of
 * E[y(t) y(t')^T]: with F(z) = (e^z - 1 - z)/z^2
 *   A = F(J W) S + (J + g)^-1 [F(J W) - F(-g W)] B X^T,   A + A^T
 * (without the second term for a white current).
 *
 * sim/noise_modes.h does the same faster where C J is symmetric. The modes of
 * sim/eigenmodes.h would do it too, but lose digits where they are nearly
 * dependent; Schur's form does not.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_NOISE_LINEAR_H
#define SIM_NOISE_LINEAR_H

#include <stddef.h>

#include "sim/error.h"

struct sim_noise_linear;

/* For jacobian (n x n), row-major, with 1/C inv_capacitance (n), and averages
 * over `window` [time], 0: none. SIM_EFAIL when an eigenvalue of J does not lie
 * left of the imaginary axis. The caller destroys *out. */
enum sim_status sim_noise_linear_create(struct sim_noise_linear **out, size_t n,
                                        const double *jacobian,
                                        const double *inv_capacitance,
                                        double window, struct sim_error *err);
void sim_noise_linear_destroy(struct sim_noise_linear *noise);  // NULL is fine

/* What independent currents into the nodes do at an instant: s (n x n) =
 * E[y y^T], and to an average over the window: a (n x n), the same without a
 * window. `strength` (n): white densities q when `rate` is INFINITY, else
 * variances v of currents with that rate [1/time]. */
enum sim_status sim_noise_linear_covariance(struct sim_noise_linear *noise,
                                            const double *strength, double rate,
                                            double *s, double *a,
                                            struct sim_error *err);

#endif
