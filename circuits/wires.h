/* circuits/wires.h -- line resistance of a conductance array
 *
 *   V_j --r--o--r--o-- ... --o         input line j, one segment a cell
 *            |     |         |
 *           g_0j  g_1j      g_kj       devices
 *            |     |         |
 *   I_k --r--o--r--o-- ... --o         output line k, held at 0 V at its end
 *
 * Every input line is driven at cell k = 0, every output line sensed at cell
 * j = 0; both have a segment of resistance r before their first cell. The
 * network is linear, so its currents are those of an array without wires whose
 * conductances are G_eff:
 *
 *   I_k = sum_j G_eff,kj V_j
 *
 * G_eff is exact for every V. The network is also reciprocal: driven at its
 * output lines and sensed at its input lines it has the currents of G_eff^T, so
 * a shared array stays exactly symmetric.
 *
 * The nodal equations are solved by elimination of one output line after the
 * other, from the far end (block-tridiagonal, blocks n_in x n_in), which takes
 * about n_out n_in^3 + n_out^2 n_in^2 operations with LAPACK:
 *
 *   S_k = G_k - G_k A_k^-1 G_k           of output line k, A_k tridiagonal
 *   T_k = (I + D_(k+1) + r S_k)^-1,      D_k = I - T_k, D_n = 0
 *   v_k = T_k v_(k-1), v_(-1) = V,       I_k = (1/r) e_0^T A_k^-1 G_k v_k
 *
 * r(T) = r(300 K) [1 + tempco (T - 300 K)], so that it falls in the cold.
 *
 * SI units.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_WIRES_H
#define CIRCUIT_WIRES_H

#include <stddef.h>

#include "sim/error.h"
#include "sim/param.h"

/* The experiment's `chip.wires` section. */
struct circuit_wires_params {
  double resistance;  // [Ohm] of one cell at 300 K; 0: none
  double tempco;      // [1/K]
};
#define CIRCUIT_WIRES_N_PARAMS 2
extern const struct sim_param circuit_wires_table[CIRCUIT_WIRES_N_PARAMS];

/* [Ohm] of a segment at this temperature [K]. */
double circuit_wires_resistance(const struct circuit_wires_params *params,
                                double temperature);

struct circuit_wires;

/* Work space for arrays of up to n_out x n_in devices whose segments have this
 * resistance [Ohm], > 0. The caller destroys *out. */
enum sim_status circuit_wires_create(struct circuit_wires **out,
                                     double resistance, size_t n_out,
                                     size_t n_in, struct sim_error *err);
void circuit_wires_destroy(struct circuit_wires *wires);  // NULL is fine

/* g (n_out x n_in) [S], of devices, becomes G_eff. */
void circuit_wires_reduce(struct circuit_wires *wires, size_t n_out,
                          size_t n_in, double *g);

#endif
