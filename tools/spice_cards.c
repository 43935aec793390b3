/* tools/spice_cards.c -- analyses of a netlist
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_cards.h"

#include <math.h>
#include <string.h>

#include "circuits/spice.h"
#include "models/netlist.h"

#define N_STEPS 1500.0       // of a transient, at least
#define FIRST_FREQUENCY 1.0  // [Hz]
#define POINTS_PER_DECADE 5
#define SETTLED 0.01     // of the way that is left
#define HARDLY 1e-6      // [1] in voltage_unit
#define SLOPE_BOUND 1.1  // of silu; others stay below

static bool is_node(const struct model_chip *chip, const char *name) {
  const struct model_layout *at = &chip->layout;
  char known[MODEL_NETLIST_NAME];
  for (size_t i = 0; i < at->n_nodes; i++) {
    for (const char *letter = "vsr"; *letter; letter++) {
      model_netlist_node(at, *letter, i, known);
      const bool is_there =
          *letter == 'v' || i >= at->width[0] ||
          (*letter == 'r' && model_netlist_has_visible_output(chip));
      if (is_there && strcmp(name, known) == 0) {
        return true;
      }
    }
  }
  return false;
}

enum sim_status tool_spice_check_nodes(const struct tool_setup *setup, size_t n,
                                       const char *const *names,
                                       struct sim_error *err) {
  for (size_t i = 0; i < n; i++) {
    if (!is_node(setup->chip, names[i])) {
      return sim_error_set(err, SIM_ECONFIG,
                           "--noise must be a node such as v1_0, got %s",
                           names[i]);
    }
  }
  return SIM_OK;
}

void tool_spice_tran(FILE *file, const struct tool_setup *setup) {
  const double end = setup->settling.duration * setup->chip->tau;
  char step[CIRCUIT_SPICE_NUMBER], stop[CIRCUIT_SPICE_NUMBER];
  circuit_spice_number(end / N_STEPS, step);
  circuit_spice_number(end, stop);
  fprintf(file, ".tran %s %s 0 %s uic\n", step, stop, step);
}

/* [S] no less than what a node's capacitor sees: conductances at the node,
 * and the couplings' (Gershgorin). */
static double largest_conductance(const struct tool_setup *setup, size_t node) {
  const struct model_chip *chip = setup->chip;
  const struct model_layout *at = &chip->layout;
  const size_t l = model_layout_layer_of(at, node), i = node - at->node_at[l];
  double sum = chip->nodes.leak[node];
  if (l == 0) {
    sum += 2.0 * setup->experiment->learning.spring * chip->conductance_unit;
  }
  for (size_t j = 0; l > 0 && j < at->width[l - 1]; j++) {
    const size_t e = i * at->width[l - 1] + j;
    sum += SLOPE_BOUND * SLOPE_BOUND *
           fabs(chip->coupling[l - 1].g_plus[e] -
                chip->coupling[l - 1].g_minus[e]);
  }
  for (size_t k = 0; l + 1 < at->n_layers && k < at->width[l + 1]; k++) {
    const size_t e = k * at->width[l] + i;
    sum += SLOPE_BOUND * SLOPE_BOUND *
           fabs(chip->coupling[l].g_plus[e] - chip->coupling[l].g_minus[e]);
  }
  return sum;
}

double tool_spice_last_frequency(const struct tool_setup *setup) {
  double fastest = 0;
  for (size_t i = 0; i < setup->chip->layout.n_nodes; i++) {
    fastest = fmax(fastest, largest_conductance(setup, i) /
                                setup->chip->nodes.capacitance[i]);
  }
  return pow(10.0, ceil(log10(fastest / (2 * M_PI)) + 1.0));
}

void tool_spice_noise(FILE *file, const struct tool_setup *setup,
                      const char *node) {
  // .noise wants an input; the sources to which noise is referred do not
  // matter to its output.
  fprintf(file, ".noise v(%s) Vinput dec %d %g %g\n", node, POINTS_PER_DECADE,
          FIRST_FREQUENCY, tool_spice_last_frequency(setup));
}

void tool_spice_measure(FILE *file, const struct tool_setup *setup,
                        const double *start, const double *end) {
  const struct model_chip *chip = setup->chip;
  char name[MODEL_NETLIST_NAME], text[CIRCUIT_SPICE_NUMBER];
  const double stop = setup->settling.duration * chip->tau;
  for (size_t i = 0; i < chip->layout.n_nodes; i++) {
    model_netlist_node(&chip->layout, 'v', i, name);
    fprintf(file, ".measure tran end_%s FIND v(%s) AT=%s\n", name, name,
            circuit_spice_number(stop, text));
    if (fabs(end[i] - start[i]) > HARDLY) {
      const double level = end[i] + SETTLED * (start[i] - end[i]);
      fprintf(file, ".measure tran settled_%s WHEN v(%s)=%s CROSS=LAST\n", name,
              name, circuit_spice_number(chip->voltage_unit * level, text));
    }
  }
}
