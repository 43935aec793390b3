/* tests/bench/bench_noise.c -- what noise adds to the cost of a phase
 *
 * Processor time of one tile's free phase of digits with Heun's method and
 * steps of 0.1 tau, with and without noise, the least of several in turn; and
 * of the normal numbers alone, against the ziggurat of the GSL on the same
 * random numbers, one stream a device and sample as sim/random.h has them, or
 * all from one stream; and of the linear analysis of one sample's noise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/noise_analysis.h"
#include "models/settler.h"
#include "sim/memory.h"
#include "sim/normal.h"
#include "sim/random.h"
#include "sim/tiles.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_measure.h"
#include "tests/bench/bench_table.h"
#include "tools/setup.h"

#define N_REPEATS 12

#define HEUN "settle.integrator=heun", "settle.step=0.1 tau"
static const struct bench_method methods[] = {
    {"without noise", {HEUN}},
    {"thermal", {HEUN, "chip.noise.thermal=true"}},
    {"flicker", {HEUN, "chip.noise.flicker=true"}},
    {"flicker to 100 MHz",
     {HEUN, "chip.noise.flicker=true",
      "chip.noise.flicker_band=[1 Hz, 100 MHz]"}},
    {"telegraph", {HEUN, "chip.noise.telegraph=true"}},
    {"telegraph of 100 MHz",
     {HEUN, "chip.noise.telegraph=true", "chip.noise.telegraph_capture=100 MHz",
      "chip.noise.telegraph_emission=100 MHz"}},
    {"all three with defaults",
     {HEUN, "chip.noise.thermal=true", "chip.noise.flicker=true",
      "chip.noise.telegraph=true"}},
};
#define N_METHODS (sizeof methods / sizeof *methods)

/* A way to settle, ready to run. */
struct bench {
  struct tool_experiment experiment;
  struct tool_setup setup;
  struct model_settler settler;
  double *anchor;  // (n_visible x n_lanes)
  double *state;   // (n_nodes x n_lanes)
  double begin;    // [s] least, of what a tile's three phases share
  double phase;    // [s] least
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void open_bench(struct bench *b, const struct bench_method *method,
                       const char *from) {
  struct sim_error err = {0};
  char weights[SIM_TEXT_MAX];
  snprintf(weights, sizeof weights, "from=%s", from);
  bench_load(method, weights, &b->experiment);
  if (tool_setup_init(&b->setup, &b->experiment, &err)) {
    bench_fail(&err);
  }
  const struct model_layout *at = &b->setup.net.layout;
  const size_t n = model_settling_lanes(&b->setup.settling);
  if (!(b->anchor = sim_alloc_doubles(at->width[0] * n, &err)) ||
      !(b->state = sim_alloc_doubles(at->n_nodes * n, &err)) ||
      model_settler_init(&b->settler, &b->setup.settling, &b->setup.net, n,
                         &err)) {
    bench_fail(&err);
  }
  for (size_t i = 0; i < at->width[0] * n; i++) {
    b->anchor[i] = b->setup.data.values[i % n * at->width[0] + i / n];
  }
  b->begin = b->phase = INFINITY;
}

static void close_bench(struct bench *b) {
  model_settler_finish(&b->settler);
  free(b->anchor);
  free(b->state);
  tool_setup_finish(&b->setup);
}

static void run_phase(struct bench *b, size_t tile) {
  struct sim_error err = {0};
  const struct model_layout *at = &b->setup.net.layout;
  const size_t n = model_settling_lanes(&b->setup.settling);
  const struct model_drive drive = {
      .conductance = b->experiment.learning.spring, .anchor = b->anchor};
  double time;
  memset(b->state, 0, at->n_nodes * n * sizeof *b->state);
  memcpy(b->state, b->anchor, at->width[0] * n * sizeof *b->state);
  const double before = now();
  model_settler_begin(&b->settler, MODEL_NOISE_MEASURE, 0, tile * n);
  const double start = now();
  if (model_settler_run(&b->settler, &drive, b->state, 0, &time, &err)) {
    bench_fail(&err);
  }
  b->phase = fmin(b->phase, now() - start);
  b->begin = fmin(b->begin, start - before);
}

static void time_phases(const struct bench_options *options) {
  static const struct bench_column columns[] = {
      {"ms", "a phase", 1, " ms"},
      {"ratio", "times that without noise", 2, ""},
      {"begin_ms", "before the first phase of a tile", 1, " ms"},
  };
  static struct bench_table table = {
      .key = "noise",
      .title =
          "A free phase of one tile, heun with steps of 0.1 tau, trained "
          "weights, one thread, processor time",
      .label = "noise",
      .columns = columns,
      .n_columns = 3};
  static struct bench benches[N_METHODS];
  for (size_t k = 0; k < N_METHODS; k++) {
    open_bench(&benches[k], &methods[k], options->from);
  }
  for (size_t tile = 0; tile < N_REPEATS; tile++) {
    for (size_t k = 0; k < N_METHODS; k++) {
      run_phase(&benches[k], tile);
    }
  }
  for (size_t k = 0; k < N_METHODS; k++) {
    const struct bench *b = &benches[k];
    bench_table_add(
        &table, methods[k].name,
        (const double[]){1e3 * b->phase, b->phase / benches[0].phase,
                         1e3 * b->begin});
  }
  bench_table_print(&table, options->json);
  for (size_t k = 0; k < N_METHODS; k++) {
    close_bench(&benches[k]);
  }
}

/* --- normal numbers --- */

#define N_ROWS 320
#define N_LANES 32

static void fill_tile(const struct sim_address *first, uint64_t index,
                      double *xi) {
  sim_normal_fill(first, index, N_ROWS, N_LANES, xi);
}

/* The index takes the place of the epoch: a stream begins with its first. */
static void fill_by_streams(const struct sim_address *first, uint64_t index,
                            double *xi) {
  struct sim_stream stream;
  struct sim_address at = *first;
  at.epoch = index;
  for (size_t i = 0; i < N_ROWS * N_LANES; i++) {
    at.device = i / N_LANES;
    at.sample = first->sample + i % N_LANES;
    xi[i] = gsl_ran_gaussian_ziggurat(sim_stream_open(&stream, &at), 1);
  }
}

static void fill_by_one_stream(const struct sim_address *first, uint64_t index,
                               double *xi) {
  struct sim_stream stream;
  struct sim_address at = *first;
  at.epoch = index;
  gsl_rng *rng = sim_stream_open(&stream, &at);
  for (size_t i = 0; i < N_ROWS * N_LANES; i++) {
    xi[i] = gsl_ran_gaussian_ziggurat(rng, 1);
  }
}

static const struct {
  const char *name;
  void (*run)(const struct sim_address *, uint64_t, double *);
} fills[] = {
    {"a tile at a time (sim/normal.h)", fill_tile},
    {"ziggurat, a stream for each number", fill_by_streams},
    {"ziggurat, all from one stream", fill_by_one_stream},
};
#define N_FILLS (sizeof fills / sizeof *fills)

static void time_normals(const struct bench_options *options) {
  static const struct bench_column columns[] = {
      {"ns", "a number", 2, " ns"},
      {"ratio", "times those of a tile", 2, ""},
  };
  static struct bench_table table = {
      .key = "normal",
      .title = "Normal numbers, one thread, processor time",
      .label = "how",
      .columns = columns,
      .n_columns = 2};
  static double xi[N_ROWS * N_LANES];
  const struct sim_address first = {.seed = 1, .purpose = SIM_DRAW_THERMAL};
  double least[N_FILLS] = {INFINITY, INFINITY, INFINITY};
  for (uint64_t index = 0; index < 20 * N_REPEATS; index++) {
    for (size_t k = 0; k < N_FILLS; k++) {
      const double start = now();
      fills[k].run(&first, index, xi);
      least[k] = fmin(least[k], now() - start);
    }
  }
  for (size_t k = 0; k < N_FILLS; k++) {
    bench_table_add(&table, fills[k].name,
                    (const double[]){1e9 * least[k] / (N_ROWS * N_LANES),
                                     least[k] / least[0]});
  }
  bench_table_print(&table, options->json);
}

/* --- linear analysis --- */

static const struct bench_method budgets[] = {
    {"thermal", {HEUN, "chip.noise.thermal=true"}},
    {"thermal and flicker",
     {HEUN, "chip.noise.thermal=true", "chip.noise.flicker=true"}},
};
#define N_BUDGETS (sizeof budgets / sizeof *budgets)

/* [s] one sample's noise budget, with one window tried. The state need not be
 * an equilibrium for the time it takes. */
static double time_budget(const struct bench_method *method, const char *from) {
  static struct bench b;
  struct sim_error err = {0};
  struct model_noise_analysis found;
  const double window = 5;
  open_bench(&b, method, from);
  const struct model_batch batch = {
      .n = 1, .x_t = b.setup.data.values, .u = b.setup.data.values};
  const struct model_noise_task task = {.net = &b.setup.net,
                                        .rule = &b.experiment.learning,
                                        .duration = 30,
                                        .window = window,
                                        .batch = &batch,
                                        .states = b.state,
                                        .n_windows = 1,
                                        .windows = &window};
  double least = INFINITY;
  sim_threads_set(1);
  for (size_t k = 0; k < 3; k++) {
    const double start = now();
    if (model_noise_analyse(&found, &task, &err)) {
      bench_fail(&err);
    }
    least = fmin(least, now() - start);
    model_noise_analysis_finish(&found);
  }
  close_bench(&b);
  return least;
}

static void time_budgets(const struct bench_options *options) {
  static const struct bench_column columns[] = {
      {"ms", "a sample", 0, " ms"},
  };
  static struct bench_table table = {
      .key = "noise_budget",
      .title =
          "The noise budget of a sample, trained weights, one thread, "
          "processor time",
      .label = "noise",
      .columns = columns,
      .n_columns = 1};
  for (size_t k = 0; k < N_BUDGETS; k++) {
    const double seconds = time_budget(&budgets[k], options->from);
    bench_table_add(&table, budgets[k].name, (const double[]){1e3 * seconds});
  }
  bench_table_print(&table, options->json);
}

void bench_noise(const struct bench_options *options) {
  time_phases(options);
  time_normals(options);
  time_budgets(options);
}
