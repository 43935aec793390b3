/* tests/test_spectrum.c -- noise densities against closed formulas
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <complex.h>
#undef I
#include <math.h>
#include <string.h>

#include "models/spectrum.h"
#include "tests/check.h"
#include "tests/small_chip.h"

#define BOLTZMANN 1.380649e-23  // [J/K]
#define KELVIN 300.0

/* A chip of 1-1 nodes whose amplifier is the identity. */
static struct model_chip *two_nodes(double w, double spring) {
  struct sim_error err = {0};
  struct model_chip *chip;
  const struct model_network_params network = {
      .layers = {2, {1, 1}},
      .activation = (int)curve_index("identity"),
      .table = "none",
  };
  const struct model_chip_params params = {
      .voltage_unit = 0.1,
      .conductance_unit = 1e-6,
      .capacitance = {2, {3e-12, 1e-12}},
      .noise = {.excess = 1},
      .coupling = {.g_max = 10e-6},
  };
  CHECK_OK(model_chip_create(&chip, &network, &params, spring, 1, &err), err);
  const double theta[] = {w, 0.2, -0.1};
  assert_int_equal(model_chip_program(chip, theta), 0);
  return chip;
}

struct bench {
  struct model_chip *chip;
  struct model_network net;
  double s[2], strength[2];
  struct model_drive drive;
};

static void open_bench(struct bench *b, double w, double spring) {
  struct sim_error err = {0};
  *b = (struct bench){.chip = two_nodes(w, spring),
                      .s = {0.3, -0.2},
                      .drive = {.conductance = spring}};
  CHECK_OK(model_chip_network(b->chip, &b->net, &err), err);
  CHECK_OK(model_spectrum_thermal(b->chip, &b->net, &b->drive, b->s, KELVIN,
                                  b->strength, &err),
           err);
}

static void close_bench(struct bench *b) {
  model_network_finish(&b->net);
  model_chip_destroy(b->chip);
}

/* 4 k T (leak + spring + pair) at the visible node, without spring at the
 * hidden one. */
static void strengths_are_johnson_noise(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, 0.45, 15);
  const double kt = BOLTZMANN * KELVIN;
  CHECK_REL(b.strength[0], 4 * kt * (1 + 15 + 0.45) * 1e-6, 1e-5);
  CHECK_REL(b.strength[1], 4 * kt * (1 + 0.45) * 1e-6, 1e-5);
  close_bench(&b);
}

/* The slope of the amplifier's input stage weighs the noise of the pairs. */
static void the_slope_weighs_the_noise_of_pairs(void **state) {
  (void)state;
  struct bench b;
  struct sim_error err = {0};
  struct circuit_transfer curve;
  open_bench(&b, 0.45, 15);
  CHECK_OK(circuit_transfer_init(&curve, curve_index("tanh"), NULL, 0.1, &err),
           err);
  b.net.transfer = &curve;
  CHECK_OK(model_spectrum_thermal(b.chip, &b.net, &b.drive, b.s, KELVIN,
                                  b.strength, &err),
           err);
  const double slope = 1 - tanh(-0.2) * tanh(-0.2);
  CHECK_REL(b.strength[1],
            4 * BOLTZMANN * KELVIN * (1 + slope * slope * 0.45) * 1e-6, 1e-5);
  circuit_transfer_finish(&curve);
  close_bench(&b);
}

/* One node alone: S = 4 k T g / (g^2 + (2 pi f C)^2). */
static void a_node_alone_is_a_low_pass(void **state) {
  (void)state;
  struct bench b;
  struct sim_error err = {0};
  open_bench(&b, 0.0, 2);
  for (double f = 1; f < 1e9; f *= 7) {
    double density[2];
    const double c[] = {3e-12, 1e-12}, g[] = {3e-6, 1e-6};
    CHECK_OK(model_spectrum_density(b.chip, &b.net, &b.drive, b.s, b.strength,
                                    1, &f, density, &err),
             err);
    for (size_t i = 0; i < 2; i++) {
      const double w = 2 * M_PI * f * c[i];
      CHECK_REL(density[i],
                4 * BOLTZMANN * KELVIN * g[i] / (g[i] * g[i] + w * w), 1e-5);
    }
  }
  close_bench(&b);
}

/* Its variance is k T / C: the integral over all frequencies, by f = f_0 tan x
 * the mean of (1 + tan^2 x) S over a quarter of a turn. */
static void the_integral_is_kt_over_c(void **state) {
  (void)state;
  struct bench b;
  struct sim_error err = {0};
  enum { N = 400 };
  double variance = 0;
  open_bench(&b, 0.0, 2);
  const double f0 = 1e-6 / (2 * M_PI * 1e-12);
  for (size_t k = 0; k < N; k++) {
    const double x = M_PI / 2 * ((double)k + 0.5) / N;
    const double f = f0 * tan(x), df = f0 / (cos(x) * cos(x));
    double density[2];
    CHECK_OK(model_spectrum_density(b.chip, &b.net, &b.drive, b.s, b.strength,
                                    1, &f, density, &err),
             err);
    variance += density[1] * df * (M_PI / 2) / N;
  }
  CHECK_REL(sqrt(variance), 64.36e-6, 1e-3);
  close_bench(&b);
}

/* Two nodes coupled: the inverse of a 2 x 2 matrix by Cramer's rule. */
static void coupled_nodes_follow_cramers_rule(void **state) {
  (void)state;
  struct bench b;
  struct sim_error err = {0};
  const double w = 0.45, spring = 0.7;
  open_bench(&b, w, spring);
  for (double f = 1; f < 1e8; f *= 13) {
    double density[2];
    const double turn = 2 * M_PI * f;
    const double complex y0 = (1 + spring) * 1e-6 + turn * 3e-12 * _Complex_I;
    const double complex y1 = 1e-6 + turn * 1e-12 * _Complex_I;
    const double complex y = w * 1e-6, det = y0 * y1 - y * y;
    const double own = pow(cabs(y1 / det), 2), other = pow(cabs(y / det), 2);
    CHECK_OK(model_spectrum_density(b.chip, &b.net, &b.drive, b.s, b.strength,
                                    1, &f, density, &err),
             err);
    CHECK_REL(density[0], own * b.strength[0] + other * b.strength[1], 1e-12);
  }
  close_bench(&b);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strengths_are_johnson_noise),
      cmocka_unit_test(the_slope_weighs_the_noise_of_pairs),
      cmocka_unit_test(a_node_alone_is_a_low_pass),
      cmocka_unit_test(the_integral_is_kt_over_c),
      cmocka_unit_test(coupled_nodes_follow_cramers_rule),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
