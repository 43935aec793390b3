/* sim/integrator_gsl.c -- GSL's steppers behind the integrator interface
 *
 * The drivers of gsl_odeiv2 keep each step's estimated error of every number
 * below tolerance (1 + |y|).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/integrator.h"
#include "sim/memory.h"
#include "sim/rkc.h"

struct stepper {
  struct sim_integrator base;
  const struct sim_system *system;  // of the call under way
  gsl_odeiv2_system gsl_system;     // its params point to this struct
  gsl_odeiv2_driver *driver;
  size_t n_steps;  // accepted since the last reset
};

static int gsl_rhs(double t, const double y[], double dydt[], void *params) {
  struct stepper *s = params;
  s->system->rhs(t, y, dydt, s->system->context);
  s->base.stats.n_rhs++;
  const size_t dim = s->system->dim;
  size_t bad = sim_first_unbounded(dim, y, SIM_STATE_BOUND);
  if (bad == dim) {
    bad = sim_first_unbounded(dim, dydt, DBL_MAX);
  }
  if (bad == dim) {
    return GSL_SUCCESS;
  }
  s->base.fault.index = bad;
  return GSL_FAILURE;
}

static int gsl_jacobian(double t, const double y[], double *dfdy, double dfdt[],
                        void *params) {
  struct stepper *s = params;
  s->system->jacobian(t, y, dfdy, s->system->context);
  memset(dfdt, 0, s->system->dim * sizeof *dfdt);
  return GSL_SUCCESS;
}

static void destroy(struct sim_integrator *integrator) {
  struct stepper *s = (struct stepper *)integrator;
  if (s->driver) {
    gsl_odeiv2_driver_free(s->driver);
  }
  free(s);
}

static enum sim_status create(struct sim_integrator **out,
                              const struct sim_integrator_ops *ops, size_t dim,
                              const struct sim_integrator_settings *settings,
                              struct sim_error *err) {
  if (!(settings->step > 0 && settings->tolerance > 0)) {
    return sim_error_set(err, SIM_ECONFIG,
                         "%s needs a first step and a tolerance > 0, got %g "
                         "and %g",
                         ops->name, settings->step, settings->tolerance);
  }
  struct stepper *s = sim_alloc(1, sizeof *s, err);
  if (!s) {
    return err->status;
  }
  s->gsl_system = (gsl_odeiv2_system){gsl_rhs, gsl_jacobian, dim, /*params=*/s};
  s->driver = gsl_odeiv2_driver_alloc_y_new(&s->gsl_system, *ops->gsl_type,
                                            settings->step, settings->tolerance,
                                            settings->tolerance);
  if (!s->driver) {
    free(s);
    return sim_error_set(err, SIM_EFAIL,
                         "%s: no work space for a system of %zu numbers",
                         ops->name, dim);
  }
  *out = &s->base;
  return SIM_OK;
}

static enum sim_status explain(struct stepper *s, int code, double t,
                               const double *y, struct sim_error *err) {
  const char *name = s->base.ops->name;
  s->base.fault.time = t;
  if (code == GSL_EMAXITER) {
    s->base.fault.index = s->system->dim;
    return sim_error_set(err, SIM_EFAIL,
                         "%s came only to time %g in %zu steps; try a larger "
                         "tolerance or another integrator",
                         name, t, s->n_steps);
  }
  if (s->base.fault.index < s->system->dim) {
    return sim_integrator_diverged(&s->base, t, y, s->base.fault.index, err);
  }
  return sim_error_set(err, SIM_EFAIL,
                       "%s could not step beyond time %g (GSL: %s)", name, t,
                       gsl_strerror(code));
}

/* gsl_odeiv2_driver_apply counts rejected steps as steps, overshoots its limit
 * and may leave a rejected step in y. A call of evolve_apply is one accepted
 * step or a failure. */
static int take_steps(struct stepper *s, double *t, double t1, double *y) {
  gsl_odeiv2_driver *d = s->driver;
  const size_t limit = s->base.settings.max_steps;
  while (*t < t1) {
    if (limit && s->n_steps >= limit) {
      return GSL_EMAXITER;
    }
    const double t0 = *t;
    const int code =
        gsl_odeiv2_evolve_apply(d->e, d->c, d->s, d->sys, t, t1, &d->h, y);
    if (code != GSL_SUCCESS) {
      memcpy(y, d->e->y0, d->sys->dimension * sizeof *y);
      *t = t0;
      return code;
    }
    s->base.fault.index = s->system->dim;  // a shorter step has avoided it
    s->n_steps++;
    s->base.stats.n_steps++;
  }
  return GSL_SUCCESS;
}

static enum sim_status advance(struct sim_integrator *integrator,
                               const struct sim_system *system, double t,
                               double t1, double *y, struct sim_error *err) {
  struct stepper *s = (struct stepper *)integrator;
  assert(system->dim == s->gsl_system.dimension);
  integrator->fault = (struct sim_fault){t, system->dim, NAN};
  if (integrator->ops->needs_jacobian && !system->jacobian) {
    return sim_error_set(err, SIM_EFAIL, "%s needs a Jacobian",
                         integrator->ops->name);
  }
  s->system = system;
  const unsigned long rejected = s->driver->e->failed_steps;
  const int code = take_steps(s, &t, t1, y);
  integrator->stats.n_rejected += s->driver->e->failed_steps - rejected;
  if (code != GSL_SUCCESS) {
    return explain(s, code, t, y, err);
  }
  return sim_integrator_check(integrator, t, y, system->dim, err);
}

static void reset(struct sim_integrator *integrator) {
  struct stepper *s = (struct stepper *)integrator;
  gsl_odeiv2_driver_reset_hstart(s->driver, integrator->settings.step);
  s->n_steps = 0;
}

/* The stepper keeps its estimate of the spectral radius. */
static void restart(struct sim_integrator *integrator) {
  struct stepper *s = (struct stepper *)integrator;
  gsl_odeiv2_evolve_reset(s->driver->e);
  s->driver->h = integrator->settings.step;
  s->n_steps = 0;
}

#define COMMON \
  .create = create, .destroy = destroy, .advance = advance, .reset = reset
#define EXPLICIT .is_adaptive = true, COMMON
#define IMPLICIT .is_adaptive = true, .needs_jacobian = true, COMMON

// The order is that of sim_integrator_names.
const struct sim_integrator_ops sim_integrator_gsl[SIM_INTEGRATOR_N_GSL] = {
    {.name = "rkc",
     .help = "stabilised explicit Runge-Kutta-Chebyshev of order 2",
     .order = 2,
     .gsl_type = &sim_odeiv2_step_rkc,
     .restart = restart,
     EXPLICIT},
    {.name = "rk2",
     .help = "explicit Runge-Kutta of order 2 with a pair of order 3",
     .order = 2,
     .gsl_type = &gsl_odeiv2_step_rk2,
     EXPLICIT},
    {.name = "rk4",
     .help = "classical Runge-Kutta of order 4, error by step doubling",
     .order = 4,
     .gsl_type = &gsl_odeiv2_step_rk4,
     EXPLICIT},
    {.name = "rkf45",
     .help = "explicit Runge-Kutta-Fehlberg 4(5)",
     .order = 5,
     .gsl_type = &gsl_odeiv2_step_rkf45,
     EXPLICIT},
    {.name = "rkck",
     .help = "explicit Runge-Kutta Cash-Karp 4(5)",
     .order = 5,
     .gsl_type = &gsl_odeiv2_step_rkck,
     EXPLICIT},
    {.name = "rk8pd",
     .help = "explicit Runge-Kutta Prince-Dormand 8(9)",
     .order = 8,
     .gsl_type = &gsl_odeiv2_step_rk8pd,
     EXPLICIT},
    {.name = "msadams",
     .help = "Adams linear multistep of variable order up to 12",
     .order = 1,
     .gsl_type = &gsl_odeiv2_step_msadams,
     EXPLICIT},
    {.name = "rk1imp",
     .help = "implicit Euler with Newton iteration",
     .order = 1,
     .gsl_type = &gsl_odeiv2_step_rk1imp,
     IMPLICIT},
    {.name = "rk2imp",
     .help = "implicit midpoint rule with Newton iteration",
     .order = 2,
     .gsl_type = &gsl_odeiv2_step_rk2imp,
     IMPLICIT},
    {.name = "rk4imp",
     .help = "implicit Gauss Runge-Kutta of order 4 with Newton iteration",
     .order = 4,
     .gsl_type = &gsl_odeiv2_step_rk4imp,
     IMPLICIT},
    {.name = "bsimp",
     .help = "implicit Bulirsch-Stoer method of Bader and Deuflhard",
     .order = 12,
     .gsl_type = &gsl_odeiv2_step_bsimp,
     IMPLICIT},
    {.name = "msbdf",
     .help = "backward differentiation formulas of variable order up to 5",
     .order = 1,
     .gsl_type = &gsl_odeiv2_step_msbdf,
     IMPLICIT},
};
