/* circuits/spice.h -- devices of a chip as portable SPICE text
 *
 *   visible   v:      C and leak to ground, bias current, spring and nudge
 *   neuron    v s r:  C and leak at v, V(s) = I_in/conductance_unit the summed
 *                     input current, V(r) = r(V(v)) the output; the input
 *                     stage puts r'(V(v)) I_in into v
 *   array_l           a voltage-controlled current source a direction for
 *                     each differential pair
 *
 * What ngspice, Xyce and LTspice all read: .param, .func, .subckt with
 * `params:`, expressions in braces, B sources. Numbers are written so that
 * they read back to the same bits. Errors of writing stay in the file for
 * ferror().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_SPICE_H
#define CIRCUIT_SPICE_H

#include <stdio.h>

#include "circuits/coupling.h"
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

/* .func activation(z) and activation_slope(z): r and r' in model units. */
void circuit_spice_curve(FILE *file, const struct circuit_transfer *curve);

/* .subckt visible and .subckt neuron, for parameters that models/netlist.c
 * defines. `has_noise`: with the thermal noise of the couplings' devices,
 * that of a resistor of conductance g_noise. `is_linear`: the nudge is a
 * current. */
void circuit_spice_nodes(FILE *file, int has_noise, int is_linear);

/* .subckt array_<number>: pins a_j and i_j (n_in), outputs and inputs of the
 * layer below, then b_k and k_k (n_out) of the one above. */
void circuit_spice_array(FILE *file, size_t number,
                         const struct circuit_coupling *array);

#endif
