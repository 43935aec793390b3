/* tests/flow_batch.h -- batches of flow matching, taken apart
 *
 * A batch tells x_t and u only. With the images known, each sample gives away
 * its image, t and x0: x1 = x_t + (1 - t) u is the only image on that line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_FLOW_BATCH_H
#define TESTS_FLOW_BATCH_H

#include <string.h>

#include "models/flow.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { MAX = 1800, DIM = 3 };

/* One sample, taken apart. */
struct sample {
  size_t image;
  double t;
  double x0[64];
};

static double images[MAX * DIM];
static struct sample samples[MAX];

static inline int set_up(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fill_normal(rng, MAX * DIM, 1.0, images);
  gsl_rng_free(rng);
  return 0;
}

static inline struct model_flow *flow_make(int coupling, int pairs,
                                           size_t n_images, size_t n_batch,
                                           uint64_t seed) {
  struct sim_error err = {0};
  struct model_flow *flow;
  const struct model_flow_params params = {coupling, pairs};
  CHECK_OK(model_flow_create(&flow, &params, images, n_images, DIM, n_batch,
                             seed, &err),
           err);
  return flow;
}

static inline struct model_batch draw(struct model_flow *flow, uint64_t epoch,
                                      double *cost) {
  struct sim_error err = {0};
  struct model_batch batch;
  CHECK_OK(model_flow_draw(flow, epoch, &batch, cost, &err), err);
  return batch;
}

/* Distance of the line x_t + p u from `point`, relative to 1 + |u|, and p. */
static inline double distance_from_line(const double *x_t, const double *u,
                                        const double *point, size_t dim,
                                        double *p) {
  double along = 0, length = 0, rest = 0;
  for (size_t j = 0; j < dim; j++) {
    along += (point[j] - x_t[j]) * u[j];
    length += u[j] * u[j];
  }
  *p = along / length;
  for (size_t j = 0; j < dim; j++) {
    const double off = x_t[j] + *p * u[j] - point[j];
    rest += off * off;
  }
  return sqrt(rest) / (1 + sqrt(length));
}

static inline struct sample take_apart(const double *x_t, const double *u,
                                       const double *set, size_t n,
                                       size_t dim) {
  struct sample s = {.image = n};
  double p;
  for (size_t i = 0; i < n; i++) {
    if (distance_from_line(x_t, u, set + i * dim, dim, &p) < 1e-12 && p > 0 &&
        p <= 1) {
      CHECK(s.image == n);  // no second one
      s.image = i;
      s.t = 1 - p;
    }
  }
  CHECK(s.image < n);
  for (size_t j = 0; j < dim; j++) {
    s.x0[j] = set[s.image * dim + j] - u[j];
    CHECK_NEAR(x_t[j], (1 - s.t) * s.x0[j] + s.t * set[s.image * dim + j],
               1e-12);
  }
  return s;
}

static inline void take_all_apart(const struct model_batch *batch,
                                  size_t n_images) {
  for (size_t k = 0; k < batch->n; k++) {
    samples[k] = take_apart(batch->x_t + k * DIM, batch->u + k * DIM, images,
                            n_images, DIM);
  }
}

static inline size_t count_images(size_t n, size_t n_images) {
  static unsigned char seen[MAX];
  size_t n_distinct = 0;
  memset(seen, 0, n_images);
  for (size_t k = 0; k < n; k++) {
    n_distinct += !seen[samples[k].image];
    seen[samples[k].image] = 1;
  }
  return n_distinct;
}

static inline double cost_of_batch(const struct model_batch *batch,
                                   size_t dim) {
  double sum = 0;
  for (size_t i = 0; i < batch->n * dim; i++) {
    sum += batch->u[i] * batch->u[i] / (double)batch->n;
  }
  return sum;
}

#endif
