/* models/chip.c -- a fabricated chip and what is programmed into it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/chip_noise.h"
#include "sim/memory.h"

/* --- fabrication --- */

/* [F] of the nodes of layer l. */
static double layer_capacitance(const struct model_chip_params *params,
                                double spring, size_t l) {
  const struct sim_reals *c = &params->capacitance;
  if (c->n == 0) {
    return params->capacitance_unit * (l == 0 ? 1.0 + spring : 1.0);
  }
  return c->v[c->n == 1 ? 0 : l];
}

static void fabricate_nodes(struct model_chip *chip,
                            const struct model_chip_params *params,
                            double spring) {
  for (size_t i = 0; i < chip->layout.n_nodes; i++) {
    const size_t l = model_layout_layer_of(&chip->layout, i);
    chip->nodes.capacitance[i] = layer_capacitance(params, spring, l);
    chip->nodes.leak[i] = params->conductance_unit;
  }
  const size_t hidden = chip->layout.node_at[1];
  chip->tau = chip->nodes.capacitance[hidden] / chip->nodes.leak[hidden];
  chip->has_spread_amplifiers = circuit_nodes_spread_amplifiers(&params->node);
  circuit_nodes_fabricate(&chip->nodes, &params->node, params->temperature,
                          chip->seed, chip->number);
}

static enum sim_status fabricate_couplings(
    struct model_chip *chip, const struct model_chip_params *params,
    struct sim_error *err) {
  const struct model_layout *layout = &chip->layout;
  for (size_t l = 0; l + 1 < layout->n_layers; l++) {
    const struct circuit_site site = {chip->seed, chip->number, l,
                                      params->temperature};
    if (circuit_coupling_init(&chip->coupling[l], &params->coupling, &site,
                              layout->width[l + 1], layout->width[l], err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* Room for the largest of the arrays; nothing without wires. */
static enum sim_status fabricate_wires(struct model_chip *chip,
                                       const struct model_chip_params *params,
                                       struct sim_error *err) {
  const struct model_layout *at = &chip->layout;
  const double resistance =
      circuit_wires_resistance(&params->wires, params->temperature);
  size_t size = 0, n_out = 0, n_in = 0;
  if (params->wires.resistance == 0) {
    return SIM_OK;
  }
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    const size_t this_size = model_layout_weight_size(at, l);
    size = this_size > size ? this_size : size;
    n_out = at->width[l + 1] > n_out ? at->width[l + 1] : n_out;
    n_in = at->width[l] > n_in ? at->width[l] : n_in;
  }
  chip->devices = sim_alloc_doubles(2 * size, err);
  return chip->devices
             ? circuit_wires_create(&chip->wires, resistance, n_out, n_in, err)
             : err->status;
}

enum sim_status model_chip_create(struct model_chip **out,
                                  const struct model_network_params *network,
                                  const struct model_chip_params *params,
                                  double spring, uint64_t seed,
                                  struct sim_error *err) {
  *out = NULL;
  struct model_chip *chip = sim_alloc(1, sizeof *chip, err);
  if (!chip) {
    return err->status;
  }
  chip->layout = model_layout_make(network->layers.n, network->layers.v);
  chip->seed = seed;
  chip->number = (uint32_t)params->number;
  chip->neuron = (enum model_neuron)network->neuron;
  chip->voltage_unit = params->voltage_unit;
  chip->conductance_unit = params->conductance_unit;
  chip->temperature = params->temperature;
  chip->noise = params->noise;
  if (params->coupling.master == CIRCUIT_MASTER_CONTROLLER) {
    chip->wanted = sim_alloc_doubles(chip->layout.n_parameters, err);
    if (!chip->wanted) {
      model_chip_destroy(chip);
      return err->status;
    }
  }
  if (circuit_transfer_init(&chip->transfer, (size_t)network->activation,
                            network->table, params->voltage_unit, err) ||
      circuit_nodes_init(&chip->nodes, chip->layout.n_nodes, err) ||
      fabricate_couplings(chip, params, err)) {
    model_chip_destroy(chip);
    return err->status;
  }
  fabricate_nodes(chip, params, spring);
  const struct model_periphery_site site = {.voltage_unit = chip->voltage_unit,
                                            .tau = chip->tau,
                                            .temperature = params->temperature,
                                            .seed = seed,
                                            .chip = chip->number};
  if (fabricate_wires(chip, params, err) ||
      model_periphery_create(&chip->periphery, &params->periphery,
                             &chip->layout, &site, err)) {
    model_chip_destroy(chip);
    return err->status;
  }
  *out = chip;
  return SIM_OK;
}

void model_chip_destroy(struct model_chip *chip) {
  if (!chip) {
    return;
  }
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    circuit_coupling_finish(&chip->coupling[l]);
  }
  model_periphery_destroy(chip->periphery);
  circuit_wires_destroy(chip->wires);
  free(chip->devices);
  circuit_nodes_finish(&chip->nodes);
  circuit_transfer_finish(&chip->transfer);
  free(chip->wanted);
  free(chip);
}

/* --- programming and reading --- */

static void scale_by(size_t n, double factor, const double *x, double *y) {
  for (size_t i = 0; i < n; i++) {
    y[i] = factor * x[i];
  }
}

/* Arrays are written at the same time. */
static void add_effort(const struct circuit_effort *one,
                       struct circuit_effort *sum) {
  sum->n_outside += one->n_outside;
  sum->n_unverified += one->n_unverified;
  sum->n_pulses += one->n_pulses;
  sum->n_raising += one->n_raising;
  sum->energy += one->energy;
  sum->time = fmax(sum->time, one->time);
}

size_t model_chip_program(struct model_chip *chip, const double *theta) {
  const struct model_layout *at = &chip->layout;
  chip->effort = (struct circuit_effort){0};
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    circuit_coupling_program(&chip->coupling[l], chip->conductance_unit,
                             theta + at->weight_at[l]);
    add_effort(&chip->coupling[l].effort, &chip->effort);
  }
  if (chip->wanted) {
    memcpy(chip->wanted, theta, at->n_parameters * sizeof *theta);
  }
  scale_by(at->n_nodes, chip->conductance_unit * chip->voltage_unit,
           theta + at->bias_at[0], chip->nodes.bias);
  return chip->effort.n_outside;
}

const double *model_chip_master(const struct model_chip *chip,
                                const struct model_network *image) {
  return chip->wanted ? chip->wanted : image->theta;
}

/* Weights (n_out x n_in) of an array as its wires let them be seen. */
static void read_through_wires(const struct model_chip *chip, size_t l,
                               double *w) {
  const struct circuit_coupling *array = &chip->coupling[l];
  const size_t size = array->n_out * array->n_in;
  double *plus = chip->devices, *minus = plus + size;
  circuit_coupling_devices(array, plus, minus);
  circuit_wires_reduce(chip->wires, array->n_out, array->n_in, plus);
  circuit_wires_reduce(chip->wires, array->n_out, array->n_in, minus);
  for (size_t i = 0; i < size; i++) {
    w[i] = (plus[i] - minus[i]) / chip->conductance_unit;
  }
}

void model_chip_image(const struct model_chip *chip,
                      struct model_network *net) {
  const struct model_layout *at = &chip->layout;
  const double g = chip->conductance_unit;
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    double *w = net->theta + at->weight_at[l];
    if (chip->wires) {
      read_through_wires(chip, l, w);
    } else {
      circuit_coupling_read(&chip->coupling[l], g, w);
    }
    if (net->theta_back) {
      circuit_coupling_read_back(&chip->coupling[l], g,
                                 net->theta_back + at->weight_at[l]);
    }
  }
  scale_by(at->n_nodes, 1.0 / (g * chip->voltage_unit), chip->nodes.bias,
           net->theta + at->bias_at[0]);
  scale_by(at->n_nodes, 1.0 / g, chip->nodes.leak, net->leak);
  for (size_t i = 0; i < at->n_nodes; i++) {
    net->inv_capacitance[i] = g * chip->tau / chip->nodes.capacitance[i];
  }
  if (net->gain) {
    memcpy(net->gain, chip->nodes.gain, at->n_nodes * sizeof *net->gain);
    memcpy(net->input_gain, chip->nodes.input_gain,
           at->n_nodes * sizeof *net->input_gain);
    scale_by(at->n_nodes, 1.0 / chip->voltage_unit, chip->nodes.offset,
             net->offset);
  }
  model_chip_noise_image(chip, net->noise);
}

enum sim_status model_chip_network(const struct model_chip *chip,
                                   struct model_network *net,
                                   struct sim_error *err) {
  if (model_network_init(net, &chip->layout, &chip->transfer, err)) {
    return err->status;
  }
  if (chip->has_spread_amplifiers && model_network_spread(net, err)) {
    model_network_finish(net);
    return err->status;
  }
  if (chip->coupling[0].n_banks > 2 && model_network_separate(net, err)) {
    model_network_finish(net);
    return err->status;
  }
  net->neuron = chip->neuron;
  net->periphery = chip->periphery;
  if (model_chip_noise_create(chip, net, err)) {
    model_network_finish(net);
    return err->status;
  }
  model_chip_image(chip, net);
  return SIM_OK;
}
