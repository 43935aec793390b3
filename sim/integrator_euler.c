/* sim/integrator_euler.c -- explicit Euler at a fixed step
 *
 *   y <- y + h f(t, y)
 *
 * The interval is cut into equal steps no longer than settings.step.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/integrator.h"
#include "sim/memory.h"
#include "sim/vmath.h"

/* 30 tau in steps of 0.1 tau are 300 steps, whatever the rounding of 0.1. */
#define STEP_SLACK 1e-9

struct euler {
  struct sim_integrator base;
  double *dydt;  // (dim)
  double *next;  // (dim) the state after the step, until it is accepted
};

static void destroy(struct sim_integrator *integrator) {
  struct euler *euler = (struct euler *)integrator;
  free(euler->dydt);
  free(euler->next);
  free(euler);
}

static enum sim_status create(struct sim_integrator **out,
                              const struct sim_integrator_ops *ops, size_t dim,
                              const struct sim_integrator_settings *settings,
                              struct sim_error *err) {
  (void)ops;
  if (!(settings->step > 0)) {
    return sim_error_set(err, SIM_ECONFIG, "euler needs a step > 0, got %g",
                         settings->step);
  }
  struct euler *euler = sim_alloc(1, sizeof *euler, err);
  if (!euler) {
    return err->status;
  }
  euler->dydt = sim_alloc_doubles(dim, err);
  euler->next = sim_alloc_doubles(dim, err);
  if (!euler->dydt || !euler->next) {
    destroy(&euler->base);
    return err->status;
  }
  *out = &euler->base;
  return SIM_OK;
}

SIM_VECTORISED static void add_scaled(size_t n, const double *restrict y,
                                      double h, const double *restrict f,
                                      double *restrict next) {
  for (size_t i = 0; i < n; i++) {
    next[i] = y[i] + h * f[i];
  }
}

static enum sim_status advance(struct sim_integrator *integrator,
                               const struct sim_system *system, double t,
                               double t1, double *y, struct sim_error *err) {
  const struct euler *euler = (struct euler *)integrator;
  const double wanted = integrator->settings.step;
  const double n = ceil((t1 - t) / wanted - STEP_SLACK);
  const double h = (t1 - t) / n;

  for (double k = 0; k < n; k++) {
    system->rhs(t + k * h, y, euler->dydt, system->context);
    integrator->stats.n_rhs++;
    add_scaled(system->dim, y, h, euler->dydt, euler->next);
    if (sim_integrator_check(integrator, t + (k + 1) * h, euler->next,
                             system->dim, err)) {
      return err->status;
    }
    memcpy(y, euler->next, system->dim * sizeof *y);
    integrator->stats.n_steps++;
  }
  return SIM_OK;
}

static void reset(struct sim_integrator *integrator) {
  (void)integrator;  // no history
}

const struct sim_integrator_ops sim_integrator_euler = {
    .name = "euler",
    .help = "explicit Euler at the fixed step `step`; the published reference",
    .order = 1,
    .create = create,
    .destroy = destroy,
    .advance = advance,
    .reset = reset,
};
