/* models/settler.c -- bring one tile of samples to the end of a phase
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/settler.h"

#include <math.h>
#include <stdlib.h>

#include "models/energy.h"
#include "models/hessian.h"
#include "models/rates.h"
#include "sim/interrupt.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define DEFAULT_UNTIL 1e-6  // residual of an operating point
#define UNTIL_SAFETY 0.99   // of what the descent aims at, for rounding
#define MAX_SWEEPS 5000u
#define CHECK_EVERY 1.0      // [tau] between two looks at the residual
#define STEP_OF_FASTEST 0.5  // of the fastest time constant, see heun's error

static enum sim_status create_analysis(struct model_settler *settler,
                                       size_t n_lanes, struct sim_error *err) {
  const struct model_settling *settling = &settler->settling;
  if (settling->analysis == SIM_OPERATING_POINT) {
    if (!model_network_has_energy(settler->net)) {
      return sim_error_set(err, SIM_ECONFIG,
                           "settle.analysis: must be transient for a chip "
                           "without an energy (separate directions, spread "
                           "amplifiers or hopfield neurons), got "
                           "operating_point");
    }
    return model_descent_create(&settler->descent, settler->net, n_lanes, err);
  }
  const size_t n_metered =
      settling->meter ? model_energy_size(settling->meter) : 0;
  return sim_integrator_create(
      &settler->integrator, settling->integrator,
      settler->net->layout.n_nodes * n_lanes + n_metered, &settling->settings,
      err);
}

enum sim_status model_settler_init(struct model_settler *settler,
                                   const struct model_settling *settling,
                                   const struct model_network *net,
                                   size_t n_lanes, struct sim_error *err) {
  const size_t n = net->layout.n_nodes * n_lanes;
  *settler = (struct model_settler){
      .settling = *settling,
      .net = net,
      .n_samples = n_lanes,
      .rate = sim_alloc_doubles(n, err),
      .mean = sim_alloc_doubles(settling->window > 0 ? n : 1, err),
      .residual = sim_alloc_doubles(n_lanes, err),
      .scratch = sim_alloc_doubles(2 * net->layout.n_nodes, err),
      .steepest = model_rates_steepest(net->transfer),
      .coupling_rate = NAN,
  };
  if (!settler->rate || !settler->mean || !settler->residual ||
      !settler->scratch ||
      model_work_init(&settler->work, &net->layout, n_lanes, err) ||
      model_noise_run_init(&settler->noise, net, n_lanes, err) ||
      create_analysis(settler, n_lanes, err)) {
    model_settler_finish(settler);
    return err->status;
  }
  return SIM_OK;
}

void model_settler_finish(struct model_settler *settler) {
  sim_integrator_destroy(settler->integrator);
  model_descent_destroy(settler->descent);
  model_work_finish(&settler->work);
  model_noise_run_finish(&settler->noise);
  free(settler->rate);
  free(settler->mean);
  free(settler->residual);
  free(settler->scratch);
  *settler = (struct model_settler){0};
}

void model_settler_begin(struct model_settler *settler,
                         enum model_noise_use use, uint64_t epoch,
                         uint64_t first_sample) {
  settler->is_continued = false;
  settler->coupling_rate = NAN;
  model_noise_run_begin(&settler->noise, use, epoch, first_sample);
}

/* --- the system that the integrator sees --- */

static void rhs(double t, const double *s, double *rate, void *context) {
  (void)t;
  struct model_settler *settler = context;
  model_network_rate(settler->net, &settler->drive, s, rate, &settler->work);
  if (!settler->settling.is_quiet) {
    model_noise_run_add(&settler->noise, &settler->work, rate);
  }
}

/* The same with the rows of the meter below. */
static void metered_rhs(double t, const double *s, double *rate,
                        void *context) {
  struct model_settler *settler = context;
  const struct model_energy *meter = settler->settling.meter;
  rhs(t, s, rate, settler);
  model_energy_powers(meter, settler->net, &settler->drive, s, &settler->work,
                      rate + meter->n_nodes * meter->n_lanes);
}

static void jacobian(double t, const double *s, double *dfdy, void *context) {
  (void)t;
  struct model_settler *settler = context;
  model_hessian_jacobian(settler->net, &settler->drive, s, dfdy, &settler->work,
                         settler->scratch);
}

static void amplitude(double *b, void *context) {
  const struct model_settler *settler = context;
  model_noise_run_amplitude(&settler->noise, &settler->work, b);
}

static const double *normals(void *context) {
  struct model_settler *settler = context;
  return model_noise_run_normals(&settler->noise);
}

static void advance(double h, void *context) {
  struct model_settler *settler = context;
  model_noise_run_advance(&settler->noise, h);
}

/* Of the sources that are on; `calls` is filled. NULL: all is quiet. */
static const struct sim_noise *noise_of(const struct model_settler *settler,
                                        struct sim_noise *calls) {
  const struct model_noise *noise = settler->net->noise;
  *calls = (struct sim_noise){0};
  if (!model_settling_is_noisy(&settler->settling, settler->net)) {
    return NULL;
  }
  if (noise->params.thermal) {
    calls->amplitude = amplitude;
    calls->normals = normals;
  }
  calls->advance = settler->noise.slow ? advance : NULL;
  return calls;
}

static double worst_residual(const double *s, void *context) {
  struct model_settler *settler = context;
  const size_t n_lanes = settler->work.n_lanes;
  rhs(0, s, settler->rate, settler);
  model_network_residual(settler->net, n_lanes, settler->rate,
                         settler->residual);
  double worst = 0;
  for (size_t k = 0; k < n_lanes; k++) {
    worst = sim_larger(worst, settler->residual[k]);
  }
  return worst;
}

/* --- failures, in words a designer can use --- */

/* "what after T tau: sample 7, node 3 of layer 1: quantity value". */
static enum sim_status blame(const struct model_settler *settler,
                             size_t first_sample, size_t index, double time,
                             const char *what, const char *quantity,
                             double value, struct sim_error *err) {
  const struct model_layout *at = &settler->net->layout;
  const size_t n_lanes = settler->work.n_lanes;
  const size_t lane = index % n_lanes, node = index / n_lanes;
  const size_t sample = lane < settler->n_samples ? lane : 0;
  const size_t layer = model_layout_layer_of(at, node);
  return sim_error_set(
      err, SIM_EFAIL,
      "%s after %.4g tau: sample %zu, node %zu of layer %zu: %s %.4g", what,
      time, first_sample + sample, node - at->node_at[layer], layer, quantity,
      value);
}

static enum sim_status explain_divergence(const struct model_settler *settler,
                                          size_t first_sample,
                                          struct sim_error *err) {
  const struct sim_fault *fault = &settler->integrator->fault;
  if (fault->index >= settler->net->layout.n_nodes * settler->work.n_lanes) {
    return err->status;  // the integrator's own words say it
  }
  return blame(settler, first_sample, fault->index, fault->time,
               "diverged (a smaller step or another integrator may help)",
               "voltage in units of voltage_unit", fault->value, err);
}

/* Element of the tile with the largest net current. */
static size_t worst_element(const struct model_settler *settler) {
  const size_t n_lanes = settler->work.n_lanes;
  size_t worst = 0;
  double largest = -1;
  for (size_t i = 0; i < settler->net->layout.n_nodes * n_lanes; i++) {
    const double net_current =
        fabs(settler->rate[i]) / settler->net->inv_capacitance[i / n_lanes];
    if (net_current > largest || isnan(net_current)) {
      largest = net_current;
      worst = i;
    }
  }
  return worst;
}

static enum sim_status explain_unsettled(const struct model_settler *settler,
                                         size_t first_sample,
                                         const struct sim_transient_end *end,
                                         struct sim_error *err) {
  return blame(settler, first_sample, worst_element(settler), end->time,
               "not settled", "residual", end->residual, err);
}

static void choose_step(struct model_settler *settler) {
  if (!settler->settling.has_auto_step) {
    return;
  }
  if (isnan(settler->coupling_rate)) {
    settler->coupling_rate =
        model_rates_coupling(settler->net, settler->scratch);
  }
  const double fastest =
      model_rates_ground(settler->net, &settler->drive) +
      settler->steepest * settler->steepest * settler->coupling_rate;
  settler->integrator->settings.step = STEP_OF_FASTEST / fastest;
}

/* A transient of the state and the meter's rows together. */
static enum sim_status run_metered(struct model_settler *settler,
                                   const struct sim_transient_plan *plan,
                                   struct sim_system system, double *s,
                                   struct sim_transient_end *end,
                                   struct sim_error *err) {
  struct model_energy *meter = settler->settling.meter;
  system.rhs = metered_rhs;
  system.dim += model_energy_size(meter);
  system.jacobian = NULL;
  system.decay = NULL;
  system.noise = NULL;
  model_energy_begin(meter, settler->net, &settler->drive, plan->duration, s);
  const enum sim_status status = sim_transient_run(
      plan, settler->integrator, &system, meter->state, end, err);
  if (status == SIM_OK) {
    model_energy_end(meter, settler->net, &settler->drive, end->time, s);
  }
  return status;
}

static enum sim_status run_transient(struct model_settler *settler, double *s,
                                     size_t first_sample,
                                     struct sim_transient_end *end,
                                     struct sim_error *err) {
  struct sim_noise calls;
  choose_step(settler);
  const struct sim_system system = {
      .dim = settler->net->layout.n_nodes * settler->work.n_lanes,
      .rhs = rhs,
      .jacobian = settler->work.n_lanes == 1 ? jacobian : NULL,
      .residual = worst_residual,
      .decay = settler->noise.decay,
      .n_rows = settler->net->layout.n_nodes,
      .noise = noise_of(settler, &calls),
      .context = settler,
  };
  const struct sim_transient_plan plan = {
      .duration = settler->settling.duration,
      .until = settler->settling.until,
      .interval = settler->observe ? settler->observe_every : CHECK_EVERY,
      .is_continued = settler->is_continued,
      .observe = settler->observe,
      .context = settler->observe_context,
      .window = settler->settling.window,
      .window_step = settler->integrator->settings.step,
      .mean = settler->mean,
  };
  model_noise_run_phase(&settler->noise, &settler->drive);
  const enum sim_status status =
      settler->settling.meter
          ? run_metered(settler, &plan, system, s, end, err)
          : sim_transient_run(&plan, settler->integrator, &system, s, end, err);
  return status == SIM_EFAIL ? explain_divergence(settler, first_sample, err)
                             : status;
}

/* The state that the descent leaves is looked at once more, and taken further
 * should it not be there yet. */
static enum sim_status run_operating_point(struct model_settler *settler,
                                           double *s, size_t first_sample,
                                           struct sim_transient_end *end,
                                           struct sim_error *err) {
  const size_t size = settler->net->layout.n_nodes * settler->work.n_lanes;
  const double until =
      settler->settling.until > 0 ? settler->settling.until : DEFAULT_UNTIL;
  const size_t max_steps = settler->settling.settings.max_steps;
  const size_t max_sweeps = max_steps ? max_steps : MAX_SWEEPS;
  size_t n_sweeps = 0;
  *end = (struct sim_transient_end){.residual = INFINITY};
  if (sim_interrupt_check(err)) {
    return err->status;
  }
  while (n_sweeps < max_sweeps && !end->is_settled) {
    n_sweeps +=
        model_descent_run(settler->descent, &settler->drive, settler->n_samples,
                          UNTIL_SAFETY * until, max_sweeps - n_sweeps, s);
    end->residual = worst_residual(s, settler);
    end->is_settled = end->residual <= until;
  }
  const size_t bad = sim_first_unbounded(size, s, SIM_STATE_BOUND);
  return bad == size ? SIM_OK
                     : blame(settler, first_sample, bad, end->time,
                             "diverged (the energy may have no minimum)",
                             "voltage in units of voltage_unit", s[bad], err);
}

enum sim_status model_settler_run(struct model_settler *settler,
                                  const struct model_drive *drive, double *s,
                                  size_t first_sample, double *time,
                                  struct sim_error *err) {
  struct sim_transient_end end;
  settler->drive = *drive;
  const enum sim_status status =
      settler->settling.analysis == SIM_OPERATING_POINT
          ? run_operating_point(settler, s, first_sample, &end, err)
          : run_transient(settler, s, first_sample, &end, err);
  settler->is_continued = true;
  if (status) {
    return status;
  }
  *time = end.time;
  if (!end.is_settled && !settler->settling.keep_unsettled) {
    return explain_unsettled(settler, first_sample, &end, err);
  }
  if (settler->settling.window > 0) {
    rhs(0, settler->mean, settler->rate, settler);
  }
  return SIM_OK;
}

const double *model_settler_read(const struct model_settler *settler,
                                 const double *s) {
  return settler->settling.window > 0 ? settler->mean : s;
}
