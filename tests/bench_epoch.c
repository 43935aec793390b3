/* tests/bench_epoch.c -- cost of one epoch of digits for each way to settle
 *
 * For the weights before training and for trained ones: seconds of all phases
 * of 1797 samples, right-hand sides, the arithmetic of the couplings per
 * second, and that as a share of the peak measured in the same run by large
 * matrix products. Ratios are against `euler`. Usage: bench_epoch [THREADS]
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <cblas.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/controller.h"
#include "models/flow.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tools/experiment.h"
#include "tools/setup.h"

#define PEAK_SIZE 1024

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void fail(const struct sim_error *err) {
  fprintf(stderr, "bench_epoch: %s\n", err->message);
  exit(1);
}

/* [flop/s] of all threads together, each multiplying matrices of its own. */
static double measure_peak(void) {
  const size_t size = (size_t)PEAK_SIZE * PEAK_SIZE;
  double best = 0;
  for (int repeat = 0; repeat < 3; repeat++) {
    const double start = now();
#pragma omp parallel
    {
      struct sim_error err;
      double *a = sim_alloc_doubles(3 * size, &err);
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, PEAK_SIZE,
                  PEAK_SIZE, PEAK_SIZE, 1.0, a, PEAK_SIZE, a + size, PEAK_SIZE,
                  0.0, a + 2 * size, PEAK_SIZE);
      free(a);
    }
    const double rate = 2.0 * PEAK_SIZE * (double)size * (double)sim_threads() /
                        (now() - start);
    best = rate > best ? rate : best;
  }
  return best;
}

struct method {
  const char *name;
  const char *sets[6];  // NULL-terminated
};

static const struct method methods[] = {
    {"euler 0.1 tau", {"settle.integrator=euler", "chip.capacitance=1 pF"}},
    {"rkf45 1e-6, matched",
     {"settle.integrator=rkf45", "chip.capacitance=matched"}},
    {"rkc 1e-4",
     {"settle.integrator=rkc", "settle.tolerance=1e-4",
      "chip.capacitance=1 pF"}},
    {"rkc 1e-4, matched",
     {"settle.integrator=rkc", "settle.tolerance=1e-4",
      "chip.capacitance=matched"}},
    {"rkc 1e-3, matched",
     {"settle.integrator=rkc", "settle.tolerance=1e-3",
      "chip.capacitance=matched"}},
    {"operating_point 1e-6",
     {"settle.analysis=operating_point", "settle.until=1e-6",
      "settle.unsettled=keep"}},
    {"... and small_signal",
     {"settle.analysis=operating_point", "settle.until=1e-6",
      "settle.unsettled=keep", "learning.nudged_states=small_signal",
      "learning.linear_tolerance=1e-6"}},
};

static void load(const struct method *method, const char *from,
                 struct tool_experiment *experiment) {
  struct sim_error err = {0};
  const char *sets[8];
  size_t n = 0;
  for (; method->sets[n]; n++) {
    sets[n] = method->sets[n];
  }
  sets[n++] = from;
  if (tool_experiment_load(experiment, "tests/data/bench.yaml", sets, n,
                           &err)) {
    fail(&err);
  }
}

static void run(const struct method *method, const char *from, double peak,
                double *reference) {
  static struct tool_experiment experiment;
  struct tool_setup setup;
  struct model_flow *flow;
  struct model_controller *controller;
  struct model_batch batch;
  struct model_measurement seen;
  struct sim_error err = {0};
  double cost;

  load(method, from, &experiment);
  if (tool_setup_init(&setup, &experiment, &err) ||
      model_flow_create(&flow, &experiment.flow, setup.data.values,
                        setup.data.n, setup.data.dim, setup.data.n, 1, &err) ||
      model_controller_create(&controller, &experiment.learning,
                              &setup.settling, &setup.net, setup.data.n,
                              &err) ||
      model_flow_draw(flow, 0, &batch, &cost, &err)) {
    fail(&err);
  }
  double *gradient = sim_alloc_doubles(setup.net.layout.n_parameters, &err);
  const double start = now();
  if (model_controller_measure(controller, &batch, gradient, &seen, &err)) {
    fail(&err);
  }
  const double seconds = now() - start;
  if (*reference == 0) {
    *reference = seconds;
  }
  const struct sim_integrator_stats work = model_controller_stats(controller);
  const double n_couplings =
      (double)(setup.net.layout.n_parameters - setup.net.layout.n_nodes);
  const double flops = 4.0 * n_couplings * (double)work.n_rhs *
                       (double)model_settling_lanes(&setup.settling);
  printf(
      "  %-22s %8.3f s  1/%-5.2f  %8zu rhs  %6.1f GF/s  %3.0f %% of peak"
      "  loss %.4f\n",
      method->name, seconds, *reference / seconds, work.n_rhs,
      1e-9 * flops / seconds, 100.0 * flops / seconds / peak, seen.loss);
  fflush(stdout);
  free(gradient);
  model_controller_destroy(controller);
  model_flow_destroy(flow);
  tool_setup_finish(&setup);
}

int main(int argc, char **argv) {
  static const char *const weights[] = {"from=none",
                                        "from=tests/data/digits_500"};
  gsl_set_error_handler_off();
  sim_threads_set(argc > 1 ? (size_t)atoi(argv[1]) : 0);
  const double peak = measure_peak();
  printf("%zu threads, peak %.1f GF/s\n", sim_threads(), 1e-9 * peak);
  for (size_t w = 0; w < 2; w++) {
    double reference = 0;
    printf("%s, 1797 samples, three phases\n", weights[w]);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
      run(&methods[i], weights[w], peak, &reference);
    }
  }
  return 0;
}
