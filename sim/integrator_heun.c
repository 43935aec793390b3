/* sim/integrator_heun.c -- exponential Heun, with or without noise
 *
 *   dy = f(y) dt + b(y) o dW,   f = -k y + N(y),   h: the step,  z = k h
 *
 *   Y  = y + h p1(z) f(y) + s b(y) xi
 *   y' = Y + h p2(z) [N(Y) - N(y)] + s [b(Y) - b(y)]/2 xi
 *
 *   p1 = (1 - e^-z)/z,  p2 = (e^-z - 1 + z)/z^2,  s^2 = (1 - e^-2z)/(2 k)
 *
 * With k = 0 this is Heun's method; with k > 0 the leak, spring and nudge of a
 * node are no part of what has to be resolved. The same normal numbers xi
 * serve both stages.
 *
 *   order            2 without noise; weak order 2 with additive noise
 *                    (Heun's scheme: Kloeden and Platen, Numerical Solution of
 *                    SDE, 1992, 15.1; exponential: Cox and Matthews, J. Comput.
 *                    Phys. 176, 430, 2002); weak order 1 where b depends on y
 *   linear           where N is constant, mean and variance are exact for any
 *                    k and any step: a lone RC node holds kT/C
 *   coupled          stationary variances err by about (h rate)^2/12 where
 *                    rate is the largest of k and of the rates of N
 *
 * Two right-hand sides a step buy the second order; one (Euler-Maruyama) would
 * err by h rate/2 and be wrong by 5 % where this is by 0.1 %. The interval is
 * cut into equal steps no longer than settings.step.
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
#define SMALL_Z 1e-3  // below it p2 is a series

/* Of one row of the state, for one step length. */
struct coefficients {
  double k;   // [1/time]
  double p1;  // [time] h p1(z)
  double p2;  // [time] h p2(z)
  double s;   // [root time]
};

struct heun {
  struct sim_integrator base;
  double *now;               // (dim) f(y)
  double *next;              // (dim) f(Y)
  double *predicted;         // (dim) Y, then the state after the step
  double *b_now;             // (dim) b(y)
  double *b_next;            // (dim) b(Y)
  struct coefficients *row;  // (dim) of which n_rows are in use
  double h;                  // [time] that `row` is for; 0: none
};

static void destroy(struct sim_integrator *integrator) {
  struct heun *heun = (struct heun *)integrator;
  free(heun->now);
  free(heun->next);
  free(heun->predicted);
  free(heun->b_now);
  free(heun->b_next);
  free(heun->row);
  free(heun);
}

static enum sim_status create(struct sim_integrator **out,
                              const struct sim_integrator_ops *ops, size_t dim,
                              const struct sim_integrator_settings *settings,
                              struct sim_error *err) {
  (void)ops;
  if (!(settings->step > 0)) {
    return sim_error_set(err, SIM_ECONFIG, "heun needs a step > 0, got %g",
                         settings->step);
  }
  struct heun *heun = sim_alloc(1, sizeof *heun, err);
  if (!heun) {
    return err->status;
  }
  heun->now = sim_alloc_doubles(dim, err);
  heun->next = sim_alloc_doubles(dim, err);
  heun->predicted = sim_alloc_doubles(dim, err);
  heun->b_now = sim_alloc_doubles(dim, err);
  heun->b_next = sim_alloc_doubles(dim, err);
  heun->row = sim_alloc(dim, sizeof *heun->row, err);
  if (!heun->now || !heun->next || !heun->predicted || !heun->b_now ||
      !heun->b_next || !heun->row) {
    destroy(&heun->base);
    return err->status;
  }
  *out = &heun->base;
  return SIM_OK;
}

/* --- coefficients --- */

static struct coefficients coefficients_of(double k, double h) {
  const double z = k * h;
  if (z == 0) {
    return (struct coefficients){0, h, h / 2, sqrt(h)};
  }
  const double p1 = -expm1(-z) / z;
  const double p2 =
      z < SMALL_Z ? 0.5 - z / 6 + z * z / 24 - z * z * z / 120 : (1.0 - p1) / z;
  return (struct coefficients){k, h * p1, h * p2,
                               sqrt(-expm1(-2.0 * z) / (2.0 * k))};
}

static size_t n_rows_of(const struct sim_system *system) {
  return system->decay ? system->n_rows : 1;
}

static void prepare(struct heun *heun, const struct sim_system *system,
                    double h) {
  if (heun->h == h) {
    return;
  }
  for (size_t i = 0; i < n_rows_of(system); i++) {
    heun->row[i] = coefficients_of(system->decay ? system->decay[i] : 0, h);
  }
  heun->h = h;
}

/* --- one step --- */

SIM_VECTORISED static void add_drift(size_t n, double p1,
                                     const double *restrict y,
                                     const double *restrict f,
                                     double *restrict predicted) {
  for (size_t i = 0; i < n; i++) {
    predicted[i] = y[i] + p1 * f[i];
  }
}

SIM_VECTORISED static void add_noise(size_t n, double s,
                                     const double *restrict b,
                                     const double *restrict xi,
                                     double *restrict predicted) {
  for (size_t i = 0; i < n; i++) {
    predicted[i] += s * b[i] * xi[i];
  }
}

SIM_VECTORISED static void correct_drift(size_t n, double k, double p2,
                                         const double *restrict y,
                                         const double *restrict now,
                                         const double *restrict next,
                                         double *restrict predicted) {
  for (size_t i = 0; i < n; i++) {
    predicted[i] += p2 * (next[i] - now[i] + k * (predicted[i] - y[i]));
  }
}

SIM_VECTORISED static void correct_noise(size_t n, double s,
                                         const double *restrict now,
                                         const double *restrict next,
                                         const double *restrict xi,
                                         double *restrict predicted) {
  for (size_t i = 0; i < n; i++) {
    predicted[i] += s * (0.5 * (next[i] - now[i])) * xi[i];
  }
}

static void predict(struct heun *heun, const struct sim_system *system,
                    const double *y, const double *xi) {
  const size_t n_rows = n_rows_of(system), n = system->dim / n_rows;
  for (size_t i = 0, at = 0; i < n_rows; i++, at += n) {
    add_drift(n, heun->row[i].p1, y + at, heun->now + at, heun->predicted + at);
    if (xi) {
      add_noise(n, heun->row[i].s, heun->b_now + at, xi + at,
                heun->predicted + at);
    }
  }
}

static void correct(struct heun *heun, const struct sim_system *system,
                    const double *y, const double *xi) {
  const size_t n_rows = n_rows_of(system), n = system->dim / n_rows;
  for (size_t i = 0, at = 0; i < n_rows; i++, at += n) {
    const struct coefficients *row = &heun->row[i];
    correct_drift(n, row->k, row->p2, y + at, heun->now + at, heun->next + at,
                  heun->predicted + at);
    if (xi) {
      correct_noise(n, row->s, heun->b_now + at, heun->b_next + at, xi + at,
                    heun->predicted + at);
    }
  }
}

/* Leaves the state after the step in `predicted`. A prediction that is no
 * state is reported before it can spread. */
static enum sim_status make_step(struct heun *heun,
                                 const struct sim_system *system, double t,
                                 double h, const double *y,
                                 struct sim_error *err) {
  const struct sim_noise *noise = system->noise;
  const double *xi = NULL;
  if (noise && noise->advance) {
    noise->advance(h, system->context);
  }
  system->rhs(t, y, heun->now, system->context);
  if (noise && noise->normals) {
    noise->amplitude(heun->b_now, system->context);
    xi = noise->normals(system->context);
  }
  predict(heun, system, y, xi);
  if (sim_integrator_check(&heun->base, t + h, heun->predicted, system->dim,
                           err)) {
    return err->status;
  }
  system->rhs(t + h, heun->predicted, heun->next, system->context);
  if (xi) {
    noise->amplitude(heun->b_next, system->context);
  }
  correct(heun, system, y, xi);
  return sim_integrator_check(&heun->base, t + h, heun->predicted, system->dim,
                              err);
}

static enum sim_status advance(struct sim_integrator *integrator,
                               const struct sim_system *system, double t,
                               double t1, double *y, struct sim_error *err) {
  struct heun *heun = (struct heun *)integrator;
  const double wanted = integrator->settings.step;
  const double n = ceil((t1 - t) / wanted - STEP_SLACK);
  if (!(n > 0)) {
    return SIM_OK;
  }
  const double h = (t1 - t) / n;
  prepare(heun, system, h);
  for (double k = 0; k < n; k++) {
    integrator->stats.n_rhs += 2;
    if (make_step(heun, system, t + k * h, h, y, err)) {
      return err->status;
    }
    memcpy(y, heun->predicted, system->dim * sizeof *y);
    integrator->stats.n_steps++;
  }
  return SIM_OK;
}

static void reset(struct sim_integrator *integrator) {
  ((struct heun *)integrator)->h = 0;  // the rates may be others
}

const struct sim_integrator_ops sim_integrator_heun = {
    .name = "heun",
    .help = "exponential Heun at the fixed step `step`, with or without noise",
    .order = 2,
    .takes_noise = true,
    .create = create,
    .destroy = destroy,
    .advance = advance,
    .reset = reset,
};
