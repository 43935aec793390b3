/* tools/device_picture.c -- device.png from /device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/device_picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/file.h"
#include "sim/result.h"
#include "tools/gnuplot.h"

#define MAX_VALUES 10000000u
#define US 1e6       // microsiemens in a siemens
#define N_CURVES 5u  // of aging

/* A dataset of /device. */
struct table {
  size_t n, m;  // rows; columns, 1 of a curve
  double *values;
};

enum {
  PULSE,
  STAIRS,
  SPREAD,
  ONE,
  TARGET,
  ERROR,
  DEVIATION,
  TIME,
  AGED,
  N_TABLES
};
static const char *const paths[N_TABLES] = {"/device/staircase/pulse",
                                            "/device/staircase/mean",
                                            "/device/staircase/deviation",
                                            "/device/staircase/one",
                                            "/device/programming/target",
                                            "/device/programming/error",
                                            "/device/programming/deviation",
                                            "/device/aging/time",
                                            "/device/aging/mean"};

static void load(struct sim_result *result, struct table tables[N_TABLES],
                 struct sim_error *err) {
  for (size_t i = 0; i < N_TABLES && !err->status; i++) {
    size_t rank, shape[3] = {0};
    sim_result_load(result, paths[i], MAX_VALUES, &rank, shape,
                    &tables[i].values, err);
    tables[i].n = shape[0];
    tables[i].m = rank == 2 ? shape[1] : 1;
  }
}

/* Lines "x y dy" of a curve, as inline data. */
static void write_data(FILE *script, const struct table *x, double x_unit,
                       const struct table *y, const struct table *dy) {
  for (size_t i = 0; i < x->n; i++) {
    fprintf(script, "%.8g %.8g %.8g\n", x_unit * x->values[i],
            US * y->values[i], dy ? US * dy->values[i] : 0);
  }
  fprintf(script, "e\n");
}

static void write_staircase(FILE *script, const struct table *t) {
  fprintf(script,
          "set xlabel 'pulse, up then down'\n"
          "set ylabel 'conductance (uS)'\n"
          "plot '-' using 1:2:3 with yerrorbars linewidth 1 linecolor rgb "
          "'#bbbbbb' title 'spread of the devices', '-' with lines linewidth "
          "2 title 'mean', '-' with lines title 'one device'\n");
  write_data(script, &t[PULSE], 1, &t[STAIRS], &t[SPREAD]);
  write_data(script, &t[PULSE], 1, &t[STAIRS], NULL);
  write_data(script, &t[PULSE], 1, &t[ONE], NULL);
}

static void write_programming(FILE *script, const struct table *t) {
  fprintf(script,
          "set xlabel 'target (uS)'\n"
          "set ylabel 'error of programming (uS)'\n"
          "plot '-' with lines linewidth 2 title 'mean', '-' with lines "
          "linewidth 2 title 'standard deviation'\n");
  write_data(script, &t[TARGET], US, &t[ERROR], NULL);
  write_data(script, &t[TARGET], US, &t[DEVIATION], NULL);
}

/* Some of the targets, from the highest down. */
static void write_aging(FILE *script, const struct table *t) {
  const size_t m = t[AGED].m;
  fprintf(script,
          "set xlabel 'time since the write (s)'\n"
          "set ylabel 'mean conductance (uS)'\n"
          "set logscale x\nset format x '10^{%%T}'\nplot ");
  for (size_t c = 0; c < N_CURVES; c++) {
    const size_t k = (m - 1) * (N_CURVES - c) / N_CURVES;
    fprintf(script, "%s'-' with lines linewidth 2 title '%.4g uS'",
            c ? ", " : "", US * t[TARGET].values[k]);
  }
  fprintf(script, "\n");
  for (size_t c = 0; c < N_CURVES; c++) {
    const size_t k = (m - 1) * (N_CURVES - c) / N_CURVES;
    for (size_t i = 0; i < t[AGED].n; i++) {
      fprintf(script, "%.8g %.8g\n", t[TIME].values[i],
              US * t[AGED].values[i * m + k]);
    }
    fprintf(script, "e\n");
  }
}

static enum sim_status draw(const char *folder, const struct table *tables,
                            struct sim_error *err) {
  char *path = sim_path_join(folder, "device.png", err);
  FILE *script = tmpfile();
  if (path && script) {
    fprintf(script,
            "set terminal pngcairo size 800,1200\n"
            "set multiplot layout 3,1\nset grid\nset key top right\n");
    write_staircase(script, tables);
    write_programming(script, tables);
    write_aging(script, tables);
    fprintf(script, "unset multiplot\n");
    tool_gnuplot(script, path, err);
  }
  if (script) {
    fclose(script);
  }
  free(path);
  return err->status;
}

enum sim_status tool_device_picture(const char *folder, struct sim_error *err) {
  struct table tables[N_TABLES] = {0};
  struct sim_result *result = NULL;
  char *path = sim_path_join(folder, "run.h5", err);
  if (path && !sim_result_open(&result, path, SIM_RESULT_READ, err) &&
      !sim_result_begin(result, err)) {
    const int is_there = sim_result_has(result, paths[N_TABLES - 1]);
    if (is_there) {
      load(result, tables, err);
    }
    sim_result_destroy(result);
    result = NULL;
    if (is_there && !err->status) {
      draw(folder, tables, err);
    }
  }
  sim_result_destroy(result);
  for (size_t i = 0; i < N_TABLES; i++) {
    free(tables[i].values);
  }
  free(path);
  return err->status;
}
