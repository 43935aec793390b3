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
 * On a real chip a conductance is its nominal value times a factor of the
 * device, the nudge is stronger by `error` and by half the mismatch of its two
 * signs, some of it stays on in the free phase, and its source has an offset.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_SOURCE_H
#define CIRCUIT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "circuits/fabrication.h"
#include "sim/error.h"
#include "sim/param.h"

/* Conductance of branch a with branch b beside it; what a physical resistor
 * can do only while the result is > 0. */
double circuit_source_conductance(double g_a, double g_b);

/* Source voltage (n) of the combined branch, for branches to the voltages
 * v_a (n) and v_b (n). `v` may be one of them. g_a + g_b must not be 0. */
void circuit_source_combine(size_t n, double g_a, const double *v_a, double g_b,
                            const double *v_b, double *v);

/* The experiment's `chip.sources` section. */
struct circuit_source_params {
  double spring_spread;   // [1] standard deviation
  double nudge_spread;    // [1] standard deviation
  double nudge_error;     // [1] of all nudges together
  double sign_mismatch;   // [1] (plus - minus)/nominal
  double nudge_residual;  // [1] part of the nudge that stays on
  double nudge_offset;    // [V] standard deviation
};
#define CIRCUIT_SOURCE_N_PARAMS 6
extern const struct sim_param circuit_source_table[CIRCUIT_SOURCE_N_PARAMS];

/* Spring and nudge of every visible node. */
struct circuit_sources {
  size_t n;
  double *spring;   // [1] (n) conductance over nominal, owned
  double *nudge;    // [1] (n) the same, owned
  double *offset;   // [V] (n) of the nudge's source, owned
  double plus;      // [1] strength of positive nudges
  double minus;     // [1] strength of negative nudges
  double residual;  // [1] strength in the free phase
};

/* On failure nothing is left to finish. */
enum sim_status circuit_sources_init(struct circuit_sources *sources,
                                     const struct circuit_source_params *params,
                                     size_t n, uint64_t seed, uint32_t chip,
                                     struct sim_error *err);
void circuit_sources_finish(struct circuit_sources *sources);

/* True when no source differs from an ideal one. */
bool circuit_sources_are_ideal(const struct circuit_source_params *params);

#endif
