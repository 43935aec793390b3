/* tests/test_chip_units.c -- times in seconds and powers in watts of a chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chip.h"
#include "tests/check.h"
#include "tests/layer_chip.h"

/* --- capacitances --- */

/* Capacitances [F] of the three layers, and tau [s]. */
static void check_times(const struct model_chip_params *params,
                        const double want[3], double tau) {
  struct model_chip *chip = chip_make(params, "silu");
  struct model_network net = image_of(chip);
  CHECK_REL(chip->tau, tau, 1e-15);
  for (size_t i = 0; i < NODES; i++) {
    const size_t l = i < VISIBLE ? 0 : i < VISIBLE + H1 ? 1 : 2;
    CHECK_REL(chip->nodes.capacitance[i], want[l], 1e-15);
    CHECK_REL(1 / net.inv_capacitance[i], want[l] / want[1], 1e-15);
  }
  model_network_finish(&net);
  model_chip_destroy(chip);
}

static void one_capacitance_is_that_of_all_nodes(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.conductance_unit = 4e-6;
  params.capacitance = (struct sim_reals){1, {2e-12}};
  check_times(&params, (const double[]){2e-12, 2e-12, 2e-12}, 0.5e-6);
}

static void a_capacitance_can_be_given_for_each_layer(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.capacitance = (struct sim_reals){3, {7e-12, 2e-12, 3e-12}};
  check_times(&params, (const double[]){7e-12, 2e-12, 3e-12}, 2e-6);
}

/* All time constants C/(leak + spring) are then equal. */
static void matched_visible_nodes_get_one_plus_spring(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.capacitance = (struct sim_reals){0};
  params.capacitance_unit = 3e-12;
  check_times(&params, (const double[]){48e-12, 3e-12, 3e-12}, 3e-6);
}

static struct model_settling in_seconds(double step, double duration,
                                        double tau) {
  const struct sim_settle_params params = {.step = {step, false},
                                           .duration = {duration, false},
                                           .until = NAN,
                                           .tolerance = 1e-6};
  return model_settling_make(&params, tau);
}

/* Settle a chip's only sample; returns the time it took [s]. */
static double settle(const struct model_chip *chip,
                     const struct model_settling *settling, double *s) {
  struct sim_error err = {0};
  struct model_settler settler;
  struct model_network net = image_of(chip);
  double x_t[VISIBLE], time;
  memcpy(x_t, s, sizeof x_t);
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  CHECK_OK(model_settler_init(&settler, settling, &net, 1, &err), err);
  CHECK_OK(model_settler_run(&settler, &drive, s, 0, &time, &err), err);
  model_settler_finish(&settler);
  model_network_finish(&net);
  return time * chip->tau;
}

static void doubling_all_capacitances_only_doubles_times(void **state) {
  (void)state;
  double theta[PARAMETERS];
  random_theta(5, 0.3, theta);
  for (int integrator = 0; integrator < 2; integrator++) {
    double end[2][NODES], seconds[2];
    for (int k = 0; k < 2; k++) {
      struct model_chip_params params = ideal();
      const double scale = k + 1;
      params.capacitance =
          (struct sim_reals){3, {5e-12 * scale, 1e-12 * scale, 2e-12 * scale}};
      struct model_chip *chip = chip_make(&params, "silu");
      model_chip_program(chip, theta);
      struct model_settling settling =
          in_seconds(0.1e-6 * scale, 3e-6 * scale, chip->tau);
      settling.integrator =
          sim_integrator_find(integrator == 0 ? "euler" : "rkf45");
      for (size_t i = 0; i < NODES; i++) {
        end[k][i] = i < VISIBLE ? 1.0 - 0.3 * (double)i : 0.0;
      }
      seconds[k] = settle(chip, &settling, end[k]);
      model_chip_destroy(chip);
    }
    assert_memory_equal(end[0], end[1], sizeof end[0]);
    CHECK_REL(seconds[0], 3e-6, 1e-14);
    CHECK_REL(seconds[1], 6e-6, 1e-14);
    CHECK(end[0][VISIBLE] != 0);
  }
}

/* --- units --- */

/* Co-content [W] of the chip's own devices at voltages s voltage_unit:
 * every resistor G V^2/2, every coupling and bias -I V, the spring too. */
static double co_content(const struct model_chip *chip, const double *s,
                         const double *x_t) {
  const double unit = chip->voltage_unit, g = LAMBDA * chip->conductance_unit;
  double out[NODES], watts = 0;
  for (size_t i = 0; i < NODES; i++) {
    double slope;
    out[i] = s[i];
    if (i >= VISIBLE) {
      own_curve("tanh", s[i], &out[i], &slope);
    }
    out[i] *= unit;
    watts += chip->nodes.leak[i] * unit * s[i] * unit * s[i] / 2 -
             chip->nodes.bias[i] * out[i];
  }
  for (size_t l = 0, below = 0; l < 2; l++) {
    const struct circuit_coupling *array = &chip->coupling[l];
    const size_t above = below + array->n_in;
    for (size_t k = 0; k < array->n_out; k++) {
      for (size_t j = 0; j < array->n_in; j++) {
        const size_t at = k * array->n_in + j;
        watts -= (array->g_plus[at] - array->g_minus[at]) * out[above + k] *
                 out[below + j];
      }
    }
    below = above;
  }
  for (size_t i = 0; i < VISIBLE; i++) {
    const double stretch = unit * (s[i] - x_t[i]);
    watts += g * stretch * stretch / 2;
  }
  return watts;
}

/* The model's energy of the same state [W]. */
static double model_watts(const struct model_chip *chip, const double *s,
                          const double *x_t) {
  struct sim_error err = {0};
  struct model_network net = image_of(chip);
  struct model_work work;
  double rate[NODES], energy;
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  CHECK_OK(model_work_init(&work, &net.layout, 1, &err), err);
  model_network_rate(&net, &drive, s, rate, &work);
  model_network_energy(&net, &drive, s, &work, &energy);
  model_work_finish(&work);
  model_network_finish(&net);
  return energy * chip->conductance_unit * chip->voltage_unit *
         chip->voltage_unit;
}

static void larger_conductances_only_raise_the_power(void **state) {
  (void)state;
  const double x_t[VISIBLE] = {1, 0.5, -0.5, -1};
  const double k[] = {1, 3.7, 0.01};
  double theta[PARAMETERS], end[3][NODES], watts[3];
  random_theta(6, 0.4, theta);
  for (int i = 0; i < 3; i++) {
    struct model_chip_params params = ideal();
    params.conductance_unit *= k[i];
    params.coupling.g_min = 0.2e-6 * k[i];
    params.coupling.g_max *= k[i];
    struct model_chip *chip = chip_make(&params, "tanh");
    assert_int_equal(model_chip_program(chip, theta), 0);
    CHECK_REL(chip->tau, 1e-6 / k[i], 1e-15);
    const struct model_settling settling = settle_fully();
    memset(end[i], 0, sizeof end[i]);
    memcpy(end[i], x_t, sizeof x_t);
    settle(chip, &settling, end[i]);
    watts[i] = co_content(chip, end[i], x_t);
    CHECK_REL(model_watts(chip, end[i], x_t), watts[i], 1e-12);
    model_chip_destroy(chip);
  }
  for (int i = 1; i < 3; i++) {
    CHECK_REL(watts[i], k[i] * watts[0], 1e-9);
    for (size_t n = 0; n < NODES; n++) {
      CHECK_NEAR(end[i][n], end[0][n], 1e-9);
    }
  }
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_capacitance_is_that_of_all_nodes),
      cmocka_unit_test(a_capacitance_can_be_given_for_each_layer),
      cmocka_unit_test(matched_visible_nodes_get_one_plus_spring),
      cmocka_unit_test(doubling_all_capacitances_only_doubles_times),
      cmocka_unit_test(larger_conductances_only_raise_the_power),
  };
  return cmocka_run_group_tests_name("chip_units", tests, NULL, NULL);
}
