/* tools/sweep_report.c -- a sweep in words and tables
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/units.h"
#include "tools/sweep_data.h"

#define MAX_LINES 12   // points that the terminal shows
#define MAX_ROWS 1000  // and the page

/* --- report.html --- */

static void write_cell(FILE *page, const char *text, const char *unit) {
  fputs("<td>", page);
  for (; *text; text++) {
    fputs(*text == '<'   ? "&lt;"
          : *text == '&' ? "&amp;"
                         : (char[]){*text, '\0'},
          page);
  }
  if (strcmp(unit, "1") != 0) {
    fprintf(page, " (%s)", unit);
  }
  fputs("</td>", page);
}

static void write_head(FILE *page, const struct tool_sweep_data *data) {
  fprintf(page, "<tr><td>point</td>");
  for (size_t i = 0; i < data->n_scales; i++) {
    write_cell(page, data->scale[i].name, data->scale[i].unit);
  }
  for (size_t i = 0; i < data->n_columns; i++) {
    write_cell(page, data->column[i].label, data->column[i].unit);
  }
  fprintf(page, "%s</tr>\n", data->share ? "<td>yield</td>" : "");
}

static void write_row(FILE *page, const struct tool_sweep_data *data,
                      size_t p) {
  char text[32];
  fprintf(page, "<tr><td>%zu</td>", p);
  for (size_t i = 0; i < data->n_scales; i++) {
    write_cell(page, tool_sweep_data_setting(&data->scale[i], p, text), "1");
  }
  for (size_t i = 0; i < data->n_columns; i++) {
    const struct tool_sweep_column *c = &data->column[i];
    fprintf(page, "<td>%.4g", c->mean[p]);
    if (isfinite(c->deviation[p])) {
      fprintf(page, " &plusmn; %.2g", c->deviation[p]);
    }
    fputs("</td>", page);
  }
  if (data->share) {
    fprintf(page, "<td>%.3g (%.3g to %.3g)</td>", data->share[p], data->low[p],
            data->high[p]);
  }
  fputs("</tr>\n", page);
}

void tool_sweep_page(FILE *page, struct sim_result *result) {
  struct tool_sweep_data data = {0};
  struct sim_error ignored = {0};
  if (sim_result_has(result, "/sweep/results") &&
      tool_sweep_data_read(&data, result, &ignored) == SIM_OK) {
    fprintf(page,
            "<p>Mean &plusmn; standard deviation over %zu chips%s.</p>\n"
            "<table>\n",
            data.n_chips,
            data.share ? "; share of them that keeps all limits, with its "
                         "Wilson interval"
                       : "");
    write_head(page, &data);
    for (size_t p = 0; p < data.n_points && p < MAX_ROWS; p++) {
      write_row(page, &data, p);
    }
    fputs("</table>\n", page);
    if (data.n_points > MAX_ROWS) {
      fprintf(page, "<p>All %zu points are in sweep.csv.</p>\n", data.n_points);
    }
  }
  tool_sweep_data_finish(&data);
}

/* --- the terminal --- */

/* "20 mV", six digits of a number. */
static const char *show_setting(const struct tool_sweep_scale *scale, size_t p,
                                char text[SIM_UNIT_TEXT]) {
  if (scale->words) {
    return tool_sweep_data_setting(scale, p, text);
  }
  snprintf(text, SIM_UNIT_TEXT, "%.6g", scale->at[p]);
  if (strcmp(scale->unit, "tau") == 0) {
    strcat(text, " tau");
    return text;
  }
  return sim_unit_format(strtod(text, NULL), scale->unit, text);
}

/* "chip.node.gain=0.1, chip.node.offset=20 mV" */
static void name_point(const struct tool_sweep_data *data, size_t p, char *name,
                       size_t size) {
  char text[SIM_UNIT_TEXT];
  size_t used = 0;
  for (size_t i = 0; i < data->n_scales && used < size; i++) {
    used += (size_t)snprintf(name + used, size - used, "%s%s=%s", i ? ", " : "",
                             data->scale[i].name,
                             show_setting(&data->scale[i], p, text));
  }
}

static void say_point(struct tool_run *run, const struct tool_sweep_data *data,
                      size_t p) {
  char name[4 * SIM_ITEM_MAX];
  name_point(data, p, name, sizeof name);
  tool_run_say(run,
               "yield at point %zu (%.600s): %.3g (%zu %s; interval %.3g to "
               "%.3g)",
               p, name, data->share[p], data->n_chips,
               data->n_chips == 1 ? "chip" : "chips", data->low[p],
               data->high[p]);
}

static void say_points(struct tool_run *run,
                       const struct tool_sweep_data *data) {
  size_t best = 0, worst = 0;
  if (data->n_points <= MAX_LINES) {
    for (size_t p = 0; p < data->n_points; p++) {
      say_point(run, data, p);
    }
    return;
  }
  for (size_t p = 0; p < data->n_points; p++) {
    best = data->share[p] > data->share[best] ? p : best;
    worst = data->share[p] < data->share[worst] ? p : worst;
  }
  tool_run_say(run, "of %zu points, best and worst:", data->n_points);
  say_point(run, data, best);
  say_point(run, data, worst);
}

enum sim_status tool_sweep_say_yield(struct tool_run *run,
                                     struct sim_error *err) {
  struct tool_sweep_data data = {0};
  if (sim_result_begin(run->result, err)) {
    return err->status;
  }
  tool_sweep_data_read(&data, run->result, err);
  if (sim_result_end(run->result, err) == SIM_OK && data.share) {
    say_points(run, &data);
  }
  tool_sweep_data_finish(&data);
  return err->status;
}
