/* tests/test_equilibrium.c -- where free phases end, and whether that is unique
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/equilibrium.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

static const struct model_learning rule = {
    .spring = 4, .scale = 1.5, .nudge = 1e-3, .phases = 3};

static struct model_settling by_descent(void) {
  return (struct model_settling){.analysis = SIM_OPERATING_POINT,
                                 .until = 1e-12};
}

static struct model_settling in_time(void) {
  return small_settling("rkf45", 0.01, 3000, 1e-10);
}

static void find(const struct small *small, const struct model_batch *batch,
                 const struct model_settling *settling,
                 struct model_equilibria *found) {
  struct sim_error err = {0};
  CHECK_OK(
      model_equilibria_find(found, &small->net, &rule, settling, batch, &err),
      err);
}

/* --- one equilibrium --- */

enum { VISIBLE = 3, NODES = 12, SAMPLES = 40 };  // two tiles
static const size_t width[] = {VISIBLE, 5, 4};

struct convex {
  struct small small;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE];
  struct model_batch batch;
};

/* Couplings far below the leak: the energy is convex. */
static void convex_make(struct convex *c) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  small_make(&c->small, 3, width, "tanh", 0.3, 32);
  small_spread(&c->small, rng);
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, c->x_t);
  memset(c->u, 0, sizeof c->u);
  c->batch = (struct model_batch){.n = SAMPLES, .x_t = c->x_t, .u = c->u};
  gsl_rng_free(rng);
}

static void a_convex_energy_has_one_equilibrium(void **state) {
  (void)state;
  struct convex c;
  struct model_equilibria points, ends;
  struct model_gap gap[SAMPLES];
  const struct model_settling quick = by_descent(), slow = in_time();
  convex_make(&c);
  find(&c.small, &c.batch, &quick, &points);
  find(&c.small, &c.batch, &slow, &ends);
  model_equilibria_compare(&points, &ends, NODES, gap);
  for (size_t k = 0; k < SAMPLES; k++) {
    double s[NODES];
    memcpy(s, points.state + k * NODES, sizeof s);
    own_equilibrium(
        &c.small,
        &(struct own_drive){.spring = rule.spring, .x_t = c.x_t + k * VISIBLE},
        s);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(points.state[k * NODES + i], s[i], 1e-11);
      CHECK_NEAR(ends.state[k * NODES + i], s[i], 1e-9);
    }
    CHECK(points.residual[k] <= 1e-12 && points.time[k] == 0);
    CHECK(ends.residual[k] <= 1e-10 && ends.residual[k] > 0);
    CHECK(ends.time[k] > 10);
    CHECK_NEAR(points.energy[k], ends.energy[k], 1e-12);
    CHECK(gap[k].rms > 0 && gap[k].rms <= gap[k].largest);
    CHECK(gap[k].largest < 2e-9);
  }
  model_equilibria_finish(&points);
  model_equilibria_finish(&ends);
  small_finish(&c.small);
}

static void equilibria_have_the_same_bits_for_any_threads(void **state) {
  (void)state;
  struct convex c;
  struct model_equilibria found[2];
  const struct model_settling slow = in_time();
  convex_make(&c);
  for (size_t k = 0; k < 2; k++) {
    sim_threads_set(k + 1);
    find(&c.small, &c.batch, &slow, &found[k]);
  }
  sim_threads_set(1);
  assert_memory_equal(found[0].state, found[1].state,
                      SAMPLES * NODES * sizeof(double));
  assert_memory_equal(found[0].energy, found[1].energy,
                      SAMPLES * sizeof(double));
  for (size_t k = 0; k < 2; k++) {
    model_equilibria_finish(&found[k]);
  }
  small_finish(&c.small);
}

/* --- two equilibria --- */

#define W0 1.0
#define W1 3.0
#define B2 0.2
#define X_T (-0.2)

/* x - h1 - h2: the hidden nodes hold each other up or down. The visible node
 * pulls h1 down, a weaker bias pushes h2 up, through W1 more than h1 is pulled.
 * Who moves first wins. */
static void make_flip_flop(struct small *small, double c2) {
  const size_t chain[] = {1, 1, 1};
  small_make(small, 3, chain, "tanh", 0, 1);
  const struct model_layout *at = &small->net.layout;
  double *theta = small->net.theta;
  memset(theta, 0, at->n_parameters * sizeof *theta);
  theta[at->weight_at[0]] = W0;
  theta[at->weight_at[1]] = W1;
  theta[at->bias_at[2]] = B2;
  small->net.inv_capacitance[2] = 1 / c2;
}

/* The equilibrium with both hidden nodes up (+1) or down (-1), and its
 * energy by the formula. */
static double known(const struct small *small, double sign, double *s) {
  const double x_t = X_T;
  s[0] = X_T;
  s[1] = s[2] = 0.8 * sign;
  own_equilibrium(small,
                  &(struct own_drive){.spring = rule.spring, .x_t = &x_t}, s);
  CHECK(s[1] * sign > 0.3 && s[2] * sign > 0.3);
  const double r1 = tanh(s[1]), r2 = tanh(s[2]), way = s[0] - X_T;
  return (s[0] * s[0] + s[1] * s[1] + s[2] * s[2]) / 2 - r1 * W0 * s[0] -
         r2 * (W1 * r1 + B2) + rule.spring * way * way / 2;
}

static void check_state(const struct model_equilibria *found,
                        const double *want, double energy) {
  for (size_t i = 0; i < 3; i++) {
    CHECK_NEAR(found->state[i], want[i], 1e-8);
  }
  CHECK_NEAR(found->energy[0], energy, 1e-12);
}

/* A slow h2 lets the visible node win in time; the descent lets h2 go first,
 * whatever the capacitances. With a slow h1 both go up. */
static void a_flip_flop_ends_where_the_way_leads(void **state) {
  (void)state;
  const double x_t = X_T, u = 0;
  const struct model_batch batch = {.n = 1, .x_t = &x_t, .u = &u};
  const struct model_settling quick = by_descent(), slow = in_time();
  static const double c2[] = {50, 0.02};
  for (size_t i = 0; i < 2; i++) {
    struct small small;
    struct model_equilibria points, ends;
    struct model_gap gap;
    double up[3], down[3], largest = 0, square = 0;
    make_flip_flop(&small, c2[i]);
    const double up_energy = known(&small, 1, up);
    const double down_energy = known(&small, -1, down);
    find(&small, &batch, &quick, &points);
    find(&small, &batch, &slow, &ends);
    check_state(&points, up, up_energy);
    check_state(&ends, i == 0 ? down : up, i == 0 ? down_energy : up_energy);
    model_equilibria_compare(&points, &ends, 3, &gap);
    for (size_t n = 0; n < 3 && i == 0; n++) {
      largest = fmax(largest, fabs(up[n] - down[n]));
      square += (up[n] - down[n]) * (up[n] - down[n]);
    }
    CHECK_NEAR(gap.largest, largest, 2e-8);
    CHECK_NEAR(gap.rms, sqrt(square / 3), 2e-8);
    model_equilibria_finish(&points);
    model_equilibria_finish(&ends);
    small_finish(&small);
  }
}

/* --- failures --- */

static void a_phase_that_fails_leaves_nothing(void **state) {
  (void)state;
  struct convex c;
  struct sim_error err = {0};
  struct model_equilibria found;
  const struct model_settling brief = small_settling("euler", 0.05, 1, 1e-9);
  convex_make(&c);
  assert_int_equal(model_equilibria_find(&found, &c.small.net, &rule, &brief,
                                         &c.batch, &err),
                   SIM_EFAIL);
  CHECK(strncmp(err.message, "not settled after 1 tau: sample ", 32) == 0);
  CHECK(!found.state && !found.energy);
  small_finish(&c.small);
}

static void a_search_without_memory_leaves_nothing(void **state) {
  (void)state;
  struct convex c;
  struct sim_error err = {0};
  struct model_equilibria found;
  const struct model_settling quick = by_descent();
  convex_make(&c);
  long n = 0;
  do {
    sim_alloc_refuse_after(n++);
  } while (model_equilibria_find(&found, &c.small.net, &rule, &quick, &c.batch,
                                 &err) == SIM_EFAIL);
  sim_alloc_refuse_after(-1);
  CHECK(n > 20);  // the leak checker counts the rest
  model_equilibria_finish(&found);
  small_finish(&c.small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_convex_energy_has_one_equilibrium),
      cmocka_unit_test(equilibria_have_the_same_bits_for_any_threads),
      cmocka_unit_test(a_flip_flop_ends_where_the_way_leads),
      cmocka_unit_test(a_phase_that_fails_leaves_nothing),
      cmocka_unit_test(a_search_without_memory_leaves_nothing),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("equilibrium", tests, NULL, NULL);
}
