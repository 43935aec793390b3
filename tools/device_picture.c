/* tools/device_picture.c -- device.png from /device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/device_picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/config.h"
#include "tools/gnuplot.h"
#include "tools/report_read.h"

#define MAX_VALUES 10000000u
#define US 1e6       // microsiemens in a siemens
#define N_CURVES 5u  // of aging
#define NO_PULSES ".'; no write uses them (programming: ideal)'"
#define LINE_WIDTH 90u  // letters of a line of text, and the last word
#define MEAN_COLOR "#006d4c"
#define OTHER_COLOR "#d55e00"

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

static enum sim_status load(struct sim_result *result,
                            struct table tables[N_TABLES],
                            struct sim_error *err) {
  for (size_t i = 0; i < N_TABLES && !err->status; i++) {
    size_t rank, shape[3] = {0};
    sim_result_load(result, paths[i], MAX_VALUES, &rank, shape,
                    &tables[i].values, err);
    tables[i].n = shape[0];
    tables[i].m = rank == 2 ? shape[1] : 1;
  }
  return err->status;
}

/* What the devices are, from the experiment in the file. */
struct caption {
  struct sim_config *config;
  struct table *tables;
};

/* A text of the experiment as gnuplot's quoted string, wrapped after words. */
static void write_text(FILE *script, const struct caption *caption,
                       const char *key) {
  const char *text =
      caption->config ? sim_config_text(caption->config, key) : NULL;
  size_t column = 0;
  fputc('\'', script);
  for (; text && *text; text++) {
    if (*text == ' ' && column > LINE_WIDTH) {
      fputs("'.\"\\n\".'", script);
      column = 0;
      continue;
    }
    fputs(*text == '\'' ? "''" : (char[]){*text, '\0'}, script);
    column++;
  }
  fputc('\'', script);
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

/* A technology whose pulses nobody has measured has those of the defaults. */
static bool writes_without_pulses(const struct caption *caption) {
  static const char *const wants[][2] = {
      {"chip.coupling.programming", "ideal"},
      {"chip.coupling.first_write", "same"},
  };
  for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
    const char *text =
        caption->config ? sim_config_text(caption->config, wants[i][0]) : NULL;
    if (!text || strcmp(text, wants[i][1]) != 0) {
      return false;
    }
  }
  return true;
}

/* A conductance is not negative, so neither is the band. */
static void write_staircase(FILE *script, const struct caption *caption) {
  const struct table *t = caption->tables;
  fprintf(script,
          "set title '%zu pulses up, then down; "
          "chip.coupling.pulse.law: '.",
          (t[PULSE].n - 1) / 2);
  write_text(script, caption, "chip.coupling.pulse.law");
  fprintf(script,
          "%s noenhanced\n"
          "set xlabel 'pulses so far'\n"
          "set ylabel 'conductance (µS)'\n"
          "set arrow 1 from %zu, graph 0 to %zu, graph 1 nohead dashtype 2\n"
          "plot '-' using 1:($2 > $3 ? $2 - $3 : 0):($2 + $3) with "
          "filledcurves linecolor rgb '#cfe8dc' title '± standard deviation',"
          " '-' with lines linewidth 2 linecolor rgb '" MEAN_COLOR
          "' title 'mean', '-' with lines linecolor rgb "
          "'" OTHER_COLOR "' title 'one device'\n",
          writes_without_pulses(caption) ? NO_PULSES : "", (t[PULSE].n - 1) / 2,
          (t[PULSE].n - 1) / 2);
  write_data(script, &t[PULSE], 1, &t[STAIRS], &t[SPREAD]);
  write_data(script, &t[PULSE], 1, &t[STAIRS], NULL);
  write_data(script, &t[PULSE], 1, &t[ONE], NULL);
  fprintf(script, "unset arrow 1\n");
}

static void write_programming(FILE *script, const struct caption *caption) {
  const struct table *t = caption->tables;
  fprintf(script, "set title 'Error of a write; chip.coupling.programming: '.");
  write_text(script, caption, "chip.coupling.programming");
  fprintf(
      script,
      " noenhanced\n"
      "set xlabel 'target (µS)'\n"
      "set ylabel 'conductance less target (µS)'\n"
      "plot '-' with lines linewidth 2 linecolor rgb '" MEAN_COLOR
      "' title 'mean', '-' with lines linewidth 2 linecolor rgb '" OTHER_COLOR
      "' title 'standard deviation'\n");
  write_data(script, &t[TARGET], US, &t[ERROR], NULL);
  write_data(script, &t[TARGET], US, &t[DEVIATION], NULL);
}

/* Some of the targets, from the highest down. */
static void write_aging(FILE *script, const struct caption *caption) {
  const struct table *t = caption->tables;
  const size_t m = t[AGED].m;
  fprintf(
      script,
      "set title 'Drift and retention after the write, mean of the devices'\n"
      "set xlabel 'time since the write (s)'\n"
      "set ylabel 'conductance (µS)'\n"
      "set key title 'target' enhanced\n"
      "set yrange [0:*]\n"
      "set logscale x\nset format x '10^{%%T}'\nplot ");
  for (size_t c = 0; c < N_CURVES; c++) {
    const size_t k = (m - 1) * (N_CURVES - c) / N_CURVES;
    fprintf(script, "%s'-' with lines linewidth 2 title '%.4g µS'",
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

static void write_script(FILE *script, const void *context) {
  const struct caption *caption = context;
  fprintf(script,
          "set encoding utf8\n"
          "set terminal pngcairo size 860,1300 font ',11'\n"
          "set multiplot layout 3,1 title ");
  write_text(script, caption, "chip.technology");
  fprintf(script, ".\"\\n\".");
  write_text(script, caption, "chip.source");
  fprintf(script,
          " noenhanced\n"
          "set grid\nset key outside center bottom horizontal\n"
          "set offsets graph 0, graph 0, graph 0.05, graph 0\n");
  write_staircase(script, caption);
  write_programming(script, caption);
  write_aging(script, caption);
  fprintf(script, "unset multiplot\n");
}

/* The experiment as the file has it; NULL when it is not readable. */
static struct sim_config *load_experiment(struct sim_result *result) {
  struct sim_error ignored = {0};
  struct sim_config *config = NULL;
  char *text;
  if (sim_result_get_text(result, "/", "experiment", &text, &ignored)) {
    return NULL;
  }
  sim_config_parse(&config, text, strlen(text), "run.h5", "", &ignored);
  free(text);
  return config;
}

enum sim_status tool_device_picture(const char *folder, struct sim_error *err) {
  struct table tables[N_TABLES] = {0};
  struct caption caption = {.tables = tables};
  struct sim_result *result;
  if (tool_report_open(&result, folder, err) == SIM_OK &&
      sim_result_has(result, paths[N_TABLES - 1]) &&
      load(result, tables, err) == SIM_OK) {
    caption.config = load_experiment(result);
    tool_gnuplot(folder, "device.png", write_script, &caption, err);
  }
  sim_result_destroy(result);
  sim_config_destroy(caption.config);
  for (size_t i = 0; i < N_TABLES; i++) {
    free(tables[i].values);
  }
  return err->status;
}
