/* tests/test_heat.c -- heat by place, against closed formulas, a trajectory of
 * its own, and plain loops over the devices
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_statistics_double.h>

#include "models/chip.h"
#include "models/energy.h"
#include "tests/check.h"
#include "tests/small_chip.h"

/* --- runs with a meter --- */

static void meter_init(struct model_energy *meter,
                       const struct model_network *net, size_t n_lanes) {
  struct sim_error err = {0};
  CHECK_OK(model_energy_init(meter, &net->layout, n_lanes, &err), err);
}

static void run(struct model_energy *meter, const struct model_network *net,
                const struct model_drive *drive, double duration, double *s) {
  struct sim_error err = {0};
  struct model_settler settler;
  const struct model_settling plain = small_settling("euler", 0.1, duration, 0);
  const struct model_settling own = model_energy_settling(&plain, 1e-11, meter);
  double time;
  CHECK_OK(model_settler_init(&settler, &own, net, meter->n_lanes, &err), err);
  CHECK_OK(model_settler_run(&settler, drive, s, 0, &time, &err), err);
  model_settler_finish(&settler);
}

static void two_nodes(struct small *small, const char *curve, double weight) {
  static const size_t two[] = {1, 1};
  small_make(small, 2, two, curve, 0, 1);
  memset(small->net.theta, 0, 3 * sizeof *small->net.theta);
  small->net.theta[0] = weight;
}

/* --- closed formulas --- */

static void a_discharge_heats_its_one_resistor(void **state) {
  (void)state;
  struct small small;
  struct model_energy meter;
  const double v = 1.5, c = 3, ground = 0;
  two_nodes(&small, "identity", 0);
  small.net.inv_capacitance[0] = 1 / c;
  for (double g = 0.5; g < 20; g *= 3) {  // whatever the resistor
    double s[2] = {v, 0};
    const struct model_drive open = {.anchor = &ground};
    small.net.leak[0] = g;
    meter_init(&meter, &small.net, 1);
    run(&meter, &small.net, &open, 40 * c / g, s);
    CHECK_REL(meter.heat.leak[0], c * v * v / 2, 1e-9);
    CHECK_REL(meter.heat.output[0], c * v * v / 2 / g, 1e-9);
    CHECK(meter.heat.leak[1] == 0 && meter.heat.output[1] == 0);
    CHECK(meter.heat.spring[0] == 0 && meter.heat.nudge[0] == 0);
    model_energy_finish(&meter);
  }
  small_finish(&small);
}

/* The branch charges the capacitor; three quarters of it are the spring. */
static void a_branch_is_shared_as_its_conductances_are(void **state) {
  (void)state;
  struct small small;
  struct model_energy meter;
  const double v = 1.5, c = 3, g = 4;
  double s[2] = {0, 0};
  const struct model_drive drive = {.conductance = g, .anchor = &v};
  two_nodes(&small, "identity", 0);
  small.net.inv_capacitance[0] = 1 / c;
  small.net.leak[0] = 0;
  meter_init(&meter, &small.net, 1);
  meter.spring[0] = 3;
  run(&meter, &small.net, &drive, 40 * c / g, s);
  CHECK_REL(meter.heat.spring[0], 0.75 * c * v * v / 2, 1e-9);
  CHECK_REL(meter.heat.nudge[0], 0.25 * c * v * v / 2, 1e-9);
  CHECK(meter.heat.leak[0] == 0);
  model_energy_clear(&meter);
  CHECK(meter.heat.spring[0] == 0 && meter.heat.output[0] == 0);
  model_energy_finish(&meter);
  small_finish(&small);
}

/* --- a trajectory by other means --- */

enum { STEPS = 8000 };

/* One step of the classical Runge-Kutta method. */
static void step(const struct small *small, const struct own_drive *drive,
                 double h, double *s) {
  static const double part[] = {0, 0.5, 0.5, 1}, weight[] = {1, 2, 2, 1};
  double force[2] = {0}, point[2], sum[2] = {0};
  for (int k = 0; k < 4; k++) {
    for (int i = 0; i < 2; i++) {
      point[i] = s[i] + part[k] * h * force[i];
    }
    own_force(small, drive, point, force);
    for (int i = 0; i < 2; i++) {
      force[i] *= small->net.inv_capacitance[i];
      sum[i] += weight[k] * force[i];
    }
  }
  s[0] += h / 6 * sum[0];
  s[1] += h / 6 * sum[1];
}

struct integrals {
  double output[2], square[2], stretch;
};

/* By Simpson's rule along the trajectory from s. */
static struct integrals follow(const struct small *small,
                               const struct own_drive *drive, double duration,
                               double *s) {
  struct integrals all = {0};
  const double h = duration / STEPS, g = drive->spring + drive->nudge;
  const double anchor =
      (drive->spring * drive->x_t[0] + drive->nudge * drive->xhat[0]) / g;
  for (int k = 0; k <= STEPS; k++) {
    const double w = h / 3 * (k == 0 || k == STEPS ? 1 : k % 2 ? 4 : 2);
    double r, slope;
    own_curve(small->curve_name, s[1], &r, &slope);
    all.output[0] += w * s[0] * s[0];
    all.output[1] += w * r * r;
    all.square[0] += w * s[0] * s[0];
    all.square[1] += w * s[1] * s[1];
    all.stretch += w * (anchor - s[0]) * (anchor - s[0]);
    step(small, drive, h, s);
  }
  return all;
}

/* Two samples of a chip of two nodes under a nudge of this strength. */
static void check_trajectory(double nudge) {
  const double duration = 4, spring = 6, x_t[2] = {0.7, -1.2};
  const double xhat[2] = {1.5, 0.4}, leak[2] = {0.8, 1.3};
  struct small small;
  struct model_energy meter;
  struct integrals mean = {0};
  double anchor[2], s[4];
  two_nodes(&small, "silu", 1.4);
  small.net.theta[1] = 0.2;
  small.net.theta[2] = -0.6;
  small.net.inv_capacitance[1] = 1 / 2.5;
  memcpy(small.net.leak, leak, sizeof leak);
  for (int k = 0; k < 2; k++) {
    const struct own_drive own = {spring, nudge, &x_t[k], &xhat[k], NULL, 0};
    double start[2] = {x_t[k], 0.5};
    const struct integrals one = follow(&small, &own, duration, start);
    for (int i = 0; i < 2; i++) {
      mean.output[i] += one.output[i] / 2;
      mean.square[i] += one.square[i] / 2;
    }
    mean.stretch += one.stretch / 2;
    anchor[k] = (spring * x_t[k] + nudge * xhat[k]) / (spring + nudge);
    s[k] = x_t[k];
    s[2 + k] = 0.5;
  }
  const struct model_drive drive = {.conductance = spring + nudge,
                                    .anchor = anchor};
  meter_init(&meter, &small.net, 2);
  meter.spring[0] = spring;
  run(&meter, &small.net, &drive, duration, s);
  for (int i = 0; i < 2; i++) {
    CHECK_REL(meter.heat.output[i], mean.output[i], 1e-9);
    CHECK_REL(meter.heat.leak[i], leak[i] * mean.square[i], 1e-9);
  }
  CHECK_REL(meter.heat.spring[0], spring * mean.stretch, 1e-9);
  CHECK_REL(meter.heat.nudge[0], nudge * mean.stretch, 1e-9);
  model_energy_finish(&meter);
  small_finish(&small);
}

static void places_agree_with_quadrature_along_a_trajectory(void **state) {
  (void)state;
  check_trajectory(2);
  check_trajectory(-2);  // a minus phase: the nudge takes away
}

/* --- the devices of a chip --- */

enum { VISIBLE = 3, MIDDLE = 5, TOP = 4, NODES = 12, LANES = 3, MOST = 20 };
static const size_t width[] = {VISIBLE, MIDDLE, TOP};

/* A third of the devices are stuck, so that all differ. */
static struct model_chip *chip_make(int reciprocity) {
  struct sim_error err = {0};
  struct model_chip *chip;
  const struct model_network_params network = {
      .layers = {3, {VISIBLE, MIDDLE, TOP}},
      .activation = (int)curve_index("silu"),
      .table = "none"};
  const struct model_chip_params params = {
      .voltage_unit = 0.2,
      .conductance_unit = 2e-6,
      .capacitance = {1, {1e-12}},
      .capacitance_unit = 1e-12,
      .coupling = {.g_min = 1e-7,
                   .g_max = 10e-6,
                   .reciprocity = reciprocity,
                   .stuck = {.high = 0.3}}};
  CHECK_OK(model_chip_create(&chip, &network, &params, 15, 1, &err), err);
  return chip;
}

static void program(struct model_chip *chip, gsl_rng *rng) {
  double theta[NODES * NODES];
  fill_normal(rng, chip->layout.n_parameters, 0.3, theta);
  model_chip_program(chip, theta);
}

/* Joules of device (k, j) by what its directions see. */
static double plain_joule(const struct model_chip *chip,
                          const struct model_heat *heat, size_t l, size_t b,
                          size_t k, size_t j) {
  const struct circuit_coupling *c = &chip->coupling[l];
  const size_t lower = l == 0 ? j : VISIBLE + j;
  const size_t upper = l == 0 ? VISIBLE + k : VISIBLE + MIDDLE + k;
  const double g = c->bank[b].g[k * c->n_in + j];
  const double up = g * heat->output[lower], down = g * heat->output[upper];
  return c->n_banks == 2 ? up + down : b < 2 ? up : down;
}

static void check_devices(int reciprocity) {
  struct sim_error err = {0};
  struct model_chip *chip = chip_make(reciprocity);
  struct model_heat heat;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 4);
  program(chip, rng);
  CHECK_OK(model_heat_init(&heat, &chip->layout, &err), err);
  fill_between(rng, NODES, 1, 2, heat.output);
  fill_between(rng, NODES, 1, 2, heat.leak);
  for (size_t l = 0; l < 2; l++) {
    for (size_t b = 0; b < chip->coupling[l].n_banks; b++) {
      double joule[MOST], sum = 0;
      model_heat_devices(&heat, chip, l, b, joule);
      for (size_t k = 0; k < width[l + 1]; k++) {
        for (size_t j = 0; j < width[l]; j++) {
          const double want = plain_joule(chip, &heat, l, b, k, j);
          CHECK_REL(joule[k * width[l] + j], want, 1e-14);
          sum += want;
        }
      }
      CHECK_REL(model_heat_bank(&heat, chip, l, b), sum, 1e-13);
    }
  }
  CHECK_REL(model_heat_leaks(&heat, &chip->layout, 2),
            heat.leak[8] + heat.leak[9] + heat.leak[10] + heat.leak[11], 1e-14);
  model_heat_finish(&heat);
  model_chip_destroy(chip);
  gsl_rng_free(rng);
}

static void a_cross_point_is_heated_by_each_direction_it_carries(void **state) {
  (void)state;
  check_devices(CIRCUIT_SHARED);
  check_devices(CIRCUIT_SEPARATE);
}

/* [1] mean over the lanes of a row of the meter. */
static double mean_row(const struct model_energy *meter,
                       enum model_energy_row row) {
  return gsl_stats_mean(meter->sum + (size_t)row * LANES, 1, LANES);
}

static void check_sums(int reciprocity) {
  struct sim_error err = {0};
  struct model_chip *chip = chip_make(reciprocity);
  struct model_network net;
  struct model_energy meter;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double anchor[VISIBLE * LANES], s[NODES * LANES] = {0};
  gsl_rng_set(rng, 5);
  program(chip, rng);
  CHECK_OK(model_chip_network(chip, &net, &err), err);
  fill_normal(rng, VISIBLE * LANES, 1, anchor);
  const struct model_drive drive = {.conductance = 16, .anchor = anchor};
  meter_init(&meter, &net, LANES);
  model_energy_load(chip, meter.load);
  model_energy_springs(chip, &(struct model_learning){.spring = 15},
                       meter.spring);
  run(&meter, &net, &drive, 3, s);
  run(&meter, &net, &drive, 2, s);  // and what follows is added
  const double coupling = mean_row(&meter, MODEL_HEAT_COUPLING);
  const double leak = mean_row(&meter, MODEL_HEAT_LEAK);
  const double source = mean_row(&meter, MODEL_HEAT_SOURCE);
  const double joule = chip->conductance_unit * chip->voltage_unit *
                       chip->voltage_unit * chip->tau;
  model_heat_scale(&meter.heat, chip);
  double couplings = 0, leaks = 0;
  for (size_t l = 0; l < 3; l++) {
    leaks += model_heat_leaks(&meter.heat, &chip->layout, l);
    for (size_t b = 0; l < 2 && b < chip->coupling[l].n_banks; b++) {
      couplings += model_heat_bank(&meter.heat, chip, l, b);
    }
  }
  CHECK_REL(couplings, joule * coupling, 1e-12);
  CHECK_REL(leaks, joule * leak, 1e-12);
  CHECK_REL(model_heat_springs(&meter.heat) + model_heat_nudges(&meter.heat),
            joule * source, 1e-12);
  CHECK_REL(model_heat_springs(&meter.heat), joule * source * 15 / 16, 1e-12);
  model_energy_finish(&meter);
  model_network_finish(&net);
  model_chip_destroy(chip);
  gsl_rng_free(rng);
}

static void places_add_up_to_the_whole(void **state) {
  (void)state;
  check_sums(CIRCUIT_SHARED);
  check_sums(CIRCUIT_SEPARATE);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_discharge_heats_its_one_resistor),
      cmocka_unit_test(a_branch_is_shared_as_its_conductances_are),
      cmocka_unit_test(places_agree_with_quadrature_along_a_trajectory),
      cmocka_unit_test(a_cross_point_is_heated_by_each_direction_it_carries),
      cmocka_unit_test(places_add_up_to_the_whole),
  };
  return cmocka_run_group_tests_name("heat", tests, NULL, NULL);
}
