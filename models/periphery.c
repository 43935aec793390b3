/* models/periphery.c -- what surrounds the nodes and couplings of a chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/periphery.h"

#include <stdlib.h>

#include "sim/memory.h"

enum sim_status model_periphery_create(
    struct model_periphery **out, const struct model_periphery_params *params,
    double voltage_unit, size_t n_visible, uint64_t seed, uint32_t number,
    struct sim_error *err) {
  *out = NULL;
  if (circuit_sources_are_ideal(&params->sources)) {
    return SIM_OK;
  }
  struct model_periphery *p = sim_alloc(1, sizeof *p, err);
  if (!p) {
    return err->status;
  }
  p->voltage_unit = voltage_unit;
  p->has_sources = !circuit_sources_are_ideal(&params->sources);
  if (circuit_sources_init(&p->sources, &params->sources, n_visible, seed,
                           number, err)) {
    model_periphery_destroy(p);
    return err->status;
  }
  *out = p;
  return SIM_OK;
}

void model_periphery_destroy(struct model_periphery *p) {
  if (!p) {
    return;
  }
  circuit_sources_finish(&p->sources);
  free(p);
}
