/* tests/test_modes.c -- settling modes against dense solutions and transients
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/modes.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_sort_vector.h>
#include <stdlib.h>

#include "models/equilibrium.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 6, NODES = 40, SAMPLES = 11, MODES = 4 };
static const size_t width[] = {VISIBLE, 20, 14};
static const struct model_learning rule = {
    .spring = 4, .scale = 1.5, .nudge = 1e-3, .phases = 3};

struct bench {
  struct small small;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE];
  struct model_batch batch;
  struct model_equilibria rest;
};

static void bench_make(struct bench *b, const char *curve, double gain,
                       int is_spread) {
  struct sim_error err = {0};
  const struct model_settling settling = {.analysis = SIM_OPERATING_POINT,
                                          .until = 1e-12};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 8);
  small_make(&b->small, 3, width, curve, gain, 32);
  if (is_spread) {
    small_spread(&b->small, rng);
  }
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, b->x_t);
  memset(b->u, 0, sizeof b->u);
  b->batch = (struct model_batch){.n = SAMPLES, .x_t = b->x_t, .u = b->u};
  CHECK_OK(model_equilibria_find(&b->rest, &b->small.net, &rule, &settling,
                                 &b->batch, &err),
           err);
  gsl_rng_free(rng);
}

static void bench_finish(struct bench *b) {
  model_equilibria_finish(&b->rest);
  small_finish(&b->small);
}

static void find(const struct bench *b, size_t n_modes,
                 struct model_modes *modes) {
  struct sim_error err = {0};
  CHECK_OK(model_modes_find(modes, &b->small.net, rule.spring, b->rest.n,
                            b->rest.state, n_modes, &err),
           err);
}

/* All mu (NODES) of a sample, rising: H by differences of the formulas, and
 * GSL's solver of H v = mu C v. */
static void solve_densely(const struct bench *b, size_t sample, double *mu) {
  gsl_matrix *h = gsl_matrix_alloc(NODES, NODES);
  gsl_matrix *c = gsl_matrix_calloc(NODES, NODES);
  gsl_vector_view found = gsl_vector_view_array(mu, NODES);
  gsl_eigen_gensymm_workspace *work = gsl_eigen_gensymm_alloc(NODES);
  own_jacobian(&b->small,
               &(struct own_drive){.spring = rule.spring,
                                   .x_t = b->x_t + sample * VISIBLE},
               b->rest.state + sample * NODES, h);
  gsl_matrix_scale(h, -1);
  for (size_t i = 0; i < NODES; i++) {
    gsl_matrix_set(c, i, i, 1 / b->small.net.inv_capacitance[i]);
  }
  assert_int_equal(gsl_eigen_gensymm(h, c, &found.vector, work), GSL_SUCCESS);
  gsl_sort_vector(&found.vector);
  gsl_eigen_gensymm_free(work);
  gsl_matrix_free(h);
  gsl_matrix_free(c);
}

/* 1e-8: the dense Hessian comes from differences of 1e-5. */
static void check_dense(const char *curve, int is_spread) {
  struct bench b;
  struct model_modes modes;
  bench_make(&b, curve, 1.5, is_spread);
  find(&b, MODES, &modes);
  for (size_t k = 0; k < SAMPLES; k++) {
    double mu[NODES];
    solve_densely(&b, k, mu);
    for (size_t j = 0; j < MODES; j++) {
      CHECK_NEAR(modes.rate[k * MODES + j], mu[j], 1e-8);
    }
  }
  model_modes_finish(&modes);
  bench_finish(&b);
}

static void rates_are_those_of_the_dense_problem(void **state) {
  (void)state;
  static const char *const curves[] = {"silu", "tanh", "sigmoid"};
  for (size_t c = 0; c < 3; c++) {
    check_dense(curves[c], 0);
    check_dense(curves[c], 1);  // leaks and capacitances all different
  }
}

/* Two nodes, x = 0 and h: H = [[1 + g, -w], [-w, 1]] for the identity, so that
 * mu follows from C1 C2 mu^2 - (C1 H22 + C2 H11) mu + H11 H22 - w^2 = 0. */
static void two_nodes_settle_by_the_quadratic_formula(void **state) {
  (void)state;
  const size_t two[] = {1, 1};
  const double c1 = 5, c2 = 0.5, w = 0.8, h11 = 1 + rule.spring;
  struct sim_error err = {0};
  struct small small;
  struct model_modes modes;
  const double s[] = {0.3, -0.2};
  small_make(&small, 2, two, "identity", 0, 1);
  small.net.theta[0] = w;
  small.net.inv_capacitance[0] = 1 / c1;
  small.net.inv_capacitance[1] = 1 / c2;
  CHECK_OK(model_modes_find(&modes, &small.net, rule.spring, 1, s, 2, &err),
           err);
  const double p = (c1 + c2 * h11) / (c1 * c2), q = (h11 - w * w) / (c1 * c2);
  const double root = sqrt(p * p / 4 - q);
  CHECK_REL(modes.rate[0], p / 2 - root, 1e-13);
  CHECK_REL(modes.rate[1], p / 2 + root, 1e-13);
  model_modes_finish(&modes);
  small_finish(&small);
}

static double distance(const double *a, const double *b) {
  double sum = 0;
  for (size_t i = 0; i < NODES; i++) {
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  }
  return sqrt(sum);
}

/* Once the faster modes are gone, the way that is left shrinks by exp(-mu t);
 * at 1e-6 of the voltage unit the curvature of the flow is gone as well. */
static void a_late_transient_shrinks_at_the_slowest_rate(void **state) {
  (void)state;
  struct bench b;
  struct model_modes modes;
  struct sim_error err = {0};
  struct model_settler settler;
  bench_make(&b, "silu", 1.0, 1);
  find(&b, 2, &modes);
  for (size_t k = 0; k < SAMPLES; k++) {
    const double mu = modes.rate[2 * k];
    const double *end = b.rest.state + k * NODES;
    const struct model_drive drive = {rule.spring, b.x_t + k * VISIBLE, NULL,
                                      false, NULL};
    double s[NODES] = {0}, time;
    memcpy(s, drive.anchor, VISIBLE * sizeof *s);
    struct model_settling wait =
        small_settling("rk8pd", 0.01, log(1e6) / mu, 0);
    wait.settings.tolerance = 1e-12;
    CHECK_OK(model_settler_init(&settler, &wait, &b.small.net, 1, &err), err);
    CHECK_OK(model_settler_run(&settler, &drive, s, k, &time, &err), err);
    const double before = distance(s, end);
    settler.settling.duration = 1 / mu;
    CHECK_OK(model_settler_run(&settler, &drive, s, k, &time, &err), err);
    CHECK_NEAR(log(before / distance(s, end)), 1.0, 1e-3);
    model_settler_finish(&settler);
  }
  model_modes_finish(&modes);
  bench_finish(&b);
}

/* dmu/dC_i = -mu v_i^2: a layer whose capacitances grow by e slows a mode by
 * mu e times its share. */
static void shares_say_whose_capacitance_slows_a_mode(void **state) {
  (void)state;
  const double e = 1e-5;
  struct bench b;
  struct model_modes modes, slower, faster;
  bench_make(&b, "silu", 1.5, 1);
  find(&b, MODES, &modes);
  for (size_t l = 0; l < 3; l++) {
    const size_t first = b.small.net.layout.node_at[l];
    double *inv_c = b.small.net.inv_capacitance;
    double was[NODES];
    memcpy(was, inv_c, sizeof was);
    for (size_t i = first; i < first + width[l]; i++) {
      inv_c[i] = was[i] / (1 + e);
    }
    find(&b, MODES, &slower);
    for (size_t i = first; i < first + width[l]; i++) {
      inv_c[i] = was[i] / (1 - e);
    }
    find(&b, MODES, &faster);
    memcpy(inv_c, was, sizeof was);
    for (size_t j = 0; j < SAMPLES * MODES; j++) {
      const double slope = (slower.rate[j] - faster.rate[j]) / (2 * e);
      CHECK_NEAR(slope, -modes.rate[j] * modes.share[3 * j + l], 1e-5);
    }
    model_modes_finish(&slower);
    model_modes_finish(&faster);
  }
  for (size_t j = 0; j < SAMPLES * MODES; j++) {
    const double *share = modes.share + 3 * j;
    CHECK_NEAR(share[0] + share[1] + share[2], 1.0, 1e-12);
  }
  model_modes_finish(&modes);
  bench_finish(&b);
}

/* tanh without biases at zero: a saddle once the coupling exceeds 1. */
static void a_saddle_has_a_mode_that_grows(void **state) {
  (void)state;
  const size_t chain[] = {1, 1, 1};
  const double s[3] = {0};
  struct sim_error err = {0};
  struct small small;
  struct model_modes modes;
  small_make(&small, 3, chain, "tanh", 0, 1);
  memset(small.net.theta, 0, small.net.layout.n_parameters * sizeof(double));
  small.net.theta[small.net.layout.weight_at[1]] = 3;
  CHECK_OK(model_modes_find(&modes, &small.net, rule.spring, 1, s, 3, &err),
           err);
  CHECK_NEAR(modes.rate[0], 1 - 3.0, 1e-13);  // both hidden nodes together
  CHECK_NEAR(modes.rate[1], 1 + 3.0, 1e-13);  // against one another
  CHECK_NEAR(modes.rate[2], 1 + rule.spring, 1e-13);
  CHECK_NEAR(modes.share[2], 0.5, 1e-13);
  model_modes_finish(&modes);
  small_finish(&small);
}

static void a_chip_without_an_energy_is_refused(void **state) {
  (void)state;
  struct bench b;
  struct model_modes modes;
  struct sim_error err = {0};
  bench_make(&b, "silu", 1.5, 0);
  CHECK_OK(model_network_separate(&b.small.net, &err), err);
  CHECK_FAILS(model_modes_find(&modes, &b.small.net, rule.spring, b.rest.n,
                               b.rest.state, 2, &err),
              err, SIM_ECONFIG,
              "gradient.modes: must be 0 for a chip without an energy "
              "or with sources that differ, got 2");
  bench_finish(&b);
}

static void the_modes_have_the_same_bits_for_any_threads(void **state) {
  (void)state;
  struct bench b;
  struct model_modes modes[2];
  bench_make(&b, "silu", 1.5, 1);
  for (size_t k = 0; k < 2; k++) {
    sim_threads_set(k + 1);
    find(&b, MODES, &modes[k]);
  }
  sim_threads_set(1);
  assert_memory_equal(modes[0].rate, modes[1].rate,
                      SAMPLES * MODES * sizeof(double));
  assert_memory_equal(modes[0].share, modes[1].share,
                      SAMPLES * MODES * 3 * sizeof(double));
  model_modes_finish(&modes[0]);
  model_modes_finish(&modes[1]);
  bench_finish(&b);
}

static void a_search_without_memory_leaves_nothing(void **state) {
  (void)state;
  struct bench b;
  struct model_modes modes;
  struct sim_error err = {0};
  bench_make(&b, "silu", 1.5, 0);
  long n = 0;
  do {
    sim_alloc_refuse_after(n++);
  } while (model_modes_find(&modes, &b.small.net, rule.spring, b.rest.n,
                            b.rest.state, 1, &err) == SIM_EFAIL);
  sim_alloc_refuse_after(-1);
  CHECK(n > 20);  // the leak checker counts the rest
  model_modes_finish(&modes);
  bench_finish(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rates_are_those_of_the_dense_problem),
      cmocka_unit_test(two_nodes_settle_by_the_quadratic_formula),
      cmocka_unit_test(a_late_transient_shrinks_at_the_slowest_rate),
      cmocka_unit_test(shares_say_whose_capacitance_slows_a_mode),
      cmocka_unit_test(a_saddle_has_a_mode_that_grows),
      cmocka_unit_test(a_chip_without_an_energy_is_refused),
      cmocka_unit_test(the_modes_have_the_same_bits_for_any_threads),
      cmocka_unit_test(a_search_without_memory_leaves_nothing),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("modes", tests, NULL, NULL);
}
