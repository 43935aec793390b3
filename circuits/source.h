/* circuits/source.h -- conductances to voltage sources: spring and nudge
 *
 *   i = g (V_source - V)            current into the node
 *
 * Two such branches on one node are one branch (Millman):
 *
 *   g = g_a + g_b,   V_source = (g_a V_a + g_b V_b) / g
 *
 * so a nudge of negative sign needs no negative resistor while g > 0.
 * Conductances and voltages in any consistent unit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_SOURCE_H
#define CIRCUIT_SOURCE_H

#include <stddef.h>

/* Conductance of branch a with branch b beside it; what a physical resistor
 * can do only while the result is > 0. */
double circuit_source_conductance(double g_a, double g_b);

/* Source voltage (n) of the combined branch, for branches to the voltages
 * v_a (n) and v_b (n). `v` may be one of them. g_a + g_b must not be 0. */
void circuit_source_combine(size_t n, double g_a, const double *v_a, double g_b,
                            const double *v_b, double *v);

#endif
