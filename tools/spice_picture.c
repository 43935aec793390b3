/* tools/spice_picture.c -- both transients on each other
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/result.h"
#include "tools/gnuplot.h"
#include "tools/spice_sample.h"

#define MAX_VALUES 200000000u
#define N_SHOWN 8u   // nodes, spread over the chip
#define N_MARKS 40u  // points of ngspice in a curve

struct traces {
  size_t n_points, n_nodes;
  double *time;           // [s] (n_points)
  double *ours, *theirs;  // [V] (n_points x n_nodes)
};

static double *load(struct sim_result *result, const char *path, size_t *rows,
                    size_t *columns, struct sim_error *err) {
  size_t rank, shape[3] = {0, 1, 1};
  double *values = NULL;
  if (sim_result_load(result, path, MAX_VALUES, &rank, shape, &values, err)) {
    return NULL;
  }
  *rows = shape[0];
  *columns = rank > 1 ? shape[1] : 1;
  return values;
}

static void traces_finish(struct traces *t) {
  free(t->time);
  free(t->ours);
  free(t->theirs);
}

/* Phase p of the file; false when it is not there. */
static int traces_load(struct traces *t, struct sim_result *result, size_t p) {
  struct sim_error ignored = {0};
  size_t rows, one;
  char path[96];
  *t = (struct traces){0};
  t->time = load(result, "/spice/transient/time", &t->n_points, &one, &ignored);
  snprintf(path, sizeof path, "/spice/transient/%s/simrun",
           tool_spice_phase_names[p]);
  t->ours = load(result, path, &rows, &t->n_nodes, &ignored);
  snprintf(path, sizeof path, "/spice/transient/%s/ngspice",
           tool_spice_phase_names[p]);
  t->theirs = load(result, path, &rows, &t->n_nodes, &ignored);
  if (t->time && t->ours && t->theirs && rows == t->n_points) {
    return 1;
  }
  traces_finish(t);
  return 0;
}

/* One curve of node `node`, as change since the phase began [mV]. */
static void write_curve(FILE *script, const struct traces *t, size_t node,
                        const double *voltage, size_t step) {
  const double us = 1e6, mv = 1e3;
  for (size_t k = 0; k < t->n_points; k += step) {
    fprintf(script, "%.6g %.6g\n", us * t->time[k],
            mv * (voltage[k * t->n_nodes + node] - t->ours[node]));
  }
  fputs("e\n", script);
}

static void write_panel(FILE *script, const struct traces *t, size_t p) {
  const size_t n = t->n_nodes < N_SHOWN ? t->n_nodes : N_SHOWN;
  const size_t step = t->n_points / N_MARKS + 1;
  fprintf(script, "set title '%s'\nplot ", tool_spice_phase_names[p]);
  for (size_t i = 0; i < n; i++) {
    fprintf(script,
            "%s'-' with lines lc %zu %s, '-' with points pt 6 ps 0.6 lc %zu %s",
            i ? ", " : "", i + 1, i ? "notitle" : "title 'simrun'", i + 1,
            i ? "notitle" : "title 'ngspice'");
  }
  fputc('\n', script);
  for (size_t i = 0; i < n; i++) {
    const size_t node = i * t->n_nodes / n;
    write_curve(script, t, node, t->ours, 1);
    write_curve(script, t, node, t->theirs, step);
  }
}

static void write_script(FILE *script, struct sim_result *result) {
  fprintf(script,
          "set terminal pngcairo size 1200,420\n"
          "set xlabel 'time [us]'\nset grid\n"
          "set ylabel 'change of node voltages [mV]'\n"
          "set multiplot layout 1,%d\n",
          TOOL_SPICE_N_PHASES);
  for (size_t p = 0; p < TOOL_SPICE_N_PHASES; p++) {
    struct traces traces;
    if (traces_load(&traces, result, p)) {
      write_panel(script, &traces, p);
      traces_finish(&traces);
    }
  }
  fprintf(script, "unset multiplot\n");
}

enum sim_status tool_spice_picture(const char *folder, struct sim_error *err) {
  return tool_gnuplot_result(folder, "spice_transients.png",
                             "/spice/transient/time", write_script, err);
}
