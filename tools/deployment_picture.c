/* tools/deployment_picture.c -- deployment.png from /deployment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/deployment_picture.h"

#include <gsl/gsl_statistics_double.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/deployment_store.h"
#include "tools/gnuplot.h"
#include "tools/report_read.h"

/* Of one stage; NULL when it is not there. */
static double *load(struct sim_result *result, enum tool_stage stage,
                    const char *measure, size_t *n) {
  char path[64];
  snprintf(path, sizeof path, "/deployment/%s/%s", tool_stage_names[stage],
           measure);
  return tool_report_series(result, path, n);
}

static void write_means(FILE *script, struct sim_result *result,
                        const char *measure) {
  for (int s = 0; s < TOOL_N_STAGES; s++) {
    size_t n;
    double *values = load(result, (enum tool_stage)s, measure, &n);
    if (n > 0) {
      fprintf(script, "%d %.8g %s\n", s, gsl_stats_mean(values, 1, n),
              tool_stage_names[s]);
    }
    free(values);
  }
  fputs("e\n", script);
}

static void write_chips(FILE *script, struct sim_result *result,
                        const char *measure) {
  for (int s = 0; s < TOOL_N_STAGES; s++) {
    size_t n;
    double *values = load(result, (enum tool_stage)s, measure, &n);
    for (size_t c = 0; c < n; c++) {
      fprintf(script, "%d %.8g\n", s, values[c]);
    }
    free(values);
  }
  fputs("e\n", script);
}

static void write_panel(FILE *script, struct sim_result *result,
                        const char *measure, const char *title) {
  fprintf(script,
          "set ylabel '%s'\nplot '-' using 1:2:xticlabel(3) with boxes "
          "fillstyle solid 0.3, '-' with points pointtype 7 linecolor black\n",
          title);
  write_means(script, result, measure);
  write_chips(script, result, measure);
}

static void write_script(FILE *script, struct sim_result *result) {
  fprintf(script,
          "set terminal pngcairo size 900,400 noenhanced\n"
          "set multiplot layout 1,2\nunset key\nset grid ytics\n"
          "set boxwidth 0.6\nset xrange [-0.6:%g]\nset yrange [0:*]\n",
          TOOL_N_STAGES - 0.4);
  write_panel(script, result, "loss", "loss");
  write_panel(script, result, "frechet", "Frechet distance of the samples");
  fprintf(script, "unset multiplot\n");
}

enum sim_status tool_deployment_picture(const char *folder,
                                        struct sim_error *err) {
  return tool_gnuplot_result(folder, "deployment.png", "/deployment/chip",
                             write_script, err);
}
