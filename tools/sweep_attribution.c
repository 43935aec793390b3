/* tools/sweep_attribution.c -- attribution.csv, attribution.png: which source
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "tools/gnuplot.h"
#include "tools/sources.h"
#include "tools/sweep_sources.h"
#include "tools/sweep_table.h"

#define ONLY "only "

/* One line of the table: a point with one source, or with several. */
struct line {
  const char *name;  // of the source, or the word of the point
  const char *kind;  // "fabrication", "operation" or "both"
  size_t alone;      // the point
  size_t ideal;      // points with the same other settings; n_points: none
  size_t all;
  size_t without;
};

static const struct tool_sweep_scale *sources_of(
    const struct tool_sweep_data *data) {
  for (size_t i = 0; i < data->n_scales; i++) {
    if (strcmp(data->scale[i].name, TOOL_SOURCES_KEY) == 0) {
      return &data->scale[i];
    }
  }
  return NULL;
}

/* The point with this word and the other settings of `point`. */
static size_t find(const struct tool_sweep_data *data,
                   const struct tool_sweep_scale *sources, size_t point,
                   const char *word) {
  char text[32];
  for (size_t p = 0; p < data->n_points; p++) {
    bool is_same = strcmp(tool_sweep_data_setting(sources, p, text), word) == 0;
    for (size_t i = 0; i < data->n_scales; i++) {
      const struct tool_sweep_scale *other = &data->scale[i];
      is_same =
          is_same && (other == sources || other->at[p] == other->at[point]);
    }
    if (is_same) {
      return p;
    }
  }
  return data->n_points;
}

/* False for a point that has no line. */
static bool make_line(const struct tool_sweep_data *data,
                      const struct tool_sweep_scale *sources, size_t point,
                      struct line *line) {
  char text[32], without[SIM_ITEM_MAX] = "none";
  const char *word = tool_sweep_data_setting(sources, point, text);
  *line = (struct line){.name = word, .kind = word, .alone = point};
  if (strncmp(word, ONLY, strlen(ONLY)) == 0) {
    line->name = word + strlen(ONLY);
    const size_t i = tool_source_find(line->name);
    const bool is_fabricated =
        i < TOOL_N_SOURCES && tool_sources[i].is_fabricated;
    line->kind = is_fabricated ? "fabrication" : "operation";
    snprintf(without, sizeof without, "without %.200s", line->name);
  } else if (strcmp(word, "fabrication") == 0) {
    strcpy(without, "operation");
  } else if (strcmp(word, "operation") == 0) {
    strcpy(without, "fabrication");
  } else if (strcmp(word, "all") == 0) {
    line->kind = "both";
  } else {
    return false;
  }
  line->ideal = find(data, sources, point, "none");
  line->all = find(data, sources, point, "all");
  line->without = find(data, sources, point, without);
  return true;
}

struct tool_sweep_effect tool_sweep_effect_of(
    const struct tool_sweep_data *data, size_t c, size_t p, size_t q) {
  const size_t n = data->n_chips;
  if (p >= data->n_points || q >= data->n_points) {
    return (struct tool_sweep_effect){(double)NAN, (double)NAN};
  }
  const double *a = data->column[c].values + p * n;
  const double *b = data->column[c].values + q * n;
  double mean = 0, square = 0, n_seen = 0;
  for (size_t i = 0; i < n; i++) {  // Welford
    const double d = a[i] - b[i];
    if (isfinite(d)) {
      const double step = d - mean;
      n_seen++;
      mean += step / n_seen;
      square += step * (d - mean);
    }
  }
  return (struct tool_sweep_effect){
      n_seen > 0 ? mean : (double)NAN,
      n_seen > 1 ? sqrt(square / (n_seen - 1)) : (double)NAN};
}

/* --- attribution.csv --- */

static void write_table(FILE *file, const struct tool_sweep_data *data,
                        const struct tool_sweep_scale *sources) {
  struct line line;
  char text[32];
  for (size_t i = 0; i < data->n_scales; i++) {
    if (&data->scale[i] != sources) {
      tool_csv_field(file, data->scale[i].name);
      fputc(',', file);
    }
  }
  fputs("source,kind", file);
  for (size_t c = 0; c < data->n_columns; c++) {
    fprintf(file, ",%s alone,deviation,removed,deviation",
            data->column[c].name);
  }
  fputc('\n', file);
  for (size_t p = 0; p < data->n_points; p++) {
    if (!make_line(data, sources, p, &line)) {
      continue;
    }
    for (size_t i = 0; i < data->n_scales; i++) {
      if (&data->scale[i] != sources) {
        tool_csv_field(file, tool_sweep_data_setting(&data->scale[i], p, text));
        fputc(',', file);
      }
    }
    fprintf(file, "%s,%s", line.name, line.kind);
    for (size_t c = 0; c < data->n_columns; c++) {
      const struct tool_sweep_effect alone =
          tool_sweep_effect_of(data, c, line.alone, line.ideal);
      const struct tool_sweep_effect removed =
          tool_sweep_effect_of(data, c, line.all, line.without);
      fprintf(file, ",%.6g,%.3g,%.6g,%.3g", alone.mean, alone.deviation,
              removed.mean, removed.deviation);
    }
    fputc('\n', file);
  }
}

/* --- attribution.png --- */

static void write_bars(FILE *script, const struct tool_sweep_data *data,
                       const struct tool_sweep_scale *sources, size_t c) {
  struct line line;
  fprintf(script, "$d%zu << END\n", c);
  for (size_t p = 0; p < data->n_points; p++) {
    if (make_line(data, sources, p, &line)) {
      fprintf(script, "\"%s\" %.8g %.8g\n", line.name,
              tool_sweep_effect_of(data, c, line.alone, line.ideal).mean,
              tool_sweep_effect_of(data, c, line.all, line.without).mean);
    }
  }
  fprintf(script,
          "END\nset ylabel \"change of %s\" noenhanced\n"
          "plot $d%zu using 2:xtic(1) title 'alone', '' using 3 title "
          "'removed'\n",
          data->column[c].name, c);
}

struct bars {
  const struct tool_sweep_data *data;
  const struct tool_sweep_scale *sources;
};

static void write_script(FILE *script, const void *context) {
  const struct bars *bars = context;
  const size_t n = bars->data->n_columns;
  fprintf(script,
          "set terminal pngcairo size 900,%zu\nset multiplot layout %zu,1\n"
          "set style data histograms\nset style fill solid 0.8\n"
          "set xtics rotate by -40 noenhanced\nset grid y\nset key outside\n",
          420 * n, n);
  for (size_t c = 0; c < n; c++) {
    write_bars(script, bars->data, bars->sources, c);
  }
  fprintf(script, "unset multiplot\n");
}

enum sim_status tool_sweep_attribution(const char *folder,
                                       const struct tool_sweep_data *data,
                                       struct sim_error *err) {
  const struct tool_sweep_scale *sources = sources_of(data);
  const struct bars bars = {data, sources};
  struct sim_draft draft;
  if (!sources) {
    return SIM_OK;
  }
  char *path = sim_path_join(folder, "attribution.csv", err);
  if (path && sim_draft_open(&draft, path, err) == SIM_OK) {
    write_table(draft.stream, data, sources);
    sim_draft_commit(&draft, err);
  }
  free(path);
  return err->status ? err->status
                     : tool_gnuplot(folder, "attribution.png", write_script,
                                    &bars, err);
}
