/* tests/test_initial.c -- distributions of the weights before training
 *
 * Means and variances are within 5 standard errors of what the header says.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/initial.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "tests/check.h"

enum { PARAMETERS = 24896, W0 = 128 * 64, W1 = 128 * 128 };
static struct model_layout digits;
static double theta[PARAMETERS], other[PARAMETERS];

static int draw(void **state) {
  (void)state;
  digits = model_layout_make(3, (const size_t[]){64, 128, 128});
  model_initial_draw(&digits, 0.5, 1, theta);
  return 0;
}

/* mean of x^power */
static double moment(const double *x, size_t n, int power) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    sum += pow(x[i], power);
  }
  return sum / (double)n;
}

/* Standard errors of a normal variable: mean s/sqrt(n), variance
 * s^2 sqrt(2/n), third moment s^3 sqrt(15/n), fourth s^4 sqrt(96/n). */
static void check_normal(const double *x, size_t n, double s) {
  const double se = 5 / sqrt((double)n);
  CHECK_NEAR(moment(x, n, 1), 0, se * s);
  CHECK_NEAR(moment(x, n, 2), s * s, se * sqrt(2) * s * s);
  CHECK_NEAR(moment(x, n, 3), 0, se * sqrt(15) * pow(s, 3));
  CHECK_NEAR(moment(x, n, 4), 3 * pow(s, 4), se * sqrt(96) * pow(s, 4));
}

/* Standard errors of a uniform variable within +-b: mean b/sqrt(3 n),
 * variance b^2 sqrt(4/45)/sqrt(n). */
static void check_uniform(const double *x, size_t n, double b) {
  const double se = 5 / sqrt((double)n);
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    largest = fmax(largest, fabs(x[i]));
  }
  CHECK(largest <= b && largest > 0.9 * b);
  CHECK_NEAR(moment(x, n, 1), 0, se * b / sqrt(3));
  CHECK_NEAR(moment(x, n, 2), b * b / 3, se * b * b * sqrt(4.0 / 45));
}

static void weights_are_normal_with_glorots_deviation(void **state) {
  (void)state;
  CHECK_NEAR(0.5 * sqrt(2.0 / (64 + 128)), 0.0510, 5e-5);
  CHECK_NEAR(0.5 * sqrt(2.0 / (128 + 128)), 0.0442, 5e-5);
  check_normal(theta, W0, 0.5 * sqrt(2.0 / (64 + 128)));
  check_normal(theta + W0, W1, 0.5 * sqrt(2.0 / (128 + 128)));
}

/* 160,000 weights tell a variance wrong by 2 %. */
static void many_weights_have_the_same_deviation(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct model_layout wide =
      model_layout_make(2, (const size_t[]){800, 200});
  double *many = sim_alloc_doubles(wide.n_parameters, &err);
  CHECK(many);
  model_initial_draw(&wide, 1.5, 9, many);
  check_normal(many, 800 * 200, 1.5 * sqrt(2.0 / 1000));
  check_uniform(many + wide.bias_at[1], 200, 1 / sqrt(800));
  free(many);
}

static void biases_are_uniform_by_their_fan_in(void **state) {
  (void)state;
  const double *b = theta + digits.bias_at[0];
  for (size_t i = 0; i < 64; i++) {
    CHECK(b[i] == 0 && !signbit(b[i]));
  }
  check_uniform(b + 64, 128, 1.0 / 8);
  check_uniform(b + 64 + 128, 128, 1 / sqrt(128));
}

/* Correlations of independent numbers: standard error 1/sqrt(n). */
static void arrays_are_independent_of_one_another(void **state) {
  (void)state;
  const double s = 0.0510310 * 0.0441942;
  double weights = 0, biases = 0;
  for (size_t i = 0; i < W0; i++) {
    weights += theta[i] * theta[W0 + i] / s / W0;
  }
  const double *b = theta + digits.bias_at[1];
  for (size_t i = 0; i < 128; i++) {
    biases += b[i] * b[128 + i] * 3 * 8 * sqrt(128) / 128;
  }
  CHECK_NEAR(weights, 0, 5 / sqrt(W0));
  CHECK_NEAR(biases, 0, 5 / sqrt(128));
}

static void the_gain_scales_weights_and_not_biases(void **state) {
  (void)state;
  model_initial_draw(&digits, 2.0, 1, other);
  for (size_t i = 0; i < PARAMETERS; i++) {
    const double want = i < W0 + W1 ? 4 * theta[i] : theta[i];
    CHECK_REL(other[i], want, 1e-15);
  }
  model_initial_draw(&digits, 0, 1, other);
  for (size_t i = 0; i < W0 + W1; i++) {
    CHECK(other[i] == 0);
  }
}

static void a_seed_is_a_start(void **state) {
  (void)state;
  size_t n_equal = 0;
  model_initial_draw(&digits, 0.5, 1, other);
  assert_memory_equal(other, theta, sizeof theta);
  model_initial_draw(&digits, 0.5, 2, other);
  for (size_t i = 0; i < W0 + W1; i++) {
    n_equal += other[i] == theta[i];
  }
  assert_int_equal(n_equal, 0);
}

static void one_node_a_layer_is_enough(void **state) {
  (void)state;
  const struct model_layout tiny = model_layout_make(2, (const size_t[]){1, 1});
  double few[3] = {NAN, NAN, NAN};
  model_initial_draw(&tiny, 0.5, 1, few);
  CHECK(few[0] != 0 && fabs(few[0]) < 5 * 0.5);
  CHECK(few[1] == 0 && few[2] != 0 && fabs(few[2]) <= 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_are_normal_with_glorots_deviation),
      cmocka_unit_test(many_weights_have_the_same_deviation),
      cmocka_unit_test(biases_are_uniform_by_their_fan_in),
      cmocka_unit_test(arrays_are_independent_of_one_another),
      cmocka_unit_test(the_gain_scales_weights_and_not_biases),
      cmocka_unit_test(a_seed_is_a_start),
      cmocka_unit_test(one_node_a_layer_is_enough),
  };
  return cmocka_run_group_tests_name("initial", tests, draw, NULL);
}
