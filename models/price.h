/* models/price.h -- what a chip burns beside its circuit, and a digital price
 *
 *   amplifiers   supply amplifier_current, every node's, for as long as the
 *                circuit runs: class A, all of it heat, beside the work that
 *                models/energy.h counts
 *   converters   one DAC for each visible node at the start of a phase; one
 *                ADC for each visible node read out after the free phase, and
 *                for each node whose output a nudged phase leaves
 *
 * The digital reference does the same arithmetic: the published recipe,
 * explicit Euler steps of 0.1 tau, each of two products with every weight. One
 * multiply-accumulate costs, with nothing for memory unless it says so:
 *
 *   fp32_45nm  4.6 pJ   3.7 pJ multiply, 0.9 pJ add  } 45 nm, 0.9 V: Horowitz,
 *   fp16_45nm  1.5 pJ   1.1 pJ, 0.4 pJ               } Computing's energy
 *   int8_45nm  0.23 pJ  0.2 pJ, 0.03 pJ              } problem, ISSCC 2014
 *   a100_fp32  41 pJ    a whole board at its peak: 400 W for 19.5e12 operations
 *                       a second, of which a multiply-accumulate is two (NVIDIA
 *                       A100 data sheet, SXM; without tensor cores), memory too
 *
 * The 45 nm units are the arithmetic alone, the cheapest that digital hardware
 * of that age can be. The sum of int8_45nm is one of 8 bits, too: with an
 * accumulator of 32 bits (0.1 pJ by the same source) it were 0.3 pJ.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_PRICE_H
#define MODEL_PRICE_H

#include "models/layout.h"
#include "sim/param.h"

/* The experiment's `energy` section. */
struct model_price_params {
  size_t samples;            // that are measured; 0: none
  size_t every;              // epochs, when training; 0: at the end only
  double tolerance;          // [1] of a step of their integration
  double dac, adc;           // [J] of a conversion
  double supply;             // [V]
  double amplifier_current;  // [A] of a node
  int reference;             // index of the digital reference
  double mac;                // [J]; NAN: as the reference says
};
#define MODEL_PRICE_N_PARAMS 9
extern const struct sim_param model_price_table[MODEL_PRICE_N_PARAMS];

/* [W] of all amplifiers of a chip. */
double model_price_amplifiers(const struct model_price_params *price,
                              size_t n_nodes);

/* [J] of one multiply-accumulate of the digital reference. */
double model_price_mac(const struct model_price_params *price);
const char *model_price_reference(const struct model_price_params *price);

/* Multiply-accumulates of the digital reference for this time [tau]. */
double model_price_n_macs(const struct model_layout *layout, double time);

#endif
