/* tests/imperfect_network.h -- networks without the ideal chip's energy
 *
 * Settled states and Jacobians come from tests/small_chip.h, which shares no
 * code with models/.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_IMPERFECT_NETWORK_H
#define TESTS_IMPERFECT_NETWORK_H

#include "models/settler.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10, SAMPLES = 4 };
enum { WEIGHTS = 3 * 4 + 4 * 3, PARAMETERS = WEIGHTS + NODES };
static const size_t width[] = {VISIBLE, 4, 3};

static const struct model_drive free_only = {.conductance = 4};
static const struct model_learning rule = {
    .spring = 4, .scale = 1.5, .nudge = 1e-3, .phases = 3};

/* A chip, a batch and the equilibria its samples settle to. */
struct bench {
  struct small small;
  struct model_batch batch;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE];
  double s[SAMPLES][NODES];
};

static inline struct own_drive free_drive(const struct bench *b,
                                          size_t sample) {
  return (struct own_drive){.spring = rule.spring,
                            .x_t = b->x_t + sample * VISIBLE};
}

static inline void settle_from_rest(struct bench *b) {
  struct sim_error err = {0};
  const struct model_settling settling = settle_fully();
  struct model_settler settler;
  CHECK_OK(model_settler_init(&settler, &settling, &b->small.net, 1, &err),
           err);
  for (size_t k = 0; k < SAMPLES; k++) {
    double time;
    const struct model_drive drive = {.conductance = rule.spring,
                                      .anchor = b->x_t + k * VISIBLE};
    memset(b->s[k], 0, sizeof b->s[k]);
    memcpy(b->s[k], drive.anchor, VISIBLE * sizeof *b->x_t);
    CHECK_OK(model_settler_run(&settler, &drive, b->s[k], k, &time, &err), err);
  }
  model_settler_finish(&settler);
}

/* What is not ideal: bits. */
enum { DIRECTIONS = 1, AMPLIFIERS = 2, HOPFIELD = 4 };

static inline void bench_make(struct bench *b, const char *curve,
                              unsigned flaws, double sigma, gsl_rng *rng) {
  small_make(&b->small, 3, width, curve, 1.5, 32);
  small_spread(&b->small, rng);
  for (size_t i = 0; i < NODES; i++) {
    b->small.net.inv_capacitance[i] =
        fmax(b->small.net.inv_capacitance[i], 0.5);
  }
  if (flaws & DIRECTIONS) {
    small_separate(&b->small, sigma, rng);
  }
  if (flaws & AMPLIFIERS) {
    small_amplifiers(&b->small, rng);
  }
  b->small.net.neuron = flaws & HOPFIELD ? MODEL_HOPFIELD : MODEL_GRADIENT;
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, b->x_t);
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, b->u);
  b->batch = (struct model_batch){.n = SAMPLES, .x_t = b->x_t, .u = b->u};
  settle_from_rest(b);
}

#endif
