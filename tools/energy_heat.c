/* tools/energy_heat.c -- where the heat of a phase arises, in file and words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/energy_heat.h"

#include <stdlib.h>

#include "sim/memory.h"

/* In the order of circuits/coupling.h. */
static const struct {
  const char *name, *long_name;
} banks[CIRCUIT_MAX_BANKS] = {
    {"plus", "plus devices"},
    {"minus", "minus devices"},
    {"plus_back", "plus devices of the downward direction"},
    {"minus_back", "minus devices of the downward direction"},
};

static size_t n_arrays(const struct tool_energy_heat *heat) {
  return heat->chip->layout.n_layers - 1;
}

static double total(const struct tool_energy_heat *heat) {
  double sum = model_heat_springs(heat->places) +
               model_heat_nudges(heat->places) + heat->amplifiers;
  for (size_t l = 0; l < heat->chip->layout.n_layers; l++) {
    sum += model_heat_leaks(heat->places, &heat->chip->layout, l);
  }
  for (size_t l = 0; l < n_arrays(heat); l++) {
    for (size_t b = 0; b < heat->chip->coupling[l].n_banks; b++) {
      sum += model_heat_bank(heat->places, heat->chip, l, b);
    }
  }
  return sum;
}

/* --- file --- */

/* "heat in LONG_NAME" of n values, or of one where n is 0. */
static void write_heat(struct tool_run *run, const char *group,
                       const char *name, const char *long_name, size_t n,
                       const double *values, struct sim_error *err) {
  char path[96], text[96];
  snprintf(path, sizeof path, "/energy/%s/heat/%s", group, name);
  snprintf(text, sizeof text, "heat in %s", long_name);
  sim_result_write_array(run->result, path, "J", text, n > 0, &n, values, err);
}

void tool_energy_heat_write(struct tool_run *run, const char *group,
                            const struct tool_energy_heat *heat,
                            struct sim_error *err) {
  const double spring = model_heat_springs(heat->places);
  const double nudge = model_heat_nudges(heat->places), all = total(heat);
  double joule[MODEL_MAX_LAYERS];
  for (size_t l = 0; l < heat->chip->layout.n_layers; l++) {
    joule[l] = model_heat_leaks(heat->places, &heat->chip->layout, l);
  }
  write_heat(run, group, "leak", "the leaks of each layer",
             heat->chip->layout.n_layers, joule, err);
  for (size_t b = 0; b < heat->chip->coupling[0].n_banks; b++) {
    char name[32], long_name[64];
    for (size_t l = 0; l < n_arrays(heat); l++) {
      joule[l] = model_heat_bank(heat->places, heat->chip, l, b);
    }
    snprintf(name, sizeof name, "coupling_%s", banks[b].name);
    snprintf(long_name, sizeof long_name, "the %s of each array",
             banks[b].long_name);
    write_heat(run, group, name, long_name, n_arrays(heat), joule, err);
  }
  write_heat(run, group, "spring", "the springs", 0, &spring, err);
  write_heat(run, group, "nudge", "the nudges", 0, &nudge, err);
  write_heat(run, group, "amplifiers", "the amplifiers, from their supply", 0,
             &heat->amplifiers, err);
  write_heat(run, group, "total", "all of these", 0, &all, err);
}

static void write_nodes(struct tool_run *run, const char *group,
                        const char *name, const char *long_name, size_t n,
                        const double *joule, struct sim_error *err) {
  char path[96];
  snprintf(path, sizeof path, "/energy/%s/devices/%s", group, name);
  sim_result_write_array(run->result, path, "J", long_name, 1, &n, joule, err);
}

/* Every cross-point of one bank. */
static void write_bank(struct tool_run *run, const char *group,
                       const struct tool_energy_heat *heat, size_t l, size_t b,
                       double *joule, struct sim_error *err) {
  const struct circuit_coupling *array = &heat->chip->coupling[l];
  const size_t shape[2] = {array->n_out, array->n_in};
  char path[96], long_name[96];
  snprintf(path, sizeof path, "/energy/%s/devices/%s_%zu", group, banks[b].name,
           l);
  snprintf(long_name, sizeof long_name, "heat in the %s of array %zu",
           banks[b].long_name, l);
  model_heat_devices(heat->places, heat->chip, l, b, joule);
  sim_result_write_array(run->result, path, "J", long_name, 2, shape, joule,
                         err);
}

enum sim_status tool_energy_heat_write_devices(
    struct tool_run *run, const char *group,
    const struct tool_energy_heat *heat, struct sim_error *err) {
  const struct model_layout *at = &heat->chip->layout;
  double *joule = sim_alloc_doubles(at->n_parameters, err);
  if (!joule) {
    return err->status;
  }
  for (size_t l = 0; l < at->n_layers; l++) {
    char name[32];
    snprintf(name, sizeof name, "leak_%zu", l);
    write_nodes(run, group, name, "heat in the leak of each node", at->width[l],
                heat->places->leak + at->node_at[l], err);
  }
  for (size_t l = 0; l < n_arrays(heat); l++) {
    for (size_t b = 0; b < heat->chip->coupling[l].n_banks; b++) {
      write_bank(run, group, heat, l, b, joule, err);
    }
  }
  write_nodes(run, group, "spring", "heat in the spring of each node",
              at->width[0], heat->places->spring, err);
  write_nodes(run, group, "nudge", "heat in the nudge of each node",
              at->width[0], heat->places->nudge, err);
  free(joule);
  return err->status;
}

/* --- words --- */

static void say_place(struct tool_run *run, const char *place, double joule,
                      double all) {
  tool_run_say(run, "  %-24s  %11.4g  %6.2f", place, joule,
               all > 0 ? 100 * joule / all : 0.0);
}

void tool_energy_heat_say(struct tool_run *run, const char *what,
                          const struct tool_energy_heat *heat) {
  const double all = total(heat);
  char title[64], place[64];
  snprintf(title, sizeof title, "heat of %s", what);
  tool_run_say(run, "%-26s  %11s  %6s", title, "J", "%");
  for (size_t l = 0; l < n_arrays(heat); l++) {
    for (size_t b = 0; b < heat->chip->coupling[l].n_banks; b++) {
      snprintf(place, sizeof place, "coupling %zu, %s", l, banks[b].name);
      say_place(run, place, model_heat_bank(heat->places, heat->chip, l, b),
                all);
    }
  }
  for (size_t l = 0; l < heat->chip->layout.n_layers; l++) {
    snprintf(place, sizeof place, "leaks of layer %zu", l);
    say_place(run, place,
              model_heat_leaks(heat->places, &heat->chip->layout, l), all);
  }
  say_place(run, "springs", model_heat_springs(heat->places), all);
  say_place(run, "nudges", model_heat_nudges(heat->places), all);
  say_place(run, "amplifiers", heat->amplifiers, all);
  say_place(run, "all", all, all);
}
