/* tests/test_optimiser.c -- steps of the optimisers against sums by hand
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/optimiser.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"

static struct model_optimiser make(struct model_optimiser_params params,
                                   size_t n) {
  struct sim_error err = {0};
  struct model_optimiser o;
  CHECK_OK(model_optimiser_init(&o, &params, n, &err), err);
  return o;
}

static struct model_optimiser_params adam(double clip) {
  return (struct model_optimiser_params){.kind = MODEL_ADAM,
                                         .rate = 1e-3,
                                         .betas = {2, {0.9, 0.95}},
                                         .epsilon = 1e-8,
                                         .momentum = 0.5,
                                         .clip = clip};
}

static struct model_optimiser_params sgd(double momentum, double clip) {
  struct model_optimiser_params params = adam(clip);
  params.kind = MODEL_SGD;
  params.rate = 0.1;
  params.momentum = momentum;
  return params;
}

/* g = 2, -1, 0.5:
 *   m = 0.2, 0.08, 0.122                 over 1 - 0.9^k = 0.1, 0.19, 0.271
 *   q = 0.2, 0.24, 0.2405                over 1 - 0.95^k = 0.05, 0.0975,
 *                                        0.142625 */
static void adam_takes_the_steps_of_its_formula(void **state) {
  (void)state;
  struct model_optimiser o = make(adam(NAN), 1);
  const double g[] = {2, -1, 0.5};
  const double m[] = {0.2 / 0.1, 0.08 / 0.19, 0.122 / 0.271};
  const double q[] = {0.2 / 0.05, 0.24 / 0.0975, 0.2405 / 0.142625};
  double theta = 1, want = 1;
  for (int k = 0; k < 3; k++) {
    CHECK(model_optimiser_step(&o, &g[k], &theta) == fabs(g[k]));
    want -= 1e-3 * m[k] / (sqrt(q[k]) + 1e-8);
    CHECK_NEAR(theta, want, 1e-15);
  }
  assert_int_equal(o.steps, 3);
  model_optimiser_finish(&o);
}

/* Whatever the size of the gradient, unless epsilon is as large. */
static void the_first_step_of_adam_is_the_rate(void **state) {
  (void)state;
  struct model_optimiser o = make(adam(NAN), 4);
  const double g[] = {1e-3, -1e6, 0, 1e-8};
  double theta[] = {0, 0, 0, 0};
  model_optimiser_step(&o, g, theta);
  CHECK_REL(theta[0], -1e-3 / (1 + 1e-5), 1e-14);
  CHECK_REL(theta[1], 1e-3, 1e-13);
  CHECK(theta[2] == 0);
  CHECK_REL(theta[3], -0.5e-3, 1e-8);
  model_optimiser_finish(&o);
}

/* m = g1, then 0.5 m + g. */
static void sgd_keeps_a_share_of_its_last_step(void **state) {
  (void)state;
  struct model_optimiser o = make(sgd(0.5, NAN), 2);
  const double g[3][2] = {{1, -2}, {3, 0}, {-1, 4}};
  const double m[3][2] = {{1, -2}, {3.5, -1}, {0.75, 3.5}};
  double theta[] = {1, 1}, want[] = {1, 1};
  for (int k = 0; k < 3; k++) {
    CHECK_REL(model_optimiser_step(&o, g[k], theta), hypot(g[k][0], g[k][1]),
              1e-15);
    for (int i = 0; i < 2; i++) {
      want[i] -= 0.1 * m[k][i];
      CHECK_NEAR(theta[i], want[i], 1e-15);
    }
  }
  model_optimiser_finish(&o);
}

static void sgd_without_momentum_follows_the_gradient(void **state) {
  (void)state;
  struct model_optimiser o = make(sgd(0, NAN), 1);
  const double g[] = {3, -5};
  double theta = 0;
  model_optimiser_step(&o, &g[0], &theta);
  CHECK_NEAR(theta, -0.3, 1e-15);
  model_optimiser_step(&o, &g[1], &theta);
  CHECK_NEAR(theta, 0.2, 1e-15);
  model_optimiser_finish(&o);
}

/* |(3, 4, 12)| = 13; the norm is that before the clipping. */
static void a_long_gradient_is_cut_to_the_global_norm(void **state) {
  (void)state;
  const double g[] = {3, 4, 12}, clips[] = {1, 2.5, 0.1};
  for (int k = 0; k < 3; k++) {
    struct model_optimiser o = make(sgd(0, clips[k]), 3);
    double theta[] = {0, 0, 0};
    CHECK_REL(model_optimiser_step(&o, g, theta), 13.0, 1e-15);
    for (int i = 0; i < 3; i++) {
      CHECK_REL(theta[i], -0.1 * clips[k] * g[i] / 13, 1e-14);
    }
    model_optimiser_finish(&o);
  }
}

static void a_short_gradient_is_left_alone(void **state) {
  (void)state;
  const double g[] = {3, 4};
  const double clips[] = {5, 6, NAN, INFINITY};
  for (int k = 0; k < 4; k++) {
    struct model_optimiser o = make(sgd(0, clips[k]), 2);
    double theta[] = {0, 0};
    CHECK_REL(model_optimiser_step(&o, g, theta), 5.0, 1e-15);
    CHECK_REL(theta[0], -0.3, 1e-15);
    CHECK_REL(theta[1], -0.4, 1e-15);
    model_optimiser_finish(&o);
  }
}

/* Adam sees the clipped gradient: 13 -> 1, then 0.5 as it is. */
static void adam_averages_what_was_clipped(void **state) {
  (void)state;
  struct model_optimiser o = make(adam(1), 1);
  const double g[] = {13, 0.5};
  double theta = 0;
  model_optimiser_step(&o, &g[0], &theta);
  CHECK_NEAR(o.first[0], 0.1, 1e-16);
  CHECK_NEAR(o.second[0], 0.05, 1e-16);
  model_optimiser_step(&o, &g[1], &theta);
  CHECK_NEAR(o.first[0], 0.09 + 0.05, 1e-16);
  CHECK_NEAR(o.second[0], 0.0475 + 0.0125, 1e-16);
  model_optimiser_finish(&o);
}

static void a_huge_gradient_is_cut_without_overflow(void **state) {
  (void)state;
  struct model_optimiser o = make(sgd(0, 1), 2);
  const double g[] = {3e200, 4e200};
  double theta[] = {0, 0};
  CHECK_REL(model_optimiser_step(&o, g, theta), 5e200, 1e-15);
  CHECK_REL(theta[0], -0.06, 1e-14);
  model_optimiser_finish(&o);
}

static void a_broken_gradient_shows_in_the_norm(void **state) {
  (void)state;
  struct model_optimiser o = make(adam(1), 2);
  const double g[] = {1, NAN};
  double theta[] = {0, 0};
  CHECK(isnan(model_optimiser_step(&o, g, theta)));
  model_optimiser_finish(&o);
}

static void no_memory_leaves_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct model_optimiser_params params = adam(1);
  for (long n = 0; n < 2; n++) {
    struct model_optimiser o;
    sim_alloc_refuse_after(n);
    assert_int_equal(model_optimiser_init(&o, &params, 3, &err), SIM_EFAIL);
    CHECK(!o.first && !o.second);
  }
  sim_alloc_refuse_after(-1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(adam_takes_the_steps_of_its_formula),
      cmocka_unit_test(the_first_step_of_adam_is_the_rate),
      cmocka_unit_test(sgd_keeps_a_share_of_its_last_step),
      cmocka_unit_test(sgd_without_momentum_follows_the_gradient),
      cmocka_unit_test(a_long_gradient_is_cut_to_the_global_norm),
      cmocka_unit_test(a_short_gradient_is_left_alone),
      cmocka_unit_test(adam_averages_what_was_clipped),
      cmocka_unit_test(a_huge_gradient_is_cut_without_overflow),
      cmocka_unit_test(a_broken_gradient_shows_in_the_norm),
      cmocka_unit_test(no_memory_leaves_nothing),
  };
  return cmocka_run_group_tests_name("optimiser", tests, NULL, NULL);
}
