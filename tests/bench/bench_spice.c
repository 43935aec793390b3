/* tests/bench/bench_spice.c -- the same transient in ngspice and in simrun
 *
 * The free phase of digits over 30 tau, trained weights. The error of either
 * program is the largest distance of a node from a reference (rk8pd with a
 * tolerance of 1e-12) at the points of a grid. ngspice runs the first sample;
 * simrun too, and the whole batch in tiles. simrun is as accurate at the
 * loosest of its tolerances that leaves no larger an error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/memory.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_measure.h"
#include "tests/bench/bench_table.h"
#include "tests/folder.h"
#include "tools/ngspice.h"
#include "tools/setup.h"
#include "tools/spice_compare.h"
#include "tools/spice_run.h"

#define INTERVAL 0.25  // [tau] of the grid
#define N_REPEATS 5

static const struct bench_method reference = {
    "reference", {"settle.integrator=rk8pd", "settle.tolerance=1e-12"}};

static const struct bench_method methods[] = {
    {"simrun, rkc, 1e-2", {"settle.integrator=rkc", "settle.tolerance=1e-2"}},
    {"simrun, rkc, 1e-3", {"settle.integrator=rkc", "settle.tolerance=1e-3"}},
    {"simrun, rkc, 1e-4", {"settle.integrator=rkc", "settle.tolerance=1e-4"}},
    {"simrun, rkc, 1e-5", {"settle.integrator=rkc", "settle.tolerance=1e-5"}},
    {"simrun, rkc, 1e-6", {"settle.integrator=rkc", "settle.tolerance=1e-6"}},
    {"simrun, rk8pd, 1e-6",
     {"settle.integrator=rk8pd", "settle.tolerance=1e-6"}},
};
#define N_METHODS (sizeof methods / sizeof *methods)

static const struct {
  const char *name;
  struct tool_spice_params params;
} settings[] = {
    {"ngspice, reltol 1e-4",
     {.reltol = 1e-4, .vntol = 1e-7, .abstol = 1e-13, .max_step = {0.5, true}}},
    {"ngspice, reltol 1e-6",
     {.reltol = 1e-6, .vntol = 1e-9, .abstol = 1e-15, .max_step = {0.5, true}}},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

/* What one way costs, and what it is worth. */
struct result {
  double error;   // [1] of full scale
  double sample;  // [s] of the processor
  double batch;   // [s] of the processor
};

/* A chip that settles in one of these ways. */
struct bench {
  struct tool_experiment experiment;
  struct tool_setup setup;
  struct tool_spice_source source;
  struct tool_spice_sample sample;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void open_bench(struct bench *b, const struct bench_method *method,
                       const struct bench_options *options) {
  struct sim_error err = {0};
  char weights[SIM_TEXT_MAX];
  snprintf(weights, sizeof weights, "from=%s", options->from);
  bench_load(method, weights, &b->experiment);
  b->experiment.learning.phases = 1;  // only the first is run
  if (tool_setup_init(&b->setup, &b->experiment, &err)) {
    bench_fail(&err);
  }
  const double duration = b->setup.settling.duration;
  const struct tool_spice_grid grid = {(size_t)(duration / INTERVAL + 1.5),
                                       INTERVAL, duration};
  if (tool_spice_source_init(&b->source, &b->setup, &grid, 0, &err) ||
      tool_spice_sample_init(&b->sample, &b->source, 0, 0, &err)) {
    bench_fail(&err);
  }
}

static void close_bench(struct bench *b) {
  tool_spice_sample_finish(&b->sample);
  tool_spice_source_finish(&b->source);
  tool_setup_finish(&b->setup);
}

static double distance(const struct bench *b, const double *trace,
                       const double *exact) {
  const size_t n = b->source.grid.n_points * b->setup.net.layout.n_nodes;
  return tool_spice_distance(n, trace, exact);
}

/* --- simrun --- */

/* The first sample with the points of the grid; the least of several. */
static double time_sample(struct bench *b) {
  struct sim_error err = {0};
  double least = b->sample.seconds;
  for (int k = 0; k < N_REPEATS; k++) {
    tool_spice_sample_finish(&b->sample);
    if (tool_spice_sample_init(&b->sample, &b->source, 0, 0, &err)) {
      bench_fail(&err);
    }
    least = fmin(least, b->sample.seconds);
  }
  return least;
}

/* The whole batch, tile by tile. */
static double time_batch(struct bench *b) {
  struct sim_error err = {0};
  struct model_phases phases;
  const size_t lanes = model_settling_lanes(&b->setup.settling);
  if (model_phases_init(&phases, &b->experiment.learning, &b->setup.settling,
                        &b->setup.net, lanes, &err)) {
    bench_fail(&err);
  }
  const double start = now();
  for (size_t first = 0; first < b->source.batch.n; first += lanes) {
    model_phases_load(&phases, &b->source.batch, first);
    if (model_phases_free(&phases, &err)) {
      bench_fail(&err);
    }
  }
  const double seconds = now() - start;
  model_phases_finish(&phases);
  return seconds;
}

static struct result run_method(const struct bench_method *method,
                                const struct bench_options *options,
                                const double *exact) {
  static struct bench b;
  open_bench(&b, method, options);
  const struct result result = {
      .error = distance(&b, b.sample.trace[0], exact),
      .sample = time_sample(&b),
      .batch = time_batch(&b),
  };
  close_bench(&b);
  return result;
}

/* --- ngspice --- */

/* Seconds of ngspice for the first sample's netlist with the points of `grid`,
 * and how far it is from `exact` then. */
static double run_ngspice(struct bench *b,
                          const struct tool_spice_params *params,
                          const struct tool_spice_grid *grid,
                          const double *exact, double *error) {
  struct sim_error err = {0};
  struct tool_spice_seen seen;
  struct tool_run run = {.experiment = &b->experiment};
  char folder[64];
  folder_make(folder);
  snprintf(run.folder, sizeof run.folder, "%s", folder);
  if (tool_spice_run(&seen, &b->setup, params, grid, &run, &b->sample, 0,
                     &err)) {
    bench_fail(&err);
  }
  const double seconds = seen.seconds;
  if (error) {
    *error = distance(b, seen.trace[0], exact);
  }
  tool_spice_seen_finish(&seen);
  folder_remove(folder);
  return seconds;
}

/* What reading the netlist and its operating point takes does not count. */
static struct result run_setting(struct bench *b, size_t k,
                                 const double *exact) {
  const struct tool_spice_grid none = {0};
  const struct tool_spice_params *params = &settings[k].params;
  struct result result;
  const double before = run_ngspice(b, params, &none, NULL, NULL);
  result.sample =
      run_ngspice(b, params, &b->source.grid, exact, &result.error) - before;
  result.batch = result.sample * (double)b->source.batch.n;
  return result;
}

/* --- tables --- */

static void show_costs(const struct bench_options *options,
                       const struct result *ngspice,
                       const struct result *simrun) {
  static const struct bench_column columns[] = {
      {"error_ppm", "largest error, millionths of full scale", 2, ""},
      {"sample_seconds", "one sample", 4, " s"},
      {"batch_seconds", "1797 samples", 2, " s"},
  };
  static struct bench_table table = {
      .key = "spice",
      .title =
          "A free phase of 30 tau in ngspice and in simrun, trained "
          "weights, processor time of one core; 1797 samples of ngspice "
          "are so many times one",
      .label = "program and tolerance",
      .columns = columns,
      .n_columns = 3};
  for (size_t k = 0; k < N_SETTINGS + N_METHODS; k++) {
    const bool is_spice = k < N_SETTINGS;
    const struct result *r = is_spice ? &ngspice[k] : &simrun[k - N_SETTINGS];
    bench_table_add(&table,
                    is_spice ? settings[k].name : methods[k - N_SETTINGS].name,
                    (const double[]){1e6 * r->error, r->sample, r->batch});
  }
  bench_table_print(&table, options->json);
}

/* The cheapest way of simrun, for the batch, with no larger an error. */
static const struct result *match(const struct result *ngspice,
                                  const struct result *simrun) {
  const struct result *best = NULL;
  for (size_t k = 0; k < N_METHODS; k++) {
    if (simrun[k].error <= ngspice->error &&
        (!best || simrun[k].batch < best->batch)) {
      best = &simrun[k];
    }
  }
  return best;
}

static void show_ratios(const struct bench_options *options,
                        const struct result *ngspice,
                        const struct result *simrun) {
  static const struct bench_column columns[] = {
      {"error_ppm", "its error, millionths", 2, ""},
      {"simrun_error_ppm", "simrun's error", 2, ""},
      {"sample_ratio", "times simrun's time, one sample", 0, ""},
      {"batch_ratio", "1797 samples", 0, ""},
  };
  static struct bench_table table = {
      .key = "spice_ratio",
      .title = "ngspice against simrun where it is no less accurate",
      .label = "ngspice",
      .columns = columns,
      .n_columns = 4};
  for (size_t k = 0; k < N_SETTINGS; k++) {
    const struct result *r = match(&ngspice[k], simrun);
    if (r) {
      bench_table_add(&table, settings[k].name,
                      (const double[]){1e6 * ngspice[k].error, 1e6 * r->error,
                                       ngspice[k].sample / r->sample,
                                       ngspice[k].batch / r->batch});
    }
  }
  bench_table_print(&table, options->json);
}

void bench_spice(const struct bench_options *options) {
  static struct bench exact;
  struct result ngspice[N_SETTINGS], simrun[N_METHODS];
  struct sim_error err = {0};
  if (tool_ngspice_check(&err)) {
    printf("Of ngspice nothing was measured: it is not installed.\n\n");
    return;
  }
  open_bench(&exact, &reference, options);
  const double *trace = exact.sample.trace[0];
  for (size_t k = 0; k < N_METHODS; k++) {
    simrun[k] = run_method(&methods[k], options, trace);
  }
  for (size_t k = 0; k < N_SETTINGS; k++) {
    ngspice[k] = run_setting(&exact, k, trace);
  }
  show_costs(options, ngspice, simrun);
  show_ratios(options, ngspice, simrun);
  close_bench(&exact);
}
