/* models/noise.h -- noise of a chip
 *
 *   C_i dV_i/dt = ... + i_node,i(t) + gain_i i_in,i(t)
 *
 *   thermal    i_node: leak and, on visible nodes, spring and nudge; i_in: both
 *              devices of every pair that feeds the node, `excess` times. All
 *              are white of density 2 k T G (circuits/thermal.h). gain_i is
 *              that of the node's input stage (circuits/node.h), r'(V_i) of a
 *              hidden one: the noise of a coupling enters where its current
 *              does. Bias currents and the sources of spring and nudge are
 *              quiet.
 *   flicker    i_in: a set of traps in every node (circuits/trap.h), a current
 *              of one-sided density flicker_current^2 (1 Hz/f) between the
 *              corner frequencies flicker_band
 *   telegraph  i_in: one trap in every node with its own rates and current
 *
 * Rates of traps grow with temperature as e^-(trap_energy/k)(1/T - 1/300 K).
 *
 * In model units, with theta = k T / (conductance_unit tau voltage_unit^2),
 * the squared rms of a node of one conductance_unit and capacitance 1:
 *
 *   ds_i = ... + (1/C_i) sqrt(2 theta S_i) o dW_i,
 *   S_i  = leak_i + g + gain_i^2 excess G_i,
 *
 * one normal number a node and step. The product with gain_i is meant in the
 * sense of Stratonovich: circuit noise has a finite bandwidth.
 *
 * Its run through the phases of a tile is in models/noise_run.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NOISE_H
#define MODEL_NOISE_H

#include <stdbool.h>

#include "circuits/trap.h"
#include "models/layout.h"
#include "sim/param.h"

/* The experiment's `chip.noise` section. */
struct model_noise_params {
  bool thermal;
  double excess;  // [1] of the couplings' thermal noise
  bool flicker;
  double flicker_current;         // [A/rtHz] at 1 Hz, one-sided
  struct sim_reals flicker_band;  // [Hz] (2) corner frequencies
  size_t traps_per_decade;
  bool telegraph;
  double telegraph_current;   // [A] of a full trap
  double telegraph_capture;   // [Hz]
  double telegraph_emission;  // [Hz]
  double trap_energy;         // [eV] activation energy
};
#define MODEL_NOISE_N_PARAMS 11
extern const struct sim_param model_noise_table[MODEL_NOISE_N_PARAMS];

/* Reject values that are each in range but do not fit together. */
enum sim_status model_noise_check(const struct model_noise_params *params,
                                  const struct sim_config *config,
                                  struct sim_error *err);

/* True when any source is on. */
bool model_noise_is_on(const struct model_noise_params *params);

/* Of one chip as it is programmed. */
struct model_noise {
  struct model_noise_params params;
  uint64_t seed;
  uint32_t chip;
  double theta;   // [1] k T/(conductance_unit tau voltage_unit^2)
  double *leak;   // [1] (n_nodes) conductance that is noisy at the node
  double *input;  // [1] (n_nodes) noisy at its input stage, with excess
  double *array;  // [1] (n_layers - 1, n_nodes) what each array has of it
  // Traps of every node, rates in 1/tau; n is 0 when they are off.
  struct circuit_traps flicker, telegraph;
  double flicker_step;    // [1] current of one trap, in conductance_unit
  double telegraph_step;  // voltage_unit
};

/* What a chip's noise is measured in. */
struct model_noise_units {
  double current;      // [A] conductance_unit voltage_unit
  double tau;          // [s]
  double temperature;  // [K]
};

/* All noisy conductances and theta are 0. The caller destroys *out. */
enum sim_status model_noise_create(struct model_noise **out,
                                   const struct model_noise_params *params,
                                   const struct model_noise_units *units,
                                   const struct model_layout *layout,
                                   struct sim_error *err);
void model_noise_destroy(struct model_noise *noise);  // NULL is fine

#endif
