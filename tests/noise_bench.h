/* tests/noise_bench.h -- a small chip and its noise budget
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_NOISE_BENCH_H
#define TESTS_NOISE_BENCH_H

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/chip.h"
#include "models/equilibrium.h"
#include "models/noise_analysis.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

#define VOLT 0.1
enum { MAX_N = 8, MAX_PARAMETERS = 40, MAX_SAMPLES = 3 };

struct bench {
  struct model_chip *chip;
  struct model_network net;
  struct model_learning rule;
  double duration, window, step;  // [tau]
  double theta[MAX_PARAMETERS];
  double x_t[MAX_SAMPLES * MAX_N], u[MAX_SAMPLES * MAX_N];
  double state[MAX_SAMPLES * MAX_N];
  struct model_batch batch;
  bool has_errors;  // of devices, in the budget
  struct model_device_variances devices;
  struct model_noise_analysis found;
};

static inline struct model_chip_params quiet_chip(void) {
  return (struct model_chip_params){
      .voltage_unit = VOLT,
      .conductance_unit = 1e-6,
      .capacitance = {1, {1e-12}},
      .capacitance_unit = 1e-12,
      .temperature = 300,
      .noise = {.excess = 1.5,
                .flicker_current = 2e-10,
                .flicker_band = {2, {1e4, 1e6}},
                .traps_per_decade = 4,
                .telegraph_current = 2e-9,
                .telegraph_capture = 3e5,
                .telegraph_emission = 1e5},
      .coupling = {.g_max = 10e-6},
      .periphery = {.dac = {.range = 1},
                    .velocity_adc = {.range = 1},
                    .output_adc = {.range = 1}},
  };
}

/* The free equilibrium, by the analysis that training has for it. */
static inline void settle(struct bench *b) {
  struct sim_error err = {0};
  struct model_equilibria rest;
  struct model_settling settling = small_settling("rkc", 1, 300, 1e-10);
  settling.settings.tolerance = 1e-8;
  settling.is_quiet = true;
  CHECK_OK(model_equilibria_find(&rest, &b->net, &b->rule, &settling, &b->batch,
                                 &err),
           err);
  memcpy(b->state, rest.state,
         b->batch.n * b->net.layout.n_nodes * sizeof(double));
  model_equilibria_finish(&rest);
}

/* Random weights times `gain`, one sample, devices that do not err. */
static inline void open_bench_with(struct bench *b,
                                   const struct model_chip_params *params,
                                   const char *curve, size_t n_layers,
                                   const size_t *width, double gain) {
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct model_network_params network = {.activation = (int)curve_index(curve),
                                         .table = "none"};
  network.layers.n = n_layers;
  memcpy(network.layers.v, width, n_layers * sizeof *width);
  memset(b, 0, sizeof *b);
  b->rule = (struct model_learning){
      .spring = 4, .scale = 1.5, .nudge = 5e-3, .phases = 3};
  b->duration = 5;
  b->step = 0.05;
  CHECK_OK(model_chip_create(&b->chip, &network, params, 4, 3, &err), err);
  fill_normal(rng, b->chip->layout.n_parameters, gain, b->theta);
  for (size_t k = 0; k < MAX_SAMPLES; k++) {
    fill_normal(rng, width[0], 1, b->x_t + k * width[0]);
    fill_normal(rng, width[0], 1, b->u + k * width[0]);
  }
  model_chip_program(b->chip, b->theta);
  CHECK_OK(model_chip_network(b->chip, &b->net, &err), err);
  b->batch = (struct model_batch){.n = 1, .x_t = b->x_t, .u = b->u};
  gsl_rng_free(rng);
}

static inline void open_bench(struct bench *b,
                              const struct model_chip_params *params,
                              size_t n_layers, const size_t *width,
                              double gain) {
  open_bench_with(b, params, "silu", n_layers, width, gain);
}

static inline void analyse(struct bench *b) {
  struct sim_error err = {0};
  settle(b);
  if (b->has_errors) {
    CHECK_OK(model_device_variances_init(&b->devices, b->chip, &err), err);
  }
  const struct model_noise_task task = {
      .net = &b->net,
      .rule = &b->rule,
      .devices = b->has_errors ? &b->devices : NULL,
      .duration = b->duration,
      .window = b->window,
      .batch = &b->batch,
      .states = b->state,
      .n_windows = 1,
      .windows = &b->window};
  CHECK_OK(model_noise_analyse(&b->found, &task, &err), err);
}

static inline void close_bench(struct bench *b) {
  model_noise_analysis_finish(&b->found);
  model_device_variances_finish(&b->devices);
  model_network_finish(&b->net);
  model_chip_destroy(b->chip);
}

/* Row of a source by its name. */
static inline size_t row_of(const struct bench *b, const char *name) {
  size_t k = 0;
  while (strcmp(b->found.source[k].name, name) != 0) {
    CHECK(++k < b->found.n_sources);
  }
  return k;
}

static inline double total(const struct bench *b, const double *values,
                           size_t n, size_t i) {
  double sum = 0;
  for (size_t k = 0; k < b->found.n_sources; k++) {
    sum += values[k * n + i];
  }
  return sum;
}

static const size_t six[] = {2, 2, 2};

static inline void switch_all_on(struct model_chip_params *params) {
  params->noise.thermal = params->noise.flicker = params->noise.telegraph =
      true;
  params->periphery.memory = (struct circuit_hold_params){
      .capacitance = 1e-12, .leak = 4e7, .time = {5, true}};
  params->periphery.velocity_adc = params->periphery.output_adc =
      (struct circuit_converter_params){
          .bits = 14, .range = 1, .capacitance = 1e-12};
}

#endif
