/* circuits/node.c -- the nodes of a chip: capacitor, leak, bias, amplifier
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/node.h"

#include <math.h>
#include <stdlib.h>

#include "circuits/temperature.h"
#include "sim/memory.h"

/* The quantity's number is part of the address of its draws. */
enum quantity { CAPACITANCE, LEAK, GAIN, INPUT_GAIN, OFFSET };

// clang-format off
#define FIELD(f) SIM_FIELD(struct circuit_node_params, f)
const struct sim_param circuit_node_table[CIRCUIT_NODE_N_PARAMS] = {
    {.name = "area", .kind = SIM_REAL, FIELD(area), SIM_ABOVE(0),
     .initial = "1",
     .help = "gate area W L in um^2; the spreads below are those of 1 um^2 "
             "and fall as 1/sqrt(area)"},
    {.name = "capacitance", .kind = SIM_REAL, FIELD(capacitance),
     SIM_WITHIN(0, 1), .initial = "0",
     .help = "relative spread of the node capacitors"},
    {.name = "leak", .kind = SIM_REAL, FIELD(leak), SIM_WITHIN(0, 1),
     .initial = "0", .help = "relative spread of the leaks"},
    {.name = "gain", .kind = SIM_REAL, FIELD(gain), SIM_WITHIN(0, 1),
     .initial = "0", .help = "relative spread of the output amplifiers' gain"},
    {.name = "input_gain", .kind = SIM_REAL, FIELD(input_gain),
     SIM_WITHIN(0, 1), .initial = "0",
     .help = "relative spread of the gain of a gradient neuron's input stage, "
             "which follows the slope of the transfer curve"},
    {.name = "offset", .kind = SIM_REAL, FIELD(offset), .unit = "V",
     SIM_WITHIN(0, 1), .initial = "0 V",
     .help = "spread of the amplifiers' input offset"},
    {.name = "activation_energy", .kind = SIM_REAL, FIELD(activation_energy),
     .unit = "eV", SIM_WITHIN(0, 10), .initial = "0 eV",
     .help = "of the leak (Arrhenius), which is conductance_unit at 300 K"},
};
// clang-format on

static void set_all(size_t n, double value, double *x) {
  for (size_t i = 0; i < n; i++) {
    x[i] = value;
  }
}

enum sim_status circuit_nodes_init(struct circuit_nodes *nodes, size_t n,
                                   struct sim_error *err) {
  *nodes = (struct circuit_nodes){
      .n = n,
      .capacitance = sim_alloc_doubles(n, err),
      .leak = sim_alloc_doubles(n, err),
      .bias = sim_alloc_doubles(n, err),
      .gain = sim_alloc_doubles(n, err),
      .input_gain = sim_alloc_doubles(n, err),
      .offset = sim_alloc_doubles(n, err),
  };
  if (!nodes->capacitance || !nodes->leak || !nodes->bias || !nodes->gain ||
      !nodes->input_gain || !nodes->offset) {
    circuit_nodes_finish(nodes);
    return err->status;
  }
  set_all(n, 1.0, nodes->gain);
  set_all(n, 1.0, nodes->input_gain);
  return SIM_OK;
}

void circuit_nodes_finish(struct circuit_nodes *nodes) {
  free(nodes->capacitance);
  free(nodes->leak);
  free(nodes->bias);
  free(nodes->gain);
  free(nodes->input_gain);
  free(nodes->offset);
  *nodes = (struct circuit_nodes){0};
}

static void warm_leaks(struct circuit_nodes *nodes, double energy,
                       double temperature) {
  const double exponent = circuit_temperature_exponent(energy, temperature);
  for (size_t i = 0; energy > 0 && i < nodes->n; i++) {
    nodes->leak[i] *= exp(-exponent);
  }
}

void circuit_nodes_fabricate(struct circuit_nodes *nodes,
                             const struct circuit_node_params *params,
                             double temperature, uint64_t seed, uint32_t chip) {
  const struct circuit_lot lot = {seed, chip, SIM_DRAW_NODES};
  const double match = 1.0 / sqrt(params->area);
  const size_t n = nodes->n;
  circuit_lot_scale(&lot, CAPACITANCE, match * params->capacitance, n,
                    nodes->capacitance);
  circuit_lot_scale(&lot, LEAK, match * params->leak, n, nodes->leak);
  circuit_lot_scale(&lot, GAIN, match * params->gain, n, nodes->gain);
  circuit_lot_scale(&lot, INPUT_GAIN, match * params->input_gain, n,
                    nodes->input_gain);
  circuit_lot_shift(&lot, OFFSET, match * params->offset, n, nodes->offset);
  warm_leaks(nodes, params->activation_energy, temperature);
}

bool circuit_nodes_spread_amplifiers(const struct circuit_node_params *params) {
  return params->gain > 0 || params->input_gain > 0 || params->offset > 0;
}
