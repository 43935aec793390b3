/* circuits/source.c -- conductances to voltage sources: spring and nudge
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/source.h"

#include <stdlib.h>

#include "sim/memory.h"

/* The quantity's number is part of the address of its draws. */
enum quantity { SPRING, NUDGE, OFFSET };

// clang-format off
#define FIELD(f) SIM_FIELD(struct circuit_source_params, f)
const struct sim_param circuit_source_table[CIRCUIT_SOURCE_N_PARAMS] = {
    {.name = "spring_spread", .kind = SIM_REAL, FIELD(spring_spread),
     SIM_WITHIN(0, 1), .initial = "0",
     .help = "relative spread of the spring conductances"},
    {.name = "nudge_spread", .kind = SIM_REAL, FIELD(nudge_spread),
     SIM_WITHIN(0, 1), .initial = "0",
     .help = "relative spread of the nudge conductances or currents"},
    {.name = "nudge_error", .kind = SIM_REAL, FIELD(nudge_error),
     SIM_WITHIN(-0.9, 9), .initial = "0",
     .help = "relative error of beta, the same for all nodes"},
    {.name = "sign_mismatch", .kind = SIM_REAL, FIELD(sign_mismatch),
     SIM_WITHIN(-1, 1), .initial = "0",
     .help = "strength of plus less that of minus, relative to their mean"},
    {.name = "nudge_residual", .kind = SIM_REAL, FIELD(nudge_residual),
     SIM_WITHIN(0, 1), .initial = "0",
     .help = "part of the nudge conductance that is left in the free phase"},
    {.name = "nudge_offset", .kind = SIM_REAL, FIELD(nudge_offset),
     .unit = "V", SIM_WITHIN(0, 10), .initial = "0 V",
     .help = "spread of the offset of the nudges' voltage sources"},
};
// clang-format on

double circuit_source_conductance(double g_a, double g_b) {
  return g_a + g_b;
}

/* Written as v_a plus a small step, so that a weak branch b does not round
 * away what tells v from v_a. */
void circuit_source_combine(size_t n, double g_a, const double *v_a, double g_b,
                            const double *v_b, double *v) {
  const double share = g_b / circuit_source_conductance(g_a, g_b);
  for (size_t i = 0; i < n; i++) {
    v[i] = v_a[i] + share * (v_b[i] - v_a[i]);
  }
}

enum sim_status circuit_sources_init(struct circuit_sources *sources,
                                     const struct circuit_source_params *params,
                                     size_t n, uint64_t seed, uint32_t chip,
                                     struct sim_error *err) {
  const struct circuit_lot lot = {seed, chip, SIM_DRAW_SOURCES};
  *sources = (struct circuit_sources){
      .n = n,
      .spring = sim_alloc_doubles(n, err),
      .nudge = sim_alloc_doubles(n, err),
      .offset = sim_alloc_doubles(n, err),
      .plus = (1 + params->nudge_error) * (1 + params->sign_mismatch / 2),
      .minus = (1 + params->nudge_error) * (1 - params->sign_mismatch / 2),
      .residual = params->nudge_residual,
  };
  if (!sources->spring || !sources->nudge || !sources->offset) {
    circuit_sources_finish(sources);
    return err->status;
  }
  for (size_t i = 0; i < n; i++) {
    sources->spring[i] = sources->nudge[i] = 1.0;
  }
  circuit_lot_scale(&lot, SPRING, params->spring_spread, n, sources->spring);
  circuit_lot_scale(&lot, NUDGE, params->nudge_spread, n, sources->nudge);
  circuit_lot_shift(&lot, OFFSET, params->nudge_offset, n, sources->offset);
  return SIM_OK;
}

void circuit_sources_finish(struct circuit_sources *sources) {
  free(sources->spring);
  free(sources->nudge);
  free(sources->offset);
  *sources = (struct circuit_sources){0};
}

bool circuit_sources_are_ideal(const struct circuit_source_params *params) {
  return params->spring_spread == 0 && params->nudge_spread == 0 &&
         params->nudge_error == 0 && params->sign_mismatch == 0 &&
         params->nudge_residual == 0 && params->nudge_offset == 0;
}
