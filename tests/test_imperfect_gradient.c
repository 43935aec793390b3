/* tests/test_imperfect_gradient.c -- linear response and gradients of networks
 * without the ideal chip's energy
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "models/adjoint.h"
#include "models/linear.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/imperfect_network.h"

/* --- linear response --- */

/* M = -d(force)/ds by differences. */
static gsl_matrix *own_matrix(const struct bench *b, size_t sample) {
  gsl_matrix *m = gsl_matrix_alloc(NODES, NODES);
  const struct own_drive drive = free_drive(b, sample);
  own_jacobian(&b->small, &drive, b->s[sample], m);
  gsl_matrix_scale(m, -1);
  return m;
}

/* x = m^-1 b, m is kept. */
static void own_solve(const gsl_matrix *m, const double *b, double *x) {
  int sign;
  gsl_matrix *lu = gsl_matrix_alloc(NODES, NODES);
  gsl_permutation *order = gsl_permutation_alloc(NODES);
  gsl_vector_view solution = gsl_vector_view_array(x, NODES);
  memmove(x, b, NODES * sizeof *x);
  gsl_matrix_memcpy(lu, m);
  gsl_linalg_LU_decomp(lu, order, &sign);
  gsl_linalg_LU_svx(lu, order, &solution.vector);
  gsl_matrix_free(lu);
  gsl_permutation_free(order);
}

/* 1e-8: the dense matrix comes from differences of 1e-5. */
static void linear_solves_the_matrix_and_its_transpose(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct bench b;
  struct sim_error err = {0};
  struct model_linear linear;
  double s[NODES * SAMPLES], rhs[NODES * SAMPLES], a[NODES * SAMPLES];
  enum model_conjugate_end ends[SAMPLES];
  bench_make(&b, "tanh", DIRECTIONS, 0.3, rng);
  CHECK_OK(model_linear_init(&linear, &b.small.net, &err), err);
  fill_normal(rng, NODES * SAMPLES, 1.0, rhs);
  for (size_t i = 0; i < NODES * SAMPLES; i++) {
    s[i] = b.s[i % SAMPLES][i / SAMPLES];
  }
  for (int transposed = 0; transposed < 2; transposed++) {
    model_linear_solve(&linear, &free_only, transposed, SAMPLES, s, rhs, a,
                       ends);
    for (size_t k = 0; k < SAMPLES; k++) {
      double one[NODES], want[NODES];
      gsl_matrix *m = own_matrix(&b, k);
      for (size_t i = 0; i < NODES; i++) {
        one[i] = lane_of(rhs, SAMPLES, i, k);
      }
      if (transposed) {
        gsl_matrix_transpose(m);
      }
      own_solve(m, one, want);
      assert_int_equal(ends[k], MODEL_SOLVED);
      for (size_t i = 0; i < NODES; i++) {
        CHECK_NEAR(lane_of(a, SAMPLES, i, k), want[i],
                   1e-8 * (1 + fabs(want[i])));
      }
      gsl_matrix_free(m);
    }
  }
  model_linear_finish(&linear);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

/* A node without leak, input or output: a row of zeros. */
static void a_singular_lane_is_unsolved(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct bench b;
  struct sim_error err = {0};
  struct model_linear linear;
  double rhs[NODES], a[NODES];
  enum model_conjugate_end end;
  bench_make(&b, "tanh", 0, 0, rng);
  memset(b.small.net.theta, 0, PARAMETERS * sizeof(double));
  CHECK_OK(model_network_separate(&b.small.net, &err), err);
  b.small.net.leak[NODES - 1] = 0;
  fill_normal(rng, NODES, 1.0, rhs);
  CHECK_OK(model_linear_init(&linear, &b.small.net, &err), err);
  model_linear_solve(&linear, &free_only, false, 1, b.s[0], rhs, a, &end);
  assert_int_equal(end, MODEL_UNSOLVED);
  CHECK(a[0] == 0);
  model_linear_finish(&linear);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

/* M = S + K: what equilibrium propagation sees less what it should see,
 * M^-1 b - M^-T b, is -2 S^-1 K S^-1 b to first order; the difference is odd
 * in K, so the next term is of third order. */
static void mismatch_turns_the_response_by_the_known_first_order(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct bench b;
  struct sim_error err = {0};
  struct model_linear linear;
  double rhs[NODES] = {1, -2, 0.5}, seen[NODES], should[NODES];
  double first[NODES], turned[NODES];
  double miss = 0, size = 0;
  enum model_conjugate_end end;
  bench_make(&b, "silu", DIRECTIONS, 0.01, rng);
  CHECK_OK(model_linear_init(&linear, &b.small.net, &err), err);
  model_linear_solve(&linear, &free_only, false, 1, b.s[0], rhs, seen, &end);
  model_linear_solve(&linear, &free_only, true, 1, b.s[0], rhs, should, &end);
  gsl_matrix *m = own_matrix(&b, 0), *s = gsl_matrix_alloc(NODES, NODES);
  gsl_matrix_transpose_memcpy(s, m);
  gsl_matrix_add(s, m);
  gsl_matrix_scale(s, 0.5);
  gsl_matrix_sub(m, s);  // K
  own_solve(s, rhs, first);
  for (size_t i = 0; i < NODES; i++) {
    turned[i] = 0;
    for (size_t j = 0; j < NODES; j++) {
      turned[i] -= 2 * gsl_matrix_get(m, i, j) * first[j];
    }
  }
  own_solve(s, turned, turned);
  for (size_t i = 0; i < NODES; i++) {
    miss += pow(seen[i] - should[i] - turned[i], 2);
    size += turned[i] * turned[i];
  }
  CHECK(size > 0 && sqrt(miss / size) < 1e-3);
  gsl_matrix_free(m);
  gsl_matrix_free(s);
  model_linear_finish(&linear);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

/* --- gradients --- */

/* mean 1/2 |v - u|^2 from equilibria found by Newton's method. */
static double own_loss(struct bench *b) {
  double loss = 0;
  for (size_t k = 0; k < SAMPLES; k++) {
    const struct own_drive drive = free_drive(b, k);
    own_equilibrium(&b->small, &drive, b->s[k]);
    for (size_t i = 0; i < VISIBLE; i++) {
      const double v = rule.scale * rule.spring * (b->s[k][i] - drive.x_t[i]);
      const double e = v - b->u[k * VISIBLE + i];
      loss += e * e / 2 / SAMPLES;
    }
  }
  return loss;
}

/* Five-point difference of the loss; a weight moves in both directions. */
static double loss_slope(struct bench *b, size_t parameter) {
  const double at[] = {-2, -1, 1, 2}, h = 1e-4;
  double *p = &b->small.net.theta[parameter];
  double *back = b->small.net.theta_back && parameter < WEIGHTS
                     ? &b->small.net.theta_back[parameter]
                     : NULL;
  const double was = *p, back_was = back ? *back : 0;
  double loss[4];
  for (int i = 0; i < 4; i++) {
    *p = was + at[i] * h;
    if (back) {
      *back = back_was + at[i] * h;
    }
    loss[i] = own_loss(b);
  }
  *p = was;
  if (back) {
    *back = back_was;
  }
  return (8 * (loss[2] - loss[1]) - (loss[3] - loss[0])) / (12 * h);
}

static void adjoint(const struct bench *b, double *gradient) {
  struct sim_error err = {0};
  struct model_adjoint_quality quality;
  const struct model_settling settling = settle_fully();
  CHECK_OK(model_adjoint_gradient(&b->small.net, &rule, &settling, &b->batch,
                                  gradient, &quality, &err),
           err);
  assert_int_equal(quality.n_not_minimum + quality.n_unsolved, 0);
}

static void check_adjoint(struct bench *b) {
  double gradient[PARAMETERS], largest = 0;
  adjoint(b, gradient);
  for (size_t i = 0; i < PARAMETERS; i++) {
    largest = fmax(largest, fabs(gradient[i]));
  }
  CHECK(largest > 0.1);
  for (size_t i = 0; i < PARAMETERS; i++) {
    const double want = loss_slope(b, i);
    CHECK_NEAR(gradient[i], want, 1e-8 * largest + 1e-7 * fabs(want));
  }
}

static void the_adjoint_is_the_slope_of_the_chips_own_loss(void **state) {
  (void)state;
  static const struct {
    const char *curve;
    unsigned flaws;
  } chips[] = {{"silu", DIRECTIONS},   {"softplus", DIRECTIONS},
               {"silu", AMPLIFIERS},   {"tanh", AMPLIFIERS | DIRECTIONS},
               {"tanh", HOPFIELD},     {"sigmoid", HOPFIELD | AMPLIFIERS},
               {"softplus", HOPFIELD}, {"tanh", HOPFIELD | DIRECTIONS}};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t c = 0; c < sizeof chips / sizeof chips[0]; c++) {
    struct bench b;
    bench_make(&b, chips[c].curve, chips[c].flaws, 0.3, rng);
    check_adjoint(&b);
    small_finish(&b.small);
  }
  gsl_rng_free(rng);
}

static void measure(const struct bench *b, double nudge, int states,
                    double *gradient) {
  struct model_learning asked = rule;
  const struct model_settling settling = settle_fully();
  asked.nudge = nudge;
  asked.nudged_states = states;
  small_measure(&b->small.net, &asked, &settling, &b->batch, gradient);
}

static double distance(const double *a, const double *b) {
  double square = 0;
  for (size_t i = 0; i < PARAMETERS; i++) {
    square += (a[i] - b[i]) * (a[i] - b[i]);
  }
  return sqrt(square);
}

/* Symmetric nudges leave an error of order beta^2: at 1e-4 below 1e-5 of the
 * gradient. The directions' mismatch of 30 % is far larger. */
static void a_small_nudge_measures_the_small_signal_not_the_adjoint(
    void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  const double zero[PARAMETERS] = {0};
  double nudged[PARAMETERS], signal[PARAMETERS], exact[PARAMETERS];
  struct bench b;
  bench_make(&b, "silu", DIRECTIONS, 0.3, rng);
  measure(&b, 1e-4, MODEL_MEASURED, nudged);
  measure(&b, 1e-4, MODEL_SMALL_SIGNAL, signal);
  adjoint(&b, exact);
  const double size = distance(exact, zero);
  CHECK(distance(nudged, signal) < 1e-5 * size);
  CHECK(distance(signal, exact) > 1e-2 * size);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

/* An ideal hopfield chip has a Lyapunov function of its outputs, so what
 * equilibrium propagation sees in the limit is the true gradient. */
static void equilibrium_propagation_is_exact_on_a_hopfield_chip(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  const double zero[PARAMETERS] = {0};
  double nudged[PARAMETERS], signal[PARAMETERS], exact[PARAMETERS];
  struct bench b;
  bench_make(&b, "tanh", HOPFIELD, 0, rng);
  measure(&b, 1e-4, MODEL_MEASURED, nudged);
  measure(&b, 1e-4, MODEL_SMALL_SIGNAL, signal);
  adjoint(&b, exact);
  const double size = distance(exact, zero);
  CHECK(distance(signal, exact) < 1e-12 * size);
  CHECK(distance(nudged, exact) < 1e-5 * size);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

int main(void) {
  gsl_set_error_handler_off();
  sim_threads_set(1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(linear_solves_the_matrix_and_its_transpose),
      cmocka_unit_test(a_singular_lane_is_unsolved),
      cmocka_unit_test(mismatch_turns_the_response_by_the_known_first_order),
      cmocka_unit_test(the_adjoint_is_the_slope_of_the_chips_own_loss),
      cmocka_unit_test(a_small_nudge_measures_the_small_signal_not_the_adjoint),
      cmocka_unit_test(equilibrium_propagation_is_exact_on_a_hopfield_chip),
  };
  return cmocka_run_group_tests_name("imperfect_gradient", tests, NULL, NULL);
}
