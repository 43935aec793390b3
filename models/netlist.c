/* models/netlist.c -- a chip in one phase of one sample as a SPICE netlist
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/netlist.h"

#include <math.h>

#include "circuits/spice.h"
#include "models/periphery.h"
#include "models/spectrum.h"

#define GUESS_STEP 0.01      // [1]
#define ZERO_CELSIUS 273.15  // [K]
#define NO_NOISE 1e-21       // [S] a resistor that is not heard

bool model_netlist_has_visible_output(const struct model_chip *chip) {
  return chip->has_spread_amplifiers;
}

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

/* Of the nudge, against its nominal value. */
static double strength_of(const struct model_netlist *netlist) {
  const struct model_periphery *periphery = netlist->chip->periphery;
  if (!periphery || !periphery->has_sources) {
    return netlist->phase;
  }
  const struct circuit_sources *s = &periphery->sources;
  if (netlist->phase == 0) {
    return netlist->rule->nudge_kind == MODEL_LINEAR ? 0.0 : s->residual;
  }
  return netlist->phase > 0 ? s->plus : -s->minus;
}

static void write_params(FILE *file, const struct model_netlist *netlist) {
  const struct model_learning *rule = netlist->rule;
  fputs("* the experiment, by its own names\n", file);
  write_param(file, "voltage_unit", netlist->chip->voltage_unit);
  write_param(file, "conductance_unit", netlist->chip->conductance_unit);
  write_param(file, "spring", rule->spring);
  write_param(file, "scale", rule->scale);
  write_param(file, "nudge", rule->nudge);
  fputs("* of the nudge: 0 free, 1 plus, -1 minus if the sources are ideal\n",
        file);
  write_param(file, "strength", strength_of(netlist));
  if (netlist->temperature > 0) {
    write_param(file, "temperature", netlist->temperature);
    fputs(".param celsius={temperature-273.15}\n", file);
  }
  if (rule->nudge_kind == MODEL_LINEAR) {
    fputs(
        ".param push={strength*nudge*scale*spring*conductance_unit"
        "*voltage_unit}\n",
        file);
  } else {
    fputs(".param stiffness={nudge*scale*spring*scale*spring}\n", file);
  }
}

/* --- instances --- */

static void write_pins(struct circuit_spice_card *card,
                       const struct model_layout *at, const char *letters,
                       size_t l) {
  for (; *letters; letters++) {
    for (size_t i = 0; i < at->width[l]; i++) {
      circuit_spice_word(card, "%c%zu_%zu", *letters, l, i);
    }
  }
}

static struct circuit_spice_kind kind_of(const struct model_netlist *netlist) {
  const struct model_chip *chip = netlist->chip;
  return (struct circuit_spice_kind){
      .has_noise = netlist->temperature > 0,
      .has_amplifiers = chip->has_spread_amplifiers,
      .has_sources = chip->periphery && chip->periphery->has_sources,
      .is_linear = netlist->rule->nudge_kind == MODEL_LINEAR,
      .is_hopfield = chip->neuron == MODEL_HOPFIELD,
  };
}

/* What stands around a visible node. */
static void write_surroundings(struct circuit_spice_card *card,
                               const struct circuit_spice_kind *kind,
                               const struct model_netlist *netlist, size_t i) {
  circuit_spice_pair(card, "x_t", netlist->x_t[i]);
  circuit_spice_pair(card, "u", netlist->u[i]);
  if (netlist->velocity) {
    circuit_spice_pair(card, "velocity", netlist->velocity[i]);
  }
  if (kind->has_sources) {
    const struct circuit_sources *s = &netlist->chip->periphery->sources;
    circuit_spice_pair(card, "spring_factor", s->spring[i]);
    circuit_spice_pair(card, "nudge_factor", s->nudge[i]);
    circuit_spice_pair(card, "nudge_offset", s->offset[i]);
  }
}

static void write_devices(struct circuit_spice_card *card,
                          const struct circuit_spice_kind *kind,
                          const struct model_netlist *netlist, size_t node,
                          bool is_visible) {
  const struct circuit_nodes *nodes = &netlist->chip->nodes;
  circuit_spice_pair(card, "c", nodes->capacitance[node]);
  circuit_spice_pair(card, "g_leak", nodes->leak[node]);
  circuit_spice_pair(card, "bias", nodes->bias[node]);
  if (kind->has_noise) {
    circuit_spice_pair(
        card, "g_noise",
        fmax(model_spectrum_conductance(netlist->chip, node), NO_NOISE));
  }
  if (kind->has_amplifiers) {
    circuit_spice_pair(card, "gain", nodes->gain[node]);
    circuit_spice_pair(card, "offset", nodes->offset[node]);
    if (!is_visible) {
      circuit_spice_pair(card, "input_gain", nodes->input_gain[node]);
    }
  }
}

static void write_node(FILE *file, const struct circuit_spice_kind *kind,
                       const struct model_netlist *netlist, size_t node) {
  const struct model_layout *at = &netlist->chip->layout;
  const size_t l = model_layout_layer_of(at, node);
  const size_t i = node - at->node_at[l];
  struct circuit_spice_card card = {file, 0};
  circuit_spice_word(&card, "Xnode%zu_%zu v%zu_%zu", l, i, l, i);
  if (l > 0) {
    circuit_spice_word(&card, "s%zu_%zu r%zu_%zu", l, i, l, i);
  } else if (kind->has_amplifiers) {
    circuit_spice_word(&card, "r%zu_%zu", l, i);
  }
  circuit_spice_word(&card, l > 0 ? "neuron params:" : "visible params:");
  write_devices(&card, kind, netlist, node, l == 0);
  if (l == 0) {
    write_surroundings(&card, kind, netlist, i);
  }
  circuit_spice_pair(&card, "start",
                     netlist->chip->voltage_unit * netlist->start[node]);
  circuit_spice_end(&card);
}

/* Pins of layer 0: without amplifiers its output is the node itself, as its
 * input always is. */
static void write_array(FILE *file, const struct model_netlist *netlist,
                        size_t l) {
  const struct model_layout *at = &netlist->chip->layout;
  const bool has_output = model_netlist_has_visible_output(netlist->chip);
  struct circuit_spice_card card = {file, 0};
  circuit_spice_word(&card, "Xarray_%zu", l);
  write_pins(&card, at, l > 0 ? "rs" : has_output ? "rv" : "vv", l);
  write_pins(&card, at, "rs", l + 1);
  circuit_spice_word(&card, "array_%zu", l);
  circuit_spice_end(&card);
}

static void write_guess(FILE *file, const struct model_netlist *netlist) {
  const struct model_chip *chip = netlist->chip;
  struct circuit_spice_card card = {file, 0};
  char name[MODEL_NETLIST_NAME], text[CIRCUIT_SPICE_NUMBER];
  circuit_spice_word(&card, ".nodeset");
  for (size_t i = 0; i < chip->layout.n_nodes; i++) {
    const double guess = GUESS_STEP * round(netlist->guess[i] / GUESS_STEP);
    circuit_spice_word(&card, "v(%s)=%s",
                       model_netlist_node(&chip->layout, 'v', i, name),
                       circuit_spice_number(chip->voltage_unit * guess, text));
  }
  circuit_spice_end(&card);
}

/* ngspice 39 hears only .temp, Xyce only `temp=` of a resistor
 * (circuits/spice.c). */
static void write_noise_analysis(FILE *file, double temperature) {
  char text[CIRCUIT_SPICE_NUMBER];
  fprintf(file,
          "* what .noise refers its result to, and its temperature, which\n"
          "* resistors have as well: Xyce does not know .temp\n"
          "Vinput input 0 0 ac 1\n"
          "Rinput input 0 1k\n"
          ".temp %s\n",
          circuit_spice_number(temperature - ZERO_CELSIUS, text));
}

void model_netlist_write(FILE *file, const struct model_netlist *netlist) {
  const struct model_layout *at = &netlist->chip->layout;
  const struct circuit_spice_kind kind = kind_of(netlist);
  fprintf(file, "* %s\n", netlist->title);
  write_params(file, netlist);
  circuit_spice_curve(file, &netlist->chip->transfer);
  circuit_spice_nodes(file, &kind);
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    circuit_spice_array(file, l, at->width[l + 1], at->width[l],
                        netlist->chip->conductance_unit,
                        model_network_weight(netlist->net, l),
                        model_network_weight_back(netlist->net, l));
  }
  fputs("\n* v<layer>_<i> voltage, s summed input, r output of a node\n", file);
  for (size_t i = 0; i < at->n_nodes; i++) {
    write_node(file, &kind, netlist, i);
  }
  for (size_t l = 0; l + 1 < at->n_layers; l++) {
    write_array(file, netlist, l);
  }
  if (netlist->guess) {
    fputs("* where an operating point may be found\n", file);
    write_guess(file, netlist);
  }
  if (netlist->temperature > 0) {
    write_noise_analysis(file, netlist->temperature);
  }
}
