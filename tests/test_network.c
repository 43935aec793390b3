/* tests/test_network.c -- currents and energy of a layered network
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"
#include "tests/small_chip.h"

static const char *const curves[] = {
    "silu", "tanh", "sigmoid", "softplus", "hard_sigmoid", "identity", "table"};
enum { N_CURVES = sizeof curves / sizeof curves[0] };

/* A tile with a random state and everything that can drive it. */
struct tile {
  struct small small;
  struct model_work work;
  size_t n_lanes, n_nodes, n_visible;
  double *s, *rate, *anchor, *current, *energy;
};

static void tile_make(struct tile *t, size_t n_layers, const size_t *width,
                      size_t n_lanes, const char *curve, gsl_rng *rng) {
  struct sim_error err = {0};
  small_make(&t->small, n_layers, width, curve, 2.0, 7);
  small_spread(&t->small, rng);
  t->n_lanes = n_lanes;
  t->n_nodes = t->small.net.layout.n_nodes;
  t->n_visible = width[0];
  CHECK_OK(model_work_init(&t->work, &t->small.net.layout, n_lanes, &err), err);
  t->s = sim_alloc_doubles(t->n_nodes * n_lanes, &err);
  t->rate = sim_alloc_doubles(t->n_nodes * n_lanes, &err);
  t->anchor = sim_alloc_doubles(t->n_visible * n_lanes, &err);
  t->current = sim_alloc_doubles(t->n_visible * n_lanes, &err);
  t->energy = sim_alloc_doubles(n_lanes, &err);
  CHECK(t->s && t->rate && t->anchor && t->current && t->energy);
  fill_normal(rng, t->n_nodes * n_lanes, 1.5, t->s);
  fill_normal(rng, t->n_visible * n_lanes, 1.0, t->anchor);
  fill_normal(rng, t->n_visible * n_lanes, 1.0, t->current);
}

static void tile_finish(struct tile *t) {
  small_finish(&t->small);
  model_work_finish(&t->work);
  free(t->s);
  free(t->rate);
  free(t->anchor);
  free(t->current);
  free(t->energy);
}

/* With linear amplifiers, one weight and unit voltages everywhere, current
 * flows into the two ends of that weight only. */
static void a_weight_joins_its_row_above_and_its_column_below(void **state) {
  (void)state;
  const size_t width[] = {3, 4, 2};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct tile t;
  tile_make(&t, 3, width, 1, "identity", rng);
  const struct model_layout *at = &t.small.net.layout;
  const struct model_drive none = {.anchor = t.anchor};
  for (size_t i = 0; i < at->n_nodes; i++) {
    t.small.net.leak[i] = 0;
    t.small.net.inv_capacitance[i] = 1;
    t.s[i] = 1;
  }
  for (size_t l = 0; l < 2; l++) {
    for (size_t k = 0; k < width[l + 1]; k++) {
      for (size_t j = 0; j < width[l]; j++) {
        memset(t.small.net.theta, 0, at->n_parameters * sizeof(double));
        t.small.net.theta[at->weight_at[l] + k * width[l] + j] = 0.25;
        model_network_rate(&t.small.net, &none, t.s, t.rate, &t.work);
        for (size_t i = 0; i < at->n_nodes; i++) {
          const int is_end =
              i == at->node_at[l] + j || i == at->node_at[l + 1] + k;
          CHECK(t.rate[i] == (is_end ? 0.25 : 0.0));
        }
      }
    }
  }
  tile_finish(&t);
  gsl_rng_free(rng);
}

/* --- rate --- */

/* Sums in another order: 1e-13 of the largest rate of the tile. */
static void compare_with_plain(size_t n_layers, const size_t *width,
                               size_t n_lanes, const char *curve, double sigma,
                               gsl_rng *rng) {
  struct sim_error err = {0};
  struct tile t;
  tile_make(&t, n_layers, width, n_lanes, curve, rng);
  if (sigma > 0) {
    small_separate(&t.small, sigma, rng);
  }
  const size_t n = t.n_nodes * n_lanes;
  double *plain = sim_alloc_doubles(n, &err);
  double *r = sim_alloc_doubles(n, &err);
  CHECK(plain && r);
  for (int has_current = 0; has_current < 2; has_current++) {
    const struct model_drive drive = {
        3.0, t.anchor, has_current ? t.current : NULL, false, NULL};
    model_network_rate(&t.small.net, &drive, t.s, t.rate, &t.work);
    model_network_rate_plain(&t.small.net, &drive, n_lanes, t.s, plain, r);
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
      largest = fmax(largest, fabs(plain[i]));
    }
    for (size_t i = 0; i < n; i++) {
      CHECK_NEAR(t.rate[i], plain[i], 1e-13 * largest);
    }
  }
  free(plain);
  free(r);
  tile_finish(&t);
}

static void the_rate_is_that_of_the_plain_loops(void **state) {
  (void)state;
  static const struct {
    size_t n, width[5];
  } lists[] = {{2, {5, 3}},
               {2, {1, 1}},
               {3, {64, 128, 128}},
               {4, {6, 9, 5, 3}},
               {5, {1, 7, 1, 33, 2}}};
  static const size_t lanes[] = {1, 3, 7, 32, 33};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    for (size_t k = 0; k < sizeof lanes / sizeof lanes[0]; k++) {
      for (size_t c = 0; c < N_CURVES; c++) {
        const double separation = k % 2 ? 0.3 : 0.0;
        compare_with_plain(lists[i].n, lists[i].width, lanes[k], curves[c],
                           separation, rng);
      }
    }
  }
  gsl_rng_free(rng);
}

/* The plain loops share the device's transfer curves; these do not. */
static void the_rate_is_that_of_the_formulas(void **state) {
  (void)state;
  enum { LANES = 5, VISIBLE = 6, NODES = 18 };
  const size_t width[] = {VISIBLE, 7, 5};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t c = 0; c < N_CURVES; c++) {
    if (!strcmp(curves[c], "table") || !strcmp(curves[c], "hard_sigmoid")) {
      continue;
    }
    struct tile t;
    tile_make(&t, 3, width, LANES, curves[c], rng);
    const struct model_drive drive = {3.0, t.anchor, t.current, false, NULL};
    model_network_rate(&t.small.net, &drive, t.s, t.rate, &t.work);
    for (size_t k = 0; k < LANES; k++) {
      double s[NODES], x_t[VISIBLE], current[VISIBLE], force[NODES];
      for (size_t i = 0; i < NODES; i++) {
        s[i] = lane_of(t.s, LANES, i, k);
      }
      for (size_t i = 0; i < VISIBLE; i++) {
        x_t[i] = lane_of(t.anchor, LANES, i, k);
        current[i] = lane_of(t.current, LANES, i, k);
      }
      const struct own_drive own = {
          .spring = 3, .x_t = x_t, .current = current};
      own_force(&t.small, &own, s, force);
      for (size_t i = 0; i < NODES; i++) {
        const double want = force[i] * t.small.net.inv_capacitance[i];
        CHECK_NEAR(lane_of(t.rate, LANES, i, k), want,
                   1e-13 * (1 + fabs(want)));
      }
    }
    tile_finish(&t);
  }
  gsl_rng_free(rng);
}

static void a_lane_does_not_see_its_neighbours(void **state) {
  (void)state;
  enum { LANES = 5 };
  const size_t width[] = {4, 6, 3};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct tile t;
  tile_make(&t, 3, width, LANES, "silu", rng);
  const struct model_drive drive = {3.0, t.anchor, NULL, false, NULL};
  double first[13], again[13];
  model_network_rate(&t.small.net, &drive, t.s, t.rate, &t.work);
  for (size_t i = 0; i < t.n_nodes; i++) {
    first[i] = lane_of(t.rate, LANES, i, 2);
    for (size_t k = 0; k < LANES; k++) {
      t.s[i * LANES + k] = k == 2 ? t.s[i * LANES + k] : NAN;
    }
  }
  model_network_rate(&t.small.net, &drive, t.s, t.rate, &t.work);
  for (size_t i = 0; i < t.n_nodes; i++) {
    again[i] = lane_of(t.rate, LANES, i, 2);
  }
  assert_memory_equal(first, again, sizeof first);
  tile_finish(&t);
  gsl_rng_free(rng);
}

/* --- energy --- */

/* Five-point difference: error h^4/30 of the fifth derivative, and rounding
 * of E over h; both below 1e-10 for h = 2e-3 and energies of order 10. */
#define H 2e-3
#define GRADIENT_TOLERANCE 1e-9

static double energy_moved(struct tile *t, const struct model_drive *drive,
                           size_t at, double by) {
  const double was = t->s[at];
  t->s[at] = was + by;
  model_network_rate(&t->small.net, drive, t->s, t->rate, &t->work);
  model_network_energy(&t->small.net, drive, t->s, &t->work, t->energy);
  t->s[at] = was;
  return t->energy[at % t->n_lanes];
}

static double energy_slope(struct tile *t, const struct model_drive *drive,
                           size_t at) {
  const double near =
      energy_moved(t, drive, at, H) - energy_moved(t, drive, at, -H);
  const double far =
      energy_moved(t, drive, at, 2 * H) - energy_moved(t, drive, at, -2 * H);
  return (8 * near - far) / (12 * H);
}

static void check_gradient_flow(struct tile *t, const struct model_drive *drive,
                                double *rate) {
  const struct model_network *net = &t->small.net;
  model_network_rate(net, drive, t->s, rate, &t->work);
  for (size_t i = 0; i < t->n_nodes; i++) {
    for (size_t k = 0; k < t->n_lanes; k++) {
      const size_t at = i * t->n_lanes + k;
      if (i < t->n_visible && drive->is_clamped) {
        CHECK(rate[at] == 0.0);
      } else if (i < t->n_visible ||
                 !is_near_kink(t->small.curve_name, t->s[at], 2 * H)) {
        const double force = rate[at] / net->inv_capacitance[i];
        CHECK_NEAR(force, -energy_slope(t, drive, at),
                   GRADIENT_TOLERANCE * (1 + fabs(force)));
      }
    }
  }
}

static void the_rate_is_minus_the_gradient_of_the_energy(void **state) {
  (void)state;
  const size_t width[] = {4, 6, 3, 2};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t c = 0; c < N_CURVES; c++) {
    struct tile t;
    double rate[15 * 3];
    tile_make(&t, 4, width, 3, curves[c], rng);
    const struct model_drive drives[] = {
        {0.0, t.anchor, NULL, false, NULL},        // the network alone
        {15.0, t.anchor, NULL, false, NULL},       // a spring
        {15.0, t.anchor, t.current, false, NULL},  // and a current
        {15.0, t.anchor, t.current, true, NULL},   // held
    };
    for (size_t d = 0; d < sizeof drives / sizeof drives[0]; d++) {
      check_gradient_flow(&t, &drives[d], rate);
    }
    tile_finish(&t);
  }
  gsl_rng_free(rng);
}

/* Two nodes by hand: E = (2 x^2 + h^2)/2 - b0 x - r (w x + b1), r = tanh h,
 * with spring 3 to 0.2 and a current 0.7. */
static void the_energy_of_two_nodes_is_the_formula(void **state) {
  (void)state;
  const size_t width[] = {1, 1};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct tile t;
  tile_make(&t, 2, width, 1, "tanh", rng);
  const double w = 0.5, b0 = 0.1, b1 = -0.4, x = 0.8, h = 1.3;
  memcpy(t.small.net.theta, (const double[]){w, b0, b1}, 3 * sizeof w);
  memcpy(t.small.net.leak, (const double[]){2, 1}, 2 * sizeof w);
  memcpy(t.s, (const double[]){x, h}, 2 * sizeof x);
  const double anchor = 0.2, current = 0.7;
  const struct model_drive drive = {3.0, &anchor, &current, false, NULL};
  const double e = x * x + h * h / 2 - b0 * x - tanh(h) * (w * x + b1);
  const double driven = e + 1.5 * (x - anchor) * (x - anchor) - current * x;
  CHECK_NEAR(energy_moved(&t, &drive, 0, 0), driven, 1e-15);
  tile_finish(&t);
  gsl_rng_free(rng);
}

static void the_residual_is_the_largest_net_current_of_a_lane(void **state) {
  (void)state;
  enum { LANES = 3 };
  const size_t width[] = {4, 6};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct tile t;
  tile_make(&t, 2, width, LANES, "silu", rng);
  const struct model_drive drive = {3.0, t.anchor, NULL, false, NULL};
  double residual[LANES];
  model_network_rate(&t.small.net, &drive, t.s, t.rate, &t.work);
  model_network_residual(&t.small.net, LANES, t.rate, residual);
  for (size_t k = 0; k < LANES; k++) {
    double s[10], x_t[4], force[10], largest = 0;
    for (size_t i = 0; i < 10; i++) {
      s[i] = lane_of(t.s, LANES, i, k);
      x_t[i % 4] = lane_of(t.anchor, LANES, i % 4, k);
    }
    own_force(&t.small, &(struct own_drive){.spring = 3, .x_t = x_t}, s, force);
    for (size_t i = 0; i < 10; i++) {
      largest = fmax(largest, fabs(force[i]));
    }
    CHECK_REL(residual[k], largest, 1e-13);
  }
  tile_finish(&t);
  gsl_rng_free(rng);
}

static void a_refused_allocation_leaves_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_transfer curve;
  const struct model_layout layout =
      model_layout_make(2, (const size_t[]){2, 3});
  small_curve(&curve, "silu");
  for (long n = 0; n < 3; n++) {
    struct model_network net;
    struct model_work work;
    sim_alloc_refuse_after(n);
    assert_int_equal(model_network_init(&net, &layout, &curve, &err),
                     SIM_EFAIL);
    sim_alloc_refuse_after(n);
    assert_int_equal(model_work_init(&work, &layout, 4, &err), SIM_EFAIL);
    CHECK(!net.theta && !net.leak && !net.inv_capacitance && !work.r);
  }
  sim_alloc_refuse_after(-1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_weight_joins_its_row_above_and_its_column_below),
      cmocka_unit_test(the_rate_is_that_of_the_plain_loops),
      cmocka_unit_test(the_rate_is_that_of_the_formulas),
      cmocka_unit_test(a_lane_does_not_see_its_neighbours),
      cmocka_unit_test(the_rate_is_minus_the_gradient_of_the_energy),
      cmocka_unit_test(the_energy_of_two_nodes_is_the_formula),
      cmocka_unit_test(the_residual_is_the_largest_net_current_of_a_lane),
      cmocka_unit_test(a_refused_allocation_leaves_nothing),
  };
  return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
