/* circuits/spice.h -- devices of a chip as portable SPICE text
 *
 *   visible   v [r]:  C and leak to ground, bias current, spring and nudge
 *   neuron    v s r:  C and leak at v, V(s) = I_in/conductance_unit the summed
 *                     input current, V(r) the output A r(V(v) - o); the input
 *                     stage puts k r'(V(v) - o) I_in into v, or I_in itself
 *                     in a hopfield neuron
 *   array_l           a voltage-controlled current source a direction for
 *                     each differential pair
 *
 * A visible node has an output r of its own only where amplifiers differ.
 *
 * What ngspice, Xyce and LTspice all read: .param, .func, .subckt with
 * `params:`, expressions in braces, B sources, `temp=` of a resistor; comments
 * in lines of their own; names that none of them has a function for; of
 * functions abs, exp, ln, max, min, sgn, tanh; no powers, whose operator
 * differs, and no conditions. Numbers are written so that they read back
 * to the same bits. Errors of writing stay in the file for ferror().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_SPICE_H
#define CIRCUIT_SPICE_H

#include <stdbool.h>
#include <stdio.h>

#include "circuits/transfer.h"

#define CIRCUIT_SPICE_NUMBER 32u  // bytes of a number's text

/* The shortest text of 15 to 17 digits that reads back to the same bits. */
const char *circuit_spice_number(double value, char text[CIRCUIT_SPICE_NUMBER]);

/* A card that goes on in the next line, after a `+`, when it gets long. */
struct circuit_spice_card {
  FILE *file;
  size_t column;
};
void circuit_spice_word(struct circuit_spice_card *card, const char *format,
                        ...) SIM_PRINTF(2, 3);
void circuit_spice_pair(struct circuit_spice_card *card, const char *name,
                        double value);  // name=value
void circuit_spice_end(struct circuit_spice_card *card);

/* Reject a curve that has no SPICE text. */
enum sim_status circuit_spice_check_curve(const struct circuit_transfer *curve,
                                          struct sim_error *err);

/* .func activation(z) and activation_slope(z): r and r' in model units, of a
 * curve that passed the check. */
void circuit_spice_curve(FILE *file, const struct circuit_transfer *curve);

/* What the subcircuits of nodes have beside their ideal devices. */
struct circuit_spice_kind {
  bool has_noise;       // thermal noise of the couplings' devices, that of a
                        // resistor of conductance g_noise
  bool has_amplifiers;  // gain, offset and input_gain of each node
  bool has_sources;     // springs and nudges of each node
  bool is_linear;       // the nudge is a current
  bool is_hopfield;     // the input current is not multiplied by r'
};

/* .subckt visible and .subckt neuron, for parameters that models/netlist.c
 * defines; with noise, `celsius` is one of them. */
void circuit_spice_nodes(FILE *file, const struct circuit_spice_kind *kind);

/* .subckt array_<number>: pins a_j and i_j (n_in), outputs and inputs of the
 * layer below, then b_k and k_k (n_out) of the one above. `up` and `down`
 * (n_out x n_in) are G+ - G- of the two directions in units of `unit` [S]. */
void circuit_spice_array(FILE *file, size_t number, size_t n_out, size_t n_in,
                         double unit, const double *up, const double *down);

#endif
