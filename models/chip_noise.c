/* models/chip_noise.c -- the noise of a chip's devices
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chip_noise.h"

#include <string.h>

#include "circuits/thermal.h"

/* k T / (conductance_unit tau voltage_unit^2), from the density of one
 * conductance_unit. */
static double theta_of(const struct model_chip *chip) {
  const double g = chip->conductance_unit, v = chip->voltage_unit;
  return circuit_thermal_density(g, chip->temperature) /
         (2.0 * g * g * chip->tau * v * v);
}

enum sim_status model_chip_noise_create(const struct model_chip *chip,
                                        struct model_network *net,
                                        struct sim_error *err) {
  if (!model_noise_is_on(&chip->noise)) {
    return SIM_OK;
  }
  const struct model_noise_units units = {
      .current = chip->conductance_unit * chip->voltage_unit,
      .tau = chip->tau,
      .temperature = chip->temperature};
  if (model_noise_create(&net->noise, &chip->noise, &units, &chip->layout,
                         err)) {
    return err->status;
  }
  net->noise->seed = chip->seed;
  net->noise->chip = chip->number;
  net->noise->theta = theta_of(chip);
  return SIM_OK;
}

/* What each array adds at the inputs of the nodes. */
static void fill_arrays(const struct model_chip *chip,
                        struct model_noise *noise) {
  const struct model_layout *at = &chip->layout;
  const size_t n = (at->n_layers - 1) * at->n_nodes;
  memset(noise->array, 0, n * sizeof *noise->array);
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    double *of_nodes = noise->array + l * at->n_nodes;
    circuit_thermal_add_coupling(&chip->coupling[l],
                                 of_nodes + at->node_at[l + 1],
                                 of_nodes + at->node_at[l]);
  }
  for (size_t i = 0; i < n; i++) {
    noise->array[i] *= chip->noise.excess / chip->conductance_unit;
  }
}

void model_chip_noise_image(const struct model_chip *chip,
                            struct model_noise *noise) {
  const struct model_layout *at = &chip->layout;
  if (!noise) {
    return;
  }
  fill_arrays(chip, noise);
  for (size_t i = 0; i < at->n_nodes; i++) {
    noise->leak[i] = chip->nodes.leak[i] / chip->conductance_unit;
    noise->input[i] = 0;
    for (size_t l = 0; l + 1 < at->n_layers; l++) {
      noise->input[i] += noise->array[l * at->n_nodes + i];
    }
  }
}
