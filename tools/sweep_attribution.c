/* tools/sweep_attribution.c -- which imperfection does it: attribution.csv,
 * attribution.png
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "tools/gnuplot.h"
#include "tools/sweep_imperfections.h"
#include "tools/sweep_table.h"

struct attribution {
  const struct tool_sweep_data *data;
  const struct tool_sweep_scale *words;  // the axis of imperfections
};

/* One line of the table: a point with one imperfection, or with several. */
struct line {
  const char *name;  // of the imperfection, or the word of the point
  const char *kind;  // "fabrication", "operation" or "both"
  size_t alone;      // the point
  size_t ideal;      // points with the same other settings; n_points: none
  size_t all;
  size_t without;
};

static const struct tool_sweep_scale *find_words(
    const struct tool_sweep_data *data) {
  for (size_t i = 0; i < data->n_scales; i++) {
    const struct tool_sweep_scale *scale = &data->scale[i];
    if (scale->words && strcmp(scale->name, TOOL_IMPERFECTIONS_KEY) == 0) {
      return scale;
    }
  }
  return NULL;
}

/* Do two points agree on all axes but that of the imperfections? */
static bool is_beside(const struct attribution *a, size_t p, size_t q) {
  for (size_t i = 0; i < a->data->n_scales; i++) {
    const struct tool_sweep_scale *scale = &a->data->scale[i];
    if (scale != a->words && scale->at[p] != scale->at[q]) {
      return false;
    }
  }
  return true;
}

static const char *word_at(const struct attribution *a, size_t point) {
  return tool_sweep_data_setting(a->words, point, NULL);
}

/* The point with this word and the other settings of `point`. */
static size_t find(const struct attribution *a, size_t point,
                   const char *word) {
  for (size_t p = 0; p < a->data->n_points; p++) {
    if (strcmp(word_at(a, p), word) == 0 && is_beside(a, p, point)) {
      return p;
    }
  }
  return a->data->n_points;
}

static const char *kind_of(const char *name) {
  const size_t i = tool_imperfection_find(name);
  const bool is_fabricated =
      i < TOOL_N_IMPERFECTIONS && tool_imperfections[i].is_fabricated;
  return is_fabricated ? "fabrication" : "operation";
}

/* False for a point that has no line. */
static bool make_line(const struct attribution *a, size_t point,
                      struct line *line) {
  const char *word = word_at(a, point), *only = tool_sweep_word_only(word);
  char rest[SIM_ITEM_MAX];
  if (!tool_sweep_word_rest(word, rest)) {
    return false;
  }
  *line = (struct line){.name = only ? only : word,
                        .kind = only                       ? kind_of(only)
                                : strcmp(word, "all") == 0 ? "both"
                                                           : word,
                        .alone = point,
                        .ideal = find(a, point, "none"),
                        .all = find(a, point, "all"),
                        .without = find(a, point, rest)};
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

static struct tool_sweep_effect alone(const struct attribution *a, size_t c,
                                      const struct line *line) {
  return tool_sweep_effect_of(a->data, c, line->alone, line->ideal);
}

static struct tool_sweep_effect removed(const struct attribution *a, size_t c,
                                        const struct line *line) {
  return tool_sweep_effect_of(a->data, c, line->all, line->without);
}

/* --- attribution.csv --- */

static void write_names(FILE *file, const char *label) {
  static const char *const of[] = {"alone", "alone deviation", "removed",
                                   "removed deviation"};
  for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
    char name[SIM_ITEM_MAX + 32];
    snprintf(name, sizeof name, "%s %s", label, of[i]);
    fputc(',', file);
    tool_csv_field(file, name);
  }
}

static void write_head(FILE *file, const struct attribution *a) {
  for (size_t i = 0; i < a->data->n_scales; i++) {
    if (&a->data->scale[i] != a->words) {
      tool_csv_field(file, a->data->scale[i].name);
      fputc(',', file);
    }
  }
  fputs("source,kind", file);
  for (size_t c = 0; c < a->data->n_columns; c++) {
    write_names(file, a->data->column[c].label);
  }
  fputc('\n', file);
}

static void write_line(FILE *file, const struct attribution *a,
                       const struct line *line) {
  char text[32];
  for (size_t i = 0; i < a->data->n_scales; i++) {
    const struct tool_sweep_scale *scale = &a->data->scale[i];
    if (scale != a->words) {
      tool_csv_field(file, tool_sweep_data_setting(scale, line->alone, text));
      fputc(',', file);
    }
  }
  fprintf(file, "%s,%s", line->name, line->kind);
  for (size_t c = 0; c < a->data->n_columns; c++) {
    const struct tool_sweep_effect one = alone(a, c, line);
    const struct tool_sweep_effect all = removed(a, c, line);
    fprintf(file, ",%.6g,%.3g,%.6g,%.3g", one.mean, one.deviation, all.mean,
            all.deviation);
  }
  fputc('\n', file);
}

static void write_table(FILE *file, const struct attribution *a) {
  struct line line;
  write_head(file, a);
  for (size_t p = 0; p < a->data->n_points; p++) {
    if (make_line(a, p, &line)) {
      write_line(file, a, &line);
    }
  }
}

/* --- attribution.png --- */

static void write_bars(FILE *script, const struct attribution *a, size_t c) {
  struct line line;
  fprintf(script, "$d%zu << END\n", c);
  for (size_t p = 0; p < a->data->n_points; p++) {
    if (make_line(a, p, &line)) {
      fprintf(script, "\"%s\" %.8g %.8g\n", line.name, alone(a, c, &line).mean,
              removed(a, c, &line).mean);
    }
  }
  fprintf(script,
          "END\nset ylabel \"change of %s\" noenhanced\n"
          "plot $d%zu using 2:xtic(1) title 'alone', '' using 3 title "
          "'removed'\n",
          a->data->column[c].label, c);
}

static void write_script(FILE *script, const void *context) {
  const struct attribution *a = context;
  const size_t n = a->data->n_columns;
  fprintf(script,
          "set terminal pngcairo size 900,%zu\nset multiplot layout %zu,1\n"
          "set style data histograms\nset style fill solid 0.8\n"
          "set xtics rotate by -40 noenhanced\nset grid y\nset key outside\n",
          420 * n, n);
  for (size_t c = 0; c < n; c++) {
    write_bars(script, a, c);
  }
  fprintf(script, "unset multiplot\n");
}

enum sim_status tool_sweep_attribution(const char *folder,
                                       const struct tool_sweep_data *data,
                                       struct sim_error *err) {
  const struct attribution a = {data, find_words(data)};
  struct sim_draft draft;
  if (!a.words) {
    return SIM_OK;
  }
  char *path = sim_path_join(folder, "attribution.csv", err);
  if (path && sim_draft_open(&draft, path, err) == SIM_OK) {
    write_table(draft.stream, &a);
    sim_draft_commit(&draft, err);
  }
  free(path);
  return err->status
             ? err->status
             : tool_gnuplot(folder, "attribution.png", write_script, &a, err);
}
