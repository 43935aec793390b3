/* tools/audit_compare.c -- operating points beside the ends of transients
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/audit_compare.h"

#include <math.h>
#include <stdlib.h>

#include "sim/memory.h"

/* Nodes farther apart than this, in voltage units, are in different
 * equilibria: an equilibrium is known to the residual over the slowest rate,
 * 1e-8 over 1e-3 or better. */
#define SAME 1e-3

struct comparison {
  const struct tool_setup *setup;
  const struct model_equilibria *points;  // operating points
  const struct model_equilibria *ends;    // of transients
  struct model_gap *gap;                  // (n)
  double *values;                         // (n) scratch
};

/* What the samples say together. */
struct verdict {
  size_t n_open_points;  // operating points that missed the residual
  size_t n_open_ends;    // transients that did
  size_t n_differ;       // of the rest: different equilibria
  size_t n_lower;        // of these: the operating point is the lower one
  size_t worst;          // sample with the largest gap of the rest
  double largest;        // [1] that gap
  double rms;            // [1] over all nodes of the rest
  double time;           // [tau] longest transient
};

static struct verdict judge(const struct comparison *c) {
  const double until = c->setup->experiment->gradient.until;
  struct verdict v = {0};
  double square = 0;
  size_t n_settled = 0;
  for (size_t k = 0; k < c->points->n; k++) {
    const bool is_point = c->points->residual[k] <= until;
    const bool is_end = c->ends->residual[k] <= until;
    v.n_open_points += !is_point;
    v.n_open_ends += !is_end;
    v.time = fmax(v.time, c->ends->time[k]);
    if (!is_point || !is_end) {
      continue;
    }
    n_settled++;
    square += c->gap[k].rms * c->gap[k].rms;
    if (c->gap[k].largest > v.largest) {
      v.largest = c->gap[k].largest;
      v.worst = k;
    }
    if (c->gap[k].largest > SAME) {
      v.n_differ++;
      v.n_lower += c->points->energy[k] < c->ends->energy[k];
    }
  }
  v.rms = n_settled ? sqrt(square / (double)n_settled) : 0;
  return v;
}

static void say(struct tool_run *run, size_t n, const struct verdict *v) {
  tool_run_say(run,
               "operating points and transients of %.4g tau: %zu of %zu "
               "samples differ; largest difference %.3g (sample %zu), rms "
               "%.3g, in units of voltage_unit",
               v->time, v->n_differ, n, v->largest, v->worst, v->rms);
  if (v->n_differ > 0) {
    tool_run_say(run, "the operating point is the lower one in %zu of them",
                 v->n_lower);
  }
  if (v->n_open_points + v->n_open_ends > 0) {
    tool_run_say(run,
                 "warning: not counted, as they missed the residual: %zu "
                 "operating points, %zu transients",
                 v->n_open_points, v->n_open_ends);
  }
}

/* --- datasets --- */

static void write_gaps(const struct comparison *c, struct sim_result *result,
                       struct sim_error *err) {
  const double unit = c->setup->experiment->chip.voltage_unit;
  const size_t n = c->points->n;
  for (size_t k = 0; k < n; k++) {
    c->values[k] = unit * c->gap[k].largest;
  }
  sim_result_write_array(result, "/gradient/compare/largest", "V",
                         "largest difference of a node between operating point "
                         "and transient",
                         1, &n, c->values, err);
  for (size_t k = 0; k < n; k++) {
    c->values[k] = unit * c->gap[k].rms;
  }
  sim_result_write_array(result, "/gradient/compare/rms", "V",
                         "difference between operating point and transient, "
                         "rms over the nodes",
                         1, &n, c->values, err);
}

/* Energies and residuals of one way, under its name. */
static void write_way(const struct comparison *c, struct sim_result *result,
                      const char *way, const struct model_equilibria *states,
                      struct sim_error *err) {
  const struct model_chip_params *chip = &c->setup->experiment->chip;
  const double watt =
      chip->conductance_unit * chip->voltage_unit * chip->voltage_unit;
  char path[64];
  for (size_t k = 0; k < states->n; k++) {
    c->values[k] = watt * states->energy[k];
  }
  snprintf(path, sizeof path, "/gradient/compare/%s_energy", way);
  sim_result_write_array(result, path, "W", "co-content of the state", 1,
                         &states->n, c->values, err);
  snprintf(path, sizeof path, "/gradient/compare/%s_residual", way);
  sim_result_write_array(result, path, "1", "largest net current of the state",
                         1, &states->n, states->residual, err);
}

static enum sim_status write_all(const struct comparison *c,
                                 struct tool_run *run, const struct verdict *v,
                                 struct sim_error *err) {
  struct sim_result *result = run->result;
  if (sim_result_begin(result, err)) {
    return err->status;
  }
  sim_result_write_number(result, "/gradient/compare/differ", "1",
                          "samples in different equilibria",
                          (double)v->n_differ, err);
  sim_result_write_number(
      result, "/gradient/compare/lower", "1",
      "of these: the operating point has the lower co-content",
      (double)v->n_lower, err);
  sim_result_write_number(
      result, "/gradient/compare/unsettled", "1",
      "operating points and transients that missed the residual",
      (double)(v->n_open_points + v->n_open_ends), err);
  write_gaps(c, result, err);
  write_way(c, result, "point", c->points, err);
  write_way(c, result, "transient", c->ends, err);
  return sim_result_end(result, err);
}

enum sim_status tool_audit_compare(const struct tool_setup *setup,
                                   struct tool_run *run,
                                   const struct model_equilibria *points,
                                   const struct model_equilibria *ends,
                                   struct sim_error *err) {
  const size_t n = points->n;
  struct comparison c = {
      .setup = setup,
      .points = points,
      .ends = ends,
      .gap = sim_alloc(n, sizeof *c.gap, err),
      .values = sim_alloc_doubles(n, err),
  };
  enum sim_status status = err->status;
  if (c.gap && c.values) {
    model_equilibria_compare(points, ends, setup->net.layout.n_nodes, c.gap);
    const struct verdict v = judge(&c);
    say(run, n, &v);
    status = write_all(&c, run, &v, err);
  }
  free(c.gap);
  free(c.values);
  return status;
}
