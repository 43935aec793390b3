/* circuits/node.h -- the nodes of a chip: capacitor, leak, bias, amplifier
 *
 *   C_i dV_i/dt = -g_L,i V_i + gain_i (I_bias,i + currents of the couplings)
 *                 + currents of the spring and the nudge
 *
 * gain_i is that of the node's input stage: 1 for a visible node and for a
 * `hopfield` neuron, k_i r'(V_i - o_i) for a `gradient` neuron; the bias
 * current enters where the couplings do. The output is A_i r(V_i - o_i), of a
 * visible node A_i (V_i - o_i).
 *
 * Matching follows Pelgrom (IEEE JSSC 24, 1433, 1989): a spread is that of
 * devices of 1 um^2, divided by the square root of the gate area. The leak
 * follows Arrhenius: g_L(T) = g_L(300 K) e^(-(E_a/k)(1/T - 1/300 K)).
 *
 * SI units.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_NODE_H
#define CIRCUIT_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "circuits/fabrication.h"
#include "sim/error.h"
#include "sim/param.h"

/* The experiment's `chip.node` section; spreads are standard deviations. */
struct circuit_node_params {
  double area;               // [um^2] of the gates that match
  double capacitance;        // [1]
  double leak;               // [1]
  double gain;               // [1] of A
  double input_gain;         // [1] of k
  double offset;             // [V] of o
  double activation_energy;  // [eV] of the leak
};
#define CIRCUIT_NODE_N_PARAMS 7
extern const struct sim_param circuit_node_table[CIRCUIT_NODE_N_PARAMS];

struct circuit_nodes {
  size_t n;
  double *capacitance;  // [F] (n) to ground, owned
  double *leak;         // [S] (n) to ground, owned
  double *bias;         // [A] (n) into the node, owned
  double *gain;         // [1] (n) A, owned
  double *input_gain;   // [1] (n) k, owned
  double *offset;       // [V] (n) o, owned
};

/* Ideal amplifiers, all else zero. On failure nothing is left to finish. */
enum sim_status circuit_nodes_init(struct circuit_nodes *nodes, size_t n,
                                   struct sim_error *err);
void circuit_nodes_finish(struct circuit_nodes *nodes);

/* Spread what is there and set the leak's temperature [K]. */
void circuit_nodes_fabricate(struct circuit_nodes *nodes,
                             const struct circuit_node_params *params,
                             double temperature, uint64_t seed, uint32_t chip);

/* True when amplifiers differ from ideal ones. */
bool circuit_nodes_spread_amplifiers(const struct circuit_node_params *params);

#endif
