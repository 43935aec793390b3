/* tools/noise_picture.c -- noise_budget.png and the tables of the report
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/noise_picture.h"

#include <gsl/gsl_sort.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gnuplot.h"

#define ROOT "/noise_budget"
#define MAX_ROWS 40u
#define MAX_VALUES 10000u

/* Shares of one quantity, the largest last. */
struct shares {
  size_t n;
  char name[MAX_ROWS][48];
  double percent[MAX_ROWS], rms[MAX_ROWS];
};

static double read_number(struct sim_result *result, const char *group,
                          const char *quantity, const char *name) {
  struct sim_error ignored = {0};
  char path[160];
  double value = 0;
  snprintf(path, sizeof path, ROOT "/%s/%s/%s", group, quantity, name);
  sim_result_read(result, path, 0, NULL, &value, &ignored);
  return value;
}

static void load_shares(struct shares *s, struct sim_result *result,
                        const char *quantity) {
  struct shares all = {0};
  size_t order[MAX_ROWS];
  char group[64];
  snprintf(group, sizeof group, ROOT "/percent/%s", quantity);
  all.n = sim_result_n_members(result, group);
  all.n = all.n < MAX_ROWS ? all.n : MAX_ROWS;
  for (size_t i = 0; i < all.n; i++) {
    sim_result_member(result, group, i, all.name[i], sizeof all.name[i]);
    all.percent[i] = read_number(result, "percent", quantity, all.name[i]);
    all.rms[i] = read_number(result, "rms", quantity, all.name[i]);
  }
  gsl_sort_index(order, all.percent, 1, all.n);
  *s = (struct shares){0};
  for (size_t i = 0; i < all.n; i++) {
    if (all.percent[order[i]] > 0) {
      memcpy(s->name[s->n], all.name[order[i]], sizeof s->name[0]);
      s->percent[s->n] = all.percent[order[i]];
      s->rms[s->n++] = all.rms[order[i]];
    }
  }
}

/* --- picture --- */

static void write_bars(FILE *script, const struct shares *s) {
  fprintf(script,
          "set title 'noise of the measured gradient'\n"
          "set xlabel 'share of the variance [%%]'\nset xrange [0:100]\n"
          "set yrange [-0.5:%g]\nset style fill solid 0.7\n"
          "set ytics noenhanced (",
          (double)s->n - 0.5);
  for (size_t i = 0; i < s->n; i++) {
    fprintf(script, "%s'%s' %zu", i ? ", " : "", s->name[i], i);
  }
  fprintf(script,
          ")\nplot '-' using (0.5*$1):2:(0.5*$1):(0.35) with boxxyerror "
          "notitle\n");
  for (size_t i = 0; i < s->n; i++) {
    fprintf(script, "%.6g %zu\n", s->percent[i], i);
  }
  fprintf(script, "e\n");
}

static void write_curve(FILE *script, size_t n, const double *x,
                        const double *y) {
  for (size_t i = 0; i < n; i++) {
    fprintf(script, "%.8g %.8g\n", x[i], y[i]);
  }
  fprintf(script, "e\n");
}

static double *load(struct sim_result *result, const char *path, size_t *n) {
  struct sim_error ignored = {0};
  size_t rank, shape[3] = {0};
  double *values = NULL;
  sim_result_load(result, path, MAX_VALUES, &rank, shape, &values, &ignored);
  *n = values ? shape[0] : 0;
  return values;
}

static void write_nudges(FILE *script, struct sim_result *result) {
  size_t n[3];
  double *nudge = load(result, ROOT "/nudge/nudge", &n[0]);
  double *bias = load(result, ROOT "/nudge/bias", &n[1]);
  double *noise = load(result, ROOT "/nudge/noise", &n[2]);
  if (n[0] > 0 && n[1] == n[0] && n[2] == n[0]) {
    fprintf(script,
            "unset yrange\nset autoscale\nset ytics auto enhanced\n"
            "set logscale xy\nset format y '10^{%%L}'\n"
            "set title 'error of the gradient of a batch'\n"
            "set xlabel 'nudge'\nset key top center\n"
            "plot '-' with linespoints title 'bias', '-' with linespoints "
            "title 'noise'\n");
    write_curve(script, n[0], nudge, bias);
    write_curve(script, n[0], nudge, noise);
  }
  free(nudge);
  free(bias);
  free(noise);
}

/* Nothing where the gradient has no noise. */
static void write_script(FILE *script, struct sim_result *result) {
  struct shares shares;
  const bool has_batch = sim_result_has(result, ROOT "/percent/batch");
  load_shares(&shares, result, has_batch ? "batch" : "gradient");
  if (shares.n > 0) {
    fprintf(script,
            "set terminal pngcairo size 1200,450\nset grid\n"
            "set multiplot layout 1,2\n");
    write_bars(script, &shares);
    write_nudges(script, result);
    fprintf(script, "unset multiplot\n");
  }
}

enum sim_status tool_noise_picture(const char *folder, struct sim_error *err) {
  return tool_gnuplot_result(folder, "noise_budget.png", ROOT, write_script,
                             err);
}

/* --- report --- */

static void write_table(FILE *page, struct sim_result *result,
                        const char *quantity, const char *title,
                        const char *unit) {
  struct shares s;
  load_shares(&s, result, quantity);
  fprintf(page,
          "<h3>%s</h3>\n<table>\n<tr><td></td><td>rms%s</td><td>%%</td></tr>\n",
          title, unit);
  for (size_t i = s.n; i-- > 0;) {
    fprintf(page, "<tr><td>%s</td><td>%.4g</td><td>%.2f</td></tr>\n", s.name[i],
            s.rms[i], s.percent[i]);
  }
  fprintf(page, "<tr><td>all</td><td>%.4g</td><td>100</td></tr>\n</table>\n",
          read_number(result, "rms", quantity, "total"));
}

void tool_noise_page(FILE *page, struct sim_result *result) {
  static const struct {
    const char *group, *name, *text;
  } facts[] = {
      {"snr", "sample", "gradient of one sample over its noise"},
      {"snr", "batch", "gradient of the batch over its noise"},
      {"nudge", "best", "best nudge"},
      {"averaging", "needed", "read-out window for target_snr, in s"},
      {"adc", "bits_noise", "bits of the output ADC, as fine as the noise"},
      {"adc", "bits_snr", "bits of the output ADC, for target_snr"},
  };
  if (!sim_result_has(result, ROOT)) {
    return;
  }
  fprintf(page, "<h2>Noise budget</h2>\n");
  write_table(page, result, "node", "Voltage of a node", " [V]");
  write_table(page, result, "velocity", "Velocity", "");
  write_table(page, result, "gradient", "Gradient of one sample", "");
  write_table(page, result, "batch", "Gradient of the batch", "");
  fprintf(page, "<table>\n");
  for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
    struct sim_error ignored = {0};
    char path[96];
    double value = 0;
    snprintf(path, sizeof path, ROOT "/%s/%s", facts[i].group, facts[i].name);
    sim_result_read(result, path, 0, NULL, &value, &ignored);
    fprintf(page, "<tr><td>%s</td><td>%.4g</td></tr>\n", facts[i].text, value);
  }
  fprintf(page, "</table>\n");
}
