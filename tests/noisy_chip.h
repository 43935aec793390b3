/* tests/noisy_chip.h -- a small chip with noise, and its mean squares
 *
 * Variances are compared with closed formulas, five standard errors wide: of
 * N independent normal numbers the mean square errs by sqrt(2/N).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_NOISY_CHIP_H
#define TESTS_NOISY_CHIP_H

#include <gsl/gsl_errno.h>
#include <string.h>

#include "models/chip.h"
#include "models/phases.h"
#include "tests/check.h"
#include "tests/small_chip.h"

#define ROOM 300.0  // [K]
enum { VISIBLE = 8, HIDDEN = 24, NODES = VISIBLE + HIDDEN, LANES = 64 };

static inline struct model_chip_params noisy(void) {
  return (struct model_chip_params){
      .voltage_unit = 0.1,
      .conductance_unit = 1e-6,
      .capacitance = {1, {1e-12}},
      .capacitance_unit = 1e-12,
      .temperature = ROOM,
      .noise = {.thermal = true, .excess = 1},
      .coupling = {.g_min = 0, .g_max = 10e-6},
  };
}

static inline struct model_network_params layers_of(const char *curve) {
  return (struct model_network_params){.layers = {2, {VISIBLE, HIDDEN}},
                                       .activation = (int)curve_index(curve),
                                       .table = "none"};
}

struct bench {
  struct model_chip *chip;
  struct model_network net;
  struct model_settler settler;
  double anchor[VISIBLE * LANES], s[NODES * LANES];
};

static inline void bench_open(struct bench *b, const char *curve,
                              const struct model_chip_params *params,
                              const struct model_settling *settling) {
  struct sim_error err = {0};
  const struct model_network_params network = layers_of(curve);
  double theta[VISIBLE * HIDDEN + NODES] = {0};
  memset(b, 0, sizeof *b);
  CHECK_OK(model_chip_create(&b->chip, &network, params, 15, 1, &err), err);
  model_chip_program(b->chip, theta);
  CHECK_OK(model_chip_network(b->chip, &b->net, &err), err);
  CHECK_OK(model_settler_init(&b->settler, settling, &b->net, LANES, &err),
           err);
}

static inline void bench_close(struct bench *b) {
  model_settler_finish(&b->settler);
  model_network_finish(&b->net);
  model_chip_destroy(b->chip);
}

/* One more phase of this duration [tau]. */
static inline void bench_run(struct bench *b, double duration) {
  struct sim_error err = {0};
  double time;
  const struct model_drive drive = {.conductance = 15, .anchor = b->anchor};
  b->settler.settling.duration = duration;
  CHECK_OK(model_settler_run(&b->settler, &drive, b->s, 0, &time, &err), err);
}

/* Mean squares [V^2] of visible and hidden nodes, over n_looks looks at least
 * eight time constants apart. */
static inline void mean_squares(struct bench *b, double apart, size_t n_looks,
                                double *visible, double *hidden) {
  const double unit = b->chip->voltage_unit;
  *visible = *hidden = 0;
  model_settler_begin(&b->settler, MODEL_NOISE_MEASURE, 0, 0);
  bench_run(b, 2 * apart);
  for (size_t look = 0; look < n_looks; look++) {
    bench_run(b, apart);
    for (size_t i = 0; i < NODES * LANES; i++) {
      const double v = unit * b->s[i];
      *(i < VISIBLE * LANES ? visible : hidden) += v * v;
    }
  }
  *visible /= (double)(n_looks * VISIBLE * LANES);
  *hidden /= (double)(n_looks * HIDDEN * LANES);
}

/* 5 standard errors of the mean square of n numbers, relative. */
static inline double doubt(size_t n) {
  return 5 * sqrt(2 / (double)n);
}

static inline struct model_chip_params trapped(void) {
  struct model_chip_params params = noisy();
  params.noise = (struct model_noise_params){
      .flicker_current = 1e-10,
      .flicker_band = {2, {1, 100}},
      .traps_per_decade = 8,
      .telegraph_current = 2e-9,
      .telegraph_capture = 0.5e6,
      .telegraph_emission = 1.5e6,
      .trap_energy = 0.5,
  };
  return params;
}

#endif
