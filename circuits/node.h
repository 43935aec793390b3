/* circuits/node.h -- the nodes of a chip: capacitor, leak and bias current
 *
 *   C_i dV_i/dt = -g_L,i V_i + gain_i (I_bias,i + currents of the couplings)
 *                 + currents of the spring and the nudge
 *
 * gain_i is 1 for a visible node and the slope r'(V_i) of its amplifier for a
 * hidden one: the bias current enters where the couplings do.
 *
 * SI units.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_NODE_H
#define CIRCUIT_NODE_H

#include <stddef.h>

#include "sim/error.h"

struct circuit_nodes {
  size_t n;
  double *capacitance;  // [F] (n) to ground, owned
  double *leak;         // [S] (n) to ground, owned
  double *bias;         // [A] (n) into the node, owned
};

/* All zero. On failure nothing is left to finish. */
enum sim_status circuit_nodes_init(struct circuit_nodes *nodes, size_t n,
                                   struct sim_error *err);
void circuit_nodes_finish(struct circuit_nodes *nodes);

#endif
