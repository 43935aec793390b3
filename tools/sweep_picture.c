/* tools/sweep_picture.c -- sweep.png from /sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/file.h"
#include "tools/gnuplot.h"
#include "tools/sweep_attribution.h"
#include "tools/sweep_table.h"

/* Lines "x y dy" of the points that have a mean; a last one, without a number,
 * so that no plot is empty. */
static void write_data(FILE *script, const struct tool_sweep_data *data,
                       const struct tool_sweep_scale *x,
                       const struct tool_sweep_column *y) {
  for (size_t p = 0; p < data->n_points; p++) {
    if (isfinite(y->mean[p])) {
      const double d = y->deviation[p];
      fprintf(script, "%.8g %.8g %.8g\n", x->at[p], y->mean[p],
              isfinite(d) ? d : 0);
    }
  }
  fprintf(script, "NaN NaN NaN\ne\n");
}

/* Settings over more than a decade are drawn as logarithms. */
static bool is_wide(const struct tool_sweep_scale *x, size_t n) {
  double low = INFINITY, high = 0;
  for (size_t p = 0; p < n; p++) {
    low = fmin(low, x->at[p]);
    high = fmax(high, x->at[p]);
  }
  return !x->words && low > 0 && high > 10 * low;
}

/* Words below the axis, quotes made single. */
static void write_tics(FILE *script, const struct tool_sweep_scale *x) {
  fprintf(script, x->words ? "set xtics rotate by -40 noenhanced ("
                           : "set xtics norotate autofreq\n");
  for (size_t i = 0; i < x->n_words; i++) {
    fprintf(script, "%s\"", i ? ", " : "");
    for (const char *c = x->word[i]; *c; c++) {
      fputc(*c == '"' || *c == '\\' ? '\'' : *c, script);
    }
    fprintf(script, "\" %zu", i);
  }
  fprintf(script, x->words ? ")\n" : "");
}

static void write_plot(FILE *script, const struct tool_sweep_data *data,
                       const struct tool_sweep_scale *x,
                       const struct tool_sweep_column *y) {
  fprintf(script, is_wide(x, data->n_points) ? "set logscale x\n"
                                             : "unset logscale x\n");
  write_tics(script, x);
  fprintf(script,
          "set xlabel \"%s (%s)\" noenhanced\n"
          "set ylabel \"%s (%s)\" noenhanced\n"
          "plot '-' using 1:2:3 with yerrorbars pointtype 7 linewidth 2\n",
          x->name, x->unit, y->name, y->unit);
  write_data(script, data, x, y);
}

/* A row for each result, a column for each axis. */
static void write_script(FILE *script, const struct tool_sweep_data *data) {
  fprintf(script,
          "set terminal pngcairo size %zu,%zu\n"
          "set multiplot layout %zu,%zu\nset grid\nunset key\n"
          "set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05\n",
          600 * data->n_scales, 400 * data->n_columns, data->n_columns,
          data->n_scales);
  for (size_t c = 0; c < data->n_columns; c++) {
    for (size_t i = 0; i < data->n_scales; i++) {
      write_plot(script, data, &data->scale[i], &data->column[c]);
    }
  }
  fprintf(script, "unset multiplot\n");
}

static enum sim_status draw(const char *folder,
                            const struct tool_sweep_data *data,
                            struct sim_error *err) {
  char *path = sim_path_join(folder, "sweep.png", err);
  FILE *script = tmpfile();
  if (path && script) {
    write_script(script, data);
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
  struct tool_sweep_data data = {0};
  char *path = sim_path_join(folder, "run.h5", err);
  if (path && sim_result_open(&result, path, SIM_RESULT_READ, err) == SIM_OK &&
      sim_result_begin(result, err) == SIM_OK &&
      sim_result_has(result, "/sweep/results") &&
      tool_sweep_data_read(&data, result, err) == SIM_OK &&
      tool_sweep_table_write(folder, &data, err) == SIM_OK &&
      draw(folder, &data, err) == SIM_OK) {
    tool_sweep_attribution(folder, &data, err);
  }
  tool_sweep_data_finish(&data);
  sim_result_destroy(result);
  free(path);
  return err->status;
}
