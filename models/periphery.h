/* models/periphery.h -- what surrounds the nodes and couplings of a chip
 *
 * Fabricated once with the chip and constant afterwards. A network refers to
 * the periphery of its chip; NULL stands for an ideal one.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_PERIPHERY_H
#define MODEL_PERIPHERY_H

#include "circuits/converter.h"
#include "circuits/hold.h"
#include "circuits/source.h"
#include "models/layout.h"

struct model_periphery_params {
  struct circuit_source_params sources;
  struct circuit_converter_params dac;           // of spring and nudge voltages
  struct circuit_converter_params velocity_adc;  // of displacements
  struct circuit_converter_params output_adc;    // of outputs, for correlations
  struct circuit_hold_params memory;             // of the protocol `snapshot`
};

struct model_periphery {
  double voltage_unit;                     // [V] of the network
  uint64_t seed;                           // of its noise,
  uint32_t chip;                           // too
  struct circuit_sources sources;          // of springs and nudges
  struct circuit_converters dac;           // (n_visible)
  struct circuit_converters velocity_adc;  // (n_visible)
  struct circuit_converters output_adc;    // (n_nodes)
  struct circuit_holds memory;             // (n_nodes)
  // What of these is not ideal, and therefore looked at.
  bool has_sources, has_dac, has_velocity_adc, has_output_adc, has_memory;
};

/* Where and how a periphery is made. */
struct model_periphery_site {
  double voltage_unit;  // [V]
  double tau;           // [s]
  double temperature;   // [K]
  uint64_t seed;
  uint32_t chip;
};

/* *out is NULL when all of the periphery is ideal. The caller destroys it. */
enum sim_status model_periphery_create(
    struct model_periphery **out, const struct model_periphery_params *params,
    const struct model_layout *layout, const struct model_periphery_site *site,
    struct sim_error *err);
void model_periphery_destroy(struct model_periphery *periphery);  // or NULL

#endif
