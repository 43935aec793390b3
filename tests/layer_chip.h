/* tests/layer_chip.h -- a chip of three layers, ideal or as its params say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_LAYER_CHIP_H
#define TESTS_LAYER_CHIP_H

#include "models/chip.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 4, H1 = 6, H2 = 3, NODES = 13 };
enum { WEIGHTS = VISIBLE * H1 + H1 * H2, PARAMETERS = WEIGHTS + NODES };
#define LAMBDA 15.0

static inline struct model_network_params layers_of(const char *curve) {
  return (struct model_network_params){.layers = {3, {VISIBLE, H1, H2}},
                                       .activation = (int)curve_index(curve),
                                       .table = "none"};
}

static inline struct model_chip_params ideal(void) {
  return (struct model_chip_params){.voltage_unit = 0.1,
                                    .conductance_unit = 1e-6,
                                    .capacitance = {1, {1e-12}},
                                    .capacitance_unit = 1e-12,
                                    .coupling = {.g_min = 0, .g_max = 10e-6}};
}

static inline struct model_chip *chip_make(
    const struct model_chip_params *params, const char *curve) {
  struct sim_error err = {0};
  struct model_chip *chip;
  const struct model_network_params network = layers_of(curve);
  CHECK_OK(model_chip_create(&chip, &network, params, LAMBDA, 1, &err), err);
  return chip;
}

static inline void random_theta(unsigned long seed, double sigma,
                                double *theta) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  fill_normal(rng, PARAMETERS, sigma, theta);
  gsl_rng_free(rng);
}

/* The caller finishes it. */
static inline struct model_network image_of(const struct model_chip *chip) {
  struct sim_error err = {0};
  struct model_network net;
  CHECK_OK(model_chip_network(chip, &net, &err), err);
  return net;
}

#endif
