/* tools/check_sources.c -- what every source of noise of a chip does to its
 * nodes and to a read of the velocity, at the operating point of one sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/check_sources.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/response.h"
#include "sim/memory.h"

// How a chip without an energy is brought to rest.
#define REST_DURATION 3000.0  // [tau] at most
#define REST_TOLERANCE 1e-10  // [1] of a step
#define REST_RESIDUAL 1e-8    // [1]
#define SHOWN_RESIDUAL 1e-4   // [1] above it a state is not called one of rest

/* --- operating point --- */

struct model_settling tool_check_quietly(const struct tool_setup *setup) {
  struct model_settling settling = setup->settling;
  settling.until = REST_RESIDUAL;
  settling.window = 0;
  settling.is_quiet = settling.keep_unsettled = true;
  settling.analysis = SIM_OPERATING_POINT;
  if (!model_network_has_energy(&setup->net)) {
    settling.analysis = SIM_TRANSIENT;
    settling.integrator = sim_integrator_find("rk8pd");
    settling.duration = REST_DURATION;
    settling.has_auto_step = false;
    settling.settings = (struct sim_integrator_settings){
        .step = 0.01, .tolerance = REST_TOLERANCE};
  }
  return settling;
}

/* The first sample on its spring, brought to rest. */
static enum sim_status find_state(const struct tool_setup *setup,
                                  const struct model_drive *drive, double *s,
                                  struct sim_error *err) {
  struct model_settler settler;
  const struct model_settling settling = tool_check_quietly(setup);
  double time;
  if (model_settler_init(&settler, &settling, &setup->net, 1, err)) {
    return err->status;
  }
  memcpy(s, drive->anchor, setup->net.layout.width[0] * sizeof *s);
  enum sim_status status = model_settler_run(&settler, drive, s, 0, &time, err);
  const double residual = settler.residual[0];
  model_settler_finish(&settler);
  if (status == SIM_OK && !(residual < SHOWN_RESIDUAL)) {
    status = sim_error_set(err, SIM_EFAIL,
                           "the first sample does not come to rest: a net "
                           "current of %.2g is left",
                           residual);
  }
  return status;
}

/* --- list --- */

static struct tool_check_source *append(struct tool_check_sources *found,
                                        const struct model_layout *at,
                                        const char *name, const char *unit,
                                        struct sim_error *err) {
  struct tool_check_source *source = &found->source[found->n++];
  *source = (struct tool_check_source){
      .name = name,
      .unit = unit,
      .strength = sim_alloc_doubles(at->n_layers, err),
      .node = sim_alloc_doubles(at->n_nodes, err),
      .read = sim_alloc_doubles(at->n_nodes, err),
  };
  return source->strength && source->node && source->read ? source : NULL;
}

void tool_check_sources_finish(struct tool_check_sources *found) {
  for (size_t k = 0; k < found->n; k++) {
    free(found->source[k].strength);
    free(found->source[k].node);
    free(found->source[k].read);
  }
  *found = (struct tool_check_sources){0};
}

static bool has_step(const struct tool_setup *setup) {
  const struct model_periphery *p = setup->chip->periphery;
  return p && p->dac.step > 0;
}

static bool has_velocity_error(const struct tool_setup *setup) {
  const struct model_periphery *p = setup->chip->periphery;
  return p && (p->velocity_adc.step > 0 || p->velocity_adc.noise > 0);
}

bool tool_check_sources_any(const struct tool_setup *setup) {
  return setup->net.noise || has_step(setup) || has_velocity_error(setup) ||
         model_device_errors_any(setup->chip);
}

/* --- noise currents --- */

static enum sim_status take_current(struct tool_check_sources *found,
                                    const struct tool_setup *setup,
                                    const struct model_stationary_noise *noise,
                                    size_t k, struct sim_error *err) {
  const struct model_chip *chip = setup->chip;
  const struct model_layout *at = &setup->net.layout;
  const size_t n = noise->n_nodes;
  const bool is_white = model_stationary_sources[k].is_white;
  // One-sided density of a white current, as datasheets have it.
  const double unit = chip->conductance_unit * chip->voltage_unit *
                      (is_white ? sqrt(2.0 * chip->tau) : 1.0);
  struct tool_check_source *source =
      append(found, at, model_stationary_sources[k].name,
             is_white ? "A/rtHz" : "A", err);
  if (!source) {
    return err->status;
  }
  for (size_t l = 0; l < at->n_layers; l++) {
    source->strength[l] =
        unit * sqrt(model_layout_mean(at, l, noise->current + k * n));
  }
  memcpy(source->node, noise->node + k * n, n * sizeof *source->node);
  memcpy(source->read, noise->read + k * n, n * sizeof *source->read);
  return SIM_OK;
}

static enum sim_status find_currents(struct tool_check_sources *found,
                                     const struct tool_setup *setup,
                                     const struct model_drive *drive,
                                     const double *s, struct sim_error *err) {
  struct model_stationary_noise noise;
  if (!setup->net.noise) {
    return SIM_OK;
  }
  if (model_stationary_noise_find(&noise, &setup->net, drive, s,
                                  setup->settling.window, err)) {
    return err->status;
  }
  for (size_t k = 0; k < MODEL_N_STATIONARY && !err->status; k++) {
    double whole = 0;
    for (size_t i = 0; i < noise.n_nodes; i++) {
      whole += noise.node[k * noise.n_nodes + i];
    }
    if (whole > 0) {
      take_current(found, setup, &noise, k, err);
    }
  }
  model_stationary_noise_finish(&noise);
  return err->status;
}

/* --- standing errors --- */

static const char *const device_names[MODEL_N_DEVICE_ERRORS] = {
    "write noise", "read noise", "read noise, 1/f"};

/* Errors of the weights between l and l + 1, through both directions. */
static void add_array(const struct tool_setup *setup,
                      const struct model_response *response,
                      enum model_device_error which, size_t l, double *variance,
                      double *node) {
  const bool is_separate = setup->chip->coupling[l].n_banks > 2;
  model_device_error_weights(setup->chip, which, l, false, variance);
  model_response_add_weights(
      response, l, is_separate ? MODEL_RESPONSE_UP : MODEL_RESPONSE_BOTH,
      variance, node);
  if (is_separate) {
    model_device_error_weights(setup->chip, which, l, true, variance);
    model_response_add_weights(response, l, MODEL_RESPONSE_DOWN, variance,
                               node);
  }
}

static enum sim_status find_device_errors(struct tool_check_sources *found,
                                          const struct tool_setup *setup,
                                          const struct model_response *response,
                                          struct sim_error *err) {
  const struct model_layout *at = &setup->net.layout;
  double *variance = sim_alloc_doubles(at->n_parameters, err);
  for (int k = 0; k < MODEL_N_DEVICE_ERRORS && !err->status; k++) {
    const enum model_device_error which = (enum model_device_error)k;
    const double rms = model_device_error_rms(setup->chip, which);
    struct tool_check_source *source =
        rms > 0 ? append(found, at, device_names[k], "S", err) : NULL;
    for (size_t l = 0; source && l + 1 < at->n_layers; l++) {
      add_array(setup, response, which, l, variance, source->node);
    }
    for (size_t l = 0; source && l < at->n_layers; l++) {
      source->strength[l] = rms;
    }
    if (source) {
      memcpy(source->read, source->node, at->n_nodes * sizeof *source->read);
    }
  }
  free(variance);
  return err->status;
}

static enum sim_status find_dac(struct tool_check_sources *found,
                                const struct tool_setup *setup,
                                const struct model_response *response,
                                struct sim_error *err) {
  const struct model_layout *at = &setup->net.layout;
  if (!has_step(setup)) {
    return SIM_OK;
  }
  const double rms = circuit_converters_rounding(&setup->chip->periphery->dac);
  const double in_unit = rms / setup->chip->voltage_unit;
  struct tool_check_source *source = append(found, at, "dac, step", "V", err);
  if (source) {
    source->strength[0] = rms;
    model_response_add_anchors(response, in_unit * in_unit, source->node);
    memcpy(source->read, source->node, at->n_nodes * sizeof *source->read);
  }
  return err->status;
}

/* What a velocity ADC adds to its reads. */
static void add_conversion(struct tool_check_sources *found,
                           const struct tool_setup *setup, const char *name,
                           double rms, struct sim_error *err) {
  const struct model_layout *at = &setup->net.layout;
  const double in_unit = rms / setup->chip->voltage_unit;
  struct tool_check_source *source =
      rms > 0 ? append(found, at, name, "V", err) : NULL;
  if (source) {
    source->strength[0] = rms;
    for (size_t i = 0; i < at->width[0]; i++) {
      source->read[i] = in_unit * in_unit;
    }
  }
}

static enum sim_status find_adc(struct tool_check_sources *found,
                                const struct tool_setup *setup,
                                struct sim_error *err) {
  if (has_velocity_error(setup)) {
    const struct circuit_converters *adc =
        &setup->chip->periphery->velocity_adc;
    add_conversion(found, setup, "velocity_adc, kT/C", adc->noise, err);
    add_conversion(found, setup, "velocity_adc, step",
                   circuit_converters_rounding(adc), err);
  }
  return err->status;
}

static enum sim_status find_standing(struct tool_check_sources *found,
                                     const struct tool_setup *setup,
                                     const struct model_drive *drive,
                                     const double *s, struct sim_error *err) {
  struct model_response response;
  if (model_response_init(&response, &setup->net, drive, s, err)) {
    return err->status;
  }
  if (!find_device_errors(found, setup, &response, err)) {
    find_dac(found, setup, &response, err);
  }
  model_response_finish(&response);
  return err->status;
}

enum sim_status tool_check_sources_find(struct tool_check_sources *found,
                                        const struct tool_setup *setup,
                                        struct sim_error *err) {
  const struct model_drive drive = {
      .conductance = setup->experiment->learning.spring,
      .anchor = setup->data.values};
  double *s = sim_alloc_doubles(setup->net.layout.n_nodes, err);
  *found = (struct tool_check_sources){0};
  if (s && !find_state(setup, &drive, s, err) &&
      !find_currents(found, setup, &drive, s, err) &&
      !find_standing(found, setup, &drive, s, err)) {
    find_adc(found, setup, err);
  }
  free(s);
  if (err->status) {
    tool_check_sources_finish(found);
  }
  return err->status;
}
