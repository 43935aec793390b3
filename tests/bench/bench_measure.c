/* tests/bench/bench_measure.c -- ways to settle, and what one of them costs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bench/bench_measure.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/clock.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/bench/bench.h"

#define MAX_REPEATS 10
#define ENOUGH 1.5  // [s] spent on repeating
#define PEAK_SIZE 1024
#define PEAK_REPEATS 8
#define FLOPS_PER_COUPLING 4.0  // multiply and add, both directions

#define MATCHED "chip.capacitance=matched"

const struct bench_method bench_methods[] = {
    {BENCH_EULER, {"settle.integrator=euler", "chip.capacitance=1 pF"}},
    {"rkf45, 1e-4",
     {"settle.integrator=rkf45", "settle.tolerance=1e-4", MATCHED}},
    {"rk8pd, 1e-4",
     {"settle.integrator=rk8pd", "settle.tolerance=1e-4", MATCHED}},
    {"msadams, 1e-4",
     {"settle.integrator=msadams", "settle.tolerance=1e-4", MATCHED}},
    {"rkc, 1e-4, equal capacitances",
     {"settle.integrator=rkc", "settle.tolerance=1e-4",
      "chip.capacitance=1 pF"}},
    {"rkc, 1e-4", {"settle.integrator=rkc", "settle.tolerance=1e-4", MATCHED}},
    {"rkc, 1e-3", {"settle.integrator=rkc", "settle.tolerance=1e-3", MATCHED}},
    {BENCH_RKC, {"settle.integrator=rkc", "settle.tolerance=2e-2", MATCHED}},
    {"operating_point, 1e-6",
     {"settle.analysis=operating_point", "settle.until=1e-6",
      "settle.unsettled=keep", MATCHED}},
    {BENCH_FAST,
     {"settle.analysis=operating_point", "settle.until=1e-5",
      "settle.unsettled=keep", "learning.nudged_states=small_signal",
      "learning.linear_tolerance=1e-4", MATCHED}},
    {NULL, {NULL}},
};

const struct bench_method *bench_method(const char *name) {
  const struct bench_method *m = bench_methods;
  while (strcmp(m->name, name) != 0) {
    m++;
  }
  return m;
}

void bench_load(const struct bench_method *method, const char *set,
                struct tool_experiment *experiment) {
  struct sim_error err = {0};
  const char *sets[BENCH_MAX_SETS + 1];
  size_t n = 0;
  for (; method->sets[n]; n++) {
    sets[n] = method->sets[n];
  }
  sets[n++] = set;
  if (tool_experiment_load(experiment, "tests/data/bench.yaml", sets, n,
                           &err)) {
    bench_fail(&err);
  }
}

static void measure_once(struct model_controller *controller,
                         const struct model_batch *batch, double *gradient,
                         struct bench_cost *cost) {
  struct sim_error err = {0};
  struct model_measurement seen;
  bench_count_reset();
  const double start = sim_clock_now();
  if (model_controller_measure(controller, batch, gradient, &seen, &err)) {
    bench_fail(&err);
  }
  cost->seconds = sim_clock_now() - start;
  cost->loss = seen.loss;
  cost->count = bench_count_read();
}

struct bench_cost bench_measure(struct model_controller *controller,
                                const struct model_layout *layout,
                                const struct model_batch *batch) {
  struct sim_error err = {0};
  struct bench_cost best = {.seconds = INFINITY}, cost = {0};
  double spent = 0;
  double *gradient = sim_alloc_doubles(layout->n_parameters, &err);
  if (!gradient) {
    bench_fail(&err);
  }
  for (int k = 0; k < MAX_REPEATS && (k == 0 || spent < ENOUGH); k++) {
    measure_once(controller, batch, gradient, &cost);
    spent += cost.seconds;
    best = cost.seconds < best.seconds ? cost : best;
  }
  free(gradient);
  const double flops = best.count.coupling_flops;
  const double n_couplings = (double)(layout->n_parameters - layout->n_nodes);
  const double n_threads = (double)sim_threads(), peak = bench_peak();
  best.rhs_per_sample =
      flops / FLOPS_PER_COUPLING / n_couplings / (double)batch->n;
  best.share_of_peak = flops / best.seconds / peak;
  best.share_in_products =
      flops / best.count.coupling_seconds / (peak / n_threads);
  best.coupling_share = best.count.coupling_seconds / n_threads / best.seconds;
  best.correlation_share =
      best.count.correlation_seconds / n_threads / best.seconds;
  return best;
}

/* --- peak --- */

/* [s] of the processor that the calling thread has used: a peak is not what
 * other programs leave of it. */
static double thread_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* [s] of the thread that needs most of them. */
static double multiply_once(double *const *matrices) {
  const size_t n = PEAK_SIZE;
  double longest = 0;
#pragma omp parallel reduction(max : longest)
  {
    const double start = thread_seconds();
    double *a = matrices[sim_thread()];
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, PEAK_SIZE, PEAK_SIZE,
                PEAK_SIZE, 1.0, a, PEAK_SIZE, a + n * n, PEAK_SIZE, 0.0,
                a + 2 * n * n, PEAK_SIZE);
    longest = thread_seconds() - start;
  }
  return longest;
}

/* All threads together, each multiplying matrices of its own; the best. */
static double measure_peak(size_t n_threads) {
  const size_t n = PEAK_SIZE;
  struct sim_error err = {0};
  double *matrices[BENCH_MAX_THREADS], best = INFINITY;
  for (size_t k = 0; k < n_threads; k++) {
    if (!(matrices[k] = sim_alloc_doubles(3 * n * n, &err))) {
      bench_fail(&err);
    }
    for (size_t i = 0; i < 2 * n * n; i++) {
      matrices[k][i] = 1.0 / (double)(i % 97 + 1);
    }
  }
  for (int k = 0; k < PEAK_REPEATS; k++) {
    best = fmin(best, multiply_once(matrices));
  }
  for (size_t k = 0; k < n_threads; k++) {
    free(matrices[k]);
  }
  return 2.0 * (double)(n * n * n) * (double)n_threads / best;
}

double bench_peak(void) {
  static double peaks[BENCH_MAX_THREADS + 1];
  double *peak = &peaks[sim_threads()];
  if (*peak == 0) {
    *peak = measure_peak(sim_threads());
  }
  return *peak;
}
