/* models/netlist.c -- a chip in one phase of one sample as a SPICE netlist
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/netlist.h"

#include "circuits/spice.h"

#define ZERO_CELSIUS 273.15  // [K]

const char *model_netlist_node(const struct model_layout *layout, char letter,
                               size_t node, char name[MODEL_NETLIST_NAME]) {
  const size_t l = model_layout_layer_of(layout, node);
  snprintf(name, MODEL_NETLIST_NAME, "%c%zu_%zu", letter, l,
           node - layout->node_at[l]);
  return name;
}

/* --- head --- */

static void write_param(FILE *file, const char *name, double value) {
  char text[CIRCUIT_SPICE_NUMBER];
  fprintf(file, ".param %s=%s\n", name, circuit_spice_number(value, text));
}

static void write_params(FILE *file, const struct model_chip *chip,
                         const struct model_netlist *netlist) {
  const struct model_learning *rule = netlist->rule;
  fputs("* the experiment, by its own names\n", file);
  write_param(file, "voltage_unit", chip->voltage_unit);
  write_param(file, "conductance_unit", chip->conductance_unit);
  write_param(file, "spring", rule->spring);
  write_param(file, "scale", rule->scale);
  write_param(file, "nudge", rule->nudge);
  fputs("* 0 free, 1 plus, -1 minus\n", file);
  write_param(file, "phase", netlist->phase);
}

/* Spring and nudge together: the conductance g_drive to the voltage
 * x_t + pull u; a linear nudge is a current push (u - velocity). */
static void write_drive(FILE *file, const struct model_learning *rule) {
  if (rule->nudge_kind == MODEL_LINEAR) {
    fputs(
        ".param g_drive={spring*conductance_unit} pull=0\n"
        ".param push={phase*nudge*scale*spring*conductance_unit"
        "*voltage_unit}\n",
        file);
    return;
  }
  fputs(
      ".param stiffness={nudge*scale*spring*scale*spring}\n"
      ".param g_drive={(spring+phase*stiffness)*conductance_unit}\n"
      ".param pull={phase*stiffness/(spring+phase*stiffness)/(scale*spring)}\n",
      file);
}

/* --- instances --- */

/* [S] of all devices whose noise enters at the input of node i of layer l. */
static double noisy_conductance(const struct model_chip *chip, size_t l,
                                size_t i) {
  double sum = 0;
  if (l > 0) {
    const struct circuit_coupling *below = &chip->coupling[l - 1];
    for (size_t j = 0; j < below->n_in; j++) {
      const size_t e = i * below->n_in + j;
      sum += below->g_plus[e] + below->g_minus[e];
    }
  }
  if (l + 1 < chip->layout.n_layers) {
    const struct circuit_coupling *above = &chip->coupling[l];
    for (size_t k = 0; k < above->n_out; k++) {
      const size_t e = k * above->n_in + i;
      sum += above->g_plus[e] + above->g_minus[e];
    }
  }
  return sum;
}

static void write_pins(struct circuit_spice_card *card,
                       const struct model_layout *at, const char *letters,
                       size_t l) {
  for (; *letters; letters++) {
    for (size_t i = 0; i < at->width[l]; i++) {
      circuit_spice_word(card, "%c%zu_%zu", *letters, l, i);
    }
  }
}

static void write_node(FILE *file, const struct model_chip *chip,
                       const struct model_netlist *netlist, size_t node) {
  const struct model_layout *at = &chip->layout;
  const size_t l = model_layout_layer_of(at, node);
  const size_t i = node - at->node_at[l];
  struct circuit_spice_card card = {file, 0};
  circuit_spice_word(&card, "Xnode%zu_%zu v%zu_%zu", l, i, l, i);
  if (l > 0) {
    circuit_spice_word(&card, "s%zu_%zu r%zu_%zu", l, i, l, i);
  }
  circuit_spice_word(&card, l > 0 ? "neuron params:" : "visible params:");
  circuit_spice_pair(&card, "c", chip->nodes.capacitance[node]);
  circuit_spice_pair(&card, "g_leak", chip->nodes.leak[node]);
  circuit_spice_pair(&card, "bias", chip->nodes.bias[node]);
  if (netlist->temperature > 0) {
    circuit_spice_pair(&card, "g_noise", noisy_conductance(chip, l, i));
  }
  if (l == 0) {
    circuit_spice_pair(&card, "x_t", netlist->x_t[i]);
    circuit_spice_pair(&card, "u", netlist->u[i]);
    if (netlist->velocity) {
      circuit_spice_pair(&card, "velocity", netlist->velocity[i]);
    }
  }
  circuit_spice_pair(&card, "start", chip->voltage_unit * netlist->start[node]);
  circuit_spice_end(&card);
}

/* Layer 0 has no amplifiers: its output and its input are the node itself. */
static void write_array(FILE *file, const struct model_layout *at, size_t l) {
  struct circuit_spice_card card = {file, 0};
  circuit_spice_word(&card, "Xarray_%zu", l);
  write_pins(&card, at, l > 0 ? "rs" : "vv", l);
  write_pins(&card, at, "rs", l + 1);
  circuit_spice_word(&card, "array_%zu", l);
  circuit_spice_end(&card);
}

static void write_guess(FILE *file, const struct model_chip *chip,
                        const double *guess) {
  struct circuit_spice_card card = {file, 0};
  char name[MODEL_NETLIST_NAME], text[CIRCUIT_SPICE_NUMBER];
  circuit_spice_word(&card, ".nodeset");
  for (size_t i = 0; i < chip->layout.n_nodes; i++) {
    circuit_spice_word(
        &card, "v(%s)=%s", model_netlist_node(&chip->layout, 'v', i, name),
        circuit_spice_number(chip->voltage_unit * guess[i], text));
  }
  circuit_spice_end(&card);
}

void model_netlist_write(FILE *file, const struct model_chip *chip,
                         const struct model_netlist *netlist) {
  const struct model_layout *at = &chip->layout;
  fprintf(file, "* %s\n", netlist->title);
  write_params(file, chip, netlist);
  write_drive(file, netlist->rule);
  circuit_spice_curve(file, &chip->transfer);
  circuit_spice_nodes(file, netlist->temperature > 0,
                      netlist->rule->nudge_kind == MODEL_LINEAR);
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    circuit_spice_array(file, l, &chip->coupling[l]);
  }
  fputs("\n* v<layer>_<i> voltage, s summed input, r output of a node\n", file);
  for (size_t i = 0; i < at->n_nodes; i++) {
    write_node(file, chip, netlist, i);
  }
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    write_array(file, at, l);
  }
  if (netlist->guess) {
    fputs("* where an operating point may be found\n", file);
    write_guess(file, chip, netlist->guess);
  }
  if (netlist->temperature > 0) {
    fputs(
        "* what .noise refers its result to\nVinput input 0 0 ac 1\n"
        "Rinput input 0 1k\n",
        file);
    char text[CIRCUIT_SPICE_NUMBER];
    fprintf(file, ".temp %s\n",
            circuit_spice_number(netlist->temperature - ZERO_CELSIUS, text));
  }
}
