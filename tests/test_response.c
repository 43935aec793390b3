/* tests/test_response.c -- standing errors, against a circuit that is settled
 * anew with every one of them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/response.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10, WEIGHTS = 3 * 4 + 4 * 3 };
static const size_t width[] = {VISIBLE, 4, 3};
#define STEP 1e-4  // of a weight; both signs, so of order STEP^2

struct bench {
  struct small small;
  double x_t[VISIBLE];
  double s[NODES];
};

static struct model_drive drive_of(const struct bench *b) {
  return (struct model_drive){.conductance = 4, .anchor = b->x_t};
}

static void settle(struct bench *b, double *s) {
  struct sim_error err = {0};
  const struct model_settling settling = settle_fully();
  struct model_settler settler;
  const struct model_drive drive = drive_of(b);
  double time;
  CHECK_OK(model_settler_init(&settler, &settling, &b->small.net, 1, &err),
           err);
  memset(s, 0, NODES * sizeof *s);
  memcpy(s, b->x_t, sizeof b->x_t);
  CHECK_OK(model_settler_run(&settler, &drive, s, 0, &time, &err), err);
  model_settler_finish(&settler);
}

static void bench_make(struct bench *b, int is_separate, gsl_rng *rng) {
  small_make(&b->small, 3, width, "tanh", 1.0, 32);
  small_spread(&b->small, rng);
  if (is_separate) {
    small_separate(&b->small, 0.3, rng);
    small_amplifiers(&b->small, rng);
  }
  fill_normal(rng, VISIBLE, 1.0, b->x_t);
  settle(b, b->s);
}

/* How far the nodes move for each unit of *value. */
static void slope(struct bench *b, double *value, double *moved) {
  double low[NODES], high[NODES];
  const double before = *value;
  *value = before + STEP;
  settle(b, high);
  *value = before - STEP;
  settle(b, low);
  *value = before;
  for (size_t i = 0; i < NODES; i++) {
    moved[i] = (high[i] - low[i]) / (2 * STEP);
  }
}

/* Errors of all weights in `theta`, of different variances. */
static void check_weights(struct bench *b, double *theta,
                          enum model_response_direction direction) {
  struct sim_error err = {0};
  struct model_response response;
  const struct model_drive drive = drive_of(b);
  double node[NODES] = {0}, wanted[NODES] = {0}, variance[WEIGHTS];
  for (size_t k = 0; k < WEIGHTS; k++) {
    double moved[NODES];
    variance[k] = 0.01 * (1.0 + (double)k);
    slope(b, &theta[k], moved);
    for (size_t i = 0; i < NODES; i++) {
      wanted[i] += variance[k] * moved[i] * moved[i];
    }
  }
  CHECK_OK(model_response_init(&response, &b->small.net, &drive, b->s, &err),
           err);
  model_response_add_weights(&response, 0, direction, variance, node);
  model_response_add_weights(&response, 1, direction, variance + 12, node);
  for (size_t i = 0; i < NODES; i++) {
    CHECK_REL(node[i], wanted[i], 1e-5);
  }
  model_response_finish(&response);
}

static void a_weight_of_both_directions_moves_both_ends(void **state) {
  (void)state;
  struct bench b;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  bench_make(&b, 0, rng);
  check_weights(&b, b.small.net.theta, MODEL_RESPONSE_BOTH);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

static void each_direction_has_errors_of_its_own(void **state) {
  (void)state;
  struct bench b;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  bench_make(&b, 1, rng);
  check_weights(&b, b.small.net.theta, MODEL_RESPONSE_UP);
  check_weights(&b, b.small.net.theta_back, MODEL_RESPONSE_DOWN);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

static void an_anchor_pulls_by_its_spring(void **state) {
  (void)state;
  struct bench b;
  struct sim_error err = {0};
  struct model_response response;
  double node[NODES] = {0}, wanted[NODES] = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  bench_make(&b, 1, rng);
  const struct model_drive drive = drive_of(&b);
  for (size_t k = 0; k < VISIBLE; k++) {
    double moved[NODES];
    slope(&b, &b.x_t[k], moved);
    for (size_t i = 0; i < NODES; i++) {
      wanted[i] += 0.02 * moved[i] * moved[i];
    }
  }
  CHECK_OK(model_response_init(&response, &b.small.net, &drive, b.s, &err),
           err);
  model_response_add_anchors(&response, 0.02, node);
  for (size_t i = 0; i < NODES; i++) {
    CHECK_REL(node[i], wanted[i], 1e-5);
  }
  model_response_finish(&response);
  small_finish(&b.small);
  gsl_rng_free(rng);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_weight_of_both_directions_moves_both_ends),
      cmocka_unit_test(each_direction_has_errors_of_its_own),
      cmocka_unit_test(an_anchor_pulls_by_its_spring),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
