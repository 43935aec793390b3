/* tests/test_kirchhoff.c -- Kirchhoff's current law in amperes, from the
 * devices of an imperfect chip alone
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chip.h"
#include "models/network.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { K_VISIBLE = 5, K_H1 = 7, K_H2 = 4, K_NODES = 16 };

static struct model_chip *imperfect_chip(gsl_rng *rng, double *theta) {
  struct sim_error err = {0};
  struct model_chip *chip;
  const struct model_network_params network = {
      .layers = {3, {K_VISIBLE, K_H1, K_H2}},
      .activation = (int)curve_index("silu"),
      .table = "none"};
  const struct model_chip_params params = {
      .voltage_unit = 0.12,
      .conductance_unit = 3e-6,
      .capacitance = {3, {5e-12, 1e-12, 2e-12}},
      .coupling = {.g_min = 0.4e-6, .g_max = 9e-6, .levels = 64}};
  CHECK_OK(model_chip_create(&chip, &network, &params, 15, 1, &err), err);
  fill_normal(rng, chip->layout.n_parameters, 0.7, theta);
  model_chip_program(chip, theta);
  // What a fabrication with spread will leave behind.
  for (size_t i = 0; i < K_NODES; i++) {
    chip->nodes.capacitance[i] *= gsl_ran_flat(rng, 0.8, 1.2);
    chip->nodes.leak[i] *= gsl_ran_flat(rng, 0.8, 1.2);
    chip->nodes.bias[i] *= gsl_ran_flat(rng, 0.8, 1.2);
  }
  return chip;
}

/* Output [V] and gain [1] of an amplifier with input v [V]. */
static void amplifier(const struct model_chip *chip, double v, double *out,
                      double *gain) {
  own_curve("silu", v / chip->voltage_unit, out, gain);
  *out *= chip->voltage_unit;
}

/* Current [A] of both devices of pair (k, j) of array l, driven by v [V]. */
static double pair_current(const struct model_chip *chip, size_t l, size_t k,
                           size_t j, double v) {
  const struct circuit_coupling *array = &chip->coupling[l];
  const size_t at = k * array->n_in + j;
  return array->g_plus[at] * v - array->g_minus[at] * v;
}

/* dV/dt [V/s] and the size [V/s] of the largest current in it. */
static void kirchhoff(const struct model_chip *chip, const double *v,
                      double g_spring, const double *v_t, double *dvdt,
                      double *scale) {
  double out[K_NODES], gain[K_NODES], i_in[K_NODES];
  for (size_t i = 0; i < K_NODES; i++) {
    out[i] = v[i];
    gain[i] = 1;
    if (i >= K_VISIBLE) {
      amplifier(chip, v[i], &out[i], &gain[i]);
    }
    i_in[i] = scale[i] = chip->nodes.bias[i];
  }
  for (size_t l = 0, below = 0; l < 2; l++) {
    const size_t above = below + chip->coupling[l].n_in;
    for (size_t k = 0; k < chip->coupling[l].n_out; k++) {
      for (size_t j = 0; j < chip->coupling[l].n_in; j++) {
        const double up = pair_current(chip, l, k, j, out[below + j]);
        const double down = pair_current(chip, l, k, j, out[above + k]);
        i_in[above + k] += up;
        i_in[below + j] += down;
        scale[above + k] = fmax(fabs(up), scale[above + k]);
        scale[below + j] = fmax(fabs(down), scale[below + j]);
      }
    }
    below = above;
  }
  for (size_t i = 0; i < K_NODES; i++) {
    double i_net = gain[i] * i_in[i] - chip->nodes.leak[i] * v[i];
    if (i < K_VISIBLE) {
      i_net += g_spring * (v_t[i] - v[i]);
    }
    dvdt[i] = i_net / chip->nodes.capacitance[i];
    scale[i] = fmax(scale[i], fabs(i_net)) / chip->nodes.capacitance[i];
  }
}

static void kirchhoffs_current_law_holds_in_amperes(void **state) {
  (void)state;
  struct sim_error err = {0};
  const double lambda = 15;
  double theta[K_VISIBLE * K_H1 + K_H1 * K_H2 + K_NODES];
  double s[K_NODES], x_t[K_VISIBLE], rate[K_NODES], v[K_NODES], v_t[K_VISIBLE];
  double dvdt[K_NODES], scale[K_NODES];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct model_chip *chip = imperfect_chip(rng, theta);
  struct model_network net;
  struct model_work work;
  CHECK_OK(model_chip_network(chip, &net, &err), err);
  CHECK_OK(model_work_init(&work, &chip->layout, 1, &err), err);
  for (int round = 0; round < 20; round++) {
    fill_normal(rng, K_NODES, 1.5, s);
    fill_normal(rng, K_VISIBLE, 1.0, x_t);
    const struct model_drive drive = {lambda, x_t, NULL, false, NULL};
    model_network_rate(&net, &drive, s, rate, &work);
    for (size_t i = 0; i < K_NODES; i++) {
      v[i] = chip->voltage_unit * s[i];
      v_t[i % K_VISIBLE] = chip->voltage_unit * x_t[i % K_VISIBLE];
    }
    kirchhoff(chip, v, lambda * chip->conductance_unit, v_t, dvdt, scale);
    for (size_t i = 0; i < K_NODES; i++) {
      CHECK_NEAR(rate[i] * chip->voltage_unit / chip->tau, dvdt[i],
                 1e-12 * scale[i]);
    }
  }
  model_work_finish(&work);
  model_network_finish(&net);
  model_chip_destroy(chip);
  gsl_rng_free(rng);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kirchhoffs_current_law_holds_in_amperes),
  };
  return cmocka_run_group_tests_name("kirchhoff", tests, NULL, NULL);
}
