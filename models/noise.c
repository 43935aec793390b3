/* models/noise.c -- noise of a chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise.h"

#include <math.h>
#include <stdlib.h>

#include "circuits/temperature.h"
#include "sim/memory.h"

// clang-format off
#define FIELD(f) SIM_FIELD(struct model_noise_params, f)
const struct sim_param model_noise_table[MODEL_NOISE_N_PARAMS] = {
    {.name = "thermal", .kind = SIM_BOOL, FIELD(thermal), .initial = "false",
     .help = "thermal noise currents of leaks, springs, nudges and couplings; "
             "any noise needs `settle.integrator: heun`"},
    {.name = "excess", .kind = SIM_REAL, FIELD(excess), SIM_WITHIN(0, 1000),
     .initial = "1",
     .help = "thermal noise of the couplings over that of a conductance: 1 "
             "for resistors, 2/3 and more for transistors"},
    {.name = "flicker", .kind = SIM_BOOL, FIELD(flicker), .initial = "false",
     .help = "flicker noise: a current with density K/f at the input of "
             "every node, from a bank of traps"},
    {.name = "flicker_current", .kind = SIM_REAL, FIELD(flicker_current),
     .unit = "A/rtHz", SIM_WITHIN(0, 1), .initial = "10 pA/rtHz",
     .help = "its one-sided spectral density at 1 Hz"},
    {.name = "flicker_band", .kind = SIM_REALS, FIELD(flicker_band),
     .unit = "Hz", SIM_ABOVE(0), .min_items = 2, .max_items = 2,
     .initial = "[1 Hz, 1 MHz]",
     .help = "its corner frequencies, below and above which it ends, at 300 K"},
    {.name = "traps_per_decade", .kind = SIM_COUNT, FIELD(traps_per_decade),
     SIM_WITHIN(4, 64), .initial = "4",
     .help = "of flicker noise; at most 64 traps in all"},
    {.name = "telegraph", .kind = SIM_BOOL, FIELD(telegraph),
     .initial = "false",
     .help = "telegraph noise: a current that a single trap at the input of "
             "every node switches on and off"},
    {.name = "telegraph_current", .kind = SIM_REAL, FIELD(telegraph_current),
     .unit = "A", SIM_WITHIN(0, 1), .initial = "100 pA",
     .help = "what the trap adds while it is full; its mean is calibrated out"},
    {.name = "telegraph_capture", .kind = SIM_REAL, FIELD(telegraph_capture),
     .unit = "Hz", SIM_ABOVE(0), .initial = "10 kHz",
     .help = "rate at which an empty trap is filled, at 300 K"},
    {.name = "telegraph_emission", .kind = SIM_REAL, FIELD(telegraph_emission),
     .unit = "Hz", SIM_ABOVE(0), .initial = "10 kHz",
     .help = "rate at which a full trap is emptied, at 300 K"},
    {.name = "trap_energy", .kind = SIM_REAL, FIELD(trap_energy),
     .unit = "eV", SIM_WITHIN(0, 10), .initial = "0.5 eV",
     .help = "activation energy of all traps' rates (Arrhenius)"},
};
// clang-format on

static size_t n_flicker_traps(const struct model_noise_params *params) {
  const double decades =
      log10(params->flicker_band.v[1] / params->flicker_band.v[0]);
  return (size_t)ceil(decades * (double)params->traps_per_decade);
}

enum sim_status model_noise_check(const struct model_noise_params *params,
                                  const struct sim_config *config,
                                  struct sim_error *err) {
  const struct sim_reals *band = &params->flicker_band;
  const struct sim_where where =
      sim_config_where(config, "chip.noise.flicker_band");
  if (!(band->v[0] < band->v[1])) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must go from low to high, got [%g, %g]", band->v[0],
                        band->v[1]);
  }
  if (n_flicker_traps(params) > CIRCUIT_MAX_TRAPS) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must need at most %u traps, got %zu for [%g, %g] "
                        "with %zu per decade",
                        CIRCUIT_MAX_TRAPS, n_flicker_traps(params), band->v[0],
                        band->v[1], params->traps_per_decade);
  }
  return SIM_OK;
}

bool model_noise_is_on(const struct model_noise_params *params) {
  return params->thermal || params->flicker || params->telegraph;
}

static void fill_flicker(struct model_noise *noise, double current,
                         double per_tau) {
  const struct model_noise_params *p = &noise->params;
  const double *f = p->flicker_band.v;
  const size_t n = n_flicker_traps(p);
  const double k = p->flicker_current * p->flicker_current;
  noise->flicker = circuit_traps_flicker(2.0 * M_PI * f[0] * per_tau,
                                         2.0 * M_PI * f[1] * per_tau, n);
  noise->flicker_step = circuit_traps_amplitude(k, f[1] / f[0], n) / current;
}

static void fill_traps(struct model_noise *noise,
                       const struct model_noise_units *units) {
  const struct model_noise_params *p = &noise->params;
  const double per_tau = units->tau * exp(-circuit_temperature_exponent(
                                          p->trap_energy, units->temperature));
  if (p->flicker) {
    fill_flicker(noise, units->current, per_tau);
  }
  if (p->telegraph) {
    noise->telegraph = circuit_traps_telegraph(p->telegraph_capture * per_tau,
                                               p->telegraph_emission * per_tau);
    noise->telegraph_step = p->telegraph_current / units->current;
  }
}

enum sim_status model_noise_create(struct model_noise **out,
                                   const struct model_noise_params *params,
                                   const struct model_noise_units *units,
                                   const struct model_layout *layout,
                                   struct sim_error *err) {
  *out = NULL;
  struct model_noise *noise = sim_alloc(1, sizeof *noise, err);
  if (!noise) {
    return err->status;
  }
  noise->params = *params;
  noise->leak = sim_alloc_doubles(layout->n_nodes, err);
  noise->input = sim_alloc_doubles(layout->n_nodes, err);
  noise->array =
      sim_alloc_doubles((layout->n_layers - 1) * layout->n_nodes, err);
  if (!noise->leak || !noise->input || !noise->array) {
    model_noise_destroy(noise);
    return err->status;
  }
  fill_traps(noise, units);
  *out = noise;
  return SIM_OK;
}

void model_noise_destroy(struct model_noise *noise) {
  if (!noise) {
    return;
  }
  free(noise->leak);
  free(noise->input);
  free(noise->array);
  free(noise);
}
