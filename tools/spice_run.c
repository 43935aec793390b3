/* tools/spice_run.c -- one sample's phases as ngspice sees them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_run.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "circuits/spice.h"
#include "sim/memory.h"
#include "tools/ngspice.h"
#include "tools/spice_cards.h"

/* What one call works on. */
struct job {
  const struct tool_setup *setup;
  const struct tool_spice_params *params;
  const struct tool_spice_grid *grid;
  const struct tool_run *run;
  const struct tool_spice_sample *sample;
  size_t number;  // of the sample
  struct tool_spice_seen *seen;
  struct sim_error *err;
};

static size_t n_nodes(const struct job *job) {
  return job->setup->net.layout.n_nodes;
}

/* Has node i an amplifier, or is its output its voltage? */
static bool has_output(const struct job *job, size_t i) {
  return i >= job->setup->net.layout.width[0] ||
         model_netlist_has_visible_output(job->setup->chip);
}

/* --- netlists --- */

static void write_options(FILE *file, const struct tool_spice_params *params) {
  fprintf(file, ".options reltol=%g vntol=%g abstol=%g\n", params->reltol,
          params->vntol, params->abstol);
}

static void write_tran(FILE *file, const struct job *job) {
  const double tau = job->setup->chip->tau;
  const struct sim_time *step = &job->params->max_step;
  fprintf(file, ".tran %.17g %.17g 0 %.17g uic\n", tau * job->grid->interval,
          tau * job->grid->duration,
          step->is_tau ? tau * step->value : step->value);
}

/* Only what is read: voltages, and outputs of amplifiers. */
static void write_save(FILE *file, const struct job *job) {
  const struct model_layout *at = &job->setup->net.layout;
  struct circuit_spice_card card = {file, 0};
  char name[MODEL_NETLIST_NAME];
  circuit_spice_word(&card, ".save");
  for (size_t i = 0; i < at->n_nodes; i++) {
    circuit_spice_word(&card, "v(%s)", model_netlist_node(at, 'v', i, name));
    if (has_output(job, i)) {
      circuit_spice_word(&card, "v(%s)", model_netlist_node(at, 'r', i, name));
    }
  }
  circuit_spice_end(&card);
}

/* Where ngspice itself left the phase before, the next one begins. */
static void begin_at_its_own(const struct job *job, size_t p,
                             struct model_netlist *netlist, double *start) {
  const int protocol = job->setup->experiment->learning.protocol;
  const double *from = job->sample->start[p];
  if (p > 0) {
    netlist->velocity = job->seen->velocity;
  }
  if (p > 0 && protocol != MODEL_RESET) {
    const size_t before = p == 2 && protocol == MODEL_SEQUENTIAL ? 1 : 0;
    const double *trace = job->seen->trace[before];
    from = trace ? trace + (job->grid->n_points - 1) * n_nodes(job)
                 : job->seen->point[before];
  }
  memcpy(start, from, n_nodes(job) * sizeof *start);
  netlist->start = start;
}

static enum sim_status write_phase(const struct job *job, size_t p,
                                   const char *stem, double *start) {
  struct sim_draft draft;
  char path[SIM_TEXT_MAX + 8], title[SIM_TEXT_MAX + 64];
  snprintf(path, sizeof path, "%s.cir", stem);
  snprintf(title, sizeof title, "%s: sample %zu, phase %s",
           job->setup->experiment->name, job->number,
           tool_spice_phase_names[p]);
  struct model_netlist netlist =
      tool_spice_netlist(job->setup, job->sample, p, title);
  begin_at_its_own(job, p, &netlist, start);
  if (sim_draft_open(&draft, path, job->err)) {
    return job->err->status;
  }
  model_netlist_write(draft.stream, &netlist);
  write_options(draft.stream, job->params);
  write_save(draft.stream, job);
  fputs(".op\n", draft.stream);
  if (job->grid->n_points > 0) {
    write_tran(draft.stream, job);
  }
  fputs(".end\n", draft.stream);
  return sim_draft_commit(&draft, job->err);
}

/* --- what it found --- */

static enum sim_status lacks(const struct job *job, const char *stem,
                             const char *what) {
  return sim_error_set(job->err, SIM_EIO,
                       "%s.raw: lacks %s (ngspice's messages: %s.out)", stem,
                       what, stem);
}

static const double *column_of(const struct sim_raw_plot *plot,
                               const struct job *job, char letter, size_t node,
                               char name[MODEL_NETLIST_NAME + 4]) {
  char plain[MODEL_NETLIST_NAME];
  model_netlist_node(&job->setup->net.layout, letter, node, plain);
  snprintf(name, MODEL_NETLIST_NAME + 4, "v(%s)", plain);
  const size_t column = sim_raw_variable(plot, name);
  return column < plot->n_variables ? plot->values + column : NULL;
}

/* Voltages of point `k` of the plot, of v nodes and of outputs, [1]. */
static enum sim_status read_point(const struct job *job, const char *stem,
                                  const struct sim_raw_plot *plot, size_t k,
                                  double *voltage, double *output) {
  char name[MODEL_NETLIST_NAME + 4];
  const double unit = job->setup->chip->voltage_unit;
  for (size_t i = 0; i < n_nodes(job); i++) {
    const double *v = column_of(plot, job, 'v', i, name);
    const double *r = v;
    if (v && has_output(job, i)) {
      r = column_of(plot, job, 'r', i, name);
    }
    if (!r) {
      return lacks(job, stem, name);
    }
    voltage[i] = v[k * plot->n_variables] / unit;
    output[i] = r[k * plot->n_variables] / unit;
  }
  return SIM_OK;
}

/* ngspice's own time points of one node, with t = 0, which it leaves out. */
struct curve {
  size_t n;
  double *t, *v;  // [tau], [1] (n)
  gsl_spline *spline;
};

static void curve_finish(struct curve *curve) {
  free(curve->t);
  free(curve->v);
  gsl_spline_free(curve->spline);
}

static enum sim_status curve_init(struct curve *curve, const struct job *job,
                                  const struct sim_raw_plot *plot) {
  const size_t first = plot->values[0] > 0 ? 1 : 0;
  const size_t n = plot->n_points + first;
  *curve = (struct curve){n, sim_alloc_doubles(n, job->err),
                          sim_alloc_doubles(n, job->err),
                          gsl_spline_alloc(gsl_interp_cspline, n)};
  if (!curve->t || !curve->v || !curve->spline) {
    return sim_error_set(job->err, SIM_EFAIL, "no memory for %zu points", n);
  }
  for (size_t k = 0; k < plot->n_points; k++) {
    curve->t[first + k] =
        plot->values[k * plot->n_variables] / job->setup->chip->tau;
  }
  return SIM_OK;
}

/* Cubic spline through the points, at the times of the grid. */
static enum sim_status resample(const struct job *job,
                                const struct sim_raw_plot *plot,
                                const double *column, double start,
                                struct curve *curve, double *out) {
  const size_t first = curve->n - plot->n_points;
  const double unit = job->setup->chip->voltage_unit;
  curve->v[0] = start;
  for (size_t k = 0; k < plot->n_points; k++) {
    curve->v[first + k] = column[k * plot->n_variables] / unit;
  }
  if (gsl_spline_init(curve->spline, curve->t, curve->v, curve->n)) {
    return sim_error_set(job->err, SIM_EIO,
                         "ngspice's transient does not go forward in time");
  }
  for (size_t k = 0; k < job->grid->n_points; k++) {
    const double t = tool_spice_grid_time(job->grid, k);
    out[k * n_nodes(job)] =
        gsl_spline_eval(curve->spline, fmin(t, curve->t[curve->n - 1]), NULL);
  }
  return SIM_OK;
}

static enum sim_status resample_all(const struct job *job, const char *stem,
                                    const struct sim_raw_plot *plot, size_t p,
                                    const double *start) {
  char name[MODEL_NETLIST_NAME + 4];
  struct curve curve;
  curve_init(&curve, job, plot);
  for (size_t i = 0; i < n_nodes(job) && !job->err->status; i++) {
    const double *column = column_of(plot, job, 'v', i, name);
    if (column) {
      resample(job, plot, column, start[i], &curve, job->seen->trace[p] + i);
    } else {
      lacks(job, stem, name);
    }
  }
  curve_finish(&curve);
  return job->err->status;
}

/* A transient that stopped early has fewer points and says nothing. */
static enum sim_status read_transient(const struct job *job, const char *stem,
                                      const struct sim_raw *raw, size_t p,
                                      const double *start) {
  const struct sim_raw_plot *plot = sim_raw_find(raw, "Transient Analysis", 0);
  const double end = job->grid->duration * job->setup->chip->tau;
  double *voltage;
  if (!plot || plot->n_points < 4) {
    return lacks(job, stem, "a transient analysis");
  }
  const double *last = plot->values + (plot->n_points - 1) * plot->n_variables;
  if (!(fabs(last[0] - end) <= 1e-6 * end)) {
    return sim_error_set(job->err, SIM_EIO,
                         "%s.raw: the transient ends at %g s instead of %g s "
                         "(ngspice's messages: %s.out)",
                         stem, last[0], end, stem);
  }
  voltage = sim_alloc_doubles(n_nodes(job), job->err);
  if (voltage && !read_point(job, stem, plot, plot->n_points - 1, voltage,
                             job->seen->end_output[p])) {
    resample_all(job, stem, plot, p, start);
  }
  free(voltage);
  return job->err->status;
}

static enum sim_status read_phase(const struct job *job, const char *stem,
                                  const struct sim_raw *raw, size_t p,
                                  const double *start) {
  const struct sim_raw_plot *plot = sim_raw_find(raw, "Operating Point", 0);
  if (!plot) {
    return lacks(job, stem, "an operating point");
  }
  if (read_point(job, stem, plot, 0, job->seen->point[p],
                 job->seen->point_output[p])) {
    return job->err->status;
  }
  return job->grid->n_points > 0 ? read_transient(job, stem, raw, p, start)
                                 : SIM_OK;
}

/* v = alpha lambda (x* - x_t), from ngspice's voltages alone. */
static void read_velocity(const struct job *job) {
  const struct tool_spice_seen *seen = job->seen;
  const double gain = model_learning_gain(&job->setup->experiment->learning);
  const double *x =
      seen->trace[0] ? seen->trace[0] + (job->grid->n_points - 1) * n_nodes(job)
                     : seen->point[0];
  for (size_t i = 0; i < job->setup->net.layout.width[0]; i++) {
    seen->velocity[i] = gain * (x[i] - job->sample->x_t[i]);
  }
}

/* --- a sample --- */

static enum sim_status alloc_seen(const struct job *job) {
  struct tool_spice_seen *seen = job->seen;
  const size_t n = n_nodes(job);
  seen->velocity = sim_alloc_doubles(job->setup->net.layout.width[0], job->err);
  for (size_t p = 0; p < job->setup->experiment->learning.phases; p++) {
    seen->point[p] = sim_alloc_doubles(n, job->err);
    seen->point_output[p] = sim_alloc_doubles(n, job->err);
    seen->end_output[p] = sim_alloc_doubles(n, job->err);
    if (job->grid->n_points > 0) {
      seen->trace[p] = sim_alloc_doubles(n * job->grid->n_points, job->err);
    }
  }
  return job->err->status;
}

static enum sim_status run_phase(const struct job *job, size_t p,
                                 double *start) {
  char name[64], stem[SIM_TEXT_MAX];
  struct sim_raw raw;
  double seconds = 0;
  snprintf(name, sizeof name, "spice_%zu_%s", job->number,
           tool_spice_phase_names[p]);
  tool_run_path(job->run, name, stem);
  if (write_phase(job, p, stem, start) ||
      tool_ngspice_run(stem, &raw, &seconds, job->err)) {
    return job->err->status;
  }
  job->seen->seconds += seconds;
  read_phase(job, stem, &raw, p, start);
  sim_raw_finish(&raw);
  if (p == 0) {
    read_velocity(job);
  }
  return job->err->status;
}

enum sim_status tool_spice_run(struct tool_spice_seen *seen,
                               const struct tool_setup *setup,
                               const struct tool_spice_params *params,
                               const struct tool_spice_grid *grid,
                               const struct tool_run *run,
                               const struct tool_spice_sample *sample,
                               size_t number, struct sim_error *err) {
  const struct job job = {setup, params, grid, run, sample, number, seen, err};
  *seen = (struct tool_spice_seen){0};
  double *start = sim_alloc_doubles(setup->net.layout.n_nodes, err);
  if (start && !alloc_seen(&job)) {
    for (size_t p = 0; p < setup->experiment->learning.phases && !err->status;
         p++) {
      run_phase(&job, p, start);
    }
  }
  free(start);
  if (err->status) {
    tool_spice_seen_finish(seen);
  }
  return err->status;
}

void tool_spice_seen_finish(struct tool_spice_seen *seen) {
  for (size_t p = 0; p < TOOL_SPICE_N_PHASES; p++) {
    free(seen->point[p]);
    free(seen->point_output[p]);
    free(seen->end_output[p]);
    free(seen->trace[p]);
  }
  free(seen->velocity);
  *seen = (struct tool_spice_seen){0};
}
