/* sim/transient.c -- the transient analysis: follow a system through time
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/transient.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/interrupt.h"

/* An interval shorter than this part of the others is none: 0.6 in parts of
 * 0.1 is six, whatever the rounding. */
#define INTERVAL_SLACK 1e-9

static const char *const analyses[] = {"transient", "operating_point", NULL};
static const char *const unsettled[] = {"fail", "keep", NULL};

// clang-format off
#define SETTLE(f) SIM_FIELD(struct sim_settle_params, f)
const struct sim_param sim_settle_table[SIM_SETTLE_N_PARAMS] = {
    {.name = "analysis", .kind = SIM_CHOICE, SETTLE(analysis),
     .choices = analyses, .initial = "transient",
     .help = "transient: Kirchhoff's equations in time; operating_point: the "
             "equilibrium itself, to the residual `until` (1e-6 by default)"},
    {.name = "integrator", .kind = SIM_CHOICE, SETTLE(integrator),
     .choices = sim_integrator_names, .initial = "rkc",
     .help = "euler, heun (exponential), rkc (stabilised, explicit), or a GSL "
             "stepper by its GSL name; rk1imp, rk2imp, rk4imp, bsimp and "
             "msbdf are implicit, for small networks"},
    {.name = "step", .kind = SIM_TIME, SETTLE(step), SIM_ABOVE(0),
     .initial = "auto", .word = "auto",
     .help = "the step of euler and heun; the first step tried by the others; "
             "auto: 0.1 tau, of heun half the fastest time constant"},
    {.name = "duration", .kind = SIM_TIME, SETTLE(duration), SIM_ABOVE(0),
     .initial = "30 tau",
     .help = "of one phase; with `until`, the longest a phase may take"},
    {.name = "until", .kind = SIM_REAL, SETTLE(until), SIM_ABOVE(0),
     .initial = "never", .word = "never",
     .help = "a phase ends when no node's net current is above this, in "
             "units of conductance_unit voltage_unit; never: it takes "
             "`duration`"},
    {.name = "tolerance", .kind = SIM_REAL, SETTLE(tolerance),
     SIM_BETWEEN(0, 1), .initial = "1e-6",
     .help = "error allowed in one adaptive step, absolute in voltage_unit "
             "and relative"},
    {.name = "max_steps", .kind = SIM_COUNT, SETTLE(max_steps),
     SIM_WITHIN(0, 1e12), .initial = "0",
     .help = "adaptive steps of one phase, or sweeps of an operating point; "
             "0: any number of steps, 5000 sweeps"},
    {.name = "unsettled", .kind = SIM_CHOICE, SETTLE(unsettled),
     .choices = unsettled, .initial = "fail",
     .help = "what to do with a phase that misses `until`: fail ends the run, "
             "keep goes on with the state it has"},
};
// clang-format on

static void show(const struct sim_transient_plan *plan, double time,
                 const double *y) {
  if (plan->observe) {
    plan->observe(time, y, plan->context);
  }
}

static void add_to_mean(const struct sim_transient_plan *plan, size_t dim,
                        double weight, const double *y) {
  for (size_t i = 0; i < dim; i++) {
    plan->mean[i] += weight * y[i];
  }
}

/* One piece of the window, as part of the average. */
static enum sim_status average_piece(const struct sim_transient_plan *plan,
                                     struct sim_integrator *integrator,
                                     const struct sim_system *system, double t,
                                     double t1, double *y,
                                     struct sim_error *err) {
  const double weight = 0.5 * (t1 - t) / plan->window;
  add_to_mean(plan, system->dim, weight, y);
  if (sim_integrator_advance(integrator, system, t, t1, y, err)) {
    return err->status;
  }
  add_to_mean(plan, system->dim, weight, y);
  return SIM_OK;
}

/* From t to t1, first outside and then inside the window. */
static enum sim_status advance(const struct sim_transient_plan *plan,
                               struct sim_integrator *integrator,
                               const struct sim_system *system, double t,
                               double t1, double *y, struct sim_error *err) {
  const double begin =
      plan->window > 0 ? plan->duration - plan->window : plan->duration;
  if (t1 <= begin) {
    return sim_integrator_advance(integrator, system, t, t1, y, err);
  }
  if (t < begin) {
    if (sim_integrator_advance(integrator, system, t, begin, y, err)) {
      return err->status;
    }
    t = begin;
  }
  const double n = ceil((t1 - t) / plan->window_step - INTERVAL_SLACK);
  const double piece = (t1 - t) / n;
  for (double k = 0; k < n; k++) {
    const double end = k + 1 < n ? t + (k + 1) * piece : t1;
    if (average_piece(plan, integrator, system, t + k * piece, end, y, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

enum sim_status sim_transient_run(const struct sim_transient_plan *plan,
                                  struct sim_integrator *integrator,
                                  const struct sim_system *system, double *y,
                                  struct sim_transient_end *end,
                                  struct sim_error *err) {
  const bool is_watched = plan->until > 0 || plan->observe;
  const double interval = is_watched ? plan->interval : plan->duration;
  assert(interval > 0);
  const double n = ceil(plan->duration / interval - INTERVAL_SLACK);
  *end = (struct sim_transient_end){.is_settled = !(plan->until > 0)};
  if (plan->is_continued) {
    sim_integrator_restart(integrator);
  } else {
    sim_integrator_reset(integrator);
  }
  if (plan->window > 0) {
    memset(plan->mean, 0, system->dim * sizeof *plan->mean);
  }
  show(plan, 0, y);
  for (double k = 1; end->time < plan->duration; k++) {
    const double next = k < n ? k * interval : plan->duration;
    if (sim_interrupt_check(err) ||
        advance(plan, integrator, system, end->time, next, y, err)) {
      return err->status;
    }
    end->time = next;
    show(plan, next, y);
    end->residual = system->residual(y, system->context);
    if (plan->until > 0 && end->residual <= plan->until) {
      end->is_settled = true;
      break;
    }
  }
  return SIM_OK;
}
