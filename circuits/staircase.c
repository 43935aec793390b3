/* circuits/staircase.c -- a measured curve of conductance against pulses
 *
 * Both ways are kept as increasing positions x; the way down is read from
 * the last point to the first.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/staircase.h"

#include <errno.h>
#include <gsl/gsl_interp.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

#define MAX_POINTS 10000u
#define MIN_POINTS 2u
#define ENDS 0.01  // of the window, how far the ends may miss it

struct table {
  struct sim_where where;  // the newest line
  size_t n;
  size_t n_columns;  // 0 before the first line
  double last;       // number of the newest pulse
  double *g[2];      // [S] (MAX_POINTS) in the order of the file
};

/* Numbers of a line, at most 3; -1 for anything else. */
static int parse_numbers(const char *text, double number[3]) {
  int n = 0;
  for (char *end; *(text += strspn(text, " \t,\r\n")); text = end) {
    if (n == 3) {
      return -1;
    }
    number[n] = strtod(text, &end);
    if (end == text || !isfinite(number[n++])) {
      return -1;
    }
  }
  return n;
}

/* Each point must go on in its direction. */
static bool goes_on(const struct table *t, const double *number) {
  const size_t i = t->n;
  return i == 0 || (number[0] > t->last && number[1] > t->g[0][i - 1] &&
                    (t->n_columns < 3 || number[2] < t->g[1][i - 1]));
}

static enum sim_status add_point(struct table *t, char *line,
                                 struct sim_error *err) {
  double number[3];
  line[strcspn(line, "#\r\n")] = '\0';
  const int n = parse_numbers(line, number);
  if (n == 0) {
    return SIM_OK;
  }
  if (n < 2 || (t->n_columns && (size_t)n != t->n_columns)) {
    return sim_error_at(err, SIM_ECONFIG, &t->where,
                        "must be a pulse and one or two conductances [S], as "
                        "many on each line, got \"%s\"",
                        line);
  }
  if (t->n == MAX_POINTS) {
    return sim_error_at(err, SIM_ECONFIG, &t->where, "more than %u points",
                        MAX_POINTS);
  }
  if (!goes_on(t, number)) {
    return sim_error_at(err, SIM_ECONFIG, &t->where,
                        "pulses and the second column must increase, the "
                        "third decrease, got \"%s\"",
                        line);
  }
  t->n_columns = (size_t)n;
  t->last = number[0];
  t->g[0][t->n] = number[1];
  t->g[1][t->n] = n == 3 ? number[2] : NAN;
  t->n++;
  return SIM_OK;
}

static enum sim_status read_lines(FILE *file, struct table *t,
                                  struct sim_error *err) {
  enum sim_status status = SIM_OK;
  char *line = NULL;
  size_t size = 0;
  while (status == SIM_OK && getline(&line, &size, file) != -1) {
    t->where.line++;
    status = add_point(t, line, err);
  }
  free(line);
  if (status != SIM_OK) {
    return status;
  }
  t->where.line = 0;
  if (!feof(file)) {
    return sim_error_at(err, SIM_EIO, &t->where, "cannot be read: %s",
                        strerror(errno));
  }
  return t->n >= MIN_POINTS
             ? SIM_OK
             : sim_error_at(err, SIM_ECONFIG, &t->where,
                            "a staircase needs >= %u points, got %zu",
                            MIN_POINTS, t->n);
}

static enum sim_status check_ends(const struct table *t, const double *g,
                                  double g_min, double g_max,
                                  struct sim_error *err) {
  const double low = fmin(g[0], g[t->n - 1]);
  const double high = fmax(g[0], g[t->n - 1]);
  const double limit = ENDS * (g_max - g_min);
  if (fabs(low - g_min) <= limit && fabs(high - g_max) <= limit) {
    return SIM_OK;
  }
  return sim_error_at(err, SIM_ECONFIG, &t->where,
                      "must go from g_min to g_max (%g S to %g S), got %g S "
                      "to %g S",
                      g_min, g_max, low, high);
}

/* Increasing positions of one way. */
static enum sim_status keep(struct circuit_staircase *s, const struct table *t,
                            const double *g, struct sim_error *err) {
  const size_t n = t->n;
  const double first = fmin(g[0], g[n - 1]), last = fmax(g[0], g[n - 1]);
  *s = (struct circuit_staircase){n, sim_alloc_doubles(n, err)};
  for (size_t i = 0; s->x && i < n; i++) {
    const double next = g[0] < g[n - 1] ? g[i] : g[n - 1 - i];
    s->x[i] = (next - first) / (last - first);
  }
  return s->x ? SIM_OK : err->status;
}

static enum sim_status keep_both(struct circuit_staircase staircase[2],
                                 const struct table *t, double g_min,
                                 double g_max, struct sim_error *err) {
  const double *down = t->g[t->n_columns == 3 ? 1 : 0];
  if (check_ends(t, t->g[0], g_min, g_max, err) ||
      check_ends(t, down, g_min, g_max, err) ||
      keep(&staircase[CIRCUIT_UP], t, t->g[0], err)) {
    return err->status;
  }
  return keep(&staircase[CIRCUIT_DOWN], t, down, err);
}

enum sim_status circuit_staircase_load(struct circuit_staircase staircase[2],
                                       const char *path, double g_min,
                                       double g_max, struct sim_error *err) {
  struct table t = {.where = {path, 0, ""},
                    .g = {sim_alloc_doubles(MAX_POINTS, err),
                          sim_alloc_doubles(MAX_POINTS, err)}};
  FILE *file = t.g[0] && t.g[1] ? fopen(path, "r") : NULL;
  enum sim_status status = err->status;
  if (t.g[0] && t.g[1] && !file) {
    status = sim_error_at(err, SIM_ECONFIG, &t.where, "cannot be read: %s",
                          strerror(errno));
  }
  if (file) {
    status = read_lines(file, &t, err);
    fclose(file);
  }
  if (status == SIM_OK) {
    status = keep_both(staircase, &t, g_min, g_max, err);
  }
  if (status) {
    circuit_staircase_finish(staircase);
  }
  free(t.g[0]);
  free(t.g[1]);
  return status;
}

void circuit_staircase_finish(struct circuit_staircase staircase[2]) {
  for (int d = CIRCUIT_UP; d <= CIRCUIT_DOWN; d++) {
    free(staircase[d].x);
    staircase[d] = (struct circuit_staircase){0, NULL};
  }
}

double circuit_staircase_step(const struct circuit_staircase *s,
                              enum circuit_direction direction, double x) {
  const double top = (double)(s->n - 1);
  const size_t i = gsl_interp_bsearch(s->x, x, 0, s->n - 1);
  const double part = (x - s->x[i]) / (s->x[i + 1] - s->x[i]);
  const double at = (double)i + part + (direction == CIRCUIT_UP ? 1 : -1);
  const double to = fmin(fmax(at, 0), top);
  const size_t k = (size_t)fmin(to, top - 1);
  return fabs(s->x[k] + (to - (double)k) * (s->x[k + 1] - s->x[k]) - x);
}
