/* tests/test_hessian.c -- second derivatives against differences of the rate
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/hessian.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"
#include "tests/small_chip.h"

static const char *const curves[] = {
    "silu", "tanh", "sigmoid", "softplus", "hard_sigmoid", "identity", "table"};
enum { N_CURVES = sizeof curves / sizeof curves[0] };
enum { VISIBLE = 4, NODES = 15, LANES = 3, SIZE = NODES * LANES };
static const size_t width[] = {VISIBLE, 6, 3, 2};

/* Five-point differences of the rate: error h^4/30 of its fifth derivative
 * and rounding over h, together below 1e-10. */
#define H 1e-3
#define TOLERANCE 1e-9

struct tile {
  struct small small;
  struct model_work work;
  double s[SIZE], rate[SIZE], anchor[VISIBLE * LANES];
  double curvature[SIZE], scratch[SIZE];
};

/* A random state whose nodes stay clear of kinks when they are moved. */
static void tile_make(struct tile *t, const char *curve, size_t n_lanes,
                      gsl_rng *rng) {
  struct sim_error err = {0};
  small_make(&t->small, 4, width, curve, 2.0, 11);
  small_spread(&t->small, rng);
  CHECK_OK(model_work_init(&t->work, &t->small.net.layout, n_lanes, &err), err);
  fill_normal(rng, VISIBLE * n_lanes, 1.0, t->anchor);
  for (size_t i = 0; i < NODES * n_lanes; i++) {
    do {
      t->s[i] = gsl_ran_gaussian(rng, 1.5);
    } while (i >= VISIBLE * n_lanes &&
             is_near_kink(t->small.curve_name, t->s[i], 10 * H));
  }
}

static void tile_finish(struct tile *t) {
  small_finish(&t->small);
  model_work_finish(&t->work);
}

static void look(struct tile *t, const struct model_drive *drive) {
  model_network_rate(&t->small.net, drive, t->s, t->rate, &t->work);
  model_hessian_curvature(&t->small.net, t->work.n_lanes, t->s, t->curvature);
}

/* rate at s + by p, all lanes. */
static void rate_moved(struct tile *t, const struct model_drive *drive,
                       const double *p, double by, double *rate) {
  const size_t n = NODES * t->work.n_lanes;
  double moved[SIZE];
  for (size_t i = 0; i < n; i++) {
    moved[i] = t->s[i] + by * p[i];
  }
  model_network_rate(&t->small.net, drive, moved, rate, &t->work);
}

/* d(rate)/de along p, all lanes. */
static void rate_slope(struct tile *t, const struct model_drive *drive,
                       const double *p, double *slope) {
  double a[SIZE], b[SIZE], c[SIZE], d[SIZE];
  rate_moved(t, drive, p, H, a);
  rate_moved(t, drive, p, -H, b);
  rate_moved(t, drive, p, 2 * H, c);
  rate_moved(t, drive, p, -2 * H, d);
  for (size_t i = 0; i < NODES * t->work.n_lanes; i++) {
    slope[i] = (8 * (a[i] - b[i]) - (c[i] - d[i])) / (12 * H);
  }
}

static void the_product_is_the_change_of_the_net_current(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t c = 0; c < N_CURVES; c++) {
    struct tile t;
    double p[SIZE], product[SIZE], slope[SIZE];
    tile_make(&t, curves[c], LANES, rng);
    const struct model_drive drive = {15.0, t.anchor, NULL, false, NULL};
    fill_normal(rng, SIZE, 0.5, p);
    rate_slope(&t, &drive, p, slope);
    look(&t, &drive);
    model_hessian_product(&t.small.net, 15.0, &t.work, t.curvature, p, product,
                          t.scratch);
    for (size_t i = 0; i < SIZE; i++) {
      const double c_i = 1 / t.small.net.inv_capacitance[i / LANES];
      CHECK_NEAR(product[i], -slope[i] * c_i,
                 TOLERANCE * c_i * (1 + fabs(slope[i])));
    }
    tile_finish(&t);
  }
  gsl_rng_free(rng);
}

static double dot_lane(const double *a, const double *b, size_t lane) {
  double sum = 0;
  for (size_t i = lane; i < SIZE; i += LANES) {
    sum += a[i] * b[i];
  }
  return sum;
}

static void the_hessian_is_symmetric(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t c = 0; c < N_CURVES; c++) {
    struct tile t;
    double p[SIZE], q[SIZE], h_p[SIZE], h_q[SIZE];
    tile_make(&t, curves[c], LANES, rng);
    const struct model_drive drive = {2.0, t.anchor, NULL, false, NULL};
    fill_normal(rng, SIZE, 1, p);
    fill_normal(rng, SIZE, 1, q);
    look(&t, &drive);
    model_hessian_product(&t.small.net, 2.0, &t.work, t.curvature, p, h_p,
                          t.scratch);
    model_hessian_product(&t.small.net, 2.0, &t.work, t.curvature, q, h_q,
                          t.scratch);
    for (size_t k = 0; k < LANES; k++) {
      const double size = sqrt(dot_lane(p, p, k) * dot_lane(h_q, h_q, k));
      CHECK_NEAR(dot_lane(p, h_q, k), dot_lane(q, h_p, k), 1e-14 * size);
    }
    tile_finish(&t);
  }
  gsl_rng_free(rng);
}

static void the_diagonal_is_that_of_the_product(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t c = 0; c < N_CURVES; c++) {
    struct tile t;
    double diagonal[SIZE], product[SIZE];
    tile_make(&t, curves[c], LANES, rng);
    const struct model_drive drive = {2.0, t.anchor, NULL, false, NULL};
    look(&t, &drive);
    model_hessian_diagonal(&t.small.net, 2.0, &t.work, t.curvature, diagonal);
    for (size_t i = 0; i < NODES; i++) {
      double unit[SIZE] = {0};
      for (size_t k = 0; k < LANES; k++) {
        unit[i * LANES + k] = 1;
      }
      model_hessian_product(&t.small.net, 2.0, &t.work, t.curvature, unit,
                            product, t.scratch);
      for (size_t k = i * LANES; k < (i + 1) * LANES; k++) {
        CHECK_REL(diagonal[k], product[k], 1e-15);
      }
    }
    tile_finish(&t);
  }
  gsl_rng_free(rng);
}

static void check_jacobian(struct tile *t, const struct model_drive *drive) {
  double jacobian[NODES * NODES], scratch[2 * NODES];
  model_hessian_jacobian(&t->small.net, drive, t->s, jacobian, &t->work,
                         scratch);
  for (size_t j = 0; j < NODES; j++) {
    double unit[NODES] = {0}, slope[SIZE];
    unit[j] = 1;
    rate_slope(t, drive, unit, slope);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(jacobian[i * NODES + j], slope[i],
                 TOLERANCE * (1 + fabs(slope[i])));
    }
  }
}

static void the_jacobian_is_the_derivative_of_the_rate(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t c = 0; c < N_CURVES; c++) {
    struct tile t;
    double current[VISIBLE] = {1, 2, 3, 4};
    tile_make(&t, curves[c], 1, rng);
    const struct model_drive drives[] = {{0, t.anchor, NULL, false, NULL},
                                         {15, t.anchor, NULL, false, NULL},
                                         {15, t.anchor, current, false, NULL},
                                         {15, t.anchor, NULL, true, NULL}};
    for (size_t d = 0; d < sizeof drives / sizeof drives[0]; d++) {
      check_jacobian(&t, &drives[d]);
    }
    small_separate(&t.small, 0.3, rng);
    check_jacobian(&t, &drives[1]);
    tile_finish(&t);
  }
  gsl_rng_free(rng);
}

/* E = (x^2 + h^2)/2 - r (w x + b), r = tanh h, spring 3:
 *   H = [[4, -r' w], [-r' w, 1 - r'' (w x + b)]]. */
static void the_hessian_of_two_nodes_is_the_formula(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct small small;
  struct model_work work;
  const double w = 0.5, b = -0.4, x = 0.8, h = 1.3, anchor = 0;
  const double r = tanh(h), slope = 1 - r * r, bend = -2 * r * slope;
  const double s[] = {x, h}, p[] = {1, 10};
  double rate[2], curvature[2], product[2], scratch[2];
  small_make(&small, 2, (const size_t[]){1, 1}, "tanh", 1, 1);
  memcpy(small.net.theta, (const double[]){w, 0, b}, 3 * sizeof w);
  CHECK_OK(model_work_init(&work, &small.net.layout, 1, &err), err);
  const struct model_drive drive = {3, &anchor, NULL, false, NULL};
  model_network_rate(&small.net, &drive, s, rate, &work);
  model_hessian_curvature(&small.net, 1, s, curvature);
  model_hessian_product(&small.net, 3, &work, curvature, p, product, scratch);
  CHECK_REL(product[0], 4 - 10 * slope * w, 1e-15);
  CHECK_REL(product[1], -slope * w + 10 * (1 - bend * (w * x + b)), 1e-15);
  model_work_finish(&work);
  small_finish(&small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_product_is_the_change_of_the_net_current),
      cmocka_unit_test(the_hessian_is_symmetric),
      cmocka_unit_test(the_diagonal_is_that_of_the_product),
      cmocka_unit_test(the_jacobian_is_the_derivative_of_the_rate),
      cmocka_unit_test(the_hessian_of_two_nodes_is_the_formula),
  };
  return cmocka_run_group_tests_name("hessian", tests, NULL, NULL);
}
