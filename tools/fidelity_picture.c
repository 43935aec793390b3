/* tools/fidelity_picture.c -- fidelity.png from /train/gradient
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/fidelity_picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/layout.h"
#include "tools/gnuplot.h"
#include "tools/report_read.h"

#define GROUP "/train/gradient"
#define MAX_CURVES (2 * MODEL_MAX_LAYERS)

/* Of the whole gradient, or of a block. */
struct curve {
  char name[32];
  double *values;  // (n)
};

struct panel {
  const char *title;
  size_t n;       // audits
  double *epoch;  // (n)
  size_t n_curves;
  struct curve curves[MAX_CURVES];
};

static void add_curve(struct panel *panel, struct sim_result *result,
                      const char *path, const char *name) {
  struct curve *curve = &panel->curves[panel->n_curves];
  size_t n;
  curve->values = tool_report_series(result, path, &n);
  snprintf(curve->name, sizeof curve->name, "%s", name);
  if (n == panel->n && panel->n_curves + 1 < MAX_CURVES) {
    panel->n_curves++;
  } else {
    free(curve->values);
  }
}

static void panel_load(struct panel *panel, struct sim_result *result,
                       const char *measure, const char *title) {
  char path[128], name[32];
  *panel = (struct panel){.title = title};
  panel->epoch = tool_report_series(result, GROUP "/epoch", &panel->n);
  snprintf(path, sizeof path, GROUP "/%s", measure);
  add_curve(panel, result, path, "all");
  for (size_t i = 0; i < sim_result_n_members(result, GROUP); i++) {
    sim_result_member(result, GROUP, i, name, sizeof name);
    snprintf(path, sizeof path, GROUP "/%s/%s", name, measure);
    if (sim_result_has(result, path)) {
      add_curve(panel, result, path, name);
    }
  }
}

static void panel_finish(struct panel *panel) {
  free(panel->epoch);
  for (size_t c = 0; c < panel->n_curves; c++) {
    free(panel->curves[c].values);
  }
}

static void panel_write(FILE *script, const struct panel *panel) {
  fprintf(script, "set ylabel '%s'\nplot ", panel->title);
  for (size_t c = 0; c < panel->n_curves; c++) {
    fprintf(script, "%s'-' with linespoints linewidth %d title '%s'",
            c ? ", " : "", c ? 1 : 3, panel->curves[c].name);
  }
  fputc('\n', script);
  for (size_t c = 0; c < panel->n_curves; c++) {
    for (size_t i = 0; i < panel->n; i++) {
      fprintf(script, "%.0f %.8g\n", panel->epoch[i],
              panel->curves[c].values[i]);
    }
    fputs("e\n", script);
  }
}

static void write_script(FILE *script, struct sim_result *result) {
  static const char *const measures[] = {"cosine", "norm_ratio"};
  static const char *const titles[] = {
      "cosine of measured gradient and adjoint", "ratio of their norms"};
  fprintf(script,
          "set terminal pngcairo size 800,900\n"
          "set xlabel 'epoch'\nset grid\n"
          "set key noenhanced outside right\n"
          "set multiplot layout 2,1\n");
  for (size_t i = 0; i < 2; i++) {
    struct panel panel;
    panel_load(&panel, result, measures[i], titles[i]);
    if (panel.n_curves > 0) {
      panel_write(script, &panel);
    }
    panel_finish(&panel);
  }
  fprintf(script, "unset multiplot\n");
}

enum sim_status tool_fidelity_picture(const char *folder,
                                      struct sim_error *err) {
  return tool_gnuplot_result(folder, "fidelity.png", GROUP "/epoch",
                             write_script, err);
}
