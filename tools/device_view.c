/* tools/device_view.c -- experiment: device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/device_view.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "circuits/coupling.h"
#include "sim/memory.h"
#include "tools/commands.h"

#define SHORTEST 1e-3  // first time of aging, relative to drift.t0

// clang-format off
#define FIELD(f) SIM_FIELD(struct tool_device_params, f)
const struct sim_param tool_device_table[TOOL_DEVICE_N_PARAMS] = {
    {.name = "devices", .kind = SIM_COUNT, FIELD(devices),
     SIM_WITHIN(2, 100000), .initial = "200",
     .help = "devices that are pulsed, and written to each target"},
    {.name = "pulses", .kind = SIM_COUNT, FIELD(pulses),
     SIM_WITHIN(1, 100000), .initial = "100",
     .help = "of the staircase, up and then down"},
    {.name = "targets", .kind = SIM_COUNT, FIELD(targets),
     SIM_WITHIN(2, 1000), .initial = "26",
     .help = "conductances from g_min to g_max that are written"},
    {.name = "times", .kind = SIM_COUNT, FIELD(times), SIM_WITHIN(2, 1000),
     .initial = "31", .help = "points in time of aging"},
    {.name = "longest", .kind = SIM_REAL, FIELD(longest), .unit = "s",
     SIM_WITHIN(1e-9, 1e10), .initial = "1e6 s",
     .help = "last of them"},
};
// clang-format on

struct view {
  const struct tool_device_params *wanted;
  struct circuit_coupling_params params;
  struct circuit_site site;
  struct sim_result *result;
  // One curve against the abscissa, for each measurement in turn.
  double *x, *mean, *deviation, *other;
};

/* --- writing --- */

static void write_curve(struct view *v, const char *path, const char *scale,
                        const char *unit, const char *long_name, size_t n,
                        const double *values, struct sim_error *err) {
  const struct sim_dataset d = {.path = path,
                                .unit = unit,
                                .long_name = long_name,
                                .rank = 1,
                                .shape = {n},
                                .scales = {scale},
                                .is_scale = !scale};
  sim_result_write(v->result, &d, values, err);
}

static void write_table(struct view *v, const char *path, const char *rows,
                        const char *columns, const char *long_name, size_t n,
                        size_t m, const double *values, struct sim_error *err) {
  const struct sim_dataset d = {.path = path,
                                .unit = "S",
                                .long_name = long_name,
                                .rank = 2,
                                .shape = {n, m},
                                .scales = {rows, columns}};
  sim_result_write(v->result, &d, values, err);
}

/* --- staircase --- */

/* One pulse on every device. */
static void pulse_all(struct circuit_coupling *array, size_t n,
                      enum circuit_direction direction,
                      struct sim_stream *streams,
                      struct circuit_effort *effort) {
  for (size_t i = 0; i < n; i++) {
    circuit_programming_pulse(array->programming, &array->bank[0], i, direction,
                              &streams[i].rng, effort);
  }
}

static void note(struct view *v, size_t k, double x, const double *g,
                 size_t n) {
  v->x[k] = x;
  v->mean[k] = gsl_stats_mean(g, 1, n);
  v->deviation[k] = gsl_stats_sd_m(g, 1, n, v->mean[k]);
}

static void climb(struct view *v, struct circuit_coupling *array,
                  struct sim_stream *streams) {
  const size_t n = v->wanted->devices, n_pulses = v->wanted->pulses;
  struct circuit_effort effort = {0};
  for (size_t i = 0; i < n; i++) {
    circuit_bank_stream(&array->bank[0], &streams[i], SIM_DRAW_PULSE, 0, i);
  }
  note(v, 0, 0, array->g_plus, n);
  v->other[0] = array->g_plus[0];
  for (size_t k = 1; k <= 2 * n_pulses; k++) {
    pulse_all(array, n, k <= n_pulses ? CIRCUIT_UP : CIRCUIT_DOWN, streams,
              &effort);
    note(v, k, (double)k, array->g_plus, n);
    v->other[k] = array->g_plus[0];
  }
}

#define STAIRS "/device/staircase/"
static enum sim_status view_staircase(struct view *v, struct sim_error *err) {
  const size_t n = 2 * v->wanted->pulses + 1;
  struct circuit_coupling array;
  struct sim_stream *streams =
      sim_alloc(v->wanted->devices, sizeof *streams, err);
  if (!streams || circuit_coupling_init(&array, &v->params, &v->site, 1,
                                        v->wanted->devices, err)) {
    free(streams);
    return err->status;
  }
  climb(v, &array, streams);
  write_curve(v, STAIRS "pulse", NULL, "1", "pulses, up and then down", n, v->x,
              err);
  write_curve(v, STAIRS "mean", STAIRS "pulse", "S",
              "mean conductance of the devices", n, v->mean, err);
  write_curve(v, STAIRS "deviation", STAIRS "pulse", "S",
              "standard deviation of the devices", n, v->deviation, err);
  write_curve(v, STAIRS "one", STAIRS "pulse", "S", "one of the devices", n,
              v->other, err);
  circuit_coupling_finish(&array);
  free(streams);
  return err->status;
}

/* --- programming --- */

static double target_of(const struct view *v, size_t k) {
  const double part = (double)k / (double)(v->wanted->targets - 1);
  return (1 - part) * v->params.g_min + part * v->params.g_max;
}

/* Differential conductance [S] whose positive side has the target. */
static double weight_of(const struct view *v, double target) {
  return v->params.pair == CIRCUIT_BALANCED
             ? 2 * target - (v->params.g_min + v->params.g_max)
             : target - v->params.g_min;
}

/* An array with one row of devices for each target. */
static enum sim_status write_targets(struct view *v,
                                     struct circuit_coupling *array,
                                     struct sim_error *err) {
  const size_t n = v->wanted->devices, n_targets = v->wanted->targets;
  double *w = sim_alloc_doubles(n * n_targets, err);
  struct circuit_site site = v->site;
  site.array++;
  if (!w ||
      circuit_coupling_init(array, &v->params, &site, n_targets, n, err)) {
    free(w);
    return err->status;
  }
  for (size_t i = 0; i < n * n_targets; i++) {
    w[i] = weight_of(v, target_of(v, i / n));
  }
  circuit_coupling_program(array, 1.0, w);
  free(w);
  return SIM_OK;
}

#define WRITES "/device/programming/"
static void view_programming(struct view *v,
                             const struct circuit_coupling *array,
                             struct sim_error *err) {
  const size_t n = v->wanted->devices, n_targets = v->wanted->targets;
  for (size_t k = 0; k < n_targets; k++) {
    note(v, k, target_of(v, k), array->g_plus + k * n, n);
    v->other[k] = v->mean[k] - v->x[k];
  }
  write_curve(v, WRITES "target", NULL, "S", "conductance that is asked for",
              n_targets, v->x, err);
  write_curve(v, WRITES "error", WRITES "target", "S",
              "mean conductance less the target", n_targets, v->other, err);
  write_curve(v, WRITES "deviation", WRITES "target", "S",
              "standard deviation of the devices", n_targets, v->deviation,
              err);
}

/* --- aging --- */

static double time_of(const struct view *v, size_t k) {
  const double first = fmin(SHORTEST * v->params.drift.t0, v->wanted->longest);
  const double part = (double)k / (double)(v->wanted->times - 1);
  return first * pow(v->wanted->longest / first, part);
}

/* mean and deviation (n_times x n_targets) [S]; g (n_devices) is scratch. */
static void age(const struct view *v, const struct circuit_coupling *array,
                double *mean, double *deviation, double *g) {
  const size_t n = v->wanted->devices, n_targets = v->wanted->targets;
  for (size_t k = 0; k < v->wanted->times * n_targets; k++) {
    for (size_t i = 0; i < n; i++) {
      g[i] = circuit_programming_present(array->programming, &array->bank[0],
                                         (k % n_targets) * n + i,
                                         time_of(v, k / n_targets));
    }
    mean[k] = gsl_stats_mean(g, 1, n);
    deviation[k] = gsl_stats_sd_m(g, 1, n, mean[k]);
  }
}

#define AGING "/device/aging/"
static void write_aging(struct view *v, const double *mean,
                        const double *deviation, struct sim_error *err) {
  const size_t n_targets = v->wanted->targets, n_times = v->wanted->times;
  for (size_t k = 0; k < n_times; k++) {
    v->x[k] = time_of(v, k);
  }
  write_curve(v, AGING "time", NULL, "s", "time since the write", n_times, v->x,
              err);
  write_table(v, AGING "mean", AGING "time", WRITES "target",
              "mean conductance of the devices", n_times, n_targets, mean, err);
  write_table(v, AGING "deviation", AGING "time", WRITES "target",
              "standard deviation of the devices", n_times, n_targets,
              deviation, err);
}

static enum sim_status view_aging(struct view *v,
                                  const struct circuit_coupling *array,
                                  struct sim_error *err) {
  const size_t size = v->wanted->times * v->wanted->targets;
  double *mean = sim_alloc_doubles(size, err);
  double *deviation = sim_alloc_doubles(size, err);
  double *g = sim_alloc_doubles(v->wanted->devices, err);
  if (mean && deviation && g) {
    age(v, array, mean, deviation, g);
    write_aging(v, mean, deviation, err);
  }
  free(mean);
  free(deviation);
  free(g);
  return err->status;
}

/* --- the whole --- */

static enum sim_status view_all(struct view *v, struct sim_error *err) {
  struct circuit_coupling array;
  if (sim_result_begin(v->result, err) || view_staircase(v, err) ||
      write_targets(v, &array, err)) {
    return err->status;
  }
  view_programming(v, &array, err);
  view_aging(v, &array, err);
  circuit_coupling_finish(&array);
  return err->status ? err->status : sim_result_end(v->result, err);
}

enum sim_status tool_device(struct tool_setup *setup, struct tool_run *run,
                            struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const struct tool_device_params *wanted = &e->device;
  const size_t n = 2 * wanted->pulses + 1 + wanted->targets + wanted->times;
  struct view v = {
      .wanted = wanted,
      .params = e->chip.coupling,
      .site = {e->seed, (uint32_t)e->chip.number, 0, e->chip.temperature},
      .result = run->result,
      .x = sim_alloc_doubles(n, err),
      .mean = sim_alloc_doubles(n, err),
      .deviation = sim_alloc_doubles(n, err),
      .other = sim_alloc_doubles(n, err),
  };
  v.params.age = wanted->longest;  // so that the devices age
  if (v.x && v.mean && v.deviation && v.other) {
    view_all(&v, err);
  }
  free(v.x);
  free(v.mean);
  free(v.deviation);
  free(v.other);
  return err->status;
}
