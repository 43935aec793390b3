/* circuits/bank.c -- programmable conductances as they left the factory
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/bank.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "circuits/pulse.h"
#include "sim/memory.h"

static const char *const step_laws[] = {"normal", "log_normal", NULL};

// clang-format off
#define SPREAD(f) SIM_FIELD(struct circuit_spread_params, f)
const struct sim_param circuit_spread_table[CIRCUIT_SPREAD_N_PARAMS] = {
    {.name = "g_min", .kind = SIM_REAL, SPREAD(g_min), SIM_WITHIN(0, 10),
     .initial = "0", .help = "of the lowest conductance, relative to g_min"},
    {.name = "g_max", .kind = SIM_REAL, SPREAD(g_max), SIM_WITHIN(0, 10),
     .initial = "0", .help = "of the highest conductance, relative to g_max"},
    {.name = "step", .kind = SIM_REAL, SPREAD(step), SIM_WITHIN(0, 10),
     .initial = "0", .help = "of the steps by pulses, relative"},
    {.name = "step_law", .kind = SIM_CHOICE, SPREAD(step_law),
     .choices = step_laws, .initial = "normal",
     .help = "normal: steps times |1 + step xi|; log_normal: exp(step xi)"},
    {.name = "asymmetry", .kind = SIM_REAL, SPREAD(asymmetry),
     SIM_WITHIN(0, 10), .initial = "0",
     .help = "of pulse.asymmetry, absolute"},
};

#define STUCK(f) SIM_FIELD(struct circuit_stuck_params, f)
const struct sim_param circuit_stuck_table[CIRCUIT_STUCK_N_PARAMS] = {
    {.name = "low", .kind = SIM_REAL, STUCK(low), SIM_WITHIN(0, 1),
     .initial = "0", .help = "part of the devices that stay at their lowest "
                             "conductance"},
    {.name = "high", .kind = SIM_REAL, STUCK(high), SIM_WITHIN(0, 1),
     .initial = "0", .help = "part that stays at its highest conductance"},
    {.name = "open", .kind = SIM_REAL, STUCK(open), SIM_WITHIN(0, 1),
     .initial = "0", .help = "part that does not conduct"},
    {.name = "anywhere", .kind = SIM_REAL, STUCK(anywhere), SIM_WITHIN(0, 1),
     .initial = "0",
     .help = "part that stays at a conductance drawn from its window"},
};
// clang-format on

gsl_rng *circuit_bank_stream(const struct circuit_bank *bank,
                             struct sim_stream *stream,
                             enum sim_purpose purpose, uint64_t epoch,
                             size_t i) {
  return sim_stream_open(stream, &(struct sim_address){
                                     .seed = bank->address.seed,
                                     .purpose = purpose,
                                     .chip = bank->address.chip,
                                     .epoch = epoch,
                                     .sample = bank->address.bank,
                                     .device = i,
                                 });
}

double circuit_bank_normal(const struct circuit_bank *bank,
                           enum sim_purpose purpose, uint64_t epoch, size_t i) {
  struct sim_stream stream;
  return gsl_ran_gaussian_ziggurat(
      circuit_bank_stream(bank, &stream, purpose, epoch, i), 1.0);
}

/* --- fabrication --- */

/* `sigma` times a draw that is made only when it counts. */
static double drawn(const struct circuit_bank *bank, enum sim_purpose purpose,
                    double sigma, size_t i) {
  return sigma > 0 ? sigma * circuit_bank_normal(bank, purpose, 0, i) : 0;
}

static void draw_window(const struct circuit_bank *bank,
                        const struct circuit_bank_design *design, size_t i,
                        struct circuit_device *device) {
  const double low = drawn(bank, SIM_DRAW_G_MIN, design->spread->g_min, i);
  const double high = drawn(bank, SIM_DRAW_G_MAX, design->spread->g_max, i);
  device->low = fmax(0, design->g_min * (1 + low));
  device->high = fmax(device->low, design->g_max * (1 + high));
}

static void draw_gains(const struct circuit_bank *bank,
                       const struct circuit_bank_design *design, size_t i,
                       struct circuit_device *device) {
  const struct circuit_spread_params *spread = design->spread;
  const double step = drawn(bank, SIM_DRAW_STEP, spread->step, i);
  const double gain = spread->step_law == CIRCUIT_NORMAL ? 1 + step : exp(step);
  const double asymmetry =
      design->asymmetry + drawn(bank, SIM_DRAW_ASYMMETRY, spread->asymmetry, i);
  device->gain[CIRCUIT_UP] = fabs(gain + asymmetry);
  device->gain[CIRCUIT_DOWN] = fabs(gain - asymmetry);
}

static void draw_fault(const struct circuit_bank *bank,
                       const struct circuit_stuck_params *stuck, size_t i,
                       struct circuit_device *device) {
  struct sim_stream stream;
  gsl_rng *rng = circuit_bank_stream(bank, &stream, SIM_DRAW_STUCK, 0, i);
  const double chance = gsl_rng_uniform(rng);
  const double open = stuck->low + stuck->high + stuck->open;
  if (chance < stuck->low) {
    device->high = device->low;
  } else if (chance < stuck->low + stuck->high) {
    device->low = device->high;
  } else if (chance < open) {
    device->low = device->high = 0;
  } else if (chance < open + stuck->anywhere) {
    device->low += gsl_rng_uniform(rng) * (device->high - device->low);
    device->high = device->low;
  }
}

static bool is_uniform(const struct circuit_bank_design *design) {
  const struct circuit_spread_params *spread = design->spread;
  const struct circuit_stuck_params *stuck = design->stuck;
  return spread->g_min == 0 && spread->g_max == 0 && spread->step == 0 &&
         spread->asymmetry == 0 &&
         stuck->low + stuck->high + stuck->open + stuck->anywhere == 0;
}

static void fabricate(struct circuit_bank *bank,
                      const struct circuit_bank_design *design) {
  for (size_t i = 0; bank->device && i < bank->n; i++) {
    draw_window(bank, design, i, &bank->device[i]);
    draw_gains(bank, design, i, &bank->device[i]);
    draw_fault(bank, design->stuck, i, &bank->device[i]);
  }
  for (size_t i = 0; i < bank->n; i++) {
    bank->g[i] = circuit_bank_device(bank, i)->low;
  }
}

enum sim_status circuit_bank_init(struct circuit_bank *bank, size_t n,
                                  const struct circuit_bank_design *design,
                                  const struct circuit_bank_address *address,
                                  bool is_aging, struct sim_error *err) {
  const bool has_devices = !is_uniform(design);
  *bank = (struct circuit_bank){
      .n = n,
      .g = sim_alloc_doubles(n, err),
      .nominal = {design->g_min,
                  design->g_max,
                  {1 + design->asymmetry, 1 - design->asymmetry}},
      .address = *address,
  };
  if (is_aging) {
    bank->age = sim_alloc_doubles(n, err);
  }
  if (has_devices) {
    bank->device = sim_alloc(n, sizeof *bank->device, err);
  }
  if (!bank->g || (is_aging && !bank->age) || (has_devices && !bank->device)) {
    circuit_bank_finish(bank);
    return err->status;
  }
  fabricate(bank, design);
  return SIM_OK;
}

void circuit_bank_finish(struct circuit_bank *bank) {
  free(bank->g);
  free(bank->age);
  free(bank->device);
  bank->g = bank->age = NULL;
  bank->device = NULL;
}
