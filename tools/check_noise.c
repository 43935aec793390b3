/* tools/check_noise.c -- the noise of a chip, in simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/check_noise.h"

#include <math.h>

#include "sim/interrupt.h"
#include "tools/check_sources.h"
#include "tools/nudge_noise.h"

#define MAX_NODES 1500u         // a minute of linear algebra,
#define MAX_NODES_WITHOUT 500u  // without an energy

/* --- rows --- */

static void print_number(FILE *file, double value, int width) {
  if (value > 0) {
    fprintf(file, "  %*.3g", width, value);
  } else {
    fprintf(file, "  %*s", width, "-");
  }
}

/* Root mean squares of one source, or of all, in a layer. */
static void print_row(FILE *file, const struct tool_setup *setup, size_t l,
                      const char *name, double strength, const char *unit,
                      double node, double read) {
  const double gain = model_learning_gain(&setup->experiment->learning);
  if (!(node > 0) && !(read > 0)) {
    return;
  }
  fprintf(file, "#   %-18s  %5zu", name, l);
  print_number(file, strength, 9);
  fprintf(file, " %-6s", strength > 0 ? unit : "");
  print_number(file, 1e6 * setup->chip->voltage_unit * node, 9);
  print_number(file, node, 10);
  print_number(file, read, 9);
  print_number(file, l == 0 ? gain * read : 0.0, 9);
  fputc('\n', file);
}

static void print_source(FILE *file, const struct tool_setup *setup,
                         const struct tool_check_source *source) {
  const struct model_layout *at = &setup->net.layout;
  for (size_t l = 0; l < at->n_layers; l++) {
    print_row(file, setup, l, source->name, source->strength[l], source->unit,
              sqrt(model_layout_mean(at, l, source->node)),
              sqrt(model_layout_mean(at, l, source->read)));
  }
}

/* Of a layer; returns the variance of a read there. */
static double print_total(FILE *file, const struct tool_setup *setup,
                          const struct tool_check_sources *found, size_t l) {
  const struct model_layout *at = &setup->net.layout;
  double node = 0, read = 0;
  for (size_t k = 0; k < found->n; k++) {
    node += model_layout_mean(at, l, found->source[k].node);
    read += model_layout_mean(at, l, found->source[k].read);
  }
  print_row(file, setup, l, "all of these", 0, "", sqrt(node), sqrt(read));
  return read;
}

/* --- the table --- */

static void print_head(FILE *file, const struct tool_setup *setup) {
  fprintf(
      file,
      "\n# noise at rest, of the first sample: rms over the nodes of a "
      "layer\n"
      "#   strength   of the source: of a current into a node, a device, "
      "a converter\n"
      "#   node       what it does to a node's voltage: in uV, and in units "
      "of voltage_unit\n");
  if (setup->settling.window > 0) {
    fprintf(file,
            "#   read       what is left of that by reading for %.6g tau "
            "(learning.readout_window)\n",
            setup->settling.window);
  } else {
    fprintf(file,
            "#   read       the same: a read takes no time "
            "(learning.readout_window)\n");
  }
  fprintf(file,
          "#   velocity   what that is in one read of a velocity, which is "
          "about 1: %.4g times\n"
          "#   %-18s  %5s  %16s  %9s  %10s  %9s  %9s\n",
          model_learning_gain(&setup->experiment->learning), "source", "layer",
          "strength", "node [uV]", "node [unit]", "read", "velocity");
}

static void print_table(FILE *file, const struct tool_setup *setup,
                        const struct tool_check_sources *found) {
  const double gain = model_learning_gain(&setup->experiment->learning);
  double read = 0;
  for (size_t k = 0; k < found->n; k++) {
    print_source(file, setup, &found->source[k]);
  }
  for (size_t l = 0; l < setup->net.layout.n_layers; l++) {
    const double of_layer = print_total(file, setup, found, l);
    read = l == 0 ? of_layer : read;
  }
  fprintf(file,
          "#   in all, a velocity is read with an rms error of %.3g, which "
          "adds %.3g to the loss\n",
          gain * sqrt(read), gain * gain * read);
}

/* Not knowing is no failure of the check. */
static enum sim_status excuse(FILE *file, const struct sim_error *trial,
                              struct sim_error *err) {
  if (trial->status == SIM_EINTERRUPT || trial->status == SIM_ETERMINATE) {
    return sim_error_set(err, trial->status, "%s", trial->message);
  }
  fprintf(file, "#   not known here: %s\n", trial->message);
  return SIM_OK;
}

/* What is left of the nudge in the gradient of an epoch. */
static enum sim_status print_nudge(FILE *file, const struct tool_setup *setup,
                                   struct sim_error *err) {
  struct tool_nudge_noise found;
  struct sim_error trial = {0};
  if (!tool_nudge_noise_applies(setup)) {
    return SIM_OK;
  }
  fprintf(file, "\n# nudge\n");
  if (tool_nudge_noise_find(setup, &found, &trial)) {
    return excuse(file, &trial, err);
  }
  fprintf(file,
          "#   gradient of an update over its noise: %.2g of %zu "
          "samples, %.2g of one\n",
          found.batch, found.n_batch, found.sample);
  return SIM_OK;
}

enum sim_status tool_check_noise(FILE *file, const struct tool_setup *setup,
                                 bool *is_shown, struct sim_error *err) {
  const unsigned limit =
      model_network_has_energy(&setup->net) ? MAX_NODES : MAX_NODES_WITHOUT;
  struct tool_check_sources found;
  struct sim_error trial = {0};
  *is_shown = false;
  if (!tool_check_sources_any(setup)) {
    fprintf(file, "#   noise: none\n");
    return SIM_OK;
  }
  print_head(file, setup);
  if (setup->net.layout.n_nodes > limit) {
    fprintf(file, "#   not shown for more than %u nodes\n", limit);
    return SIM_OK;
  }
  if (tool_check_sources_find(&found, setup, &trial)) {
    return excuse(file, &trial, err);
  }
  print_table(file, setup, &found);
  *is_shown = true;
  tool_check_sources_finish(&found);
  return print_nudge(file, setup, err);
}
