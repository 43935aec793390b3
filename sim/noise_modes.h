/* sim/noise_modes.h -- noise of a reciprocal circuit, mode by mode
 *
 *   dy/dt = J y + C^-1 i(t),   C J symmetric, C diagonal
 *   J = -X L X^-1,   a = X^-1 y,   da_m/dt = -l_m a_m + ...
 *
 * with the modes of sim/eigenmodes.h, whose X^T C X = 1: X^-1 = X^T C.
 * Independent currents into the nodes, each white, of two-sided density q_i,
 *   S_mn = P_mn / (l_m + l_n),       P = B diag(q) B^T,  B = X^T
 * or with variance v_i and autocorrelation e^(-g t), as a trap has,
 *   S_mn = V_mn [1/(g + l_m) + 1/(g + l_n)] / (l_m + l_n),  V = B diag(v) B^T
 *
 * and the same averaged over a read-out window W: with the share
 *   F(l) = 2/(l W) [1 - (1 - e^(-l W))/(l W)]
 * that averaging leaves of a process of rate l, a white current's S_mn becomes
 * S_mn [F(l_m) + F(l_n)]/2. Derivations: the stationary solution of
 * dE[a_m a_n]/dt = 0, and the double integral of E[a_m(t) a_n(t')].
 *
 * Contributions of different sources add up.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_NOISE_MODES_H
#define SIM_NOISE_MODES_H

#include <stddef.h>

#include "sim/error.h"

struct sim_noise_modes;

/* The modes of jacobian (n x n), row-major, with 1/C inv_capacitance (n), of a
 * reciprocal circuit. SIM_EFAIL when a mode does not decay. The caller destroys
 * *out. */
enum sim_status sim_noise_modes_create(struct sim_noise_modes **out, size_t n,
                                       const double *jacobian,
                                       const double *inv_capacitance,
                                       struct sim_error *err);
void sim_noise_modes_destroy(struct sim_noise_modes *modes);  // NULL is fine

/* What independent currents into the nodes do: s (n x n) = E[y y^T]. `strength`
 * (n): white densities q when `rate` is INFINITY, else variances v of currents
 * with that rate [1/time]. `window` [time] of the average; 0: none. */
void sim_noise_modes_covariance(struct sim_noise_modes *modes,
                                const double *strength, double rate,
                                double window, double *s);

/* F: what averaging over `window` leaves of the variance of a process with
 * autocorrelation e^(-rate t). */
double sim_noise_average(double rate, double window);

#endif
