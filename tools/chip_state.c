/* tools/chip_state.c -- what a chip holds between two writes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/chip_state.h"

#include <stdio.h>

#include "sim/ranks.h"

/* Append an array, if there is one. */
static void add(struct tool_array *arrays, size_t *n_arrays, const char *unit,
                size_t n, double *values, const char *name, size_t l) {
  if (values) {
    struct tool_array *array = &arrays[(*n_arrays)++];
    *array = (struct tool_array){"", unit, n, values};
    snprintf(array->path, sizeof array->path, "/chip/%s_%zu", name, l);
  }
}

static void add_coupling(struct tool_array *arrays, size_t *n_arrays,
                         struct circuit_coupling *c, size_t l) {
  const size_t size = c->n_out * c->n_in;
  static const char *const g[] = {"g_plus", "g_minus", "g_plus_back",
                                  "g_minus_back"};
  static const char *const age[] = {"age_plus", "age_minus", "age_plus_back",
                                    "age_minus_back"};
  for (size_t k = 0; k < c->n_banks; k++) {
    add(arrays, n_arrays, "S", size, c->bank[k].g, g[k], l);
    add(arrays, n_arrays, "s", size, c->bank[k].age, age[k], l);
  }
  add(arrays, n_arrays, "S", size, c->written[0], "written", l);
  add(arrays, n_arrays, "S", size, c->written[1], "written_back", l);
}

size_t tool_chip_arrays(struct model_chip *chip,
                        struct tool_array arrays[TOOL_CHIP_ARRAYS]) {
  const size_t n_parameters = chip->layout.n_parameters;
  size_t n = 0;
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    add_coupling(arrays, &n, &chip->coupling[l], l);
  }
  if (chip->wanted) {
    arrays[n++] =
        (struct tool_array){"/chip/wanted", "1", n_parameters, chip->wanted};
  }
  arrays[n++] =
      (struct tool_array){"/chip/bias", "A", chip->nodes.n, chip->nodes.bias};
  return n;
}

void tool_chip_broadcast(struct model_chip *chip) {
  struct tool_array arrays[TOOL_CHIP_ARRAYS];
  const size_t n = tool_chip_arrays(chip, arrays);
  for (size_t i = 0; i < n; i++) {
    sim_ranks_broadcast(arrays[i].values,
                        arrays[i].n * sizeof *arrays[i].values);
  }
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    sim_ranks_broadcast(&chip->coupling[l].n_writes,
                        sizeof chip->coupling[l].n_writes);
  }
}
