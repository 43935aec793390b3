/* tests/test_nudge_choice.c -- bias of the gradient and the best nudge
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/nudge_choice.h"

#include "tests/check.h"
#include "tests/small_chip.h"

enum { N = 7, SAMPLES = 20, VISIBLE = 3 };
static const double nudges[N] = {1e-3, 2e-3, 4e-3, 8e-3, 16e-3, 32e-3, 64e-3};

/* Where bias is c beta^n the curve's best nudge is that of the formula. With
 * independent noise of s in either phase that is (s/(2 b))^(1/3). */
static void the_best_nudge_is_that_of_the_formula(void **state) {
  (void)state;
  for (double order = 1; order <= 2; order++) {
    double bias[N];
    for (size_t i = 0; i < N; i++) {
      bias[i] = 3 * pow(nudges[i], order);
    }
    const double s = order > 1 ? 3e-6 : 2e-4;
    const struct model_nudge_choice best =
        model_nudge_choose(N, nudges, bias, s, order);
    CHECK(!best.is_at_end);
    CHECK_REL(best.nudge, best.formula, 0.005);
    CHECK_REL(best.bias, 3 * pow(best.nudge, order), 1e-9);
    CHECK_REL(best.noise, s / best.nudge, 1e-9);
    if (order > 1) {  // two phases of noise s' over 2 beta: s = s'/sqrt(2)
      CHECK_REL(best.formula, cbrt(sqrt(2) * s / (2 * 3)), 1e-3);
    }
  }
}

static void an_end_of_the_list_is_called_one(void **state) {
  (void)state;
  double bias[N];
  for (size_t i = 0; i < N; i++) {
    bias[i] = nudges[i] * nudges[i];
  }
  const struct model_nudge_choice high =
      model_nudge_choose(N, nudges, bias, 10, 2);
  const struct model_nudge_choice low =
      model_nudge_choose(N, nudges, bias, 1e-12, 2);
  CHECK(high.is_at_end && low.is_at_end);
  CHECK_REL(high.nudge, nudges[N - 1], 1e-9);
  CHECK_REL(low.nudge, nudges[0], 1e-9);
}

/* The bias of a real chip grows as beta^2 with three phases, as beta with two.
 */
static void bias_has_the_order_of_the_rule(void **state) {
  (void)state;
  static const size_t width[] = {VISIBLE, 4, 3};
  struct sim_error err = {0};
  struct small small;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  small_make(&small, 3, width, "tanh", 1.5, 32);
  fill_normal(rng, SAMPLES * VISIBLE, 1, x_t);
  fill_normal(rng, SAMPLES * VISIBLE, 1, u);
  const struct model_batch batch = {.n = SAMPLES, .x_t = x_t, .u = u};
  struct model_learning rule = {.spring = 4, .scale = 1.5};
  const struct model_settling settling = settle_fully();
  for (rule.phases = 2; rule.phases <= 3; rule.phases++) {
    double bias[2], norm;
    const double two[] = {1e-3, 2e-3};
    rule.nudge = 1e-3;
    CHECK_OK(model_nudge_bias(&small.net, &rule, &settling, &batch, 2, two,
                              bias, &norm, &err),
             err);
    CHECK_REL(bias[1] / bias[0], rule.phases == 3 ? 4.0 : 2.0, 0.03);
    CHECK(bias[0] > 0 && bias[1] < norm);
  }
  small_finish(&small);
  gsl_rng_free(rng);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_best_nudge_is_that_of_the_formula),
      cmocka_unit_test(an_end_of_the_list_is_called_one),
      cmocka_unit_test(bias_has_the_order_of_the_rule),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("nudge_choice", tests, NULL, NULL);
}
