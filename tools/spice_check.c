/* tools/spice_check.c -- experiment: spice_check
 *
 * The chip's phases once in simrun and once, as a netlist, in ngspice.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/correlation.h"
#include "sim/memory.h"
#include "tools/commands.h"
#include "tools/spice_compare.h"
#include "tools/spice_result.h"
#include "tools/spice_run.h"

#define MAX_POINTS 100000.0
#define UNSETTLED 1e-3  // [1] in voltage_unit, the size of a nudge's effect

enum side { SIMRUN, NGSPICE, N_SIDES };
static const char *const side_names[N_SIDES] = {"simrun", "ngspice"};

/* What one program says of all samples, [1] in voltage_unit. */
struct view {
  double *point[TOOL_SPICE_N_PHASES];         // (samples x nodes)
  double *point_output[TOOL_SPICE_N_PHASES];  // (samples x nodes)
  double *end_output[TOOL_SPICE_N_PHASES];    // (samples x nodes)
  double *settling[TOOL_SPICE_N_PHASES];      // [s] (samples)
  double *velocity;                           // (samples x visible)
  double seconds;                             // of processor time
};

struct check {
  struct tool_setup *setup;
  struct tool_run *run;
  const struct tool_spice_params *params;
  struct tool_spice_grid grid;
  size_t n_samples, n_nodes, n_visible, n_phases;
  struct model_work work;  // of one sample
  struct view view[N_SIDES];
  double apart[TOOL_SPICE_N_PHASES];  // largest distance of the transients
  // Of all samples, where a transient of ours ends short of its operating
  // point: nodes that do by more than UNSETTLED, and the largest way left.
  size_t n_unsettled[TOOL_SPICE_N_PHASES];
  double way_left[TOOL_SPICE_N_PHASES];  // [1] in voltage_unit
  struct sim_error *err;
};

/* --- samples --- */

static double n_points_of(const struct check *c) {
  return ceil(c->grid.duration / c->grid.interval - 1e-9) + 1;
}

static enum sim_status make_grid(struct check *c) {
  const struct sim_time *interval = &c->setup->experiment->record.interval;
  c->grid.duration = c->setup->settling.duration;
  c->grid.interval = interval->is_tau ? interval->value
                                      : interval->value / c->setup->chip->tau;
  if (!c->params->transient) {
    return SIM_OK;
  }
  const double n = n_points_of(c);
  if (n > MAX_POINTS || n < 4) {
    return sim_error_set(c->err, SIM_ECONFIG,
                         "record.interval: gives %.3g points of a transient, "
                         "not 4 to %g",
                         n, MAX_POINTS);
  }
  c->grid.n_points = (size_t)n;
  return SIM_OK;
}

static enum sim_status alloc_views(struct check *c) {
  const size_t n = c->n_samples * c->n_nodes;
  for (size_t i = 0; i < N_SIDES; i++) {
    struct view *v = &c->view[i];
    v->velocity = sim_alloc_doubles(c->n_samples * c->n_visible, c->err);
    for (size_t p = 0; p < c->n_phases; p++) {
      v->point[p] = sim_alloc_doubles(n, c->err);
      v->point_output[p] = sim_alloc_doubles(n, c->err);
      v->end_output[p] = sim_alloc_doubles(n, c->err);
      v->settling[p] = sim_alloc_doubles(c->n_samples, c->err);
    }
  }
  return c->err->status;
}

static void free_views(struct check *c) {
  for (size_t i = 0; i < N_SIDES; i++) {
    free(c->view[i].velocity);
    for (size_t p = 0; p < c->n_phases; p++) {
      free(c->view[i].point[p]);
      free(c->view[i].point_output[p]);
      free(c->view[i].end_output[p]);
      free(c->view[i].settling[p]);
    }
  }
}

/* Outputs (n_nodes) of the chip at state s. */
static void outputs_of(struct check *c, const double *s, double *a) {
  model_network_outputs(&c->setup->net, s, &c->work);
  memcpy(a, c->work.r, c->n_nodes * sizeof *a);
}

static void keep_ours(struct check *c, const struct tool_spice_sample *sample,
                      size_t number) {
  struct view *v = &c->view[SIMRUN];
  const size_t row = number * c->n_nodes, size = c->n_nodes * sizeof(double);
  for (size_t p = 0; p < c->n_phases; p++) {
    memcpy(v->point[p] + row, sample->point[p], size);
    outputs_of(c, sample->point[p], v->point_output[p] + row);
    outputs_of(c, sample->end[p], v->end_output[p] + row);
    if (c->grid.n_points > 0) {
      v->settling[p][number] =
          c->setup->chip->tau *
          tool_spice_settling_time(&c->grid, c->n_nodes, sample->trace[p]);
    }
  }
  // The velocity of the operating point where there is no transient.
  const double gain = model_learning_gain(&c->setup->experiment->learning);
  const double *x = c->grid.n_points > 0 ? sample->end[0] : sample->point[0];
  for (size_t i = 0; i < c->n_visible; i++) {
    v->velocity[number * c->n_visible + i] = gain * (x[i] - sample->x_t[i]);
  }
  v->seconds += sample->seconds;
}

static void keep_theirs(struct check *c, const struct tool_spice_seen *seen,
                        size_t number) {
  struct view *v = &c->view[NGSPICE];
  const size_t row = number * c->n_nodes, size = c->n_nodes * sizeof(double);
  for (size_t p = 0; p < c->n_phases; p++) {
    memcpy(v->point[p] + row, seen->point[p], size);
    memcpy(v->point_output[p] + row, seen->point_output[p], size);
    memcpy(v->end_output[p] + row, seen->end_output[p], size);
    if (c->grid.n_points > 0) {
      v->settling[p][number] =
          c->setup->chip->tau *
          tool_spice_settling_time(&c->grid, c->n_nodes, seen->trace[p]);
    }
  }
  memcpy(v->velocity + number * c->n_visible, seen->velocity,
         c->n_visible * sizeof(double));
  v->seconds += seen->seconds;
}

/* --- transients --- */

static void write_time(const struct check *c) {
  double *time = sim_alloc_doubles(c->grid.n_points, c->err);
  for (size_t k = 0; k < c->grid.n_points && time; k++) {
    time[k] = c->setup->chip->tau * tool_spice_grid_time(&c->grid, k);
  }
  if (time) {
    tool_spice_write_axis(c->run, c->err, "/spice/transient/time", "s",
                          "time since the phase began", c->grid.n_points, time);
  }
  free(time);
}

static void write_traces(const struct check *c, size_t p, const double *ours,
                         const double *theirs) {
  const double *trace[N_SIDES] = {ours, theirs};
  char path[96];
  for (size_t i = 0; i < N_SIDES; i++) {
    snprintf(path, sizeof path, "/spice/transient/%s/%s",
             tool_spice_phase_names[p], side_names[i]);
    tool_spice_write_scaled(
        c->run, c->err, path, "V", c->setup->chip->voltage_unit,
        "voltages of all nodes, layer by layer, of sample 0", c->grid.n_points,
        c->grid.n_points * c->n_nodes, "/spice/transient/time", trace[i]);
  }
}

static enum sim_status compare_traces(struct check *c,
                                      const struct tool_spice_sample *sample,
                                      const struct tool_spice_seen *seen,
                                      size_t number) {
  const size_t n = c->grid.n_points * c->n_nodes;
  for (size_t p = 0; p < c->n_phases; p++) {
    c->apart[p] = fmax(
        c->apart[p], tool_spice_distance(n, sample->trace[p], seen->trace[p]));
  }
  if (number > 0) {
    return SIM_OK;
  }
  if (sim_result_begin(c->run->result, c->err)) {
    return c->err->status;
  }
  write_time(c);
  for (size_t p = 0; p < c->n_phases; p++) {
    write_traces(c, p, sample->trace[p], seen->trace[p]);
  }
  return sim_result_end(c->run->result, c->err);
}

/* Is a phase at its end where it would come to rest? */
static void judge_end(struct check *c, const struct tool_spice_sample *sample) {
  for (size_t p = 0; p < c->n_phases; p++) {
    for (size_t i = 0; i < c->n_nodes; i++) {
      const double left = fabs(sample->end[p][i] - sample->point[p][i]);
      c->n_unsettled[p] += left > UNSETTLED;
      c->way_left[p] = fmax(c->way_left[p], left);
    }
  }
}

static void report_ends(const struct check *c) {
  const double volt = c->setup->chip->voltage_unit;
  for (size_t p = 0; p < c->n_phases; p++) {
    char path[64];
    const double left = volt * c->way_left[p];
    snprintf(path, sizeof path, "/spice/way_left/%s",
             tool_spice_phase_names[p]);
    tool_spice_write(c->run, c->err, path, "V",
                     "largest way of a node to its operating point when the "
                     "phase ends",
                     0, NULL, NULL, &left);
    if (c->n_unsettled[p] > 0) {
      tool_run_say(c->run,
                   "phase %s is not settled after %.6g tau: %zu of %zu nodes "
                   "are still on their way, by up to %.3g mV",
                   tool_spice_phase_names[p], c->grid.duration,
                   c->n_unsettled[p], c->n_samples * c->n_nodes, 1e3 * left);
    }
  }
}

/* --- all samples --- */

/* The gradient that outputs of the nudged phases measure. */
static void gradient_of(const struct check *c,
                        double *const output[TOOL_SPICE_N_PHASES],
                        double *gradient) {
  const struct model_learning *rule = &c->setup->experiment->learning;
  const int is_symmetric = rule->phases == 3;
  const double span = (is_symmetric ? 2.0 : 1.0) * rule->nudge;
  model_correlation_gradient(&c->setup->net.layout, c->n_samples, 1, output[1],
                             output[is_symmetric ? 2 : 0],
                             1.0 / (span * (double)c->n_samples), gradient);
}

static void compare_gradient(const struct check *c, const char *of,
                             double *const ours[TOOL_SPICE_N_PHASES],
                             double *const theirs[TOOL_SPICE_N_PHASES]) {
  double *const *output[N_SIDES] = {ours, theirs};
  const size_t n = c->setup->net.layout.n_parameters;
  double *gradient[N_SIDES];
  char text[64];
  for (size_t i = 0; i < N_SIDES; i++) {
    gradient[i] = sim_alloc_doubles(n, c->err);
    if (gradient[i]) {
      gradient_of(c, output[i], gradient[i]);
      snprintf(text, sizeof text, "/spice/gradient/%s/%s", of, side_names[i]);
      tool_spice_write(c->run, c->err, text, "1", "measured gradient", 1, &n,
                       NULL, gradient[i]);
    }
  }
  if (!c->err->status) {
    snprintf(text, sizeof text, "gradient_%s", of);
    tool_spice_report(c->run, c->err, text,
                      "1 - cosine of the two measured gradients",
                      1.0 - tool_spice_cosine(n, gradient[0], gradient[1]));
  }
  free(gradient[0]);
  free(gradient[1]);
}

static void write_phase(const struct check *c, size_t p) {
  char path[96];
  for (size_t i = 0; i < N_SIDES; i++) {
    snprintf(path, sizeof path, "/spice/operating_point/%s/%s",
             tool_spice_phase_names[p], side_names[i]);
    tool_spice_write_scaled(
        c->run, c->err, path, "V", c->setup->chip->voltage_unit,
        "voltages of all nodes, layer by layer, of each sample", c->n_samples,
        c->n_samples * c->n_nodes, NULL, c->view[i].point[p]);
    if (c->grid.n_points > 0) {
      snprintf(path, sizeof path, "/spice/settling_time/%s/%s",
               tool_spice_phase_names[p], side_names[i]);
      tool_spice_write(c->run, c->err, path, "s",
                       "until all nodes are within 1 % of the end", 1,
                       &c->n_samples, NULL, c->view[i].settling[p]);
    }
  }
}

static void report_phase(const struct check *c, const char *name, size_t p,
                         const char *long_name, double value) {
  char full[64];
  snprintf(full, sizeof full, "%s_%s", name, tool_spice_phase_names[p]);
  tool_spice_report(c->run, c->err, full, long_name, value);
}

static void compare_phase(const struct check *c, size_t p) {
  const struct view *us = &c->view[SIMRUN], *them = &c->view[NGSPICE];
  write_phase(c, p);
  report_phase(c, "operating_point", p, "of full scale, largest",
               tool_spice_distance(c->n_samples * c->n_nodes, us->point[p],
                                   them->point[p]));
  if (c->grid.n_points > 0) {
    report_phase(c, "transient", p, "of full scale, largest", c->apart[p]);
    report_phase(
        c, "settling_time", p, "relative, largest",
        tool_spice_deviation(c->n_samples, them->settling[p], us->settling[p]));
  }
}

static void compare_velocity(const struct check *c) {
  const size_t n = c->n_samples * c->n_visible;
  char path[96];
  for (size_t i = 0; i < N_SIDES; i++) {
    snprintf(path, sizeof path, "/spice/velocity/%s", side_names[i]);
    tool_spice_write_scaled(c->run, c->err, path, "1", 1.0,
                            "velocity read out after the free phase",
                            c->n_samples, n, NULL, c->view[i].velocity);
  }
  tool_spice_report(
      c->run, c->err, "velocity", "largest",
      tool_spice_distance(n, c->view[0].velocity, c->view[1].velocity));
}

static enum sim_status compare_all(const struct check *c) {
  const struct view *us = &c->view[SIMRUN], *them = &c->view[NGSPICE];
  if (sim_result_begin(c->run->result, c->err)) {
    return c->err->status;
  }
  for (size_t p = 0; p < c->n_phases; p++) {
    compare_phase(c, p);
  }
  compare_velocity(c);
  compare_gradient(c, "operating_point", us->point_output, them->point_output);
  if (c->grid.n_points > 0) {
    compare_gradient(c, "transient", us->end_output, them->end_output);
    report_ends(c);
  }
  return sim_result_end(c->run->result, c->err);
}

static enum sim_status check_sample(struct check *c,
                                    struct tool_spice_source *source,
                                    size_t number) {
  struct tool_spice_sample sample;
  struct tool_spice_seen seen;
  if (tool_spice_sample_init(&sample, source, number, c->n_phases - 1,
                             c->err)) {
    return c->err->status;
  }
  if (!tool_spice_run(&seen, c->setup, c->params, &c->grid, c->run, &sample,
                      number, c->err)) {
    keep_ours(c, &sample, number);
    keep_theirs(c, &seen, number);
    if (c->grid.n_points > 0) {
      compare_traces(c, &sample, &seen, number);
      judge_end(c, &sample);
    }
    tool_spice_seen_finish(&seen);
  }
  if (number == 0 && c->params->noise && !c->err->status) {
    tool_spice_compare_noise(c->setup, c->params, c->run, &sample, c->err);
  }
  tool_spice_sample_finish(&sample);
  return c->err->status;
}

static enum sim_status check_all(struct check *c) {
  struct tool_spice_source source;
  if (make_grid(c) || alloc_views(c) ||
      tool_spice_source_init(&source, c->setup, &c->grid, 0, c->err)) {
    return c->err->status;
  }
  for (size_t k = 0; k < c->n_samples && !c->err->status; k++) {
    check_sample(c, &source, k);
  }
  tool_spice_source_finish(&source);
  if (c->err->status || compare_all(c)) {
    return c->err->status;
  }
  tool_run_say(c->run, "processor time: ngspice %.3g s, simrun %.3g s",
               c->view[NGSPICE].seconds, c->view[SIMRUN].seconds);
  return SIM_OK;
}

enum sim_status tool_spice_check(struct tool_setup *setup, struct tool_run *run,
                                 struct sim_error *err) {
  const struct model_layout *at = &setup->net.layout;
  struct check check = {
      .setup = setup,
      .run = run,
      .params = &setup->experiment->spice_check,
      .n_samples = setup->experiment->spice_check.samples,
      .n_nodes = at->n_nodes,
      .n_visible = at->width[0],
      .n_phases = setup->experiment->learning.phases,
      .err = err,
  };
  if (!model_work_init(&check.work, at, 1, err)) {
    check_all(&check);
  }
  model_work_finish(&check.work);
  free_views(&check);
  return err->status;
}
