/* tests/test_adjoint.c -- exact gradients against dense solves and differences
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/adjoint.h"

#include <stdlib.h>

#include "models/conjugate.h"
#include "models/hessian.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10, LANES = 3, SIZE = NODES * LANES };
enum { PARAMETERS = 3 * 4 + 4 * 3 + NODES, SAMPLES = 5 };
static const size_t width[] = {VISIBLE, 4, 3};

static const struct model_learning rule = {
    .spring = 4, .scale = 1.5, .nudge = 1e-3, .phases = 3};

static void batch_make(unsigned long seed, size_t n, double *x_t, double *u) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  fill_normal(rng, n * VISIBLE, 1.0, x_t);
  fill_normal(rng, n * VISIBLE, 1.0, u);
  gsl_rng_free(rng);
}

/* --- conjugate gradients --- */

struct tile {
  struct small small;
  struct model_phases phases;
  struct model_conjugate solver;
  double b[SIZE], a[SIZE];
  enum model_conjugate_end ends[LANES];
};

/* A tile that has settled from x_t (n_samples <= LANES), and a random b. */
static void tile_make(struct tile *t, const char *curve, size_t max_rounds,
                      const double *x_t, size_t n_samples) {
  struct sim_error err = {0};
  const struct model_settling settling = settle_fully();
  const double u[LANES * VISIBLE] = {0};
  const struct model_batch batch = {.n = n_samples, .x_t = x_t, .u = u};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  small_make(&t->small, 3, width, curve, 1.5, 32);
  fill_normal(rng, SIZE, 1.0, t->b);
  CHECK_OK(model_phases_init(&t->phases, &rule, &settling, &t->small.net, LANES,
                             &err),
           err);
  CHECK_OK(model_conjugate_init(&t->solver, &t->small.net, LANES, 1e-12,
                                max_rounds, &err),
           err);
  model_phases_load(&t->phases, &batch, 0);
  gsl_rng_free(rng);
}

static void tile_solve(struct tile *t) {
  struct sim_error err = {0};
  CHECK_OK(model_phases_free(&t->phases, &err), err);
  model_conjugate_solve(&t->solver, rule.spring, LANES, t->phases.free_state,
                        &t->phases.settler.work, t->b, t->a, t->ends);
}

static void tile_finish(struct tile *t) {
  model_phases_finish(&t->phases);
  model_conjugate_finish(&t->solver);
  small_finish(&t->small);
}

/* want (NODES) = H^-1 b for one lane, H by differences of the formulas; false
 * when H is not positive definite. */
static int solve_densely(const struct tile *t, size_t lane, double *want) {
  double s[NODES], x_t[VISIBLE];
  gsl_matrix *h = gsl_matrix_alloc(NODES, NODES);
  gsl_vector_view x = gsl_vector_view_array(want, NODES);
  for (size_t i = 0; i < NODES; i++) {
    s[i] = lane_of(t->phases.free_state, LANES, i, lane);
    want[i] = lane_of(t->b, LANES, i, lane);
    x_t[i % VISIBLE] = lane_of(t->phases.x_t, LANES, i % VISIBLE, lane);
  }
  own_jacobian(&t->small,
               &(struct own_drive){.spring = rule.spring, .x_t = x_t}, s, h);
  gsl_matrix_scale(h, -1);
  const int code = gsl_linalg_cholesky_decomp1(h);
  if (code == GSL_SUCCESS) {
    gsl_linalg_cholesky_svx(h, &x.vector);
  }
  gsl_matrix_free(h);
  return code == GSL_SUCCESS;
}

/* 1e-8: the dense Hessian comes from differences of 1e-5. */
static void check_lane(const struct tile *t, size_t lane) {
  double want[NODES];
  CHECK(solve_densely(t, lane, want));
  assert_int_equal(t->ends[lane], MODEL_SOLVED);
  for (size_t i = 0; i < NODES; i++) {
    CHECK_NEAR(lane_of(t->a, LANES, i, lane), want[i], 1e-8);
  }
}

/* As many rounds as unknowns, and two for rounding. */
static void conjugate_gradients_solve_what_cholesky_solves(void **state) {
  (void)state;
  static const char *const curves[] = {"silu", "tanh", "softplus", "sigmoid"};
  for (size_t c = 0; c < 4; c++) {
    struct tile t;
    double x_t[LANES * VISIBLE], u[LANES * VISIBLE];
    batch_make(c, LANES, x_t, u);
    tile_make(&t, curves[c], NODES + 2, x_t, LANES);
    tile_solve(&t);
    for (size_t k = 0; k < LANES; k++) {
      check_lane(&t, k);
    }
    tile_finish(&t);
  }
}

/* H a is taken with the product itself: this checks the tolerance. */
static void a_solution_is_as_good_as_asked(void **state) {
  (void)state;
  struct tile t;
  double x_t[LANES * VISIBLE], u[LANES * VISIBLE];
  double curvature[SIZE], product[SIZE], scratch[SIZE];
  batch_make(1, LANES, x_t, u);
  tile_make(&t, "silu", 100, x_t, LANES);
  memset(t.b, 0, sizeof t.b);
  t.b[0 * LANES + 1] = 1e-100;  // tiny, but not nothing
  t.b[0 * LANES + 2] = 1;
  tile_solve(&t);
  model_hessian_curvature(&t.small.net, LANES, t.phases.free_state, curvature);
  model_hessian_product(&t.small.net, rule.spring, &t.phases.settler.work,
                        curvature, t.a, product, scratch);
  for (size_t i = 0; i < SIZE; i++) {
    CHECK(i % LANES != 0 || t.a[i] == 0);  // nothing in, nothing out
    CHECK_NEAR(product[i], t.b[i], i % LANES == 2 ? 1e-11 : 1e-111);
  }
  for (size_t k = 0; k < LANES; k++) {
    assert_int_equal(t.ends[k], MODEL_SOLVED);
  }
  tile_finish(&t);
}

static void too_few_rounds_leave_a_lane_unsolved(void **state) {
  (void)state;
  struct tile t;
  double x_t[LANES * VISIBLE], u[LANES * VISIBLE];
  batch_make(1, LANES, x_t, u);
  tile_make(&t, "silu", 2, x_t, LANES);
  tile_solve(&t);
  for (size_t k = 0; k < LANES; k++) {
    assert_int_equal(t.ends[k], MODEL_UNSOLVED);
  }
  tile_finish(&t);
}

/* tanh without biases: all zeros is an equilibrium, and a saddle once the
 * hidden layers are coupled by more than 1. */
static void make_saddle(struct small *small) {
  const struct model_layout *at = &small->net.layout;
  memset(small->net.theta + at->bias_at[0], 0, NODES * sizeof(double));
  small->net.theta[at->weight_at[1]] = 3;
}

static void a_saddle_is_no_minimum_and_spoils_no_other_lane(void **state) {
  (void)state;
  struct tile t;
  double x_t[LANES * VISIBLE], u[LANES * VISIBLE], unused[NODES];
  batch_make(2, LANES, x_t, u);
  memset(x_t + VISIBLE, 0, VISIBLE * sizeof *x_t);  // lane 1 stays at zero
  tile_make(&t, "tanh", 200, x_t, LANES);
  make_saddle(&t.small);
  tile_solve(&t);
  assert_int_equal(t.ends[1], MODEL_NOT_MINIMUM);
  CHECK(!solve_densely(&t, 1, unused));
  check_lane(&t, 0);
  check_lane(&t, 2);
  tile_finish(&t);
}

/* --- the gradient --- */

static double loss_of(const struct model_network *net,
                      const struct model_batch *batch, double *gradient,
                      struct model_adjoint_quality *quality) {
  struct sim_error err = {0};
  const struct model_settling settling = settle_fully();
  CHECK_OK(model_adjoint_gradient(net, &rule, &settling, batch, gradient,
                                  quality, &err),
           err);
  return quality->loss * VISIBLE / 2;
}

/* mean 1/2 |v - u|^2 from equilibria found by Newton's method. */
static double own_loss(const struct small *small, const double *x_t,
                       const double *u, double (*s)[NODES]) {
  double loss = 0;
  for (size_t k = 0; k < SAMPLES; k++) {
    own_equilibrium(
        small,
        &(struct own_drive){.spring = rule.spring, .x_t = x_t + k * VISIBLE},
        s[k]);
    for (size_t i = 0; i < VISIBLE; i++) {
      const double v =
          rule.scale * rule.spring * (s[k][i] - x_t[k * VISIBLE + i]);
      const double e = v - u[k * VISIBLE + i];
      loss += e * e / 2 / SAMPLES;
    }
  }
  return loss;
}

/* Five-point difference of the loss, along the equilibria near s. */
static double loss_slope(struct small *small, size_t parameter,
                         const double *x_t, const double *u,
                         double (*s)[NODES]) {
  double *p = &small->net.theta[parameter];
  const double was = *p, h = 1e-3;
  double loss[4];
  const double at[] = {-2, -1, 1, 2};
  for (int i = 0; i < 4; i++) {
    *p = was + at[i] * h;
    loss[i] = own_loss(small, x_t, u, s);
  }
  *p = was;
  return (8 * (loss[2] - loss[1]) - (loss[3] - loss[0])) / (12 * h);
}

/* Equilibria from which Newton's method starts: those of the transient. */
static void find_equilibria(const struct small *small, const double *x_t,
                            double (*s)[NODES]) {
  struct sim_error err = {0};
  const struct model_settling settling = settle_fully();
  struct model_settler settler;
  CHECK_OK(model_settler_init(&settler, &settling, &small->net, 1, &err), err);
  for (size_t k = 0; k < SAMPLES; k++) {
    double time;
    const struct model_drive drive = {rule.spring, x_t + k * VISIBLE, NULL,
                                      false, NULL};
    memset(s[k], 0, sizeof s[k]);
    memcpy(s[k], x_t + k * VISIBLE, VISIBLE * sizeof *x_t);
    CHECK_OK(model_settler_run(&settler, &drive, s[k], k, &time, &err), err);
  }
  model_settler_finish(&settler);
}

static void the_gradient_is_that_of_the_settled_loss(void **state) {
  (void)state;
  static const char *const curves[] = {"silu", "tanh", "softplus"};
  for (size_t c = 0; c < 3; c++) {
    struct small small;
    struct model_adjoint_quality quality;
    double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE], gradient[PARAMETERS];
    double s[SAMPLES][NODES], largest = 0;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    batch_make(40 + c, SAMPLES, x_t, u);
    small_make(&small, 3, width, curves[c], 1.5, 32);
    small_spread(&small, rng);
    for (size_t i = 0; i < NODES; i++) {
      small.net.inv_capacitance[i] = fmax(small.net.inv_capacitance[i], 0.5);
    }
    const struct model_batch batch = {.n = SAMPLES, .x_t = x_t, .u = u};
    const double loss = loss_of(&small.net, &batch, gradient, &quality);
    assert_int_equal(small.net.layout.n_parameters, PARAMETERS);
    find_equilibria(&small, x_t, s);
    CHECK_REL(loss, own_loss(&small, x_t, u, s), 1e-10);
    CHECK(quality.residual <= 1e-13);
    assert_int_equal(quality.n_not_minimum + quality.n_unsolved, 0);
    for (size_t i = 0; i < PARAMETERS; i++) {
      largest = fmax(largest, fabs(gradient[i]));
    }
    for (size_t i = 0; i < PARAMETERS; i++) {
      const double want = loss_slope(&small, i, x_t, u, s);
      CHECK_NEAR(gradient[i], want, 1e-8 * largest + 1e-7 * fabs(want));
    }
    small_finish(&small);
    gsl_rng_free(rng);
  }
}

static void saddles_are_counted(void **state) {
  (void)state;
  struct small small;
  struct model_adjoint_quality quality;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE], gradient[PARAMETERS];
  batch_make(3, SAMPLES, x_t, u);
  memset(x_t, 0, 2 * VISIBLE * sizeof *x_t);
  small_make(&small, 3, width, "tanh", 1.5, 32);
  make_saddle(&small);
  const struct model_batch batch = {.n = SAMPLES, .x_t = x_t, .u = u};
  loss_of(&small.net, &batch, gradient, &quality);
  assert_int_equal(quality.n_not_minimum, 2);
  assert_int_equal(quality.n_unsolved, 0);
  small_finish(&small);
}

static void the_gradient_has_the_same_bits_for_any_threads(void **state) {
  (void)state;
  enum { N = 70 };
  struct small small;
  struct model_adjoint_quality quality[2];
  double x_t[N * VISIBLE], u[N * VISIBLE], gradient[2][PARAMETERS];
  batch_make(3, N, x_t, u);
  small_make(&small, 3, width, "silu", 1.5, 32);
  const struct model_batch batch = {.n = N, .x_t = x_t, .u = u};
  for (size_t k = 0; k < 2; k++) {
    sim_threads_set(k + 1);
    loss_of(&small.net, &batch, gradient[k], &quality[k]);
  }
  sim_threads_set(1);
  assert_memory_equal(gradient[0], gradient[1], sizeof gradient[0]);
  CHECK(quality[0].loss == quality[1].loss);
  CHECK(quality[0].residual == quality[1].residual);
  small_finish(&small);
}

static void a_failed_transient_is_reported(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_adjoint_quality quality;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE], gradient[PARAMETERS];
  batch_make(3, SAMPLES, x_t, u);
  small_make(&small, 3, width, "silu", 1.5, 32);
  const struct model_batch batch = {.n = SAMPLES, .x_t = x_t, .u = u};
  const struct model_settling settling = small_settling("euler", 0.05, 1, 1e-9);
  assert_int_equal(model_adjoint_gradient(&small.net, &rule, &settling, &batch,
                                          gradient, &quality, &err),
                   SIM_EFAIL);
  CHECK(strncmp(err.message, "not settled after 1 tau: sample ", 32) == 0);
  small_finish(&small);
}

static void a_gradient_without_memory_leaves_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_adjoint_quality quality;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE], gradient[PARAMETERS];
  batch_make(3, SAMPLES, x_t, u);
  small_make(&small, 3, width, "silu", 1.5, 32);
  const struct model_batch batch = {.n = SAMPLES, .x_t = x_t, .u = u};
  const struct model_settling settling = small_settling("euler", 0.05, 1, 0);
  long n = 0;
  do {
    sim_alloc_refuse_after(n++);
  } while (model_adjoint_gradient(&small.net, &rule, &settling, &batch,
                                  gradient, &quality, &err) == SIM_EFAIL);
  sim_alloc_refuse_after(-1);
  CHECK(n > 20);  // the leak checker counts the rest
  small_finish(&small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(conjugate_gradients_solve_what_cholesky_solves),
      cmocka_unit_test(a_solution_is_as_good_as_asked),
      cmocka_unit_test(too_few_rounds_leave_a_lane_unsolved),
      cmocka_unit_test(a_saddle_is_no_minimum_and_spoils_no_other_lane),
      cmocka_unit_test(the_gradient_is_that_of_the_settled_loss),
      cmocka_unit_test(saddles_are_counted),
      cmocka_unit_test(the_gradient_has_the_same_bits_for_any_threads),
      cmocka_unit_test(a_failed_transient_is_reported),
      cmocka_unit_test(a_gradient_without_memory_leaves_nothing),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("adjoint", tests, NULL, NULL);
}
