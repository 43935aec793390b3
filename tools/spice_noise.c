/* tools/spice_noise.c -- noise of nodes, in ngspice and by linear response
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "models/spectrum.h"
#include "sim/memory.h"
#include "tools/ngspice.h"
#include "tools/spice_cards.h"
#include "tools/spice_compare.h"
#include "tools/spice_result.h"
#include "tools/spice_run.h"

struct noise {
  size_t n_nodes, n_frequencies;
  size_t *node;       // (n_nodes)
  double *frequency;  // [Hz] (n_frequencies)
  double *density;    // [V^2/Hz] (n_frequencies x n_nodes) of ngspice
};

static void noise_finish(struct noise *noise) {
  free(noise->node);
  free(noise->frequency);
  free(noise->density);
}

/* The nodes asked for, at equal distances through the chip. */
static enum sim_status choose_nodes(struct noise *noise, size_t wanted,
                                    size_t n_all, struct sim_error *err) {
  const size_t n = wanted == 0 || wanted > n_all ? n_all : wanted;
  *noise = (struct noise){.n_nodes = n};
  noise->node = sim_alloc(n, sizeof *noise->node, err);
  for (size_t i = 0; i < n && noise->node; i++) {
    noise->node[i] = i * n_all / n;
  }
  return err->status;
}

static enum sim_status write_noise(size_t node, const struct tool_setup *setup,
                                   const struct tool_spice_params *params,
                                   const struct tool_spice_sample *sample,
                                   const char *stem, struct sim_error *err) {
  struct sim_draft draft;
  char path[SIM_TEXT_MAX + 8], title[SIM_TEXT_MAX + 64];
  char name[MODEL_NETLIST_NAME];
  snprintf(path, sizeof path, "%s.cir", stem);
  snprintf(title, sizeof title, "%s: sample 0, noise in the free phase",
           setup->experiment->name);
  struct model_netlist netlist = tool_spice_netlist(setup, sample, 0, title);
  netlist.temperature = setup->experiment->chip.temperature;
  if (sim_draft_open(&draft, path, err)) {
    return err->status;
  }
  model_netlist_write(draft.stream, &netlist);
  fprintf(draft.stream, ".options reltol=%g vntol=%g abstol=%g\n",
          params->reltol, params->vntol, params->abstol);
  tool_spice_noise(draft.stream, setup,
                   model_netlist_node(&setup->net.layout, 'v', node, name));
  fputs(".end\n", draft.stream);
  return sim_draft_commit(&draft, err);
}

/* The frequencies, which are those of the first node. */
static enum sim_status take_frequencies(struct noise *noise,
                                        const struct sim_raw_plot *plot,
                                        struct sim_error *err) {
  const size_t n = plot->n_points;
  noise->n_frequencies = n;
  noise->frequency = sim_alloc_doubles(n, err);
  noise->density = sim_alloc_doubles(n * noise->n_nodes, err);
  for (size_t k = 0; k < n && !err->status; k++) {
    noise->frequency[k] = plot->values[k * plot->n_variables];
  }
  return err->status;
}

/* ngspice gives the square root of the density. */
static enum sim_status read_noise(struct noise *noise, size_t i,
                                  const struct sim_raw *raw, const char *stem,
                                  struct sim_error *err) {
  const struct sim_raw_plot *plot =
      sim_raw_find(raw, "Noise Spectral Density Curves", 0);
  const size_t column = plot ? sim_raw_variable(plot, "onoise_spectrum") : 0;
  if (!plot || column == plot->n_variables ||
      (i > 0 && plot->n_points != noise->n_frequencies)) {
    return sim_error_set(err, SIM_EIO,
                         "%s.raw: lacks the noise of a node (ngspice's "
                         "messages: %s.out)",
                         stem, stem);
  }
  if (i == 0 && take_frequencies(noise, plot, err)) {
    return err->status;
  }
  for (size_t k = 0; k < noise->n_frequencies; k++) {
    const double root = plot->values[k * plot->n_variables + column];
    noise->density[k * noise->n_nodes + i] = root * root;
  }
  return SIM_OK;
}

static enum sim_status run_noise(struct noise *noise,
                                 const struct tool_setup *setup,
                                 const struct tool_spice_params *params,
                                 const struct tool_run *run,
                                 const struct tool_spice_sample *sample,
                                 struct sim_error *err) {
  char stem[SIM_TEXT_MAX];
  double seconds;
  tool_run_path(run, "spice_noise", stem);
  choose_nodes(noise, params->noise_nodes, setup->net.layout.n_nodes, err);
  // A raw file does not say which plot is whose: one node at a time.
  for (size_t i = 0; i < noise->n_nodes && !err->status; i++) {
    struct sim_raw raw;
    if (!write_noise(noise->node[i], setup, params, sample, stem, err) &&
        !tool_ngspice_run(stem, &raw, &seconds, err)) {
      read_noise(noise, i, &raw, stem, err);
      sim_raw_finish(&raw);
    }
  }
  return err->status;
}

/* --- comparison --- */

static void write_results(const struct noise *noise, struct tool_run *run,
                          const double *ours, struct sim_error *err) {
  static const char axis[] = "/spice/noise/frequency";
  static const char meaning[] = "spectral density of the node's voltage";
  const size_t shape[2] = {noise->n_frequencies, noise->n_nodes};
  double *nodes = sim_alloc_doubles(noise->n_nodes, err);
  if (!nodes) {
    return;
  }
  for (size_t i = 0; i < noise->n_nodes; i++) {
    nodes[i] = (double)noise->node[i];
  }
  tool_spice_write_axis(run, err, axis, "Hz", "frequency", shape[0],
                        noise->frequency);
  tool_spice_write(run, err, "/spice/noise/node", "1", "number of the node", 1,
                   &shape[1], NULL, nodes);
  tool_spice_write(run, err, "/spice/noise/simrun", "V^2/Hz", meaning, 2, shape,
                   axis, ours);
  tool_spice_write(run, err, "/spice/noise/ngspice", "V^2/Hz", meaning, 2,
                   shape, axis, noise->density);
  free(nodes);
}

/* Densities (n_frequencies x n_nodes) of these nodes. */
static enum sim_status find_ours(const struct noise *noise,
                                 const struct tool_setup *setup,
                                 const struct tool_spice_sample *sample,
                                 double *ours, struct sim_error *err) {
  const size_t n_all = setup->net.layout.n_nodes, n = noise->n_nodes;
  const struct model_drive springs = {.conductances = sample->conductance};
  const double *s = sample->point[0];
  double *strength = sim_alloc_doubles(n_all, err);
  double *all = sim_alloc_doubles(noise->n_frequencies * n_all, err);
  if (strength && all &&
      !model_spectrum_thermal(setup->chip, &setup->net, &springs, s,
                              setup->experiment->chip.temperature, strength,
                              err) &&
      !model_spectrum_density(setup->chip, &setup->net, &springs, s, strength,
                              noise->n_frequencies, noise->frequency, all,
                              err)) {
    for (size_t k = 0; k < noise->n_frequencies * n; k++) {
      ours[k] = all[k / n * n_all + noise->node[k % n]];
    }
  }
  free(strength);
  free(all);
  return err->status;
}

enum sim_status tool_spice_compare_noise(const struct tool_setup *setup,
                                         const struct tool_spice_params *params,
                                         struct tool_run *run,
                                         const struct tool_spice_sample *sample,
                                         struct sim_error *err) {
  struct noise noise;
  if (run_noise(&noise, setup, params, run, sample, err)) {
    noise_finish(&noise);
    return err->status;
  }
  const size_t n = noise.n_frequencies * noise.n_nodes;
  double *ours = sim_alloc_doubles(n, err);
  if (ours && !find_ours(&noise, setup, sample, ours, err) &&
      !sim_result_begin(run->result, err)) {
    write_results(&noise, run, ours, err);
    tool_spice_report(run, err, "noise",
                      "largest relative difference of a spectral density",
                      tool_spice_deviation(n, noise.density, ours));
    sim_result_end(run->result, err);
  }
  free(ours);
  noise_finish(&noise);
  return err->status;
}
