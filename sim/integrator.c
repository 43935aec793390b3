/* sim/integrator.c -- registry of integrators, and what they share
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/integrator.h"

#include <math.h>
#include <string.h>

#include "sim/vmath.h"

/* NaN compares false, so it is never within the bound. */
SIM_VECTORISED static int is_bounded(size_t n, const double *y, double bound) {
  int all = 1;
  for (size_t i = 0; i < n; i++) {
    all &= y[i] >= -bound && y[i] <= bound;
  }
  return all;
}

size_t sim_first_unbounded(size_t n, const double *y, double bound) {
  if (is_bounded(n, y, bound)) {
    return n;
  }
  size_t i = 0;
  while (i < n && fabs(y[i]) <= bound) {
    i++;
  }
  return i;
}

const struct sim_integrator_ops *const sim_integrator_registry[] = {
    &sim_integrator_euler,   &sim_integrator_gsl[0], &sim_integrator_gsl[1],
    &sim_integrator_gsl[2],  &sim_integrator_gsl[3], &sim_integrator_gsl[4],
    &sim_integrator_gsl[5],  &sim_integrator_gsl[6], &sim_integrator_gsl[7],
    &sim_integrator_gsl[8],  &sim_integrator_gsl[9], &sim_integrator_gsl[10],
    &sim_integrator_gsl[11], &sim_integrator_heun,   NULL,
};

const char *const sim_integrator_names[] = {
    "euler",  "rkc",    "rk2",    "rk4",   "rkf45", "rkck", "rk8pd", "msadams",
    "rk1imp", "rk2imp", "rk4imp", "bsimp", "msbdf", "heun", NULL,
};

const struct sim_integrator_ops *sim_integrator_find(const char *name) {
  size_t i = 0;
  while (sim_integrator_names[i] && strcmp(sim_integrator_names[i], name)) {
    i++;
  }
  return sim_integrator_registry[i];
}

enum sim_status sim_integrator_create(
    struct sim_integrator **out, const struct sim_integrator_ops *ops,
    size_t dim, const struct sim_integrator_settings *settings,
    struct sim_error *err) {
  *out = NULL;
  const enum sim_status status = ops->create(out, ops, dim, settings, err);
  if (status == SIM_OK) {
    (*out)->ops = ops;
    (*out)->settings = *settings;
  }
  return status;
}

void sim_integrator_destroy(struct sim_integrator *integrator) {
  if (integrator) {
    integrator->ops->destroy(integrator);
  }
}

enum sim_status sim_integrator_advance(struct sim_integrator *integrator,
                                       const struct sim_system *system,
                                       double t, double t1, double *y,
                                       struct sim_error *err) {
  return integrator->ops->advance(integrator, system, t, t1, y, err);
}

void sim_integrator_reset(struct sim_integrator *integrator) {
  integrator->ops->reset(integrator);
}

void sim_integrator_restart(struct sim_integrator *integrator) {
  if (integrator->ops->restart) {
    integrator->ops->restart(integrator);
  } else {
    integrator->ops->reset(integrator);
  }
}

enum sim_status sim_integrator_check(struct sim_integrator *integrator,
                                     double t, const double *y, size_t dim,
                                     struct sim_error *err) {
  const size_t bad = sim_first_unbounded(dim, y, SIM_STATE_BOUND);
  return bad == dim ? SIM_OK
                    : sim_integrator_diverged(integrator, t, y, bad, err);
}

enum sim_status sim_integrator_diverged(struct sim_integrator *integrator,
                                        double t, const double *y, size_t index,
                                        struct sim_error *err) {
  integrator->fault = (struct sim_fault){t, index, y[index]};
  return sim_error_set(err, SIM_EFAIL,
                       "diverged at time %g: number %zu is %g (integrator %s)",
                       t, index, y[index], integrator->ops->name);
}
