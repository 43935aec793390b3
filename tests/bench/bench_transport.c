/* tests/bench/bench_transport.c -- optimal transport of one epoch
 *
 * Processor time for noise against the digits, 1797 x 1797, least of several.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "models/assignment.h"
#include "models/dataset.h"
#include "models/flow.h"
#include "models/transport.h"
#include "sim/memory.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_table.h"

#define N_EPOCHS 10
#define N_LEARNT 4

static const struct bench_column columns[] = {
    {"mean_ms", "mean", 1, " ms"},
    {"least_ms", "least", 1, " ms"},
};

struct bench {
  struct model_dataset set;
  struct model_assignment *assignment;
  struct model_transport *transport;
  struct model_flow *flow;
  gsl_rng *rng;
  double *noise, *cost, *u, *v;
  size_t *perm;
};

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void draw_noise(struct bench *b) {
  for (size_t k = 0; k < b->set.n * b->set.dim; k++) {
    b->noise[k] = gsl_ran_gaussian_ziggurat(b->rng, 1);
  }
}

static enum sim_status prepare(struct bench *b, struct sim_error *err) {
  const struct model_dataset_source source = {
      .file = "experiments/data/digits.h5", .range = {-1, 1}};
  const struct model_flow_params flow = {MODEL_OPTIMAL_TRANSPORT,
                                         MODEL_WITH_REPLACEMENT};
  if (model_dataset_load(&b->set, &source, err)) {
    return err->status;
  }
  const size_t n = b->set.n;
  b->rng = gsl_rng_alloc(gsl_rng_mt19937);
  if (!(b->noise = sim_alloc_doubles(n * b->set.dim, err)) ||
      !(b->cost = sim_alloc_doubles(n * n, err)) ||
      !(b->u = sim_alloc_doubles(2 * n, err)) ||
      !(b->perm = sim_alloc(n, sizeof *b->perm, err)) ||
      model_assignment_create(&b->assignment, n, err) ||
      model_transport_create(&b->transport, b->set.values, n, b->set.dim,
                             err) ||
      model_flow_create(&b->flow, &flow, b->set.values, n, b->set.dim, n, 1,
                        err)) {
    return err->status;
  }
  b->v = b->u + n;
  for (int k = 0; k < N_LEARNT; k++) {
    draw_noise(b);
    if (model_transport_learn(b->transport, b->noise, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

static void finish(struct bench *b) {
  model_dataset_finish(&b->set);
  model_assignment_destroy(b->assignment);
  model_transport_destroy(b->transport);
  model_flow_destroy(b->flow);
  gsl_rng_free(b->rng);
  free(b->noise);
  free(b->cost);
  free(b->u);
  free(b->perm);
}

/* --- what is timed --- */

static enum sim_status draw_batch(struct bench *b, int epoch,
                                  struct sim_error *err) {
  struct model_batch batch;
  double transport_cost;
  return model_flow_draw(b->flow, 100 + (uint64_t)epoch, &batch,
                         &transport_cost, err);
}

static enum sim_status among_candidates(struct bench *b, int epoch,
                                        struct sim_error *err) {
  (void)epoch;
  return model_transport_solve(b->transport, b->noise, b->perm, b->u, b->v,
                               err);
}

static enum sim_status over_all_pairs(struct bench *b, int epoch,
                                      struct sim_error *err) {
  (void)epoch;
  model_transport_cost(b->noise, b->set.values, b->set.n, b->set.dim, b->cost);
  return model_assignment_solve(b->assignment, b->cost, b->perm, b->u, b->v,
                                err);
}

static const struct {
  const char *name;
  enum sim_status (*run)(struct bench *, int, struct sim_error *);
} parts[] = {
    {"all costs and the assignment over all pairs", over_all_pairs},
    {"transport among candidates, with its proof", among_candidates},
    {"the same with noise, times and pairs: a batch", draw_batch},
};

void bench_transport(const struct bench_options *options) {
  static struct bench_table table = {
      .key = "transport",
      .title = "Optimal transport of one epoch, one thread, processor time",
      .label = "what",
      .columns = columns,
      .n_columns = 2};
  struct sim_error err = {0};
  struct bench b = {0};
  if (prepare(&b, &err)) {
    bench_fail(&err);
  }
  for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
    double sum = 0, least = INFINITY;
    for (int epoch = 0; epoch < N_EPOCHS; epoch++) {
      draw_noise(&b);
      const double start = now_ms();
      if (parts[k].run(&b, epoch, &err)) {
        bench_fail(&err);
      }
      const double ms = now_ms() - start;
      sum += ms;
      least = fmin(least, ms);
    }
    bench_table_add(&table, parts[k].name,
                    (const double[]){sum / N_EPOCHS, least});
  }
  bench_table_print(&table, options->json);
  finish(&b);
}
