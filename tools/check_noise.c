/* tools/check_noise.c -- the noise of a chip, in simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/check_noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/noise_budget.h"
#include "sim/interrupt.h"
#include "sim/memory.h"

#define MAX_NODES 1500u  // a minute of linear algebra

/* The first sample on its spring, brought to rest. */
static enum sim_status find_state(const struct tool_setup *setup,
                                  const struct model_drive *drive, double *s,
                                  struct sim_error *err) {
  struct model_settler settler;
  struct model_settling settling = setup->settling;
  double time;
  settling.analysis = SIM_OPERATING_POINT;
  settling.until = 1e-8;
  settling.window = 0;
  settling.is_quiet = settling.keep_unsettled = true;
  if (model_settler_init(&settler, &settling, &setup->net, 1, err)) {
    return err->status;
  }
  memcpy(s, drive->anchor, setup->net.layout.width[0] * sizeof *s);
  const enum sim_status status =
      model_settler_run(&settler, drive, s, 0, &time, err);
  model_settler_finish(&settler);
  return status;
}

/* Root of the mean over a layer. */
static double rms_of(const struct model_layout *at, size_t l,
                     const double *variance) {
  double sum = 0;
  for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
    sum += variance[i];
  }
  return sqrt(sum / (double)at->width[l]);
}

static void print_row(FILE *file, const struct tool_setup *setup,
                      const struct model_noise_budget *budget, size_t source,
                      size_t l) {
  const struct model_chip *chip = setup->chip;
  const struct model_layout *at = &setup->net.layout;
  const size_t row = source * budget->n_nodes;
  const bool is_white = model_noise_sources[source].is_white;
  const double unit = chip->conductance_unit * chip->voltage_unit *
                      (is_white ? sqrt(2.0 * chip->tau) : 1.0);
  const double node = rms_of(at, l, budget->node + row);
  if (node > 0) {
    fprintf(file, "#   %-18s  %5zu  %9.3g %-6s  %9.3g  %10.3g  %9.3g\n",
            model_noise_sources[source].name, l,
            unit * rms_of(at, l, budget->current + row),
            is_white ? "A/rtHz" : "A", 1e6 * chip->voltage_unit * node, node,
            rms_of(at, l, budget->read + row));
  }
}

static void print_effect(FILE *file, const struct tool_setup *setup,
                         const struct model_noise_budget *budget) {
  const double gain = model_learning_gain(&setup->experiment->learning);
  double square = 0;
  for (size_t k = 0; k < MODEL_NOISE_N_SOURCES; k++) {
    const double rms =
        rms_of(&setup->net.layout, 0, budget->read + k * budget->n_nodes);
    square += rms * rms;
  }
  fprintf(file,
          "#   a velocity is read with an rms error of %.3g, which adds %.3g "
          "to the loss\n",
          gain * sqrt(square), gain * gain * square);
}

static void print_table(FILE *file, const struct tool_setup *setup,
                        const struct model_noise_budget *budget) {
  fprintf(file, "#   %-18s  %5s  %16s  %9s  %10s  %9s\n", "source", "layer",
          "current", "node [uV]", "node [unit]", "read");
  for (size_t k = 0; k < MODEL_NOISE_N_SOURCES; k++) {
    for (size_t l = 0; l < setup->net.layout.n_layers; l++) {
      print_row(file, setup, budget, k, l);
    }
  }
  print_effect(file, setup, budget);
}

/* Not knowing is no failure of the check. */
static enum sim_status excuse(FILE *file, const struct sim_error *trial,
                              struct sim_error *err) {
  if (trial->status == SIM_EINTERRUPT || trial->status == SIM_ETERMINATE) {
    return sim_error_set(err, trial->status, "%s", trial->message);
  }
  fprintf(file, "#   not known here (%s)\n", trial->message);
  return SIM_OK;
}

enum sim_status tool_check_noise(FILE *file, const struct tool_setup *setup,
                                 struct sim_error *err) {
  const size_t n = setup->net.layout.n_nodes;
  const struct model_drive drive = {
      .conductance = setup->experiment->learning.spring,
      .anchor = setup->data.values};
  struct model_noise_budget budget;
  struct sim_error trial = {0};
  if (!setup->net.noise) {
    fprintf(file, "#   noise currents: none (chip.noise)\n");
    return SIM_OK;
  }
  fprintf(file,
          "\n# noise currents, rms over a layer at the operating point of the "
          "first sample\n");
  if (n > MAX_NODES) {
    fprintf(file, "#   not shown for more than %u nodes\n", MAX_NODES);
    return SIM_OK;
  }
  double *s = sim_alloc_doubles(n, err);
  if (!s) {
    return err->status;
  }
  enum sim_status status = find_state(setup, &drive, s, &trial);
  if (status == SIM_OK) {
    status = model_noise_budget_make(&budget, &setup->net, &drive, s,
                                     setup->settling.window, &trial);
  }
  free(s);
  if (status) {
    return excuse(file, &trial, err);
  }
  print_table(file, setup, &budget);
  model_noise_budget_finish(&budget);
  return SIM_OK;
}
