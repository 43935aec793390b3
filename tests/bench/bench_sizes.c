/* tests/bench/bench_sizes.c -- how the cost grows with couplings and samples
 *
 * First weights, noise for samples, two threads.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_randist.h>
#include <stdlib.h>

#include "models/initial.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_measure.h"
#include "tests/bench/bench_table.h"

static const char *const methods[] = {BENCH_RKC, BENCH_FAST};
static const char *const sizes[] = {"[64, 128, 128]", "[784, 512, 512]",
                                    "[64, 512, 512, 512]"};

static const struct bench_column columns[] = {
    {"couplings", "couplings", 0, ""},
    {"samples", "samples", 0, ""},
    {"seconds", "time", 3, " s"},
    {"nanoseconds", "for a sample and coupling", 2, " ns"},
    {"rhs_per_sample", "right-hand sides a sample", 0, ""},
    {"peak_share_in_products", "of peak, in their products", 0, " %"},
    {"peak_share", "of peak, in all", 0, " %"},
    {"coupling_share", "of the time in couplings", 0, " %"},
};
#define N_COLUMNS ((int)(sizeof columns / sizeof *columns))

/* A chip of any size, without a data file. */
static void make(const char *method, const char *size,
                 struct tool_experiment *e, struct model_chip **chip,
                 struct model_network *net) {
  struct sim_error err = {0};
  char layers[64];
  snprintf(layers, sizeof layers, "network.layers=%s", size);
  bench_load(bench_method(method), layers, e);
  if (model_chip_create(chip, &e->network, &e->chip, e->learning.spring,
                        e->seed, &err)) {
    bench_fail(&err);
  }
  double *theta = sim_alloc_doubles((*chip)->layout.n_parameters, &err);
  if (!theta) {
    bench_fail(&err);
  }
  model_initial_draw(&(*chip)->layout, e->network.init_gain, e->seed, theta);
  model_chip_program(*chip, theta);
  free(theta);
  if (model_chip_network(*chip, net, &err)) {
    bench_fail(&err);
  }
}

static double *draw(size_t n) {
  struct sim_error err = {0};
  double *x = sim_alloc_doubles(n, &err);
  if (!x) {
    bench_fail(&err);
  }
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t k = 0; k < n; k++) {
    x[k] = gsl_ran_gaussian(rng, 1);
  }
  gsl_rng_free(rng);
  return x;
}

static void add(struct bench_table *table, const char *method, const char *size,
                double n_couplings, double n_samples,
                const struct bench_cost *cost) {
  char name[64];
  const double values[N_COLUMNS] = {
      n_couplings,
      n_samples,
      cost->seconds,
      1e9 * cost->seconds / n_couplings / n_samples,
      cost->rhs_per_sample,
      100 * cost->share_in_products,
      100 * cost->share_of_peak,
      100 * cost->coupling_share,
  };
  snprintf(name, sizeof name, "%s, %s", size, method);
  bench_table_add(table, name, values);
}

static void run(struct bench_table *table, const char *method, const char *size,
                size_t n_samples) {
  static struct tool_experiment experiment;
  struct sim_error err = {0};
  struct model_chip *chip;
  struct model_network net;
  struct model_controller *controller;
  make(method, size, &experiment, &chip, &net);
  const struct model_layout *at = &net.layout;
  const struct model_settling settling =
      model_settling_make(&experiment.settle, chip->tau);
  if (model_controller_create(&controller, &experiment.learning, &settling,
                              &net, n_samples, &err)) {
    bench_fail(&err);
  }
  const size_t n = n_samples * at->width[0];
  double *x = draw(2 * n);
  const struct model_batch batch = {.n = n_samples, .x_t = x, .u = x + n};
  const struct bench_cost cost = bench_measure(controller, at, &batch);
  add(table, method, size, (double)(at->n_parameters - at->n_nodes),
      (double)n_samples, &cost);
  free(x);
  model_controller_destroy(controller);
  model_network_finish(&net);
  model_chip_destroy(chip);
}

void bench_sizes(const struct bench_options *options) {
  static struct bench_table table = {
      .key = "sizes",
      .title = "Other sizes, weights before training, two threads",
      .label = "network and method",
      .columns = columns,
      .n_columns = N_COLUMNS};
  sim_threads_set(2);
  for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      for (size_t n_samples = 128; n_samples <= 256; n_samples *= 2) {
        run(&table, methods[m], sizes[s], n_samples);
      }
    }
  }
  bench_table_print(&table, options->json);
}
