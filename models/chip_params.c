/* models/chip_params.c -- keys of a network and of a chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <limits.h>
#include <string.h>

#include "models/chip.h"

/* --- keys --- */

static const char *const neurons[] = {"gradient", "hopfield", NULL};

// clang-format off
#define NETWORK(f) SIM_FIELD(struct model_network_params, f)
const struct sim_param model_network_table[MODEL_NETWORK_N_PARAMS] = {
    {.name = "layers", .kind = SIM_COUNTS, NETWORK(layers),
     SIM_WITHIN(1, 65536), .min_items = 2, .max_items = MODEL_MAX_LAYERS,
     .help = "nodes of each layer, visible layer first"},
    {.name = "activation", .kind = SIM_CHOICE, NETWORK(activation),
     .choices = circuit_transfer_names, .initial = "silu",
     .help = "transfer curve of the hidden nodes' amplifiers"},
    {.name = "table", .kind = SIM_PATH, NETWORK(table),
     .initial = "none", .word = "none",
     .help = "for activation: table, a file with two columns: input and "
             "output voltage [V]; or a raw file of SPICE, a sweep with one "
             "output"},
    {.name = "neuron", .kind = SIM_CHOICE, NETWORK(neuron),
     .choices = neurons, .initial = "gradient",
     .help = "gradient: the input current is multiplied by the slope of the "
             "transfer curve; hopfield: it is not, and the curve must be "
             "strictly increasing"},
    {.name = "init_gain", .kind = SIM_REAL, NETWORK(init_gain),
     SIM_WITHIN(0, 100), .initial = "0.5",
     .help = "weights start normal with standard deviation init_gain "
             "sqrt(2/(fan_in + fan_out))"},
};

#define CHIP(f) SIM_FIELD(struct model_chip_params, f)
const struct sim_param model_chip_table[MODEL_CHIP_N_PARAMS] = {
    {.name = "preset", .kind = SIM_PATH, .has_names = true, CHIP(preset),
     .initial = "ideal",
     .help = "devices of the chip: a technology that `--describe presets` "
             "lists, or a .yaml file of one's own beside this one; what it "
             "says stands beneath the keys written here. none: only these"},
    {.name = "technology", .kind = SIM_TEXT, CHIP(technology),
     .initial = "ideal", .help = "of the devices, a note"},
    {.name = "source", .kind = SIM_TEXT, CHIP(source), .initial = "none",
     .help = "of the devices' numbers, a note"},
    {.name = "condition", .kind = SIM_TEXT, CHIP(condition),
     .initial = "none", .help = "under which they were measured, a note"},
    {.name = "number", .kind = SIM_COUNT, CHIP(number),
     SIM_WITHIN(0, UINT32_MAX), .initial = "0",
     .help = "which fabricated chip of this design; with the seed it fixes "
             "every fabrication draw"},
    {.name = "voltage_unit", .kind = SIM_REAL, CHIP(voltage_unit),
     .unit = "V", SIM_ABOVE(0), .initial = "100 mV",
     .help = "what 1.0 of the model's state is"},
    {.name = "conductance_unit", .kind = SIM_REAL, CHIP(conductance_unit),
     .unit = "S", SIM_ABOVE(0), .initial = "1 uS",
     .help = "what 1.0 of a weight is, and the leak of every node"},
    {.name = "capacitance", .kind = SIM_REALS, CHIP(capacitance),
     .unit = "F", SIM_ABOVE(0), .initial = "1 pF", .word = "matched",
     .help = "of a node: one value, one a layer, or `matched`: visible nodes "
             "get (1 + spring) capacitance_unit, so that all time constants "
             "are equal while the spring is on"},
    {.name = "capacitance_unit", .kind = SIM_REAL, CHIP(capacitance_unit),
     .unit = "F", SIM_ABOVE(0), .initial = "1 pF",
     .help = "of a hidden node when `capacitance: matched`"},
    {.name = "temperature", .kind = SIM_REAL, CHIP(temperature),
     .unit = "K", SIM_WITHIN(0, 1000), .initial = "300 K",
     .help = "of the chip; thermal noise is proportional to it"},
    {.name = "noise", .kind = SIM_SECTION, CHIP(noise),
     .section = model_noise_table, .n_section = MODEL_NOISE_N_PARAMS,
     .help = "noise currents"},
    {.name = "node", .kind = SIM_SECTION, CHIP(node),
     .section = circuit_node_table, .n_section = CIRCUIT_NODE_N_PARAMS,
     .help = "how nodes and their amplifiers differ"},
    {.name = "sources", .kind = SIM_SECTION, CHIP(periphery.sources),
     .section = circuit_source_table, .n_section = CIRCUIT_SOURCE_N_PARAMS,
     .help = "springs and nudges of the visible nodes"},
    {.name = "dac", .kind = SIM_SECTION, CHIP(periphery.dac),
     .section = circuit_dac_table, .n_section = CIRCUIT_DAC_N_PARAMS,
     .help = "converters that set the voltages of springs and nudges"},
    {.name = "velocity_adc", .kind = SIM_SECTION, CHIP(periphery.velocity_adc),
     .section = circuit_adc_table, .n_section = CIRCUIT_ADC_N_PARAMS,
     .help = "converters that read displacements of springs"},
    {.name = "output_adc", .kind = SIM_SECTION, CHIP(periphery.output_adc),
     .section = circuit_adc_table, .n_section = CIRCUIT_ADC_N_PARAMS,
     .help = "converters that read the nodes' outputs for correlations"},
    {.name = "memory", .kind = SIM_SECTION, CHIP(periphery.memory),
     .section = circuit_hold_table, .n_section = CIRCUIT_HOLD_N_PARAMS,
     .help = "sample-and-holds of the protocol snapshot"},
    {.name = "wires", .kind = SIM_SECTION, CHIP(wires),
     .section = circuit_wires_table, .n_section = CIRCUIT_WIRES_N_PARAMS,
     .help = "lines of the conductance arrays; the currents are exact for "
             "arrays driven and sensed at the first cells of their lines"},
    {.name = "coupling", .kind = SIM_SECTION, CHIP(coupling),
     .section = circuit_coupling_table,
     .n_section = CIRCUIT_COUPLING_N_PARAMS,
     .help = "differential conductance arrays between the layers"},
};
// clang-format on

/* --- checks --- */

/* BLAS counts in int. */
static enum sim_status check_size(const struct model_network_params *network,
                                  const struct sim_config *config,
                                  struct sim_error *err) {
  const struct model_layout layout =
      model_layout_make(network->layers.n, network->layers.v);
  if (layout.n_parameters <= INT_MAX) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "network.layers");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must give <= %d parameters, got %zu", INT_MAX,
                      layout.n_parameters);
}

static enum sim_status check_capacitance(
    const struct model_network_params *network,
    const struct model_chip_params *chip, const struct sim_config *config,
    struct sim_error *err) {
  const size_t n = chip->capacitance.n;
  if (n <= 1 || n == network->layers.n) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "chip.capacitance");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be one value or one for each of the %zu layers, "
                      "got %zu values",
                      network->layers.n, n);
}

static enum sim_status check_table(const struct model_network_params *network,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const int wants_table =
      strcmp(circuit_transfer_names[network->activation], "table") == 0;
  const int has_table = strcmp(network->table, "none") != 0;
  if (wants_table == has_table) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "network.table");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      wants_table
                          ? "must name a file when `activation: table`, got %s"
                          : "is used with `activation: table` only, got %s",
                      network->table);
}

/* The Lyapunov function of a hopfield network holds the inverse curve. */
static enum sim_status check_neuron(const struct model_network_params *network,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  if (network->neuron != MODEL_HOPFIELD ||
      circuit_transfer_is_increasing((size_t)network->activation)) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "network.neuron");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be gradient for the activation %s, which is not "
                      "strictly increasing, got hopfield",
                      circuit_transfer_names[network->activation]);
}

/* Weights that are read back through wires come out smaller at every update. */
static enum sim_status check_wires(const struct model_chip_params *chip,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  if (chip->wires.resistance == 0) {
    return SIM_OK;
  }
  if (!(circuit_wires_resistance(&chip->wires, chip->temperature) > 0)) {
    const struct sim_where where =
        sim_config_where(config, "chip.wires.tempco");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must leave a positive resistance at %g K, got %g 1/K",
                        chip->temperature, chip->wires.tempco);
  }
  if (chip->coupling.reciprocity == CIRCUIT_SEPARATE) {
    const struct sim_where where =
        sim_config_where(config, "chip.coupling.reciprocity");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be shared for arrays with wires, got separate");
  }
  if (chip->coupling.master == CIRCUIT_MASTER_CONTROLLER) {
    return SIM_OK;
  }
  const struct sim_where where =
      sim_config_where(config, "chip.coupling.master");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be controller for arrays with wires, got devices");
}

enum sim_status model_chip_check(const struct model_network_params *network,
                                 const struct model_chip_params *chip,
                                 const struct sim_config *config,
                                 struct sim_error *err) {
  if (check_size(network, config, err) || check_table(network, config, err) ||
      check_neuron(network, config, err) ||
      circuit_hold_check(&chip->periphery.memory, config, err) ||
      check_wires(chip, config, err) ||
      check_capacitance(network, chip, config, err) ||
      model_noise_check(&chip->noise, config, err)) {
    return err->status;
  }
  return circuit_coupling_check(&chip->coupling, config, err);
}

bool model_chip_has_energy(const struct model_network_params *network,
                           const struct model_chip_params *chip) {
  return network->neuron == MODEL_GRADIENT &&
         chip->coupling.reciprocity == CIRCUIT_SHARED &&
         !circuit_nodes_spread_amplifiers(&chip->node);
}
