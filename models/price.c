/* models/price.c -- what a chip burns beside its circuit, and a digital price
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/price.h"

#include <math.h>

#define EULER_STEP 0.1  // [tau] of the published recipe
#define BOTH_WAYS 2.0   // products with a weight in one step

static const char *const references[] = {"fp32_45nm", "fp16_45nm", "int8_45nm",
                                         "a100_fp32", NULL};
// [J] in their order
static const double macs[] = {3.7e-12 + 0.9e-12, 1.1e-12 + 0.4e-12,
                              0.2e-12 + 0.03e-12, 2 * 400 / 19.5e12};

// clang-format off
#define FIELD(f) SIM_FIELD(struct model_price_params, f)
const struct sim_param model_price_table[MODEL_PRICE_N_PARAMS] = {
    {.name = "samples", .kind = SIM_COUNT, FIELD(samples),
     SIM_WITHIN(0, 1024), .initial = "0",
     .help = "samples, and generated images, whose phases are run once more "
             "with their energy; 0: none. The rest is taken to cost as much"},
    {.name = "every", .kind = SIM_COUNT, FIELD(every), SIM_WITHIN(1, 1e9),
     .initial = "never", .word = "never",
     .help = "epochs of training between two such measurements; the first "
             "epoch has one as well, and so has the end. never: only that"},
    {.name = "tolerance", .kind = SIM_REAL, FIELD(tolerance),
     SIM_WITHIN(1e-13, 1), .initial = "1e-9",
     .help = "of a step of these runs; a balance of heat, work and stored "
             "energy that is open by more than 1e-6 of the heat is a warning"},
    {.name = "dac", .kind = SIM_REAL, FIELD(dac), .unit = "J",
     SIM_WITHIN(0, 1), .initial = "0 J",
     .help = "of one conversion to a voltage"},
    {.name = "adc", .kind = SIM_REAL, FIELD(adc), .unit = "J",
     SIM_WITHIN(0, 1), .initial = "0 J",
     .help = "of one conversion to a number"},
    {.name = "supply", .kind = SIM_REAL, FIELD(supply), .unit = "V",
     SIM_WITHIN(0, 1000), .initial = "1 V",
     .help = "voltage of the amplifiers' supply"},
    {.name = "amplifier_current", .kind = SIM_REAL, FIELD(amplifier_current),
     .unit = "A", SIM_WITHIN(0, 1), .initial = "0 A",
     .help = "that the amplifiers of one node draw from it all the time"},
    {.name = "reference", .kind = SIM_CHOICE, FIELD(reference),
     .choices = references, .initial = "fp32_45nm",
     .help = "digital arithmetic to compare with: units of 45 nm and 0.9 V "
             "without memory (Horowitz, ISSCC 2014), or an A100 board at its "
             "peak (400 W, 19.5 Tflop/s)"},
    {.name = "mac", .kind = SIM_REAL, FIELD(mac), .unit = "J",
     SIM_WITHIN(0, 1), .initial = "auto", .word = "auto",
     .help = "of one digital multiply-accumulate; auto: 4.6 pJ, 1.5 pJ, "
             "0.23 pJ, 41 pJ as the reference says"},
};
// clang-format on

double model_price_amplifiers(const struct model_price_params *price,
                              size_t n_nodes) {
  return price->supply * price->amplifier_current * (double)n_nodes;
}

double model_price_mac(const struct model_price_params *price) {
  return isnan(price->mac) ? macs[price->reference] : price->mac;
}

const char *model_price_reference(const struct model_price_params *price) {
  return references[price->reference];
}

double model_price_n_macs(const struct model_layout *layout, double time) {
  const double n_weights = (double)(layout->n_parameters - layout->n_nodes);
  return BOTH_WAYS * n_weights * time / EULER_STEP;
}
