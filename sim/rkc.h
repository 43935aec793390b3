/* sim/rkc.h -- Runge-Kutta-Chebyshev as a GSL step type
 *
 * An explicit method of order 2 whose s stages reach about 0.65 (s^2 - 1)
 * along the negative real axis, so that a stiff system with a real spectrum,
 * such as a gradient flow, costs about sqrt(stiffness) right-hand sides
 * instead of stiffness. Source of all formulas: Sommeijer, Shampine, Verwer,
 * J. Comput. Appl. Math. 88 (1998) 315-326:
 *
 *   w0 = 1 + 2/(13 s^2),  w1 = T_s'(w0)/T_s''(w0),  b_j = T_j''/(T_j')^2
 *   Y_0 = y,  Y_1 = y + b_1 w1 h f(y)
 *   Y_j = (1 - m - n) y + m Y_(j-1) + n Y_(j-2)
 *         + k h f(Y_(j-1)) + c h f(y),        j = 2 ... s
 *   m = 2 b_j w0/b_(j-1),  n = -b_j/b_(j-2),
 *   k = 2 b_j w1/b_(j-1),  c = -(1 - b_(j-1) T_(j-1)) k
 *   error = 0.8 (y - Y_s) + 0.4 h (f(y) + f(Y_s))
 *
 * The number of stages follows from the step and the spectral radius of the
 * Jacobian, which a nonlinear power iteration estimates at the first step;
 * every fourth step and after a rejected one it turns once more.
 *
 * For use with gsl_odeiv2_evolve or a driver, like any step type of GSL. It
 * needs no Jacobian.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RKC_H
#define SIM_RKC_H

#include <gsl/gsl_odeiv2.h>

extern const gsl_odeiv2_step_type *sim_odeiv2_step_rkc;

/* Length of the stability interval on the negative real axis of the method
 * with n_stages >= 2 stages: h times the spectral radius must stay below. */
double sim_rkc_stability(unsigned n_stages);

/* Least number of stages (>= 2) for a step with h times spectral radius. */
unsigned sim_rkc_stages(double h_rho);

#endif
