/* tools/sweep_picture.c -- sweep.png from /sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "sim/result.h"
#include "tools/gnuplot.h"

#define AXES "/sweep/axes"
#define RESULTS "/sweep/results"
#define MAX_VALUES 1000000u

/* A series of one number a point, with its name and unit; owned. */
struct curve {
  size_t n;
  double *values;
  char *name;
  char *unit;
};

static void finish(struct curve *curve) {
  free(curve->values);
  free(curve->name);
  free(curve->unit);
  *curve = (struct curve){0};
}

static enum sim_status load(struct sim_result *result, const char *path,
                            struct curve *curve, struct sim_error *err) {
  size_t rank, shape[3] = {0};
  *curve = (struct curve){0};
  if (sim_result_load(result, path, MAX_VALUES, &rank, shape, &curve->values,
                      err) == SIM_OK &&
      sim_result_get_text(result, path, "units", &curve->unit, err) == SIM_OK) {
    sim_result_get_text(result, path, "long_name", &curve->name, err);
  }
  curve->n = shape[0];
  return err->status;
}

/* Lines "x y dy" of the points that have a mean; a last one, without a number,
 * so that no plot is empty. */
static void write_data(FILE *script, const struct curve *x,
                       const struct curve *mean,
                       const struct curve *deviation) {
  for (size_t p = 0; p < x->n && p < mean->n; p++) {
    if (isfinite(mean->values[p])) {
      const double d = deviation->values[p];
      fprintf(script, "%.8g %.8g %.8g\n", x->values[p], mean->values[p],
              isfinite(d) ? d : 0);
    }
  }
  fprintf(script, "NaN NaN NaN\ne\n");
}

/* Settings over more than a decade are drawn as logarithms. */
static int is_wide(const struct curve *x) {
  double low = INFINITY, high = 0;
  for (size_t p = 0; p < x->n; p++) {
    low = fmin(low, x->values[p]);
    high = fmax(high, x->values[p]);
  }
  return low > 0 && high > 10 * low;
}

static void write_plot(FILE *script, const struct curve *x, const char *name,
                       const struct curve *mean,
                       const struct curve *deviation) {
  fprintf(script, is_wide(x) ? "set logscale x\n" : "unset logscale x\n");
  fprintf(script,
          "set xlabel \"%s (%s)\" noenhanced\n"
          "set ylabel \"%s (%s)\" noenhanced\n"
          "plot '-' using 1:2:3 with yerrorbars pointtype 7 linewidth 2\n",
          x->name, x->unit, name, mean->unit);
  write_data(script, x, mean, deviation);
}

/* One row of plots: a result against each axis. */
static enum sim_status write_row(FILE *script, struct sim_result *result,
                                 const char *name, size_t n_axes,
                                 struct sim_error *err) {
  struct curve x = {0}, mean = {0}, deviation = {0};
  char path[512], axis[64];
  snprintf(path, sizeof path, RESULTS "/%s/mean", name);
  load(result, path, &mean, err);
  snprintf(path, sizeof path, RESULTS "/%s/standard_deviation", name);
  if (err->status == SIM_OK) {
    load(result, path, &deviation, err);
  }
  for (size_t i = 0; i < n_axes && err->status == SIM_OK; i++) {
    sim_result_member(result, AXES, i, axis, sizeof axis);
    snprintf(path, sizeof path, AXES "/%s", axis);
    if (load(result, path, &x, err) == SIM_OK) {
      write_plot(script, &x, name, &mean, &deviation);
    }
    finish(&x);
  }
  finish(&mean);
  finish(&deviation);
  return err->status;
}

static enum sim_status write_script(FILE *script, struct sim_result *result,
                                    struct sim_error *err) {
  const size_t n_axes = sim_result_n_members(result, AXES);
  const size_t n_results = sim_result_n_members(result, RESULTS);
  fprintf(script,
          "set terminal pngcairo size %zu,%zu\n"
          "set multiplot layout %zu,%zu\nset grid\nunset key\n"
          "set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05\n",
          600 * n_axes, 400 * n_results, n_results, n_axes);
  for (size_t i = 0; i < n_results; i++) {
    char name[256];
    sim_result_member(result, RESULTS, i, name, sizeof name);
    if (write_row(script, result, name, n_axes, err)) {
      return err->status;
    }
  }
  fprintf(script, "unset multiplot\n");
  return SIM_OK;
}

static enum sim_status draw(const char *folder, struct sim_result *result,
                            struct sim_error *err) {
  char *path = sim_path_join(folder, "sweep.png", err);
  FILE *script = tmpfile();
  if (path && script && write_script(script, result, err) == SIM_OK) {
    tool_gnuplot(script, path, err);
  }
  if (script) {
    fclose(script);
  }
  free(path);
  return err->status;
}

enum sim_status tool_sweep_picture(const char *folder, struct sim_error *err) {
  struct sim_result *result = NULL;
  char *path = sim_path_join(folder, "run.h5", err);
  if (path && sim_result_open(&result, path, SIM_RESULT_READ, err) == SIM_OK &&
      sim_result_begin(result, err) == SIM_OK &&
      sim_result_has(result, RESULTS)) {
    draw(folder, result, err);
  }
  sim_result_destroy(result);
  free(path);
  return err->status;
}
