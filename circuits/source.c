/* circuits/source.c -- conductances to voltage sources: spring and nudge
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/source.h"

double circuit_source_conductance(double g_a, double g_b) {
  return g_a + g_b;
}

/* Written as v_a plus a small step, so that a weak branch b does not round
 * away what tells v from v_a. */
void circuit_source_combine(size_t n, double g_a, const double *v_a, double g_b,
                            const double *v_b, double *v) {
  const double share = g_b / circuit_source_conductance(g_a, g_b);
  for (size_t i = 0; i < n; i++) {
    v[i] = v_a[i] + share * (v_b[i] - v_a[i]);
  }
}
