/* tools/sweep_picture.c -- sweep.png from /sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/gnuplot.h"
#include "tools/report_read.h"
#include "tools/sweep_attribution.h"
#include "tools/sweep_table.h"

#define MAX_CURVES 12  // in one plot

/* What is drawn over the points. */
struct drawn {
  const char *label, *unit;
  const double *y;  // (n_points)
  // Ends of the bars; without `low` it is y -+ `half` (NAN: none).
  const double *low, *high, *half;
};

static struct drawn drawn_of(const struct tool_sweep_data *data, size_t row) {
  if (row == data->n_columns) {
    return (struct drawn){.label = "yield",
                          .unit = "1",
                          .y = data->share,
                          .low = data->low,
                          .high = data->high};
  }
  const struct tool_sweep_column *column = &data->column[row];
  return (struct drawn){.label = column->label,
                        .unit = column->unit,
                        .y = column->mean,
                        .half = column->deviation};
}

/* --- curves --- */

/* Are the settings of two points the same but for the first axis? */
static bool is_kin(const struct tool_sweep_data *data, size_t p, size_t q) {
  for (size_t i = 1; i < data->n_scales; i++) {
    if (data->scale[i].at[p] != data->scale[i].at[q]) {
      return false;
    }
  }
  return true;
}

/* Is no point before this one of its kin? */
static bool is_first(const struct tool_sweep_data *data, size_t p) {
  for (size_t q = 0; q < p; q++) {
    if (is_kin(data, p, q)) {
      return false;
    }
  }
  return true;
}

/* Along the first axis, where the points can be joined; else 0. */
static size_t n_curves(const struct tool_sweep_data *data) {
  size_t n = 0;
  for (size_t p = 0; p < data->n_points && n <= MAX_CURVES; p++) {
    n += is_first(data, p);
  }
  return n <= MAX_CURVES && 2 * n <= data->n_points ? n : 0;
}

/* Lines "x y low high" of the points that have a value, and are kin of `kin`
 * unless that is n_points; a last one, without a number, so that no plot is
 * empty. */
static void write_data(FILE *script, const struct tool_sweep_data *data,
                       const struct tool_sweep_scale *x, const struct drawn *y,
                       size_t kin) {
  for (size_t p = 0; p < data->n_points; p++) {
    const bool is_wanted = kin == data->n_points || is_kin(data, p, kin);
    if (is_wanted && isfinite(y->y[p])) {
      const double d = y->low || !isfinite(y->half[p]) ? 0 : y->half[p];
      fprintf(script, "%.8g %.8g %.8g %.8g\n", x->at[p], y->y[p],
              y->low ? y->low[p] : y->y[p] - d,
              y->low ? y->high[p] : y->y[p] + d);
    }
  }
  fprintf(script, "NaN NaN NaN NaN\ne\n");
}

/* --- axes --- */

/* A text between quotes of gnuplot's. */
static void write_text(FILE *script, const char *text) {
  for (; *text; text++) {
    fputc(*text == '"' || *text == '\\' ? '\'' : *text, script);
  }
}

/* Settings over more than a decade are drawn as logarithms. */
static bool has_wide_settings(const struct tool_sweep_scale *x, size_t n) {
  double low = INFINITY, high = 0;
  for (size_t p = 0; p < n; p++) {
    low = fmin(low, x->at[p]);
    high = fmax(high, x->at[p]);
  }
  return !x->words && low > 0 && high > 10 * low;
}

/* So are positive results some of which would flatten the others: the largest
 * is far above their geometric mean. What is no number does not count. */
static bool has_wide_results(const struct drawn *y, size_t n) {
  double low = INFINITY, high = 0, sum = 0;
  size_t n_numbers = 0;
  for (size_t p = 0; p < n; p++) {
    if (isfinite(y->y[p])) {
      low = fmin(low, y->y[p]);
      high = fmax(high, y->y[p]);
      sum += log(fabs(y->y[p]));
      n_numbers++;
    }
  }
  return n_numbers > 0 && low > 0 && high > 20 * exp(sum / (double)n_numbers);
}

/* A setting without braces and with the last part of its keys. */
static void write_word(FILE *script, const char *word) {
  char text[SIM_ITEM_MAX];
  size_t n = 0, start = 0;
  for (const char *c = word; *c && n + 1 < sizeof text; c++) {
    if (word[0] != '{') {
      text[n++] = *c;
    } else if (*c == '.' && strcspn(c, ":") < strcspn(c, ",}")) {
      n = start;  // part of a key
    } else if (*c != '{' && *c != '}') {
      text[n++] = *c;
      start = *c == ' ' && c[-1] == ',' ? n : start;
    }
  }
  text[n] = '\0';
  write_text(script, text);
}

/* Words below the axis, or numbers, turned where the plots are narrow. */
static void write_tics(FILE *script, const struct tool_sweep_scale *x,
                       bool is_narrow) {
  fprintf(script, x->words    ? "set xtics rotate by -40 noenhanced ("
                  : is_narrow ? "set xtics rotate by -40 autofreq\n"
                              : "set xtics norotate autofreq\n");
  for (size_t i = 0; i < x->n_words; i++) {
    fprintf(script, "%s\"", i ? ", " : "");
    write_word(script, x->word[i]);
    fprintf(script, "\" %zu", i);
  }
  fprintf(script, x->words ? ")\n" : "");
}

static void write_axes(FILE *script, const struct tool_sweep_data *data,
                       const struct tool_sweep_scale *x, const struct drawn *y,
                       bool is_narrow) {
  const size_t n = data->n_points;
  fprintf(script,
          has_wide_settings(x, n) ? "set logscale x\n" : "unset logscale x\n");
  fprintf(script,
          has_wide_results(y, n) ? "set logscale y\n" : "unset logscale y\n");
  write_tics(script, x, is_narrow);
  if (x->words) {
    fprintf(script, "unset xlabel\n");
  } else {
    fprintf(script, "set xlabel \"%s (%s)\" noenhanced\n", x->name, x->unit);
  }
  fprintf(script, "set ylabel \"%s (%s)\" noenhanced\n", y->label, y->unit);
}

/* --- plots --- */

/* All points against one axis. */
static void write_cloud(FILE *script, const struct tool_sweep_data *data,
                        const struct tool_sweep_scale *x,
                        const struct drawn *y) {
  write_axes(script, data, x, y, true);
  fprintf(script,
          "plot '-' using 1:2:3:4 with yerrorbars pointtype 7 linewidth 2 "
          "notitle\n");
  write_data(script, data, x, y, data->n_points);
}

/* The settings of a curve on the other axes. */
static void write_title(FILE *script, const struct tool_sweep_data *data,
                        size_t point) {
  char text[32];
  for (size_t i = 1; i < data->n_scales; i++) {
    const struct tool_sweep_scale *scale = &data->scale[i];
    const bool has_unit = strcmp(scale->unit, "1") != 0;
    fputs(i > 1 ? ", " : "", script);
    write_text(script, scale->name);
    fputc(' ', script);
    write_text(script, tool_sweep_data_setting(scale, point, text));
    fprintf(script, "%s%s", has_unit ? " " : "", has_unit ? scale->unit : "");
  }
}

/* A curve along the first axis for each setting of the others. */
static void write_curves(FILE *script, const struct tool_sweep_data *data,
                         const struct drawn *y) {
  const struct tool_sweep_scale *x = &data->scale[0];
  const char *before = "plot";
  write_axes(script, data, x, y, false);
  for (size_t p = 0; p < data->n_points; p++) {
    if (is_first(data, p)) {
      fprintf(script,
              "%s '-' using 1:2:3:4 with yerrorlines pointtype 7 linewidth 2 "
              "title \"",
              before);
      write_title(script, data, p);
      fprintf(script, "\" noenhanced");
      before = ",";
    }
  }
  fputc('\n', script);
  for (size_t p = 0; p < data->n_points; p++) {
    if (is_first(data, p)) {
      write_data(script, data, x, y, p);
    }
  }
}

/* A row for each result and the yield; a column, or one for each axis. */
static void write_script(FILE *script, const void *context) {
  const struct tool_sweep_data *data = context;
  const size_t n_joined = n_curves(data);
  const bool is_joined = n_joined > 0;
  const size_t n_plots = is_joined ? 1 : data->n_scales;
  const size_t n_rows = data->n_columns + (data->share != NULL);
  fprintf(script,
          "set terminal pngcairo size %zu,%zu\n"
          "set multiplot layout %zu,%zu\nset grid\n"
          "set format '%%.4g'\n"
          "set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05\n",
          is_joined ? 900 : 600 * n_plots, (380 + 20 * n_joined) * n_rows,
          n_rows, n_plots);
  // Above, so that long names leave the plots their width.
  fprintf(script,
          is_joined && data->n_scales > 1 ? "set key above\n" : "unset key\n");
  for (size_t row = 0; row < n_rows; row++) {
    const struct drawn y = drawn_of(data, row);
    if (is_joined) {
      write_curves(script, data, &y);
    }
    for (size_t i = 0; i < n_plots && !is_joined; i++) {
      write_cloud(script, data, &data->scale[i], &y);
    }
  }
  fprintf(script, "unset multiplot\n");
}

enum sim_status tool_sweep_picture(const char *folder, struct sim_error *err) {
  struct sim_result *result;
  struct tool_sweep_data data = {0};
  if (tool_report_open(&result, folder, err) == SIM_OK &&
      sim_result_has(result, "/sweep/results") &&
      tool_sweep_data_read(&data, result, err) == SIM_OK &&
      tool_sweep_table_write(folder, &data, err) == SIM_OK &&
      tool_gnuplot(folder, "sweep.png", write_script, &data, err) == SIM_OK) {
    tool_sweep_attribution(folder, &data, err);
  }
  tool_sweep_data_finish(&data);
  sim_result_destroy(result);
  return err->status;
}
