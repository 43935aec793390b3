/* models/periphery.c -- what surrounds the nodes and couplings of a chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/periphery.h"

#include <stdlib.h>

#include "sim/memory.h"

/* What is ideal is set up all the same, so that nothing has to be asked for
 * twice. */
static enum sim_status make_parts(struct model_periphery *p,
                                  const struct model_periphery_params *params,
                                  const struct model_layout *layout,
                                  const struct model_periphery_site *site,
                                  struct sim_error *err) {
  const size_t n_visible = layout->width[0], n_nodes = layout->n_nodes;
  const double t = site->temperature;
  if (circuit_sources_init(&p->sources, &params->sources, n_visible, site->seed,
                           site->chip, err) ||
      circuit_converters_init(&p->dac, &params->dac, CIRCUIT_DAC, n_visible, t,
                              site->seed, site->chip, err) ||
      circuit_converters_init(&p->velocity_adc, &params->velocity_adc,
                              CIRCUIT_VELOCITY_ADC, n_visible, t, site->seed,
                              site->chip, err) ||
      circuit_converters_init(&p->output_adc, &params->output_adc,
                              CIRCUIT_OUTPUT_ADC, n_nodes, t, site->seed,
                              site->chip, err)) {
    return err->status;
  }
  return circuit_holds_init(&p->memory, &params->memory, site->tau, n_nodes, t,
                            site->seed, site->chip, err);
}

enum sim_status model_periphery_create(
    struct model_periphery **out, const struct model_periphery_params *params,
    const struct model_layout *layout, const struct model_periphery_site *site,
    struct sim_error *err) {
  const struct model_periphery made = {
      .voltage_unit = site->voltage_unit,
      .seed = site->seed,
      .chip = site->chip,
      .has_sources = !circuit_sources_are_ideal(&params->sources),
      .has_dac = !circuit_converter_is_ideal(&params->dac),
      .has_velocity_adc = !circuit_converter_is_ideal(&params->velocity_adc),
      .has_output_adc = !circuit_converter_is_ideal(&params->output_adc),
      .has_memory = !circuit_hold_is_ideal(&params->memory),
  };
  *out = NULL;
  if (!made.has_sources && !made.has_dac && !made.has_velocity_adc &&
      !made.has_output_adc && !made.has_memory) {
    return SIM_OK;
  }
  struct model_periphery *p = sim_alloc(1, sizeof *p, err);
  if (!p) {
    return err->status;
  }
  *p = made;
  if (make_parts(p, params, layout, site, err)) {
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
  circuit_converters_finish(&p->dac);
  circuit_converters_finish(&p->velocity_adc);
  circuit_converters_finish(&p->output_adc);
  circuit_holds_finish(&p->memory);
  free(p);
}
