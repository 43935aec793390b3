/* models/noise_sample.c -- linear noise analysis of one sample, source by
 * source
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/hessian.h"
#include "models/noise_parts.h"
#include "sim/memory.h"

typedef double complex number;

/* --- birth and death --- */

static enum sim_status reserve(struct model_noise_bench *b,
                               struct sim_error *err) {
  const size_t n = b->net->layout.n_nodes, visible = b->net->layout.width[0];
  const size_t size = sizeof(number);
  b->conductance[0] = sim_alloc_doubles(visible, err);
  b->conductance[1] = sim_alloc_doubles(visible, err);
  b->source_voltage = sim_alloc_doubles(visible, err);
  b->jacobian = sim_alloc_doubles(n * n, err);
  b->scratch = sim_alloc_doubles(2 * n, err);
  b->strength = sim_alloc_doubles(n, err);
  b->convert = sim_alloc_doubles(n, err);
  b->gain = sim_alloc_doubles(n, err);
  b->seen = sim_alloc_doubles(n, err);
  b->force = sim_alloc_doubles(n, err);
  b->pushed = sim_alloc_doubles(n, err);
  for (size_t v = 0; v < MODEL_N_VIEWS; v++) {
    b->moments[v] = sim_alloc(n * n, size, err);
  }
  b->trap_moments = sim_alloc(n * n, size, err);
  b->currents = sim_alloc(n * n, size, err);
  b->product = sim_alloc(n * n, size, err);
  b->half = sim_alloc(n * n, size, err);
  b->column = sim_alloc(n, size, err);
  return err->status;
}

enum sim_status model_noise_bench_init(struct model_noise_bench *b,
                                       const struct model_network *net,
                                       const struct model_learning *rule,
                                       double duration, double window,
                                       size_t n_sources,
                                       const struct model_source *source,
                                       struct sim_error *err) {
  const struct model_periphery *p = net->periphery;
  const bool has_memory = p && p->has_memory;
  *b = (struct model_noise_bench){
      .net = net,
      .rule = rule,
      .plan = {.n_phases = rule->phases,
               .protocol = (enum model_protocol)rule->protocol,
               .duration = duration,
               .window = window,
               .droop = has_memory ? p->memory.droop : 1.0}};
  b->n_sources = n_sources;
  memcpy(b->source, source, n_sources * sizeof *source);
  if (reserve(b, err) ||
      (p &&
       model_drives_init(&b->drives, rule, p, net->layout.width[0], 1, err)) ||
      model_work_init(&b->work, &net->layout, 1, err) ||
      sim_eigenmodes_init(&b->modes, net->layout.n_nodes, err) ||
      model_phase_noise_init(&b->phases, net->layout.n_nodes, err)) {
    model_noise_bench_finish(b);
    return err->status;
  }
  return SIM_OK;
}

void model_noise_bench_finish(struct model_noise_bench *b) {
  model_drives_finish(&b->drives);
  model_work_finish(&b->work);
  sim_eigenmodes_finish(&b->modes);
  model_phase_noise_finish(&b->phases);
  free(b->conductance[0]);
  free(b->conductance[1]);
  free(b->source_voltage);
  free(b->jacobian);
  free(b->scratch);
  free(b->strength);
  free(b->convert);
  free(b->gain);
  free(b->seen);
  free(b->force);
  free(b->pushed);
  for (size_t v = 0; v < MODEL_N_VIEWS; v++) {
    free(b->moments[v]);
  }
  free(b->trap_moments);
  free(b->currents);
  free(b->product);
  free(b->half);
  free(b->column);
  *b = (struct model_noise_bench){0};
}

/* --- the operating point --- */

/* Springs and nudges of a sample: conductances and the springs' voltage. */
static void set_drives(struct model_noise_bench *b, const double *x_t,
                       const double *u) {
  const size_t n = b->net->layout.width[0];
  const bool is_real = b->net->periphery != NULL;
  const bool is_quadratic = b->rule->nudge_kind == MODEL_QUADRATIC;
  const double nudge = is_quadratic ? model_learning_stiffness(b->rule) : 0.0;
  double *quiet = b->conductance[0], *mean = b->conductance[1];
  if (is_real) {
    const struct model_drive free = model_drives_free(&b->drives, x_t, u);
    memcpy(quiet, free.conductances, n * sizeof *quiet);
    memcpy(b->source_voltage, b->drives.source, n * sizeof *quiet);
  } else {
    memcpy(b->source_voltage, x_t, n * sizeof *quiet);
  }
  for (size_t i = 0; i < n; i++) {
    quiet[i] = is_real ? quiet[i] : b->rule->spring;
    mean[i] = quiet[i];
  }
  for (double sign = 1; sign >= -1; sign -= 2) {
    const bool is_nudged = sign > 0 || b->rule->phases == 3;
    const struct model_drive drive =
        is_real && is_nudged
            ? model_drives_nudged(&b->drives, sign, x_t, u, x_t)
            : (struct model_drive){.conductance =
                                       b->rule->spring + sign * nudge};
    for (size_t i = 0; is_nudged && i < n; i++) {
      mean[i] += 0.5 * (model_drive_conductance(&drive, i) - quiet[i]);
    }
  }
}

/* Outputs as they are read, with the gain and offset of their converters. */
static void set_outputs(struct model_noise_bench *b) {
  const struct model_periphery *p = b->net->periphery;
  const bool has_adc = p && p->has_output_adc;
  for (size_t i = 0; i < b->net->layout.n_nodes; i++) {
    const double offset =
        has_adc ? p->output_adc.offset[i] / p->voltage_unit : 0.0;
    b->convert[i] = has_adc ? p->output_adc.gain[i] : 1.0;
    b->gain[i] = b->convert[i] * b->work.slope[i];
    b->seen[i] = b->convert[i] * b->work.r[i] + offset;
  }
}

/* dC/ds = alpha lambda (v - u) on visible nodes. */
static void set_force(struct model_noise_bench *b, const double *u,
                      const double *s) {
  const double gain = model_learning_gain(b->rule);
  memset(b->force, 0, b->net->layout.n_nodes * sizeof *b->force);
  for (size_t i = 0; i < b->net->layout.width[0]; i++) {
    const double v = gain * (s[i] - b->source_voltage[i]);
    b->force[i] = gain * (v - u[i]);
  }
}

struct model_drive model_noise_bench_drive(const struct model_noise_bench *b) {
  return (struct model_drive){.conductance = b->rule->spring,
                              .conductances = b->conductance[0],
                              .anchor = b->source_voltage};
}

static enum sim_status linearise(struct model_noise_bench *b, const double *x_t,
                                 const double *u, const double *s,
                                 struct sim_error *err) {
  set_drives(b, x_t, u);
  const struct model_drive drive = model_noise_bench_drive(b);
  model_hessian_jacobian(b->net, &drive, s, b->jacobian, &b->work, b->scratch);
  set_outputs(b);
  set_force(b, u, s);
  return sim_eigenmodes_find(
      &b->modes, b->jacobian,
      model_network_has_energy(b->net) ? b->net->inv_capacitance : NULL, err);
}

/* --- what the nudge does --- */

/* Outputs in the two phases that are compared, without noise. */
static void note_signal(struct model_noise_bench *b,
                        struct model_noise_seen *seen) {
  const size_t n = b->net->layout.n_nodes;
  number *mode = b->column;
  model_phase_noise_begin(&b->phases, &b->plan, b->modes.rate);
  model_phase_noise_view(&b->phases, MODEL_VIEW_DIFFERENCE);
  model_phase_noise_response(&b->phases, mode);
  for (size_t m = 0; m < n; m++) {
    number into = 0;
    for (size_t i = 0; i < n; i++) {
      into +=
          b->modes.left[m * n + i] * b->net->inv_capacitance[i] * b->force[i];
    }
    mode[m] *= into;
  }
  for (size_t i = 0; i < n; i++) {
    number apart = 0;
    for (size_t m = 0; m < n; m++) {
      apart += b->modes.right[i * n + m] * mode[m];
    }
    const double half = 0.5 * b->rule->nudge * b->gain[i] * creal(apart);
    b->pushed[i] =
        model_learning_factor(b->rule) * b->rule->nudge * creal(apart);
    seen->plus[i] = b->seen[i] + half;
    seen->minus[i] = b->seen[i] - half;
  }
}

static double slowest_rate(const struct sim_eigenmodes *modes) {
  double slowest = INFINITY;
  for (size_t m = 0; m < modes->n; m++) {
    slowest = fmin(slowest, creal(modes->rate[m]));
  }
  return slowest;
}

enum sim_status model_noise_bench_run(struct model_noise_bench *b,
                                      const double *x_t, const double *u,
                                      const double *s, size_t n_windows,
                                      const double *windows,
                                      struct model_noise_seen *seen,
                                      struct sim_error *err) {
  if (linearise(b, x_t, u, s, err)) {
    return err->status;
  }
  seen->slowest = slowest_rate(&b->modes);
  note_signal(b, seen);
  model_noise_parts_note(b, seen);
  model_noise_parts_per_read(b, seen->per_read);
  for (size_t k = 0; k < n_windows; k++) {
    struct model_phase_plan plan = b->plan;
    plan.duration += windows[k] - plan.window;
    plan.window = windows[k];
    seen->window[k] = model_noise_parts_total(b, &plan);
  }
  return SIM_OK;
}
