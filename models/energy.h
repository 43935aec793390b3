/* models/energy.h -- heat, work and stored energy of the phases of a tile
 *
 * What flows through which device (circuits/node.h, circuits/coupling.h), with
 * a_i the output of node i, k_i the gain of its input stage (1 for visible and
 * hopfield nodes) and c_i the current that its couplings bring:
 *
 *   leak          g_L,i V_i                from the node to ground
 *   source        i = g_i (V_s,i - V_i)    from a source at V_s,i, the branch
 *                                          that spring and nudge are together
 *   device G_ij   G_ij a_j                 from the output of node j, held at
 *                                          +-a_j, into the input stage of node
 *                                          i, held at 0: so that both devices
 *                                          of a pair see the whole a_j
 *   input stage   k_i (c_i + b_i)          into the node, from the supply
 *
 * A coupling acts in two directions. Each is driven by itself, so devices that
 * are shared are counted once for each direction. With L_j the sum of all
 * conductances that node j drives, the powers are
 *
 *   heat   leaks g_L V^2, sources g (V_s - V)^2, couplings L a^2
 *   work   of the sources  V_s i, of a linear nudge V I, and of what holds a
 *                          clamped node V (g_L V - c - b)
 *          of the bias currents  V k b
 *          of the input stages   V k c
 *          of the outputs        L a^2, which is the heat of the couplings
 *
 *   heat + d/dt sum C V^2/2 = work                            exactly
 *
 * A current into an input at 0 V brings no power: what reaches the node comes
 * from the stage. Work may be negative: a stage or a source then takes power
 * from the node. What an amplifier burns to be ready is not here but a part of
 * the price (models/price.h), as are conversions and pulses. Conductances are
 * as they were written; behind wires (chip.wires), which let less current
 * through, couplings are heated by somewhat less than counted here.
 *
 * A meter integrates these powers along with the state, as further rows of the
 * tile, to the tolerance of the (explicit) integrator; and beside them, as
 * means over the samples, the squares that heat each single place
 * (models/heat.h). A settler that has one in its settings leaves noise out: the
 * mean heat of thermal noise is about k T g/C for each conductance, 1e-6 of the
 * signal's and less at 1 pF and 100 mV.
 *
 * Units: energy in conductance_unit voltage_unit^2 tau, else models/network.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_ENERGY_H
#define MODEL_ENERGY_H

#include "models/heat.h"
#include "models/network.h"

struct model_learning;
struct model_settling;

enum model_energy_row {
  MODEL_HEAT_LEAK,
  MODEL_HEAT_SOURCE,
  MODEL_HEAT_COUPLING,  // and the work of the outputs
  MODEL_WORK_SOURCE,
  MODEL_WORK_BIAS,
  MODEL_WORK_INPUT,
  MODEL_ENERGY_ROWS,
};

struct model_energy {
  size_t n_lanes;
  size_t n_nodes;
  double *load;    // [1] (n_nodes) L, owned
  double *spring;  // [1] (n_visible) springs' part of the branches, owned
  double *sum;     // (rows x n_lanes) since the meter was cleared, owned
  double *stored;  // (n_lanes) change of C s^2/2 since then, owned
  double time;     // [tau] that passed since then
  size_t n_runs;   // transients since then
  struct model_heat heat;  // since then, of every place
  double *state;  // that is integrated: (n_nodes x n_lanes), then the rows of
                  // the meter (model_energy_size), owned
  double unit;    // of the rows in `state`: keeps them near 1
  double load_unit;  // of the row of the couplings
  double time_unit;  // [tau] of the squares of voltages
};

/* A meter for tiles of n_lanes samples, with loads and springs 0. On failure
 * nothing is left to finish. */
enum sim_status model_energy_init(struct model_energy *meter,
                                  const struct model_layout *layout,
                                  size_t n_lanes, struct sim_error *err);
void model_energy_finish(struct model_energy *meter);

/* load (n_nodes) [1] of the chip's nodes, of its devices as they are
 * now. */
void model_energy_load(const struct model_chip *chip, double *load);

/* spring (n_visible) [1] of the chip's springs alone. */
void model_energy_springs(const struct model_chip *chip,
                          const struct model_learning *rule, double *spring);

/* Settings for measuring what phases settled by `settling` cost: always in
 * time and without noise, with an explicit integrator at this tolerance,
 * for as long as `settling` would take; an operating point to its residual, or
 * as far as its duration allows. */
struct model_settling model_energy_settling(
    const struct model_settling *settling, double tolerance,
    struct model_energy *meter);

/* Forget what was summed. */
void model_energy_clear(struct model_energy *meter);

/* --- for the settler --- */

/* Numbers that are integrated beside the tile: powers of each lane, and, of
 * every place, means over the lanes of the squares of a, V and V_s - V. */
size_t model_energy_size(const struct model_energy *meter);

/* Take the tile s (n_nodes x n_lanes) to the meter's own state, and back. */
void model_energy_begin(struct model_energy *meter,
                        const struct model_network *net,
                        const struct model_drive *drive, double duration,
                        const double *s);
void model_energy_end(struct model_energy *meter,
                      const struct model_network *net,
                      const struct model_drive *drive, double time, double *s);

/* powers (model_energy_size), in the units of the meter, at the state s for
 * which `work` was filled. */
void model_energy_powers(const struct model_energy *meter,
                         const struct model_network *net,
                         const struct model_drive *drive, const double *s,
                         const struct model_work *work, double *powers);

#endif
