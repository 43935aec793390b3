/* tests/bench_transport.c -- time of the transport of one epoch
 *
 * Prints milliseconds of processor time for noise against the digits,
 * 1797 x 1797: building the costs, solving over all pairs, solving among
 * candidates with the proof.
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
#include "models/transport.h"
#include "sim/memory.h"

#define N_EPOCHS 10
#define N_LEARNT 4

struct bench {
  struct model_dataset set;
  struct model_assignment *work;
  double *noise, *cost, *u, *v;
  size_t *perm;
  struct model_transport *transport;
  double build_ms, over_all_ms, transport_ms;
};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static enum sim_status prepare(struct bench *b, struct sim_error *err) {
  const struct model_dataset_source source = {
      .file = "experiments/data/digits.h5", .range = {-1, 1}};
  if (model_dataset_load(&b->set, &source, err) ||
      model_assignment_create(&b->work, b->set.n, err) ||
      model_transport_create(&b->transport, b->set.values, b->set.n, b->set.dim,
                             err)) {
    return err->status;
  }
  const size_t n = b->set.n;
  if (!(b->noise = sim_alloc_doubles(n * b->set.dim, err)) ||
      !(b->cost = sim_alloc_doubles(n * n, err)) ||
      !(b->u = sim_alloc_doubles(n, err)) ||
      !(b->v = sim_alloc_doubles(n, err)) ||
      !(b->perm = sim_alloc(n, sizeof *b->perm, err))) {
    return err->status;
  }
  return SIM_OK;
}

static void draw_noise(struct bench *b, gsl_rng *rng) {
  for (size_t k = 0; k < b->set.n * b->set.dim; k++) {
    b->noise[k] = gsl_ran_gaussian_ziggurat(rng, 1);
  }
}

static enum sim_status run_epoch(struct bench *b, gsl_rng *rng,
                                 struct sim_error *err) {
  draw_noise(b, rng);
  const double start = now_ms();
  if (model_transport_solve(b->transport, b->noise, b->perm, b->u, b->v, err)) {
    return err->status;
  }
  const double found = now_ms();
  model_transport_cost(b->noise, b->set.values, b->set.n, b->set.dim, b->cost);
  const double built = now_ms();
  if (model_assignment_solve(b->work, b->cost, b->perm, b->u, b->v, err)) {
    return err->status;
  }
  b->transport_ms += found - start;
  b->build_ms += built - found;
  b->over_all_ms += now_ms() - built;
  return SIM_OK;
}

static enum sim_status learn(struct bench *b, gsl_rng *rng,
                             struct sim_error *err) {
  enum sim_status status = SIM_OK;
  for (int k = 0; !status && k < N_LEARNT; k++) {
    draw_noise(b, rng);
    status = model_transport_learn(b->transport, b->noise, err);
  }
  return status;
}

static void finish(struct bench *b) {
  model_dataset_finish(&b->set);
  model_assignment_destroy(b->work);
  model_transport_destroy(b->transport);
  free(b->noise);
  free(b->cost);
  free(b->u);
  free(b->v);
  free(b->perm);
}

int main(void) {
  struct sim_error err = {0};
  struct bench b = {0};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  enum sim_status status = prepare(&b, &err);
  status = status ? status : learn(&b, rng, &err);
  for (int epoch = 0; !status && epoch < N_EPOCHS; epoch++) {
    status = run_epoch(&b, rng, &err);
  }
  if (status) {
    fprintf(stderr, "bench_transport: %s\n", err.message);
  } else {
    printf("n = %zu, dim = %zu, mean of %d\n", b.set.n, b.set.dim, N_EPOCHS);
    printf("cost_build_ms = %.1f\n", b.build_ms / N_EPOCHS);
    printf("solve_over_all_ms = %.1f\n", b.over_all_ms / N_EPOCHS);
    printf("transport_ms = %.1f\n", b.transport_ms / N_EPOCHS);
  }
  finish(&b);
  gsl_rng_free(rng);
  return (int)status;
}
