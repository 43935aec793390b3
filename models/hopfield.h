/* models/hopfield.h -- Lyapunov function of a hopfield network
 *
 *   C_i dU_i/dt = -leak_i U_i + sum_j W_ij V_j + b_i + drive,   V = r(U)
 *   L = -1/2 V^T W V - b.V + sum_i leak_i int_0^(U_i) u r'(u) du + drive
 *
 * (Hopfield, PNAS 81, 3088, 1984; the integral is that of r^-1 over V). With W
 * symmetric and r increasing, dL/dt = -sum_i C_i r'(U_i) (dU_i/dt)^2 <= 0, and
 * dL/dV_i is minus the net current of node i: equilibrium propagation on the
 * outputs V estimates the same gradient as on a `gradient` network.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_HOPFIELD_H
#define MODEL_HOPFIELD_H

#include "models/network.h"

/* lyapunov (n_lanes) at the state s for which `work` was filled by
 * model_network_rate, in units of conductance_unit voltage_unit^2. The network
 * has hopfield neurons, ideal amplifiers and shared couplings. */
void model_hopfield_lyapunov(const struct model_network *net,
                             const struct model_drive *drive, const double *s,
                             const struct model_work *work, double *lyapunov);

#endif
