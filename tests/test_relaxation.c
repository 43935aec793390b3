/* tests/test_relaxation.c -- one sweep, against the formulas of its header
 *
 * Odd layers first, then the visible one, then the other even one: that is the
 * order of the rows of a sweep.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/relaxation.h"

#include "sim/memory.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 5, H1 = 7, H2 = 6, H3 = 4, LANES = 3 };
enum { ODD = H1 + H3, NODES = VISIBLE + H1 + H2 + H3 };
static const size_t width[] = {VISIBLE, H1, H2, H3};
#define SPRING 3.0

struct problem {
  struct small small;
  struct model_relaxation sweep;
  struct model_drive drive;
  double anchor[VISIBLE * LANES], current[VISIBLE * LANES];
  double start[NODES * LANES];
};

/* A random state in all lanes, with leaks that differ. */
static void set_up(struct problem *c, bool is_clamped) {
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 12);
  small_make(&c->small, 4, width, "silu", 2.0, 11);
  small_spread(&c->small, rng);
  fill_normal(rng, VISIBLE * LANES, 1.0, c->anchor);
  fill_normal(rng, VISIBLE * LANES, 0.3, c->current);
  fill_normal(rng, NODES * LANES, 1.0, c->start);
  c->drive = (struct model_drive){.conductance = SPRING,
                                  .anchor = c->anchor,
                                  .current = c->current,
                                  .is_clamped = is_clamped};
  CHECK_OK(model_relaxation_init(&c->sweep, &c->small.net, LANES, &err), err);
  model_relaxation_start(&c->sweep, LANES);
  for (size_t k = 0; k < LANES; k++) {
    model_relaxation_load(&c->sweep, &c->drive, c->start, LANES, k, k);
  }
  gsl_rng_free(rng);
}

static void tear_down(struct problem *c) {
  model_relaxation_finish(&c->sweep);
  small_finish(&c->small);
}

/* --- one lane by the formulas --- */

struct own {
  double x_t[VISIBLE], current[VISIBLE];
  struct own_drive drive;
  double s[NODES];  // in the order of the network
};

static void own_lane(const struct problem *c, size_t lane, struct own *own) {
  for (size_t i = 0; i < VISIBLE; i++) {
    own->x_t[i] = lane_of(c->anchor, LANES, i, lane);
    own->current[i] = lane_of(c->current, LANES, i, lane);
  }
  own->drive = (struct own_drive){.spring = SPRING,
                                  .x_t = own->x_t,
                                  .current = own->current,
                                  .is_clamped = c->drive.is_clamped};
  for (size_t i = 0; i < NODES; i++) {
    own->s[i] = lane_of(c->start, LANES, i, lane);
  }
}

static double own_bend(double v) {
  const double h = 1e-5;
  double r, up, down;
  own_curve("silu", v + h, &r, &up);
  own_curve("silu", v - h, &r, &down);
  return (up - down) / (2 * h);
}

/* The step of a hidden node: force over leak - r'' c, at least leak/2; of a
 * cautious one over leak + |c| max|r''|. */
static double own_step(const struct problem *c, const struct own *own, size_t i,
                       bool is_cautious) {
  double force[NODES], r, slope;
  own_force(&c->small, &own->drive, own->s, force);
  own_curve("silu", own->s[i], &r, &slope);
  const double leak = c->small.net.leak[i];
  const double input = (force[i] + leak * own->s[i]) / slope;
  const double bend = leak - own_bend(own->s[i]) * input;
  return force[i] / (is_cautious
                         ? leak + fabs(input) * c->small.curve.max_curvature
                         : fmax(bend, 0.5 * leak));
}

/* What a sweep makes of the even layers. */
static void own_follow(const struct problem *c, struct own *own,
                       bool is_cautious) {
  double force[NODES], step[H2];
  own_force(&c->small, &own->drive, own->s, force);
  for (size_t i = 0; i < VISIBLE; i++) {
    own->s[i] += force[i] / (c->small.net.leak[i] + SPRING);
  }
  for (size_t i = 0; i < H2; i++) {
    step[i] = own_step(c, own, VISIBLE + H1 + i, is_cautious);
  }
  for (size_t i = 0; i < H2; i++) {
    own->s[VISIBLE + H1 + i] += step[i];
  }
}

/* Node of the network in a row of the sweep's odd layers. */
static size_t odd_node(size_t row) {
  return row < H1 ? VISIBLE + row : VISIBLE + H2 + row;
}

/* --- sweeps --- */

static void check_sweep(bool is_clamped) {
  struct problem c;
  const double caution[LANES] = {0, 1, 0};
  double tile[NODES * LANES];
  set_up(&c, is_clamped);
  model_relaxation_sweep(&c.sweep, &c.drive, caution);
  for (size_t k = 0; k < LANES; k++) {
    struct own own;
    double force[NODES], largest = 0;
    own_lane(&c, k, &own);
    own_follow(&c, &own, k == 1);
    model_relaxation_deliver(&c.sweep, k, tile, LANES, k);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(lane_of(tile, LANES, i, k), own.s[i], 1e-8);
      own.s[i] = lane_of(tile, LANES, i, k);
    }
    own_force(&c.small, &own.drive, own.s, force);
    for (size_t i = 0; i < NODES; i++) {
      largest = fmax(largest, fabs(force[i]));
    }
    CHECK_NEAR(c.sweep.residual[k], largest, 1e-12);
    for (size_t i = 0; i < ODD; i++) {
      CHECK_NEAR(lane_of(c.sweep.step, LANES, i, k),
                 own_step(&c, &own, odd_node(i), k == 1), 1e-8);
    }
  }
  tear_down(&c);
}

static void even_layers_follow_and_odd_ones_are_offered_a_step(void **state) {
  (void)state;
  check_sweep(false);
}

static void clamped_nodes_stay(void **state) {
  (void)state;
  check_sweep(true);
}

/* 1/2 is that of v/(1 + e^-v); its saturation at 10 adds 6e-6. */
static void the_bound_of_a_cautious_step_is_the_largest_bend(void **state) {
  (void)state;
  struct problem c;
  double most = 0;
  set_up(&c, false);
  for (double v = -20; v < 20; v += 1e-3) {
    most = fmax(most, fabs(own_bend(v)));
  }
  CHECK_REL(c.small.curve.max_curvature, most, 1.5e-5);
  tear_down(&c);
}

/* The odd layers take the step they were offered. */
static void take_steps(struct problem *c) {
  for (size_t i = 0; i < ODD * LANES; i++) {
    c->sweep.s[i] += c->sweep.step[i];
  }
}

/* Up to a constant of each lane's drive, that of the network. */
static void check_energy(bool is_clamped) {
  struct problem c;
  struct sim_error err = {0};
  struct model_work work;
  const double caution[LANES] = {0};
  double tile[NODES * LANES], rate[NODES * LANES], energy[LANES];
  double constant[LANES];
  set_up(&c, is_clamped);
  CHECK_OK(model_work_init(&work, &c.small.net.layout, LANES, &err), err);
  for (int n = 0; n < 5; n++) {
    model_relaxation_sweep(&c.sweep, &c.drive, caution);
    for (size_t k = 0; k < LANES; k++) {
      model_relaxation_deliver(&c.sweep, k, tile, LANES, k);
    }
    model_network_rate(&c.small.net, &c.drive, tile, rate, &work);
    model_network_energy(&c.small.net, &c.drive, tile, &work, energy);
    for (size_t k = 0; k < LANES; k++) {
      const double difference = energy[k] - c.sweep.energy[k];
      constant[k] = n == 0 ? difference : constant[k];
      CHECK_NEAR(difference, constant[k], 1e-11);
    }
    take_steps(&c);
  }
  model_work_finish(&work);
  tear_down(&c);
}

static void the_energy_is_that_of_the_network(void **state) {
  (void)state;
  check_energy(false);
  check_energy(true);
}

/* However bent the energy is. */
static void cautious_sweeps_never_raise_the_energy(void **state) {
  (void)state;
  struct problem c;
  const double caution[LANES] = {1, 1, 1};
  double before[LANES];
  set_up(&c, false);
  for (int n = 0; n < 300; n++) {
    model_relaxation_sweep(&c.sweep, &c.drive, caution);
    for (size_t k = 0; k < LANES; k++) {
      CHECK(n == 0 ||
            c.sweep.energy[k] <= before[k] + 1e-13 * (1 + fabs(before[k])));
      before[k] = c.sweep.energy[k];
    }
    take_steps(&c);
  }
  CHECK(c.sweep.residual[0] < 1e-2);
  tear_down(&c);
}

/* Bring every lane to rest, by sweeps and then by Newton's method on the
 * formulas; `start` is there. */
static void settle(struct problem *c) {
  const double caution[LANES] = {1, 1, 1};
  struct own own;
  for (int n = 0; n < 1000; n++) {
    model_relaxation_sweep(&c->sweep, &c->drive, caution);
    take_steps(c);
  }
  for (size_t k = 0; k < LANES; k++) {
    model_relaxation_deliver(&c->sweep, k, c->start, LANES, k);
    own_lane(c, k, &own);
    own_equilibrium(&c->small, &own.drive, own.s);
    for (size_t i = 0; i < NODES; i++) {
      c->start[i * LANES + k] = own.s[i];
    }
  }
}

static void an_equilibrium_is_left_as_it_is(void **state) {
  (void)state;
  struct problem c;
  const double caution[LANES] = {0, 1, 0};
  double tile[NODES * LANES];
  set_up(&c, false);
  settle(&c);
  for (size_t k = 0; k < LANES; k++) {
    model_relaxation_load(&c.sweep, &c.drive, c.start, LANES, k, k);
  }
  model_relaxation_sweep(&c.sweep, &c.drive, caution);
  for (size_t k = 0; k < LANES; k++) {
    CHECK(c.sweep.residual[k] < 1e-11);
    model_relaxation_deliver(&c.sweep, k, tile, LANES, k);
  }
  for (size_t i = 0; i < NODES * LANES; i++) {
    CHECK_NEAR(tile[i], c.start[i], 1e-11);
  }
  for (size_t i = 0; i < ODD * LANES; i++) {
    CHECK_NEAR(c.sweep.step[i], 0, 1e-11);
  }
  tear_down(&c);
}

/* --- lanes --- */

static void a_lane_comes_back_as_it_was_loaded(void **state) {
  (void)state;
  enum { WIDE = 5 };
  struct problem c;
  double tile[NODES * WIDE] = {0};
  set_up(&c, false);
  model_relaxation_load(&c.sweep, &c.drive, c.start, LANES, 2, 0);
  model_relaxation_deliver(&c.sweep, 0, tile, WIDE, 4);
  for (size_t i = 0; i < NODES * WIDE; i++) {
    CHECK(tile[i] ==
          (i % WIDE == 4 ? lane_of(c.start, LANES, i / WIDE, 2) : 0));
  }
  tear_down(&c);
}

/* Followers that went after a rejected iterate are back where they were, and
 * the sweep from there is the same again. */
static void a_sweep_can_be_undone(void **state) {
  (void)state;
  struct problem c;
  const double caution[LANES] = {0};
  double followers[H2];
  set_up(&c, false);
  for (int n = 0; n < 3; n++) {
    for (size_t i = 0; n > 0 && i < ODD; i++) {
      c.sweep.s[i * LANES + 1] += c.sweep.step[i * LANES + 1];
    }
    for (size_t i = 0; i < H2; i++) {
      followers[i] = lane_of(c.sweep.s, LANES, ODD + VISIBLE + i, 1);
    }
    model_relaxation_sweep(&c.sweep, &c.drive, caution);
  }
  const double energy = c.sweep.energy[1], residual = c.sweep.residual[1];
  model_relaxation_undo(&c.sweep, 1);
  for (size_t i = 0; i < H2; i++) {
    CHECK(lane_of(c.sweep.s, LANES, ODD + VISIBLE + i, 1) == followers[i]);
  }
  model_relaxation_sweep(&c.sweep, &c.drive, caution);
  CHECK(c.sweep.energy[1] == energy && c.sweep.residual[1] == residual);
  tear_down(&c);
}

/* The width of a matrix product may change its last bits. */
static void packed_lanes_go_on(void **state) {
  (void)state;
  struct problem wide, packed;
  const double caution[LANES] = {0};
  const size_t keep[] = {0, 2};
  set_up(&wide, false);
  set_up(&packed, false);
  model_relaxation_sweep(&wide.sweep, &wide.drive, caution);
  model_relaxation_sweep(&packed.sweep, &packed.drive, caution);
  model_relaxation_pack(&packed.sweep, keep, 2);
  assert_int_equal(packed.sweep.n_lanes, 2);
  model_relaxation_sweep(&wide.sweep, &wide.drive, caution);
  model_relaxation_sweep(&packed.sweep, &packed.drive, caution);
  for (size_t j = 0; j < 2; j++) {
    CHECK_REL(packed.sweep.energy[j], wide.sweep.energy[keep[j]], 1e-13);
    for (size_t i = 0; i < NODES; i++) {
      CHECK_NEAR(lane_of(packed.sweep.s, 2, i, j),
                 lane_of(wide.sweep.s, LANES, i, keep[j]), 1e-13);
    }
  }
  tear_down(&wide);
  tear_down(&packed);
}

static void a_relaxation_without_memory_is_none(void **state) {
  (void)state;
  struct small small;
  struct model_relaxation sweep;
  enum sim_status status = SIM_EFAIL;
  long n = 0;
  small_make(&small, 4, width, "silu", 2.0, 11);
  while (status) {
    struct sim_error err = {0};
    sim_alloc_refuse_after(n++);
    status = model_relaxation_init(&sweep, &small.net, LANES, &err);
    CHECK(status == SIM_OK || (!sweep.s && !sweep.lane && !sweep.work.r));
  }
  sim_alloc_refuse_after(-1);
  CHECK(n > 8);  // its arrays, and those of its work
  model_relaxation_finish(&sweep);
  small_finish(&small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(even_layers_follow_and_odd_ones_are_offered_a_step),
      cmocka_unit_test(clamped_nodes_stay),
      cmocka_unit_test(the_bound_of_a_cautious_step_is_the_largest_bend),
      cmocka_unit_test(the_energy_is_that_of_the_network),
      cmocka_unit_test(cautious_sweeps_never_raise_the_energy),
      cmocka_unit_test(an_equilibrium_is_left_as_it_is),
      cmocka_unit_test(a_lane_comes_back_as_it_was_loaded),
      cmocka_unit_test(a_sweep_can_be_undone),
      cmocka_unit_test(packed_lanes_go_on),
      cmocka_unit_test(a_relaxation_without_memory_is_none),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("relaxation", tests, NULL, NULL);
}
