/* tests/small_batch.h -- a small network and a batch that it is measured on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_SMALL_BATCH_H
#define TESTS_SMALL_BATCH_H

#include "models/controller.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10, PARAMETERS = 3 * 4 + 4 * 3 + NODES };
enum { MAX_SAMPLES = 70 };
static const size_t width[] = {VISIBLE, 4, 3};

static double x_t[MAX_SAMPLES * VISIBLE], u[MAX_SAMPLES * VISIBLE];
static struct small small;

static inline int set_up(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 6);
  fill_normal(rng, MAX_SAMPLES * VISIBLE, 1.0, x_t);
  fill_normal(rng, MAX_SAMPLES * VISIBLE, 1.0, u);
  small_make(&small, 3, width, "silu", 1.5, 32);
  gsl_rng_free(rng);
  return 0;
}

static inline int tear_down(void **state) {
  (void)state;
  small_finish(&small);
  return 0;
}

/* The minus branch needs nudge < 1/(scale^2 spring) = 0.11. */
static inline struct model_learning rule_of(size_t phases, double nudge) {
  return (struct model_learning){
      .spring = 4, .scale = 1.5, .nudge = nudge, .phases = phases};
}

static inline struct model_measurement measure(
    const struct model_learning *rule, const struct model_settling *settling,
    size_t n, double *gradient) {
  const struct model_batch batch = {.n = n, .x_t = x_t, .u = u};
  return small_measure(&small.net, rule, settling, &batch, gradient);
}

static inline double norm(const double *x) {
  double sum = 0;
  for (size_t i = 0; i < PARAMETERS; i++) {
    sum += x[i] * x[i];
  }
  return sqrt(sum);
}

static inline double distance(const double *a, const double *b) {
  double difference[PARAMETERS];
  for (size_t i = 0; i < PARAMETERS; i++) {
    difference[i] = a[i] - b[i];
  }
  return norm(difference);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
