/* tests/bench_transport.c -- time of the transport of one epoch
 *
 * Prints milliseconds for noise against the digits, 1797 x 1797: building the
 * costs, solving from nothing, solving from a running mean of the prices.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_randist.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/assignment.h"
#include "models/dataset.h"
#include "sim/memory.h"

#define N_EPOCHS 10
#define NEWEST 0.3  // weight of the newest prices in the running mean

struct bench {
  struct model_dataset set;
  struct model_assignment *work;
  double *noise, *cost, *u, *v, *mean;
  size_t *perm;
  double build_ms, cold_ms, warm_ms;
};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static enum sim_status prepare(struct bench *b, struct sim_error *err) {
  const struct model_dataset_source source = {
      .file = "experiments/data/digits.h5", .range = {-1, 1}};
  if (model_dataset_load(&b->set, &source, err) ||
      model_assignment_create(&b->work, b->set.n, err)) {
    return err->status;
  }
  const size_t n = b->set.n;
  if (!(b->noise = sim_alloc_doubles(n * b->set.dim, err)) ||
      !(b->cost = sim_alloc_doubles(n * n, err)) ||
      !(b->u = sim_alloc_doubles(n, err)) ||
      !(b->v = sim_alloc_doubles(n, err)) ||
      !(b->mean = sim_alloc_doubles(n, err)) ||
      !(b->perm = sim_alloc(n, sizeof *b->perm, err))) {
    return err->status;
  }
  return SIM_OK;
}

static enum sim_status run_epoch(struct bench *b, int epoch, gsl_rng *rng,
                                 struct sim_error *err) {
  const size_t n = b->set.n;
  for (size_t k = 0; k < n * b->set.dim; k++) {
    b->noise[k] = gsl_ran_gaussian_ziggurat(rng, 1);
  }
  const double start = now_ms();
  model_transport_cost(b->noise, b->set.values, n, b->set.dim, b->cost);
  const double built = now_ms();
  if (model_assignment_solve(b->work, b->cost, b->perm, b->u, b->v, err)) {
    return err->status;
  }
  const double solved = now_ms();
  if (epoch == 0) {  // warms the caches up and gives the first prices
    memcpy(b->mean, b->v, n * sizeof *b->v);
    return SIM_OK;
  }
  b->build_ms += built - start;
  b->cold_ms += solved - built;

  memcpy(b->v, b->mean, n * sizeof *b->v);
  const double again = now_ms();
  if (model_assignment_solve_from(b->work, b->cost, b->perm, b->u, b->v, err)) {
    return err->status;
  }
  b->warm_ms += now_ms() - again;
  for (size_t j = 0; j < n; j++) {
    b->mean[j] += NEWEST * (b->v[j] - b->mean[j]);
  }
  return SIM_OK;
}

static void finish(struct bench *b) {
  model_dataset_finish(&b->set);
  model_assignment_destroy(b->work);
  free(b->noise);
  free(b->cost);
  free(b->u);
  free(b->v);
  free(b->mean);
  free(b->perm);
}

int main(void) {
  struct sim_error err = {0};
  struct bench b = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  enum sim_status status = prepare(&b, &err);
  for (int epoch = 0; !status && epoch <= N_EPOCHS; epoch++) {
    status = run_epoch(&b, epoch, rng, &err);
  }
  if (status) {
    fprintf(stderr, "bench_transport: %s\n", err.message);
  } else {
    printf("n = %zu, dim = %zu, mean of %d\n", b.set.n, b.set.dim, N_EPOCHS);
    printf("cost_build_ms = %.1f\n", b.build_ms / N_EPOCHS);
    printf("solve_cold_ms = %.1f\n", b.cold_ms / N_EPOCHS);
    printf("solve_warm_ms = %.1f\n", b.warm_ms / N_EPOCHS);
  }
  finish(&b);
  gsl_rng_free(rng);
  return (int)status;
}
