/* tests/test_descent.c -- operating points by descent, against transients
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/descent.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { LANES = 32 };
#define LAMBDA 15.0
#define UNTIL 1e-9

struct problem {
  struct small small;
  size_t n;  // nodes times lanes
  double *anchor, *start, *found, *slow, *energy;
};

static void open_problem(struct problem *p, size_t n_layers,
                         const size_t *width, const char *curve, double gain,
                         unsigned seed) {
  struct sim_error err = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  small_make(&p->small, n_layers, width, curve, gain, seed);
  p->n = p->small.net.layout.n_nodes * LANES;
  double **arrays[] = {&p->anchor, &p->start, &p->found, &p->slow, &p->energy};
  for (size_t i = 0; i < 5; i++) {
    *arrays[i] = sim_alloc_doubles(p->n, &err);
    CHECK(*arrays[i]);
  }
  fill_normal(rng, width[0] * LANES, 1.0, p->anchor);
  memcpy(p->start, p->anchor, width[0] * LANES * sizeof *p->start);
  gsl_rng_free(rng);
}

static void close_problem(struct problem *p) {
  double *arrays[] = {p->anchor, p->start, p->found, p->slow, p->energy};
  for (size_t i = 0; i < 5; i++) {
    free(arrays[i]);
  }
  small_finish(&p->small);
}

static size_t descend(struct problem *p, const struct model_drive *drive,
                      double until, size_t max_sweeps) {
  struct sim_error err = {0};
  struct model_descent *descent;
  memcpy(p->found, p->start, p->n * sizeof *p->found);
  CHECK_OK(model_descent_create(&descent, &p->small.net, LANES, &err), err);
  const size_t n_sweeps =
      model_descent_run(descent, drive, LANES, until, max_sweeps, p->found);
  model_descent_destroy(descent);
  return n_sweeps;
}

static struct model_settling slow_settling(void) {
  return (struct model_settling){
      .integrator = sim_integrator_find("rkf45"),
      .settings = {.step = 0.1, .tolerance = 1e-11, .max_steps = 0},
      .duration = 5000,
      .until = UNTIL};
}

static void wait(struct problem *p, const struct model_drive *drive) {
  struct sim_error err = {0};
  struct model_settler settler;
  const struct model_settling settling = slow_settling();
  double time;
  memcpy(p->slow, p->start, p->n * sizeof *p->slow);
  CHECK_OK(model_settler_init(&settler, &settling, &p->small.net, LANES, &err),
           err);
  CHECK_OK(model_settler_run(&settler, drive, p->slow, 0, &time, &err), err);
  model_settler_finish(&settler);
}

static double distance(const struct problem *p) {
  double most = 0;
  for (size_t i = 0; i < p->n; i++) {
    most = fmax(most, fabs(p->found[i] - p->slow[i]));
  }
  return most;
}

/* residual (LANES) of the tile s. */
static void find_residuals(const struct problem *p,
                           const struct model_drive *drive, const double *s,
                           double *residual) {
  struct sim_error err = {0};
  struct model_work work;
  double *rate = sim_alloc_doubles(p->n, &err);
  CHECK_OK(model_work_init(&work, &p->small.net.layout, LANES, &err), err);
  model_network_rate(&p->small.net, drive, s, rate, &work);
  model_network_residual(&p->small.net, LANES, rate, residual);
  model_work_finish(&work);
  free(rate);
}

static double worst_current(const struct problem *p,
                            const struct model_drive *drive, const double *s) {
  double residual[LANES], most = 0;
  find_residuals(p, drive, s, residual);
  for (size_t k = 0; k < LANES; k++) {
    most = fmax(most, residual[k]);
  }
  return most;
}

static void check_against_transient(size_t n_layers, const size_t *width,
                                    const char *curve, double gain) {
  struct problem p;
  open_problem(&p, n_layers, width, curve, gain, 3);
  const struct model_drive drive = {.conductance = LAMBDA, .anchor = p.anchor};
  const size_t n_sweeps = descend(&p, &drive, UNTIL, 500);
  wait(&p, &drive);
  print_message("# %s, %zu layers: %zu sweeps\n", curve, n_layers, n_sweeps);
  CHECK(worst_current(&p, &drive, p.found) <= 10 * UNTIL);
  CHECK_NEAR(distance(&p), 0, 1e-6);
  close_problem(&p);
}

static void it_ends_where_a_long_transient_ends(void **state) {
  (void)state;
  static const char *const curves[] = {"silu", "tanh", "sigmoid", "softplus",
                                       "table"};
  for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
    check_against_transient(3, (const size_t[]){8, 16, 16}, curves[i], 0.8);
  }
}

static void any_number_of_layers_will_do(void **state) {
  (void)state;
  check_against_transient(2, (const size_t[]){6, 9}, "silu", 1.0);
  check_against_transient(4, (const size_t[]){5, 8, 7, 6}, "silu", 1.0);
  check_against_transient(5, (const size_t[]){4, 1, 6, 3, 7}, "tanh", 0.8);
}

static void held_nodes_do_not_move(void **state) {
  (void)state;
  struct problem p;
  open_problem(&p, 3, (const size_t[]){8, 16, 16}, "silu", 1.0, 4);
  const struct model_drive drive = {
      .conductance = LAMBDA, .anchor = p.anchor, .is_clamped = true};
  descend(&p, &drive, UNTIL, 500);
  wait(&p, &drive);
  for (size_t i = 0; i < 8 * LANES; i++) {
    CHECK(p.found[i] == p.start[i]);
  }
  CHECK_NEAR(distance(&p), 0, 1e-6);
  close_problem(&p);
}

static void an_injected_current_is_obeyed(void **state) {
  (void)state;
  struct problem p;
  open_problem(&p, 3, (const size_t[]){8, 16, 16}, "silu", 1.0, 5);
  double current[8 * LANES];
  for (size_t i = 0; i < 8 * LANES; i++) {
    current[i] = sin((double)i);
  }
  const struct model_drive drive = {
      .conductance = LAMBDA, .anchor = p.anchor, .current = current};
  descend(&p, &drive, UNTIL, 500);
  wait(&p, &drive);
  CHECK_NEAR(distance(&p), 0, 1e-6);
  close_problem(&p);
}

static void lane_energies(struct problem *p, const struct model_drive *drive,
                          const double *s) {
  struct sim_error err = {0};
  struct model_work work;
  double *rate = sim_alloc_doubles(p->n, &err);
  CHECK_OK(model_work_init(&work, &p->small.net.layout, LANES, &err), err);
  model_network_rate(&p->small.net, drive, s, rate, &work);
  model_network_energy(&p->small.net, drive, s, &work, p->energy);
  model_work_finish(&work);
  free(rate);
}

/* Strong couplings have many minima and soft modes: whatever acceleration
 * proposes, no sample may end higher than it began, nor higher after more
 * sweeps than after fewer. */
static void the_co_content_never_rises(void **state) {
  (void)state;
  struct problem p;
  double before[LANES];
  open_problem(&p, 3, (const size_t[]){8, 16, 16}, "silu", 4.0, 6);
  const struct model_drive drive = {.conductance = LAMBDA, .anchor = p.anchor};
  lane_energies(&p, &drive, p.start);
  memcpy(before, p.energy, sizeof before);
  for (size_t n = 400; n <= 1200; n += 400) {
    descend(&p, &drive, UNTIL, n);
    lane_energies(&p, &drive, p.found);
    for (size_t k = 0; k < LANES; k++) {
      CHECK(p.energy[k] <= before[k] + 1e-9 * (1 + fabs(before[k])));
      before[k] = p.energy[k];
    }
  }
  CHECK(worst_current(&p, &drive, p.found) <= 10 * UNTIL);
  close_problem(&p);
}

/* A sample that settles at once leaves the others alone, and its own result
 * does not depend on them. */
static void a_sample_does_not_notice_the_others(void **state) {
  (void)state;
  struct problem p;
  open_problem(&p, 3, (const size_t[]){8, 16, 16}, "silu", 2.0, 7);
  const struct model_drive drive = {.conductance = LAMBDA, .anchor = p.anchor};
  descend(&p, &drive, UNTIL, 1000);
  memcpy(p.slow, p.found, p.n * sizeof *p.slow);
  for (size_t i = 0; i < p.small.net.layout.n_nodes; i++) {
    for (size_t k = 1; k < LANES; k++) {
      p.start[i * LANES + k] = p.slow[i * LANES + k];  // settled already
    }
  }
  descend(&p, &drive, UNTIL, 1000);
  CHECK_NEAR(distance(&p), 0, 1e-7);
  close_problem(&p);
}

static void too_few_sweeps_leave_what_is_reached(void **state) {
  (void)state;
  struct problem p;
  open_problem(&p, 3, (const size_t[]){8, 16, 16}, "silu", 2.0, 8);
  const struct model_drive drive = {.conductance = LAMBDA, .anchor = p.anchor};
  assert_int_equal(descend(&p, &drive, UNTIL, 2), 2);
  const double early = worst_current(&p, &drive, p.found);
  assert_true(descend(&p, &drive, UNTIL, 500) > 2);
  CHECK(early > 100 * worst_current(&p, &drive, p.found));
  close_problem(&p);
}

/* A tile of three pools and a half: every lane ends, after as many sweeps,
 * where it ends in a tile of its own, and those that repeat the first with it.
 */
static void a_wide_tile_passes_through_a_pool(void **state) {
  (void)state;
  enum { WIDE = 3 * LANES + 16, IDLE = 5 };
  struct problem p;
  struct sim_error err = {0};
  struct model_descent *wide, *narrow;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  open_problem(&p, 3, (const size_t[]){8, 16, 16}, "silu", 2.0, 9);
  const size_t n = p.small.net.layout.n_nodes;
  double *anchor = sim_alloc_doubles(8 * WIDE, &err);
  double *s = sim_alloc_doubles(n * WIDE, &err);
  fill_normal(rng, 8 * WIDE, 1.0, anchor);
  memcpy(s, anchor, 8 * WIDE * sizeof *s);
  CHECK_OK(model_descent_create(&wide, &p.small.net, WIDE, &err), err);
  CHECK_OK(model_descent_create(&narrow, &p.small.net, 1, &err), err);
  const struct model_drive drive = {.conductance = LAMBDA, .anchor = anchor};
  model_descent_run(wide, &drive, WIDE - IDLE, UNTIL, 1000, s);
  size_t n_sweeps = 0;
  for (size_t k = 0; k < WIDE - IDLE; k++) {
    double x[8], one[40] = {0};
    for (size_t i = 0; i < 8; i++) {
      one[i] = x[i] = anchor[i * WIDE + k];
    }
    const struct model_drive own = {.conductance = LAMBDA, .anchor = x};
    n_sweeps += model_descent_run(narrow, &own, 1, UNTIL, 1000, one);
    for (size_t i = 0; i < n; i++) {
      CHECK_NEAR(s[i * WIDE + k], one[i], 1e-7);
      CHECK(k >= IDLE || s[i * WIDE + WIDE - 1 - k] == s[i * WIDE]);
    }
  }
  CHECK_REL((double)model_descent_sweeps(wide), (double)n_sweeps, 0.02);
  model_descent_destroy(wide);
  model_descent_destroy(narrow);
  free(anchor);
  free(s);
  gsl_rng_free(rng);
  close_problem(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_ends_where_a_long_transient_ends),
      cmocka_unit_test(any_number_of_layers_will_do),
      cmocka_unit_test(held_nodes_do_not_move),
      cmocka_unit_test(an_injected_current_is_obeyed),
      cmocka_unit_test(the_co_content_never_rises),
      cmocka_unit_test(a_sample_does_not_notice_the_others),
      cmocka_unit_test(a_wide_tile_passes_through_a_pool),
      cmocka_unit_test(too_few_sweeps_leave_what_is_reached),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("descent", tests, NULL, NULL);
}
