/* models/heat.h -- in which conductances the heat of a circuit arises
 *
 * What a meter (models/energy.h) gathers of every place, the mean of its
 * samples:
 *
 *   leak of node i         int g_L,i V_i^2 dt
 *   branch of node i       int g_i (V_s,i - V_i)^2 dt, of which the spring has
 *                          the part g_spring,i/g_i and the nudge the rest:
 *                          less than nothing in a minus phase, whose branch
 *                          conducts less than the spring
 *   device (k, j)          G_kj int a^2 dt
 *
 * of an array between node j of a layer and node k of the next one: a_j of an
 * upward device, a_k of a downward one, and both of them, one after the other,
 * of a device that carries both directions. So all cross-points of a chip
 * follow from one number a node.
 *
 * Units: J, and V^2 s of `output`; in a meter conductance_unit voltage_unit^2
 * tau and voltage_unit^2 tau.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_HEAT_H
#define MODEL_HEAT_H

#include "models/layout.h"
#include "sim/error.h"

struct model_chip;

struct model_heat {
  size_t n_nodes, n_visible;
  double *output;  // (n_nodes) int a^2 dt, owned, with all below
  double *leak;    // (n_nodes)
  double *spring;  // (n_visible)
  double *nudge;   // (n_visible)
};

/* All zero. On failure nothing is left to finish. */
enum sim_status model_heat_init(struct model_heat *heat,
                                const struct model_layout *layout,
                                struct sim_error *err);
void model_heat_finish(struct model_heat *heat);
void model_heat_clear(struct model_heat *heat);

/* sum += one, of the same layout. */
void model_heat_add(const struct model_heat *one, struct model_heat *sum);

/* From a meter's units to those of the chip. */
void model_heat_scale(struct model_heat *heat, const struct model_chip *chip);

/* [J] of a layer's leaks, and of all springs and all nudges. */
double model_heat_leaks(const struct model_heat *heat,
                        const struct model_layout *layout, size_t layer);
double model_heat_springs(const struct model_heat *heat);
double model_heat_nudges(const struct model_heat *heat);

/* joule (n_out x n_in) [J] of the devices of one bank (circuits/coupling.h:
 * plus, minus; of the downward direction too when it has its own) of array l,
 * as they are now. */
void model_heat_devices(const struct model_heat *heat,
                        const struct model_chip *chip, size_t l, size_t bank,
                        double *joule);

/* [J] of all of them. */
double model_heat_bank(const struct model_heat *heat,
                       const struct model_chip *chip, size_t l, size_t bank);

#endif
