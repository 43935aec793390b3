/* circuits/hold.c -- sample-and-hold stages that remember a phase
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/hold.h"

#include <math.h>
#include <stdlib.h>

#include "circuits/temperature.h"
#include "sim/memory.h"

enum quantity { GAIN, CHARGE };

// clang-format off
#define FIELD(f) SIM_FIELD(struct circuit_hold_params, f)
const struct sim_param circuit_hold_table[CIRCUIT_HOLD_N_PARAMS] = {
    {.name = "capacitance", .kind = SIM_REAL, FIELD(capacitance),
     .unit = "F", SIM_ABOVE(0), .initial = "none", .word = "none",
     .help = "of a hold capacitor, which brings noise of variance kT/C; none: "
             "an ideal memory"},
    {.name = "leak", .kind = SIM_REAL, FIELD(leak), .unit = "Ohm",
     SIM_ABOVE(0), .initial = "none", .word = "none",
     .help = "resistance to ground that makes the stored voltage droop"},
    {.name = "time", .kind = SIM_TIME, FIELD(time), SIM_AT_LEAST(0),
     .initial = "30 tau",
     .help = "from sampling to the start of the minus phase; plus starts at "
             "once"},
    {.name = "injection", .kind = SIM_REAL, FIELD(injection), .unit = "C",
     .initial = "0 C", .help = "charge that an opening switch leaves behind"},
    {.name = "injection_spread", .kind = SIM_REAL, FIELD(injection_spread),
     .unit = "C", SIM_AT_LEAST(0), .initial = "0 C",
     .help = "spread of that charge from node to node"},
    {.name = "gain", .kind = SIM_REAL, FIELD(gain), SIM_WITHIN(0, 1),
     .initial = "0", .help = "relative spread of the stages' gain"},
};
// clang-format on

enum sim_status circuit_hold_check(const struct circuit_hold_params *params,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const bool needs_capacitor = params->leak > 0 || params->injection != 0 ||
                               params->injection_spread > 0;
  if (!needs_capacitor || params->capacitance > 0) {
    return SIM_OK;
  }
  const struct sim_where where =
      sim_config_where(config, "chip.memory.capacitance");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be given with a leak or an injected charge, got "
                      "none");
}

bool circuit_hold_is_ideal(const struct circuit_hold_params *params) {
  return !(params->capacitance > 0) && params->gain == 0;
}

/* [1] e^(-t/(R C)). */
static double droop_of(const struct circuit_hold_params *params, double tau) {
  const double time =
      params->time.is_tau ? params->time.value * tau : params->time.value;
  return !(params->leak > 0)
             ? 1.0
             : exp(-time / (params->leak * params->capacitance));
}

enum sim_status circuit_holds_init(struct circuit_holds *holds,
                                   const struct circuit_hold_params *params,
                                   double tau, size_t n, double temperature,
                                   uint64_t seed, uint32_t chip,
                                   struct sim_error *err) {
  const struct circuit_lot lot = {seed, chip, SIM_DRAW_MEMORY};
  const bool has_capacitor = params->capacitance > 0;
  *holds = (struct circuit_holds){
      .n = n,
      .droop = droop_of(params, tau),
      .noise = has_capacitor ? circuit_temperature_sampling(temperature,
                                                            params->capacitance)
                             : 0.0,
      .gain = sim_alloc_doubles(n, err),
      .pedestal = sim_alloc_doubles(n, err),
  };
  if (!holds->gain || !holds->pedestal) {
    circuit_holds_finish(holds);
    return err->status;
  }
  for (size_t i = 0; i < n; i++) {
    holds->gain[i] = 1.0;
    holds->pedestal[i] = has_capacitor ? params->injection : 0.0;
  }
  circuit_lot_scale(&lot, GAIN, params->gain, n, holds->gain);
  circuit_lot_shift(&lot, CHARGE, params->injection_spread, n, holds->pedestal);
  for (size_t i = 0; has_capacitor && i < n; i++) {
    holds->pedestal[i] /= params->capacitance;
  }
  return SIM_OK;
}

void circuit_holds_finish(struct circuit_holds *holds) {
  free(holds->gain);
  free(holds->pedestal);
  *holds = (struct circuit_holds){0};
}

void circuit_hold_sample(const struct circuit_holds *holds, size_t i,
                         double unit, size_t n, const double *v,
                         const double *xi, double *held) {
  const double gain = holds->gain[i], pedestal = holds->pedestal[i] / unit;
  const double noise = holds->noise / unit;
  for (size_t k = 0; k < n; k++) {
    held[k] = gain * v[k] + pedestal + noise * xi[k];
  }
}
