/* tests/test_imperfect.c -- rates of networks without the ideal chip's energy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "models/hessian.h"
#include "models/hopfield.h"
#include "models/linear.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/imperfect_network.h"

/* --- rates --- */

static void check_rate(const char *curve, unsigned flaws, gsl_rng *rng) {
  struct bench b;
  struct sim_error err = {0};
  struct model_work work;
  double force[NODES], rate[NODES], plain[NODES], r[NODES];
  bench_make(&b, curve, flaws, 0.3, rng);
  CHECK_OK(model_work_init(&work, &b.small.net.layout, 1, &err), err);
  fill_normal(rng, NODES, 1.5, b.s[0]);
  const struct own_drive own = free_drive(&b, 0);
  const struct model_drive drive = {.conductance = rule.spring,
                                    .anchor = b.x_t};
  own_force(&b.small, &own, b.s[0], force);
  model_network_rate(&b.small.net, &drive, b.s[0], rate, &work);
  model_network_rate_plain(&b.small.net, &drive, 1, b.s[0], plain, r);
  for (size_t i = 0; i < NODES; i++) {
    const double want = force[i] * b.small.net.inv_capacitance[i];
    CHECK_NEAR(rate[i], want, 1e-13 * (1 + fabs(want)));
    CHECK_NEAR(plain[i], want, 1e-13 * (1 + fabs(want)));
  }
  model_work_finish(&work);
  small_finish(&b.small);
}

static void the_rate_of_any_network_is_that_of_the_formulas(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (unsigned flaws = 0; flaws < 8; flaws++) {
    check_rate("tanh", flaws, rng);
    check_rate("sigmoid", flaws, rng);
  }
  gsl_rng_free(rng);
}

/* Five-point differences as in tests/test_hessian.c. */
static void check_jacobian(struct bench *b) {
  struct sim_error err = {0};
  struct model_work work;
  const double h = 1e-3, by[] = {-2, -1, 1, 2};
  double jacobian[NODES * NODES], scratch[2 * NODES], f[4][NODES];
  const struct model_drive drive = {.conductance = rule.spring,
                                    .anchor = b->x_t};
  CHECK_OK(model_work_init(&work, &b->small.net.layout, 1, &err), err);
  model_hessian_jacobian(&b->small.net, &drive, b->s[0], jacobian, &work,
                         scratch);
  for (size_t j = 0; j < NODES; j++) {
    double moved[NODES];
    memcpy(moved, b->s[0], sizeof moved);
    for (int k = 0; k < 4; k++) {
      moved[j] = b->s[0][j] + by[k] * h;
      model_network_rate(&b->small.net, &drive, moved, f[k], &work);
    }
    for (size_t i = 0; i < NODES; i++) {
      const double want =
          (8 * (f[2][i] - f[1][i]) - (f[3][i] - f[0][i])) / (12 * h);
      CHECK_NEAR(jacobian[i * NODES + j], want, 1e-9 * (1 + fabs(want)));
    }
  }
  model_work_finish(&work);
}

static void the_jacobian_of_any_network_is_the_slope_of_its_rate(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (unsigned flaws = 0; flaws < 8; flaws++) {
    struct bench b;
    bench_make(&b, "tanh", flaws, 0.3, rng);
    check_jacobian(&b);
    small_finish(&b.small);
  }
  gsl_rng_free(rng);
}

/* Spread amplifiers that happen to be ideal. */
static void ideal_amplifiers_give_the_bits_of_an_ideal_chip(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct bench b;
  struct sim_error err = {0};
  struct model_work work;
  double ideal[NODES], spread[NODES];
  bench_make(&b, "silu", 0, 0, rng);
  CHECK_OK(model_work_init(&work, &b.small.net.layout, 1, &err), err);
  const struct model_drive drive = {.conductance = 4, .anchor = b.x_t};
  model_network_rate(&b.small.net, &drive, b.s[1], ideal, &work);
  CHECK_OK(model_network_spread(&b.small.net, &err), err);
  CHECK(!model_network_has_energy(&b.small.net));
  model_network_rate(&b.small.net, &drive, b.s[1], spread, &work);
  assert_memory_equal(ideal, spread, sizeof ideal);
  model_work_finish(&work);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

static void equal_directions_give_the_bits_of_a_shared_one(void **state) {
  (void)state;
  enum { LANES = 7 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct bench b;
  struct sim_error err = {0};
  struct model_work work;
  double s[NODES * LANES], anchor[VISIBLE * LANES];
  double shared[NODES * LANES], separate[NODES * LANES];
  bench_make(&b, "tanh", 0, 0, rng);
  CHECK_OK(model_work_init(&work, &b.small.net.layout, LANES, &err), err);
  fill_normal(rng, NODES * LANES, 1.5, s);
  fill_normal(rng, VISIBLE * LANES, 1.0, anchor);
  const struct model_drive drive = {.conductance = 4, .anchor = anchor};
  model_network_rate(&b.small.net, &drive, s, shared, &work);
  CHECK(model_network_has_energy(&b.small.net));
  CHECK_OK(model_network_separate(&b.small.net, &err), err);
  CHECK(!model_network_has_energy(&b.small.net));
  model_network_rate(&b.small.net, &drive, s, separate, &work);
  assert_memory_equal(shared, separate, sizeof shared);
  model_work_finish(&work);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

static void no_operating_point_without_an_energy(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct bench b;
  struct sim_error err = {0};
  struct model_settler settler;
  struct model_settling settling = settle_fully();
  bench_make(&b, "silu", DIRECTIONS, 0.1, rng);
  settling.analysis = SIM_OPERATING_POINT;
  CHECK_FAILS(model_settler_init(&settler, &settling, &b.small.net, 1, &err),
              err, SIM_ECONFIG,
              "settle.analysis: must be transient for a chip without an "
              "energy (separate directions, spread amplifiers or hopfield "
              "neurons), got operating_point");
  small_finish(&b.small);
  gsl_rng_free(rng);
}

/* --- hopfield --- */

/* int_0^U u r'(u) du of tanh: U tanh U - ln cosh U. */
static double own_lyapunov(const struct bench *b, const double *s) {
  const struct model_layout *at = &b->small.net.layout;
  const double *theta = b->small.net.theta;
  double value = 0, v[NODES];
  for (size_t i = 0; i < NODES; i++) {
    v[i] = i < VISIBLE ? s[i] : tanh(s[i]);
    value -= theta[at->bias_at[0] + i] * v[i];
    value += b->small.net.leak[i] *
             (i < VISIBLE ? s[i] * s[i] / 2 : s[i] * v[i] - log(cosh(s[i])));
  }
  for (size_t l = 0; l < 2; l++) {
    for (size_t k = 0; k < at->width[l + 1]; k++) {
      for (size_t j = 0; j < at->width[l]; j++) {
        value -= theta[at->weight_at[l] + k * at->width[l] + j] *
                 v[at->node_at[l + 1] + k] * v[at->node_at[l] + j];
      }
    }
  }
  for (size_t i = 0; i < VISIBLE; i++) {
    value += rule.spring * pow(s[i] - b->x_t[i], 2) / 2;
  }
  return value;
}

static void the_lyapunov_function_is_the_formula_and_never_rises(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct bench b;
  struct sim_error err = {0};
  struct model_work work;
  double s[NODES], rate[NODES], now, last = INFINITY, first = 0;
  bench_make(&b, "tanh", HOPFIELD, 0, rng);
  CHECK_OK(model_work_init(&work, &b.small.net.layout, 1, &err), err);
  fill_normal(rng, NODES, 3.0, s);
  const struct model_drive drive = {.conductance = rule.spring,
                                    .anchor = b.x_t};
  for (int step = 0; step < 2000; step++) {
    model_network_rate(&b.small.net, &drive, s, rate, &work);
    model_hopfield_lyapunov(&b.small.net, &drive, s, &work, &now);
    CHECK_NEAR(now, own_lyapunov(&b, s), 1e-11 * (1 + fabs(now)));
    CHECK(now <= last + 1e-13 * fabs(now));
    first = step == 0 ? now : first;
    last = now;
    for (size_t i = 0; i < NODES; i++) {
      s[i] += 0.01 * rate[i];
    }
  }
  CHECK(last < first - 1);
  model_work_finish(&work);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  sim_threads_set(1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_rate_of_any_network_is_that_of_the_formulas),
      cmocka_unit_test(the_jacobian_of_any_network_is_the_slope_of_its_rate),
      cmocka_unit_test(ideal_amplifiers_give_the_bits_of_an_ideal_chip),
      cmocka_unit_test(equal_directions_give_the_bits_of_a_shared_one),
      cmocka_unit_test(no_operating_point_without_an_energy),
      cmocka_unit_test(the_lyapunov_function_is_the_formula_and_never_rises),
  };
  return cmocka_run_group_tests_name("imperfect", tests, NULL, NULL);
}
