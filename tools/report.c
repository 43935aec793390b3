/* tools/report.c -- pictures and a page from a run's result file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/file.h"
#include "sim/param.h"
#include "sim/result.h"
#include "tools/deployment_picture.h"
#include "tools/device_picture.h"
#include "tools/fidelity_picture.h"
#include "tools/gnuplot.h"
#include "tools/noise_picture.h"
#include "tools/report_read.h"
#include "tools/report_tables.h"
#include "tools/spice_picture.h"
#include "tools/sweep_picture.h"
#include "tools/sweep_report.h"

/* --- loss.png --- */

struct series {
  size_t n;
  double *values;
};

static void write_loss(FILE *script, const void *context) {
  const struct series *loss = context;
  fprintf(script,
          "set terminal pngcairo size 800,450\n"
          "set xlabel 'epoch'\n"
          "set ylabel 'mean squared error of the velocity'\n"
          "set yrange [0:*]\nset grid\nunset key\n"
          "plot '-' with lines linewidth 2\n");
  for (size_t i = 0; i < loss->n; i++) {
    fprintf(script, "%zu %.6g\n", i, loss->values[i]);
  }
  fprintf(script, "e\n");
}

/* The file is closed while gnuplot draws: training goes on writing it. */
enum sim_status tool_report_loss(const char *folder, struct sim_error *err) {
  struct sim_result *result;
  struct series loss;
  if (tool_report_open(&result, folder, err)) {
    return err->status;
  }
  loss.values = tool_report_series(result, "/train/loss", &loss.n);
  sim_result_destroy(result);
  if (loss.n > 1) {
    tool_gnuplot(folder, "loss.png", write_loss, &loss, err);
  }
  free(loss.values);
  return err->status;
}

/* --- report.html --- */

static void write_escaped(FILE *page, const char *text) {
  for (; *text; text++) {
    switch (*text) {
      case '<':
        fputs("&lt;", page);
        break;
      case '&':
        fputs("&amp;", page);
        break;
      default:
        fputc(*text, page);
    }
  }
}

static void write_attribute(FILE *page, struct sim_result *result,
                            const char *name) {
  struct sim_error ignored = {0};
  char *text = NULL;
  if (sim_result_get_text(result, "/", name, &text, &ignored) == SIM_OK) {
    fprintf(page, "<tr><td>%s</td><td>", name);
    write_escaped(page, text);
    fprintf(page, "</td></tr>\n");
  }
  free(text);
}

static void write_facts(FILE *page, struct sim_result *result) {
  static const char *const names[] = {"status",  "start_time", "host",
                                      "version", "commit",     "build"};
  fprintf(page, "<table>\n");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    write_attribute(page, result, names[i]);
  }
  size_t n;
  double *loss = tool_report_series(result, "/train/loss", &n);
  if (n > 0) {
    fprintf(page, "<tr><td>epochs</td><td>%zu</td></tr>\n", n);
    fprintf(page, "<tr><td>last loss</td><td>%.4f</td></tr>\n", loss[n - 1]);
  }
  free(loss);
  fprintf(page, "</table>\n");
}

/* One row a measure, one column a horizon. */
static void write_quality(FILE *page, struct sim_result *result) {
  static const char *const names[] = {"horizon",   "frechet", "precision",
                                      "recall",    "density", "coverage",
                                      "confidence"};
  if (!sim_result_has(result, "/quality/horizon")) {
    return;
  }
  fprintf(page, "<h2>Quality of the samples</h2>\n<table>\n");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char path[64];
    size_t n;
    snprintf(path, sizeof path, "/quality/%s", names[i]);
    double *values = tool_report_series(result, path, &n);
    fprintf(page, "<tr><td>%s</td>", names[i]);
    for (size_t h = 0; h < n; h++) {
      fprintf(page, "<td>%.3f</td>", values[h]);
    }
    fprintf(page, "</tr>\n");
    free(values);
  }
  fprintf(page, "</table>\n");
}

struct measure {
  const char *path, *name;
};

/* A table with one row a measure, when there is the first one. */
static void write_measures(FILE *page, struct sim_result *result,
                           const char *title, size_t n,
                           const struct measure *measures) {
  struct sim_error ignored = {0};
  double value;
  if (!sim_result_has(result, measures[0].path)) {
    return;
  }
  fprintf(page, "<h2>%s</h2>\n<table>\n", title);
  for (size_t i = 0; i < n; i++) {
    if (sim_result_read(result, measures[i].path, 0, NULL, &value, &ignored) ==
        SIM_OK) {
      fprintf(page, "<tr><td>%s</td><td>%.8g</td></tr>\n", measures[i].name,
              value);
    }
  }
  fprintf(page, "</table>\n");
}

/* The whole gradient against the adjoint, and the states behind it. */
static void write_gradient(FILE *page, struct sim_result *result) {
  static const struct measure gradient[] = {
      {"/gradient/cosine", "cosine"},
      {"/gradient/relative_error", "relative error"}};
  static const struct measure states[] = {
      {"/gradient/compare/differ", "samples that differ"},
      {"/gradient/compare/lower", "with a lower operating point"},
      {"/gradient/compare/unsettled", "unsettled, not counted"}};
  tool_report_audits(page, result);
  write_measures(page, result, "Measured and adjoint gradient", 2, gradient);
  write_measures(page, result, "Operating points and transients", 3, states);
}

static const char *const energy_groups[] = {
    "free", "plus", "minus", "sample", "epoch", "training", "image"};
#define N_ENERGY_GROUPS (sizeof energy_groups / sizeof energy_groups[0])

/* One entry, of everything it was measured of. */
static void write_energy_row(FILE *page, struct sim_result *result,
                             const char *name) {
  fprintf(page, "<tr><td>%s</td>", name);
  for (size_t g = 0; g < N_ENERGY_GROUPS; g++) {
    struct sim_error ignored = {0};
    char path[64];
    double value;
    snprintf(path, sizeof path, "/energy/%s/%s", energy_groups[g], name);
    fprintf(page, "<td>");
    if (sim_result_has(result, path) &&
        sim_result_read(result, path, 0, NULL, &value, &ignored) == SIM_OK) {
      fprintf(page, "%.4g", value);
    }
    fprintf(page, "</td>");
  }
  fprintf(page, "</tr>\n");
}

static void write_energy(FILE *page, struct sim_result *result) {
  static const char *const names[] = {
      "time",           "phase_time",    "write_time",  "total",
      "standard_error", "heat_coupling", "heat_leak",   "heat_source",
      "amplifiers",     "converters",    "phases",      "write",
      "digital",        "stored",        "work_source", "work_bias",
      "work_input",     "imbalance"};
  if (!sim_result_has(result, "/energy")) {
    return;
  }
  fprintf(page,
          "<h2>Energy and time of the chip, in J and s</h2>\n"
          "<p>standard_error: of heat and stored energy; imbalance: work that "
          "is neither, over the heat.</p>\n<table>\n");
  fprintf(page, "<tr><td></td>");
  for (size_t g = 0; g < N_ENERGY_GROUPS; g++) {
    fprintf(page, "<td>%s</td>", energy_groups[g]);
  }
  fprintf(page, "</tr>\n");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    write_energy_row(page, result, names[i]);
  }
  fprintf(page, "</table>\n");
  tool_report_heat(page, result);
}

/* One row a settling mode, times in microseconds. */
static void write_modes(FILE *page, struct sim_result *result) {
  static const char *const paths[] = {"/gradient/modes/median",
                                      "/gradient/modes/high",
                                      "/gradient/modes/longest"};
  double *values[3];
  size_t n[3];
  for (size_t i = 0; i < 3; i++) {
    values[i] = tool_report_series(result, paths[i], &n[i]);
  }
  if (n[0] > 0 && n[1] == n[0] && n[2] == n[0]) {
    fprintf(page,
            "<h2>Slowest settling modes</h2>\n<table>\n"
            "<tr><td>time constant in us</td><td>median</td>"
            "<td>90 %% below</td><td>longest</td></tr>\n");
    for (size_t j = 0; j < n[0]; j++) {
      fprintf(
          page,
          "<tr><td>mode %zu</td><td>%.4g</td><td>%.4g</td><td>%.4g</td></tr>\n",
          j + 1, 1e6 * values[0][j], 1e6 * values[1][j], 1e6 * values[2][j]);
    }
    fprintf(page, "</table>\n");
  }
  for (size_t i = 0; i < 3; i++) {
    free(values[i]);
  }
}

/* A phase that had not come to rest at its end. */
static void write_ways(FILE *page, struct sim_result *result) {
  static const struct measure ways[] = {{"/spice/way_left/free", "free"},
                                        {"/spice/way_left/plus", "plus"},
                                        {"/spice/way_left/minus", "minus"}};
  write_measures(page, result,
                 "Way to the operating point when a phase ends, in V", 3, ways);
}

/* One row a difference between simrun and ngspice. */
static void write_spice(FILE *page, struct sim_result *result) {
  static const char group[] = "/spice/difference";
  struct sim_error ignored = {0};
  const size_t n = sim_result_n_members(result, group);
  if (n == 0) {
    return;
  }
  fprintf(page, "<h2>Differences to ngspice</h2>\n<table>\n");
  for (size_t i = 0; i < n; i++) {
    char name[96], path[128];
    double value;
    sim_result_member(result, group, i, name, sizeof name);
    snprintf(path, sizeof path, "%s/%s", group, name);
    if (sim_result_read(result, path, 0, NULL, &value, &ignored) == SIM_OK) {
      fprintf(page, "<tr><td>%s</td><td>%.3g</td></tr>\n", name, value);
    }
  }
  fprintf(page, "</table>\n");
}

static void write_picture(FILE *page, const char *folder, const char *name,
                          const char *title) {
  char path[SIM_TEXT_MAX];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (access(path, R_OK) == 0) {
    fprintf(page, "<h2>%s</h2>\n<img src=\"%s\" alt=\"%s\">\n", title, name,
            title);
  }
}

static void write_experiment(FILE *page, struct sim_result *result) {
  struct sim_error ignored = {0};
  char *text = NULL;
  if (sim_result_get_text(result, "/", "experiment", &text, &ignored) ==
      SIM_OK) {
    fprintf(page, "<h2>Experiment</h2>\n<pre>");
    write_escaped(page, text);
    fprintf(page, "</pre>\n");
  }
  free(text);
}

static void write_page(FILE *page, const char *folder,
                       struct sim_result *result) {
  fprintf(page,
          "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<title>simrun report</title>\n<style>body{font-family:sans-serif;"
          "max-width:60em;margin:2em auto}td{padding:.1em 1em .1em 0;"
          "vertical-align:top}img{max-width:100%%}</style></head><body>\n"
          "<h1>simrun report</h1>\n");
  write_facts(page, result);
  write_picture(page, folder, "loss.png", "Loss");
  write_picture(page, folder, "fidelity.png",
                "Measured gradient against the adjoint");
  write_picture(page, folder, "deployment.png", "Deployment");
  tool_report_deployment(page, result);
  write_picture(page, folder, "device.png", "Devices");
  write_picture(page, folder, "sweep.png", "Sweep");
  tool_sweep_page(page, result);
  write_picture(page, folder, "attribution.png", "Sources of error");
  write_picture(page, folder, "samples.png", "Samples");
  write_picture(page, folder, "noise_budget.png", "Noise budget");
  write_picture(page, folder, "spice_transients.png", "simrun and ngspice");
  write_spice(page, result);
  write_ways(page, result);
  tool_noise_page(page, result);
  write_quality(page, result);
  write_gradient(page, result);
  write_modes(page, result);
  write_energy(page, result);
  write_experiment(page, result);
  fprintf(page, "</body></html>\n");
}

static enum sim_status write_html(const char *folder, struct sim_result *result,
                                  struct sim_error *err) {
  struct sim_draft draft;
  char *path = sim_path_join(folder, "report.html", err);
  if (!path) {
    return err->status;
  }
  enum sim_status status = sim_draft_open(&draft, path, err);
  if (status == SIM_OK) {
    write_page(draft.stream, folder, result);
    status = sim_draft_commit(&draft, err);
  }
  free(path);
  return status;
}

enum sim_status tool_report_write(const char *folder, struct sim_error *err) {
  struct sim_result *result;
  if (tool_report_loss(folder, err) || tool_fidelity_picture(folder, err) ||
      tool_device_picture(folder, err) ||
      tool_deployment_picture(folder, err) || tool_spice_picture(folder, err) ||
      tool_sweep_picture(folder, err) || tool_noise_picture(folder, err) ||
      tool_report_open(&result, folder, err)) {
    return err->status;
  }
  const enum sim_status status = write_html(folder, result, err);
  sim_result_destroy(result);
  return status;
}
