/* circuits/transfer_table.c -- a measured transfer curve
 *
 * The points are joined by Steffen's monotone cubic, whose slope is exact
 * and continuous, so that the circuit's currents remain the derivative of its
 * energy. Beyond the first and last point the curve goes on as the straight
 * line it ends with.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "circuits/transfer.h"
#include "sim/memory.h"
#include "sim/rawfile.h"

#define MAX_POINTS 100000u
#define MIN_POINTS 3u  // what the interpolation needs

struct points {
  gsl_spline *spline;
  double low, high;              // first and last input
  double r_low, r_high;          // values there
  double slope_low, slope_high;  // slopes there
};

/* Points as they are read, of a file that is `where`. */
struct table {
  struct sim_where where;  // the newest line
  size_t n;
  double *v, *r;  // (MAX_POINTS) [1] in units of voltage_unit
};

/* The next column: after blanks or one comma. NULL when there is neither. */
static const char *next_column(const char *end) {
  const char *start = end + strspn(end, " \t");
  start += *start == ',';
  return start > end ? start : NULL;
}

/* Two numbers in units of `unit`, finite, and nothing else. */
static int parse_pair(const char *text, double unit, double *v, double *r) {
  char *end;
  *v = strtod(text, &end) / unit;
  const char *second = end > text ? next_column(end) : NULL;
  if (!second) {
    return 0;
  }
  *r = strtod(second, &end) / unit;
  const bool is_end = end[strspn(end, " \t")] == '\0';
  return end > second && is_end && isfinite(*v) && isfinite(*r);
}

static enum sim_status add_point(struct table *table, const char *text,
                                 double voltage_unit, struct sim_error *err) {
  double v, r;
  if (table->n == MAX_POINTS) {
    return sim_error_at(err, SIM_ECONFIG, &table->where, "more than %u points",
                        MAX_POINTS);
  }
  if (!parse_pair(text, voltage_unit, &v, &r)) {
    return sim_error_at(err, SIM_ECONFIG, &table->where,
                        "must be two numbers, input and output in volts, "
                        "got \"%s\"",
                        text);
  }
  if (table->n > 0 && !(v > table->v[table->n - 1])) {
    return sim_error_at(err, SIM_ECONFIG, &table->where,
                        "inputs must increase from line to line, got \"%s\"",
                        text);
  }
  table->v[table->n] = v;
  table->r[table->n] = r;
  table->n++;
  return SIM_OK;
}

/* Cut off the comment and the blanks before the content. */
static const char *content_of(char *line) {
  line[strcspn(line, "#\r\n")] = '\0';
  return line + strspn(line, " \t\v\f");
}

static enum sim_status read_points(FILE *file, struct table *table,
                                   double voltage_unit, struct sim_error *err) {
  enum sim_status status = SIM_OK;
  char *line = NULL;
  size_t size = 0;
  while (status == SIM_OK && getline(&line, &size, file) != -1) {
    table->where.line++;
    const char *text = content_of(line);
    if (*text) {
      status = add_point(table, text, voltage_unit, err);
    }
  }
  free(line);
  if (status != SIM_OK) {
    return status;
  }
  table->where.line = 0;
  if (!feof(file)) {
    return sim_error_at(err, SIM_EIO, &table->where, "cannot be read: %s",
                        strerror(errno));
  }
  return table->n >= MIN_POINTS
             ? SIM_OK
             : sim_error_at(err, SIM_ECONFIG, &table->where,
                            "a transfer curve needs >= %u points, got %zu",
                            MIN_POINTS, table->n);
}

/* Largest |r''|: it is linear between two points, so it is found beside one. */
static double steepest_bend(const gsl_spline *spline, size_t n,
                            const double *v) {
  const double beside = 1e-9;  // of an interval
  double most = 0;
  for (size_t i = 0; i + 1 < n; i++) {
    const double step = beside * (v[i + 1] - v[i]);
    const double after = gsl_spline_eval_deriv2(spline, v[i] + step, NULL);
    const double before = gsl_spline_eval_deriv2(spline, v[i + 1] - step, NULL);
    most = fmax(most, fmax(fabs(after), fabs(before)));
  }
  return most;
}

static enum sim_status make_spline(struct circuit_transfer *curve, size_t n,
                                   const double *v, const double *r,
                                   struct sim_error *err) {
  struct points *p = sim_alloc(1, sizeof *p, err);
  if (!p) {
    return err->status;
  }
  curve->points = p;
  p->spline = gsl_spline_alloc(gsl_interp_steffen, n);
  if (!p->spline || gsl_spline_init(p->spline, v, r, n) != GSL_SUCCESS) {
    circuit_transfer_table_free(curve);
    return sim_error_set(err, SIM_EFAIL, "no work space for %zu points", n);
  }
  p->low = v[0];
  p->high = v[n - 1];
  p->r_low = r[0];
  p->r_high = r[n - 1];
  p->slope_low = gsl_spline_eval_deriv(p->spline, p->low, NULL);
  p->slope_high = gsl_spline_eval_deriv(p->spline, p->high, NULL);
  curve->max_curvature = steepest_bend(p->spline, n, v);
  return SIM_OK;
}

/* --- files --- */

/* The one output of a sweep; other variables would leave it open which. */
static enum sim_status take_sweep(const struct sim_raw *raw,
                                  struct table *table, double voltage_unit,
                                  struct sim_error *err) {
  const struct sim_raw_plot *plot = &raw->plots[0];
  if (raw->n_plots != 1 || plot->n_variables != 2) {
    return sim_error_at(err, SIM_ECONFIG, &table->where,
                        "must hold one sweep of one output (.dc and .save), "
                        "got %zu variables in %zu plots",
                        plot->n_variables, raw->n_plots);
  }
  if (plot->n_points < MIN_POINTS || plot->n_points > MAX_POINTS) {
    return sim_error_at(err, SIM_ECONFIG, &table->where,
                        "a transfer curve needs %u to %u points, got %zu",
                        MIN_POINTS, MAX_POINTS, plot->n_points);
  }
  for (size_t k = 0; k < plot->n_points; k++) {
    table->v[k] = plot->values[2 * k] / voltage_unit;
    table->r[k] = plot->values[2 * k + 1] / voltage_unit;
    if (k > 0 && !(table->v[k] > table->v[k - 1])) {
      return sim_error_at(err, SIM_ECONFIG, &table->where,
                          "inputs must increase from point to point, got %g "
                          "after %g",
                          plot->values[2 * k], plot->values[2 * k - 2]);
    }
  }
  table->n = plot->n_points;
  return SIM_OK;
}

/* A raw file of SPICE. One that is damaged is a mistake in the experiment:
 * nothing has been written yet. */
static enum sim_status read_raw(const char *name, struct table *table,
                                double voltage_unit, struct sim_error *err) {
  struct sim_raw raw;
  if (sim_raw_load(&raw, name, err)) {
    err->status = err->status == SIM_EIO ? SIM_ECONFIG : err->status;
    return err->status;
  }
  const enum sim_status status = take_sweep(&raw, table, voltage_unit, err);
  sim_raw_finish(&raw);
  return status;
}

static bool is_raw(FILE *file) {
  char first[8];
  const size_t n = fread(first, 1, sizeof first, file);
  rewind(file);
  return sim_raw_looks_like(first, n);
}

static enum sim_status read_file(const char *name, struct table *table,
                                 double voltage_unit, struct sim_error *err) {
  FILE *file = fopen(name, "r");
  if (!file) {
    return sim_error_at(err, SIM_ECONFIG, &(struct sim_where){name, 0, NULL},
                        "cannot be read: %s", strerror(errno));
  }
  const enum sim_status status =
      is_raw(file) ? read_raw(name, table, voltage_unit, err)
                   : read_points(file, table, voltage_unit, err);
  fclose(file);
  return status;
}

enum sim_status circuit_transfer_table_load(struct circuit_transfer *curve,
                                            const char *name,
                                            double voltage_unit,
                                            struct sim_error *err) {
  struct table table = {
      .where = {name, 0, NULL},
      .v = sim_alloc_doubles(MAX_POINTS, err),
      .r = sim_alloc_doubles(MAX_POINTS, err),
  };
  enum sim_status status = SIM_EFAIL;
  if (table.v && table.r) {
    status = read_file(name, &table, voltage_unit, err);
  }
  if (status == SIM_OK) {
    status = make_spline(curve, table.n, table.v, table.r, err);
  }
  free(table.v);
  free(table.r);
  return status;
}

void circuit_transfer_table_free(struct circuit_transfer *curve) {
  struct points *p = curve->points;
  if (p) {
    gsl_spline_free(p->spline);
    free(p);
  }
  curve->points = NULL;
}

size_t circuit_transfer_table_points(const struct circuit_transfer *curve,
                                     const double **v, const double **r) {
  const struct points *p = curve->points;
  *v = p->spline->x;
  *r = p->spline->y;
  return p->spline->size;
}

static double value_at(const struct points *p, double v) {
  if (v <= p->low) {
    return p->r_low + p->slope_low * (v - p->low);
  }
  if (v >= p->high) {
    return p->r_high + p->slope_high * (v - p->high);
  }
  return gsl_spline_eval(p->spline, v, NULL);
}

static double slope_at(const struct points *p, double v) {
  if (v <= p->low) {
    return p->slope_low;
  }
  return v >= p->high ? p->slope_high
                      : gsl_spline_eval_deriv(p->spline, v, NULL);
}

static double curvature_at(const struct points *p, double v) {
  return v <= p->low || v >= p->high
             ? 0.0
             : gsl_spline_eval_deriv2(p->spline, v, NULL);
}

static void table_value(const struct circuit_transfer *curve, size_t n,
                        const double *v, double *r) {
  for (size_t i = 0; i < n; i++) {
    r[i] = value_at(curve->points, v[i]);
  }
}

static void table_slope(const struct circuit_transfer *curve, size_t n,
                        const double *v, double *r, double *slope) {
  for (size_t i = 0; i < n; i++) {
    r[i] = value_at(curve->points, v[i]);
    slope[i] = slope_at(curve->points, v[i]);
  }
}

static void table_curvature(const struct circuit_transfer *curve, size_t n,
                            const double *v, double *curvature) {
  for (size_t i = 0; i < n; i++) {
    curvature[i] = curvature_at(curve->points, v[i]);
  }
}

const struct circuit_transfer_ops circuit_transfer_table = {
    "table", false, NAN, table_value, table_slope, table_curvature, NULL};
