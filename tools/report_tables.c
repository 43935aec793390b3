/* tools/report_tables.c -- tables of a report
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/report_tables.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "tools/deployment_store.h"
#include "tools/report_read.h"

/* --- audits of training --- */

/* Value of a series at its last row, in a cell. */
static void write_last(FILE *page, struct sim_result *result, const char *group,
                       const char *measure) {
  char path[128];
  size_t n;
  snprintf(path, sizeof path, "/train/gradient%s/%s", group, measure);
  double *values = tool_report_series(result, path, &n);
  fprintf(page, "<td>%.4f</td>", n > 0 ? values[n - 1] : NAN);
  free(values);
}

static void write_audit(FILE *page, struct sim_result *result,
                        const char *group, const char *name) {
  fprintf(page, "<tr><td>%s</td>", name);
  write_last(page, result, group, "cosine");
  write_last(page, result, group, "norm_ratio");
  fprintf(page, "</tr>\n");
}

void tool_report_audits(FILE *page, struct sim_result *result) {
  static const char root[] = "/train/gradient";
  size_t n;
  double *epoch = tool_report_series(result, "/train/gradient/epoch", &n);
  if (n > 0) {
    fprintf(page,
            "<h2>Measured gradient of epoch %.0f against the adjoint</h2>\n"
            "<table>\n<tr><td></td><td>cosine</td><td>norm ratio</td></tr>\n",
            epoch[n - 1]);
    write_audit(page, result, "", "all");
    for (size_t i = 0; i < sim_result_n_members(result, root); i++) {
      char name[32], group[64], path[128];
      sim_result_member(result, root, i, name, sizeof name);
      snprintf(group, sizeof group, "/%s", name);
      snprintf(path, sizeof path, "%s/%s/cosine", root, name);
      if (sim_result_has(result, path)) {
        write_audit(page, result, group, name);
      }
    }
    fprintf(page, "</table>\n");
  }
  free(epoch);
}

/* --- heat --- */

/* One kind of conductance, one column a layer or array. */
static void write_heat(FILE *page, struct sim_result *result, const char *group,
                       const char *name) {
  char path[128];
  size_t n;
  snprintf(path, sizeof path, "%s/%s", group, name);
  double *joule = tool_report_series(result, path, &n);
  fprintf(page, "<tr><td>%s</td>", name);
  for (size_t i = 0; i < n; i++) {
    fprintf(page, "<td>%.4g</td>", joule[i]);
  }
  fprintf(page, "</tr>\n");
  free(joule);
}

void tool_report_heat(FILE *page, struct sim_result *result) {
  static const char *const groups[] = {"sample", "image"};
  for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
    char group[64];
    snprintf(group, sizeof group, "/energy/%s/heat", groups[g]);
    if (!sim_result_has(result, group)) {
      continue;
    }
    fprintf(page, "<h3>Heat of one %s, in J, by layer or array</h3>\n<table>\n",
            groups[g]);
    for (size_t i = 0; i < sim_result_n_members(result, group); i++) {
      char name[32];
      sim_result_member(result, group, i, name, sizeof name);
      write_heat(page, result, group, name);
    }
    fprintf(page, "</table>\n");
  }
}

/* --- deployment --- */

/* Mean over the chips of a measure, one column a stage. */
static void write_stages(FILE *page, struct sim_result *result,
                         const struct tool_deployment_measure *measure) {
  fprintf(page, "<tr><td>%s</td>", measure->title);
  for (size_t s = 0; s < TOOL_N_STAGES; s++) {
    char path[64];
    size_t n;
    snprintf(path, sizeof path, "/deployment/%s/%s", tool_stage_names[s],
             measure->name);
    double *values = tool_report_series(result, path, &n);
    fprintf(page, "<td>%.4g</td>",
            n > 0 ? gsl_stats_mean(values, 1, n) : (double)NAN);
    free(values);
  }
  fprintf(page, "</tr>\n");
}

void tool_report_deployment(FILE *page, struct sim_result *result) {
  if (!sim_result_has(result, "/deployment/chip")) {
    return;
  }
  fprintf(page, "<table>\n<tr><td></td>");
  for (size_t s = 0; s < TOOL_N_STAGES; s++) {
    fprintf(page, "<td>%s</td>", tool_stage_names[s]);
  }
  fprintf(page, "</tr>\n");
  for (size_t m = 0; m < TOOL_DEPLOYMENT_N_MEASURES; m++) {
    write_stages(page, result, &tool_deployment_measures[m]);
  }
  fprintf(page, "</table>\n");
}
