/* circuits/pulse.c -- what one programming pulse does to a conductance
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/pulse.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_UNIT 0.07  // of NL, as a distance from the diagonal

static const char *const laws[] = {"linear",      "soft_bounds", "exp_step",
                                   "exponential", "table",       NULL};
enum law { LINEAR, SOFT_BOUNDS, EXP_STEP, EXPONENTIAL, TABLE };

// clang-format off
#define SIDE(f) SIM_FIELD(struct circuit_pulse_side, f)
static const struct sim_param side_table[] = {
    {.name = "step", .kind = SIM_REAL, SIDE(step), .unit = "S",
     SIM_WITHIN(0, 1), .initial = "100 nS",
     .help = "linear, soft_bounds, exp_step: change by one pulse at `origin` "
             "of a device with the window g_min to g_max"},
    {.name = "slope", .kind = SIM_REAL, SIDE(slope),
     SIM_WITHIN(0, 1), .initial = "0",
     .help = "linear: part of the step that is lost between `origin` and the "
             "bound ahead"},
    {.name = "amplitude", .kind = SIM_REAL, SIDE(amplitude),
     SIM_WITHIN(-1000, 1), .initial = "0", .help = "exp_step: A"},
    {.name = "rate", .kind = SIM_REAL, SIDE(rate),
     SIM_WITHIN(0, 100), .initial = "0", .help = "exp_step: c"},
    {.name = "pulses", .kind = SIM_COUNT, SIDE(pulses),
     SIM_WITHIN(1, 1e6), .initial = "100",
     .help = "exponential: pulses from one end of the window to the other"},
    {.name = "nonlinearity", .kind = SIM_REAL, SIDE(nonlinearity),
     SIM_WITHIN(-9, 9), .initial = "0",
     .help = "exponential: NeuroSim's label NL; down, a negative one has its "
             "largest steps at g_max"},
    {.name = "voltage", .kind = SIM_REAL, SIDE(voltage), .unit = "V",
     SIM_WITHIN(-1000, 1000), .initial = "1 V",
     .help = "of a pulse, for its energy"},
    {.name = "width", .kind = SIM_REAL, SIDE(width), .unit = "s",
     SIM_WITHIN(0, 1000), .initial = "1 us",
     .help = "of a pulse, for its energy and time"},
};

#define FIELD(f) SIM_FIELD(struct circuit_pulse_params, f)
const struct sim_param circuit_pulse_table[CIRCUIT_PULSE_N_PARAMS] = {
    {.name = "law", .kind = SIM_CHOICE, FIELD(law), .choices = laws,
     .initial = "linear", .help = "how a pulse moves a conductance"},
    {.name = "origin", .kind = SIM_REAL, FIELD(origin),
     SIM_BETWEEN(0, 1), .initial = "0.5",
     .help = "linear, soft_bounds, exp_step: where in the window a pulse is "
             "one step, from 0 (g_min) to 1 (g_max)"},
    {.name = "scale", .kind = SIM_REAL, FIELD(scale),
     SIM_WITHIN(-100, 100), .initial = "1",
     .help = "exp_step: a of z = 2 a (x - origin) + b"},
    {.name = "offset", .kind = SIM_REAL, FIELD(offset),
     SIM_WITHIN(-100, 100), .initial = "0", .help = "exp_step: b"},
    {.name = "asymmetry", .kind = SIM_REAL, FIELD(asymmetry),
     SIM_WITHIN(-1, 1), .initial = "0",
     .help = "steps up are larger and steps down smaller by this part"},
    {.name = "noise_step", .kind = SIM_REAL, FIELD(noise_step),
     SIM_WITHIN(0, 100), .initial = "0",
     .help = "spread from pulse to pulse, relative to the step"},
    {.name = "noise_range", .kind = SIM_REAL, FIELD(noise_range),
     SIM_WITHIN(0, 1), .initial = "0",
     .help = "spread from pulse to pulse, relative to the window"},
    {.name = "table", .kind = SIM_PATH, FIELD(table), .initial = "none",
     .word = "none",
     .help = "for law: table, a text file with a line for each pulse: number "
             "of the pulse, conductance [S] on the way up and, if there is a "
             "third column, on the way down"},
    {.name = "up", .kind = SIM_SECTION, FIELD(side[CIRCUIT_UP]),
     SIM_TABLE(side_table), .help = "pulses that raise a conductance"},
    {.name = "down", .kind = SIM_SECTION, FIELD(side[CIRCUIT_DOWN]),
     SIM_TABLE(side_table), .help = "pulses that lower a conductance"},
};
// clang-format on

enum sim_status circuit_pulse_check(const struct circuit_pulse_params *params,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  const bool has_table = params->table[0] && strcmp(params->table, "none") != 0;
  if ((params->law == TABLE) == has_table) {
    return SIM_OK;
  }
  const struct sim_where where =
      sim_config_where(config, "chip.coupling.pulse.table");
  return sim_error_at(err, SIM_ECONFIG, &where, "%s, got %s",
                      has_table ? "is used with `law: table` only"
                                : "must name a file when `law: table`",
                      params->table);
}

/* --- the curvature of a label --- */

/* Largest distance of the normalised curve from its diagonal, times sqrt(2),
 * less the wanted one; decreasing in A. */
static double excess(double a, void *wanted) {
  const double b = -1.0 / expm1(-1.0 / a);
  return b - a - a * log(b / a) - *(double *)wanted;
}

double circuit_pulse_curvature(double nonlinearity) {
  double wanted = LABEL_UNIT * M_SQRT2 * fabs(nonlinearity);
  if (wanted < 1e-6) {
    return INFINITY;  // straight to 1e-6 of the window
  }
  gsl_function f = {excess, &wanted};
  gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
  double a = NAN;
  if (solver && gsl_root_fsolver_set(solver, &f, 1e-3, 1.0 / wanted) == 0) {
    int status = GSL_CONTINUE;
    for (int i = 0; status == GSL_CONTINUE && i < 200; i++) {
      gsl_root_fsolver_iterate(solver);
      status =
          gsl_root_test_interval(gsl_root_fsolver_x_lower(solver),
                                 gsl_root_fsolver_x_upper(solver), 0, 1e-13);
    }
    a = gsl_root_fsolver_root(solver);
  }
  gsl_root_fsolver_free(solver);
  return copysign(a, nonlinearity);
}

/* --- a law with its parameters --- */

enum sim_status circuit_pulse_init(struct circuit_pulse *pulse,
                                   const struct circuit_pulse_params *params,
                                   double g_min, double g_max,
                                   struct sim_error *err) {
  *pulse = (struct circuit_pulse){.params = *params};
  for (int d = CIRCUIT_UP; d <= CIRCUIT_DOWN; d++) {
    const struct circuit_pulse_side *side = &params->side[d];
    pulse->s[d] = side->step / (g_max - g_min);
    if (params->law != EXPONENTIAL) {
      continue;
    }
    pulse->a[d] = circuit_pulse_curvature(side->nonlinearity);
    if (isnan(pulse->a[d])) {
      return sim_error_set(err, SIM_EFAIL, "no curvature for NL = %g",
                           side->nonlinearity);
    }
  }
  return params->law == TABLE
             ? circuit_staircase_load(pulse->staircase, params->table, g_min,
                                      g_max, err)
             : SIM_OK;
}

void circuit_pulse_finish(struct circuit_pulse *pulse) {
  circuit_staircase_finish(pulse->staircase);
}

/* --- one pulse --- */

/* Loss of the step towards the bound ahead: 0 at the origin, 1 there. */
static double nearness(double origin, enum circuit_direction d, double x) {
  return d == CIRCUIT_UP ? (x - origin) / (1 - origin) : (origin - x) / origin;
}

static double exp_step(const struct circuit_pulse *pulse,
                       enum circuit_direction d, double x) {
  const struct circuit_pulse_params *p = &pulse->params;
  const double z = 2 * p->scale * (x - p->origin) + p->offset;
  const double c = d == CIRCUIT_UP ? p->side[d].rate : -p->side[d].rate;
  return pulse->s[d] * fmax(0, 1 - p->side[d].amplitude * exp(c * z));
}

static double exponential(const struct circuit_pulse *pulse,
                          enum circuit_direction d, double x) {
  const double n = (double)pulse->params.side[d].pulses;
  if (isinf(pulse->a[d])) {
    return 1 / n;
  }
  const double b = -1.0 / expm1(-1.0 / pulse->a[d]);
  const double sign = d == CIRCUIT_UP ? 1 : -1;
  return -sign * (b - x) * expm1(-sign / (pulse->a[d] * n));
}

double circuit_pulse_step(const struct circuit_pulse *pulse,
                          enum circuit_direction d, double x) {
  const struct circuit_pulse_params *p = &pulse->params;
  switch (p->law) {
    case LINEAR:
      return pulse->s[d] * (1 - p->side[d].slope * nearness(p->origin, d, x));
    case SOFT_BOUNDS:
      return pulse->s[d] * (1 - nearness(p->origin, d, x));
    case EXP_STEP:
      return exp_step(pulse, d, x);
    case EXPONENTIAL:
      return exponential(pulse, d, x);
    default:
      return circuit_staircase_step(&pulse->staircase[d], d, x);
  }
}

double circuit_pulse_nominal(const struct circuit_pulse *pulse,
                             enum circuit_direction d) {
  switch (pulse->params.law) {
    case EXPONENTIAL:
      return 1.0 / (double)pulse->params.side[d].pulses;
    case TABLE:
      return 1.0 / (double)(pulse->staircase[d].n - 1);
    default:
      return circuit_pulse_step(pulse, d, pulse->params.origin);
  }
}

double circuit_pulse_spread(const struct circuit_pulse *pulse, double dx) {
  return hypot(pulse->params.noise_step * dx, pulse->params.noise_range);
}

double circuit_pulse_energy(const struct circuit_pulse *pulse,
                            enum circuit_direction d, double g_old,
                            double g_new) {
  const struct circuit_pulse_side *side = &pulse->params.side[d];
  return side->voltage * side->voltage * 0.5 * (g_old + g_new) * side->width;
}
