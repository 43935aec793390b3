/* tests/conductances.h -- an array of many devices, and their statistics
 *
 * Statistics are of N devices with a fixed seed: means within 5 standard
 * errors, standard deviations within 5 sigma/sqrt(2N).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_CONDUCTANCES_H
#define TESTS_CONDUCTANCES_H

#include <stdlib.h>
#include <string.h>

#include "circuits/coupling.h"
#include "tests/check.h"

#define N_OUT 100u
#define N_IN 200u
#define N (N_OUT * N_IN)
#define UNIT 1e-6
#define US 1e-6  // [S] of a microsiemens
#define DAY 86400.0

static const struct circuit_site site = {
    .seed = 7, .chip = 3, .array = 2, .temperature = 300};

/* Ideal devices of 0 to 25 uS; everything else is off. */
static inline struct circuit_coupling_params ideal(void) {
  return (struct circuit_coupling_params){
      .g_max = 25 * US,
      .reference = NAN,
      .tolerance = 0.01,
      .max_pulses = 1000,
      .pulse = {.origin = 0.5,
                .side = {{.step = 0.25 * US, .voltage = 1, .width = 1e-6},
                         {.step = 0.25 * US, .voltage = 2, .width = 1e-6}}},
      .drift = {.nu = {1, {0}}, .spread = {1, {0}}, .t0 = 20},
      .retention = {.time = NAN},
      .read_noise = {.flicker_limit = 0.2, .read_time = 250e-9},
  };
}

static inline struct circuit_coupling make(
    const struct circuit_coupling_params *params) {
  struct sim_error err = {0};
  struct circuit_coupling array;
  CHECK_OK(circuit_coupling_init(&array, params, &site, N_OUT, N_IN, &err),
           err);
  return array;
}

static inline double *numbers(void) {
  double *x = calloc(N, sizeof *x);
  CHECK(x);
  return x;
}

static inline double *constant(double value) {
  double *x = numbers();
  for (size_t i = 0; i < N; i++) {
    x[i] = value;
  }
  return x;
}

static inline double *some_weights(double largest) {
  double *w = numbers();
  for (size_t i = 0; i < N; i++) {
    w[i] = largest * sin(0.37 * (double)i * (double)i);
  }
  return w;
}

static inline double mean_of(const double *x) {
  double sum = 0;
  for (size_t i = 0; i < N; i++) {
    sum += x[i];
  }
  return sum / N;
}

static inline double deviation_of(const double *x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (size_t i = 0; i < N; i++) {
    sum += (x[i] - mean) * (x[i] - mean);
  }
  return sqrt(sum / (N - 1));
}

static inline void check_normal(const double *x, double mean, double sigma) {
  CHECK_NEAR(mean_of(x), mean, 5 * sigma / sqrt(N));
  CHECK_NEAR(deviation_of(x), sigma, 5 * sigma / sqrt(2.0 * N));
}

/* Coefficients v (n) in microsiemens. */
static inline struct sim_reals microsiemens(size_t n, const double *v) {
  struct sim_reals list = {.n = n};
  for (size_t k = 0; k < n; k++) {
    list.v[k] = v[k] * US;
  }
  return list;
}

#endif
