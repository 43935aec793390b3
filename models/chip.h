/* models/chip.h -- a fabricated chip and what is programmed into it
 *
 * One node a unit, one differential conductance array between neighbouring
 * layers. Devices are in SI; `struct model_network` is their image in model
 * units, taken anew after each programming, so that what settles is what the
 * devices hold:
 *
 *   W_kj   = (G+_kj - G-_kj) / conductance_unit, G with the drops of the wires
 *   b_i    = I_bias,i / (conductance_unit voltage_unit)
 *   leak_i = g_L,i / conductance_unit
 *   C_i    = C_i[F] / (conductance_unit tau)
 *
 * tau is the leak time constant of the first hidden layer as designed, before
 * spread and temperature.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_CHIP_H
#define MODEL_CHIP_H

#include "circuits/coupling.h"
#include "circuits/node.h"
#include "circuits/transfer.h"
#include "circuits/wires.h"
#include "models/network.h"
#include "models/noise.h"
#include "models/periphery.h"
#include "sim/param.h"

/* The experiment's `network` section. */
struct model_network_params {
  struct sim_counts layers;  // widths, visible layer first
  int activation;            // index of the transfer curve
  char table[SIM_TEXT_MAX];  // file of a measured curve
  int neuron;                // enum model_neuron
  double init_gain;          // [1] scale of the random weights at the start
};
#define MODEL_NETWORK_N_PARAMS 5
extern const struct sim_param model_network_table[MODEL_NETWORK_N_PARAMS];

/* The experiment's `chip` section. */
struct model_chip_params {
  char preset[SIM_TEXT_MAX];      // name or path of what is applied
  char technology[SIM_TEXT_MAX];  // what the preset says of itself
  char source[SIM_TEXT_MAX];
  char condition[SIM_TEXT_MAX];
  size_t number;                 // which fabricated chip of this design
  double voltage_unit;           // [V] what 1.0 of the state is
  double conductance_unit;       // [S] what 1.0 of a weight or leak is
  struct sim_reals capacitance;  // [F] one, or one a layer; none: matched
  double capacitance_unit;       // [F] of a hidden node when matched
  double temperature;            // [K]
  struct model_noise_params noise;
  struct circuit_node_params node;
  struct circuit_coupling_params coupling;
  struct model_periphery_params periphery;
  struct circuit_wires_params wires;
};
#define MODEL_CHIP_N_PARAMS 19
extern const struct sim_param model_chip_table[MODEL_CHIP_N_PARAMS];

/* Reject values that are each in range but do not fit together. */
enum sim_status model_chip_check(const struct model_network_params *network,
                                 const struct model_chip_params *chip,
                                 const struct sim_config *config,
                                 struct sim_error *err);

/* False for a chip that must be settled in time: model_network_has_energy. */
bool model_chip_has_energy(const struct model_network_params *network,
                           const struct model_chip_params *chip);

struct model_chip {
  struct model_layout layout;
  uint64_t seed;            // of the experiment
  uint32_t number;          // with the seed it addresses all fabrication draws
  double voltage_unit;      // [V]
  double conductance_unit;  // [S]
  double tau;               // [s]
  double temperature;       // [K]
  struct model_noise_params noise;
  enum model_neuron neuron;
  struct circuit_transfer transfer;
  struct circuit_nodes nodes;
  bool has_spread_amplifiers;
  struct model_periphery *periphery;  // NULL: ideal
  struct circuit_wires *wires;        // of the arrays, NULL: none
  double *devices;  // [S] (2 x the largest array) scratch of the image, owned;
                    // NULL without wires
  struct circuit_coupling coupling[MODEL_MAX_LAYERS - 1];
  double *wanted;  // [1] (n_parameters) weights and biases asked for last,
                   // owned; NULL unless the controller is master
  struct circuit_effort effort;  // of the last programming
};

/* Fabricate a chip whose conductances are all at their lowest and whose bias
 * currents are 0. `spring` [1] is the spring conductance for which matched
 * capacitances are computed. What differs from chip to chip is drawn at
 * (seed, params->number). The caller destroys *out. */
enum sim_status model_chip_create(struct model_chip **out,
                                  const struct model_network_params *network,
                                  const struct model_chip_params *params,
                                  double spring, uint64_t seed,
                                  struct sim_error *err);
void model_chip_destroy(struct model_chip *chip);  // NULL is fine

/* Program weights and biases theta (n_parameters) [1]; returns how many
 * devices were asked for more than they can hold. The rest is in
 * chip->effort. */
size_t model_chip_program(struct model_chip *chip, const double *theta);

/* Weights and biases (n_parameters) [1] that an update starts from: those that
 * were asked for if the controller is master, else those of the image. */
const double *model_chip_master(const struct model_chip *chip,
                                const struct model_network *image);

/* The image of the chip as it is now; `net` was initialised with the chip's
 * layout and transfer curve. */
void model_chip_image(const struct model_chip *chip, struct model_network *net);

/* A network initialised and filled in one go. */
enum sim_status model_chip_network(const struct model_chip *chip,
                                   struct model_network *net,
                                   struct sim_error *err);

#endif
