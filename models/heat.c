/* models/heat.c -- in which conductances the heat of a circuit arises
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/heat.h"

#include <stdlib.h>
#include <string.h>

#include "models/chip.h"
#include "sim/memory.h"

/* --- birth and death: one block --- */

static size_t size_of(const struct model_heat *heat) {
  return 2 * heat->n_nodes + 2 * heat->n_visible;
}

enum sim_status model_heat_init(struct model_heat *heat,
                                const struct model_layout *layout,
                                struct sim_error *err) {
  *heat = (struct model_heat){.n_nodes = layout->n_nodes,
                              .n_visible = layout->width[0]};
  heat->output = sim_alloc_doubles(size_of(heat), err);
  if (!heat->output) {
    return err->status;
  }
  heat->leak = heat->output + heat->n_nodes;
  heat->spring = heat->leak + heat->n_nodes;
  heat->nudge = heat->spring + heat->n_visible;
  return SIM_OK;
}

void model_heat_finish(struct model_heat *heat) {
  free(heat->output);
  *heat = (struct model_heat){0};
}

void model_heat_clear(struct model_heat *heat) {
  memset(heat->output, 0, size_of(heat) * sizeof *heat->output);
}

void model_heat_add(const struct model_heat *one, struct model_heat *sum) {
  for (size_t i = 0; i < size_of(sum); i++) {
    sum->output[i] += one->output[i];
  }
}

void model_heat_scale(struct model_heat *heat, const struct model_chip *chip) {
  const double square = chip->voltage_unit * chip->voltage_unit * chip->tau;
  for (size_t i = 0; i < size_of(heat); i++) {
    heat->output[i] *=
        i < heat->n_nodes ? square : chip->conductance_unit * square;
  }
}

/* --- places --- */

static double sum(size_t n, const double *x) {
  double all = 0;
  for (size_t i = 0; i < n; i++) {
    all += x[i];
  }
  return all;
}

double model_heat_leaks(const struct model_heat *heat,
                        const struct model_layout *layout, size_t layer) {
  return sum(layout->width[layer], heat->leak + layout->node_at[layer]);
}

double model_heat_springs(const struct model_heat *heat) {
  return sum(heat->n_visible, heat->spring);
}

double model_heat_nudges(const struct model_heat *heat) {
  return sum(heat->n_visible, heat->nudge);
}

/* [V^2 s] across device (k, j) of a bank, of the directions it carries. */
static double across(const struct model_heat *heat,
                     const struct model_chip *chip, size_t l, size_t bank,
                     size_t k, size_t j) {
  const struct model_layout *at = &chip->layout;
  const double up = heat->output[at->node_at[l] + j];
  const double down = heat->output[at->node_at[l + 1] + k];
  if (chip->coupling[l].n_banks == 2) {
    return up + down;
  }
  return bank < 2 ? up : down;
}

void model_heat_devices(const struct model_heat *heat,
                        const struct model_chip *chip, size_t l, size_t bank,
                        double *joule) {
  const struct circuit_coupling *array = &chip->coupling[l];
  for (size_t k = 0; k < array->n_out; k++) {
    for (size_t j = 0; j < array->n_in; j++) {
      const size_t kj = k * array->n_in + j;
      joule[kj] = circuit_coupling_conductance(array, bank, kj) *
                  across(heat, chip, l, bank, k, j);
    }
  }
}

double model_heat_bank(const struct model_heat *heat,
                       const struct model_chip *chip, size_t l, size_t bank) {
  const struct circuit_coupling *array = &chip->coupling[l];
  double all = 0;
  for (size_t k = 0; k < array->n_out; k++) {
    for (size_t j = 0; j < array->n_in; j++) {
      all += circuit_coupling_conductance(array, bank, k * array->n_in + j) *
             across(heat, chip, l, bank, k, j);
    }
  }
  return all;
}
