/* models/noise_source.c -- the sources of noise of a chip, by their names
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "models/noise_sample.h"

static size_t append(struct model_source *sources, size_t n,
                     enum model_source_kind kind, const char *name,
                     const char *label) {
  sources[n].kind = kind;
  snprintf(sources[n].name, sizeof sources[n].name, "%s", name);
  snprintf(sources[n].label, sizeof sources[n].label, "%s", label);
  return n + 1;
}

static size_t append_arrays(const struct model_network *net,
                            struct model_source *sources, size_t n) {
  for (size_t l = 0; l + 1 < net->layout.n_layers; l++, n++) {
    struct model_source *s = &sources[n];
    s->kind = MODEL_SOURCE_ARRAY;
    s->array = l;
    snprintf(s->name, sizeof s->name, "thermal_coupling_%zu", l);
    snprintf(s->label, sizeof s->label, "thermal, couplings of weight_%zu", l);
  }
  return n;
}

static size_t append_devices(const struct model_network *net,
                             struct model_source *sources) {
  const struct model_noise *noise = net->noise;
  size_t n = 0;
  if (noise && noise->params.thermal) {
    n = append(sources, n, MODEL_SOURCE_LEAK, "thermal_leak", "thermal, leaks");
    n = append(sources, n, MODEL_SOURCE_SPRING, "thermal_spring",
               "thermal, springs and nudges");
    n = append_arrays(net, sources, n);
    if (noise->params.excess > 1) {
      n = append(sources, n, MODEL_SOURCE_EXCESS, "thermal_excess",
                 "thermal, excess of amplifiers");
    }
  }
  if (noise && noise->params.flicker) {
    n = append(sources, n, MODEL_SOURCE_FLICKER, "flicker", "flicker");
  }
  if (noise && noise->params.telegraph) {
    n = append(sources, n, MODEL_SOURCE_TELEGRAPH, "telegraph", "telegraph");
  }
  return n;
}

static size_t append_adc(struct model_source *sources, size_t n,
                         const struct circuit_converters *adc,
                         bool is_velocity) {
  if (adc->noise > 0) {
    n = is_velocity ? append(sources, n, MODEL_SOURCE_VELOCITY_SAMPLING,
                             "velocity_adc_sampling", "velocity ADC, sampling")
                    : append(sources, n, MODEL_SOURCE_OUTPUT_SAMPLING,
                             "output_adc_sampling", "output ADC, sampling");
  }
  if (adc->step > 0) {
    n = is_velocity ? append(sources, n, MODEL_SOURCE_VELOCITY_STEP,
                             "velocity_adc_step", "velocity ADC, quantisation")
                    : append(sources, n, MODEL_SOURCE_OUTPUT_STEP,
                             "output_adc_step", "output ADC, quantisation");
  }
  return n;
}

static size_t append_errors(const struct model_device_variances *devices,
                            struct model_source *sources, size_t n) {
  static const char *const text[MODEL_N_DEVICE_ERRORS][2] = {
      {"write_noise", "devices, write noise"},
      {"read_noise", "devices, read noise"},
      {"read_flicker", "devices, read noise, 1/f"}};
  for (int k = 0; k < MODEL_N_DEVICE_ERRORS; k++) {
    if (devices->is_on[k]) {
      sources[n].error = (enum model_device_error)k;
      n = append(sources, n, MODEL_SOURCE_DEVICE, text[k][0], text[k][1]);
    }
  }
  return n;
}

size_t model_source_list(const struct model_network *net,
                         const struct model_device_variances *devices,
                         struct model_source sources[MODEL_MAX_SOURCES]) {
  const struct model_periphery *p = net->periphery;
  size_t n = append_devices(net, sources);
  if (p && p->has_memory && p->memory.noise > 0) {
    n = append(sources, n, MODEL_SOURCE_MEMORY, "memory", "hold capacitors");
  }
  if (p && p->has_velocity_adc) {
    n = append_adc(sources, n, &p->velocity_adc, true);
  }
  if (p && p->has_output_adc) {
    n = append_adc(sources, n, &p->output_adc, false);
  }
  return devices ? append_errors(devices, sources, n) : n;
}
