/* tests/known_systems.h -- systems with known solutions, and runs of them
 *
 *   spiral   y' = (-1 2; -2 -1) y    y = e^-t (cos 2t, -sin 2t)
 *   cubic    y' = -y^3               y = 1/sqrt(1 + 2t)
 *   stiff    eigenvalues -1 and -1000, turned by 30 degrees
 *   blow_up  y' = y^2                y = 1/(1 - t)
 *   clocks   y' = (1, 2, -1)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_KNOWN_SYSTEMS_H
#define TESTS_KNOWN_SYSTEMS_H

#include <string.h>

#include "sim/integrator.h"
#include "tests/check.h"

#define MAX_DIM 3u
#define FAST 1000.0  // of the stiff system

/* --- systems --- */

/* What the right-hand side is to do, and what it saw. */
struct watch {
  double bad_from;  // time from which one number is bad
  size_t bad_index;
  double bad_value;
  size_t n_calls;
  double t_last;  // latest time asked for
};

static inline struct watch all_good(void) {
  return (struct watch){.bad_from = INFINITY, .t_last = -INFINITY};
}

static inline void see(double t, double *dydt, void *context) {
  struct watch *watch = context;
  watch->n_calls++;
  watch->t_last = fmax(watch->t_last, t);
  if (t >= watch->bad_from) {
    dydt[watch->bad_index] = watch->bad_value;
  }
}

static inline void spiral_rhs(double t, const double *y, double *dydt,
                              void *context) {
  dydt[0] = -y[0] + 2 * y[1];
  dydt[1] = -2 * y[0] - y[1];
  see(t, dydt, context);
}

static inline void spiral_jacobian(double t, const double *y, double *dfdy,
                                   void *context) {
  (void)t;
  (void)y;
  (void)context;
  memcpy(dfdy, (double[]){-1, 2, -2, -1}, 4 * sizeof *dfdy);
}

static inline void spiral_exact(double t, double *y) {
  y[0] = exp(-t) * cos(2 * t);
  y[1] = -exp(-t) * sin(2 * t);
}

static inline void cubic_rhs(double t, const double *y, double *dydt,
                             void *context) {
  dydt[0] = -y[0] * y[0] * y[0];
  see(t, dydt, context);
}

static inline void cubic_jacobian(double t, const double *y, double *dfdy,
                                  void *context) {
  (void)t;
  (void)context;
  dfdy[0] = -3 * y[0] * y[0];
}

static inline void cubic_exact(double t, double *y) {
  y[0] = 1 / sqrt(1 + 2 * t);
}

// Eigenvectors (stiff_c, stiff_s) at -1 and (-stiff_s, stiff_c) at -FAST.
static const double stiff_c = 0.8660254037844386, stiff_s = 0.5;

static inline void stiff_jacobian(double t, const double *y, double *dfdy,
                                  void *context) {
  (void)t;
  (void)y;
  (void)context;
  dfdy[0] = -stiff_c * stiff_c - FAST * stiff_s * stiff_s;
  dfdy[1] = dfdy[2] = -stiff_c * stiff_s + FAST * stiff_c * stiff_s;
  dfdy[3] = -stiff_s * stiff_s - FAST * stiff_c * stiff_c;
}

static inline void stiff_rhs(double t, const double *y, double *dydt,
                             void *context) {
  double a[4];
  stiff_jacobian(t, y, a, context);
  dydt[0] = a[0] * y[0] + a[1] * y[1];
  dydt[1] = a[2] * y[0] + a[3] * y[1];
  see(t, dydt, context);
}

static inline void stiff_exact(double t, double *y) {
  const double slow = exp(-t), fast = exp(-FAST * t);
  y[0] = stiff_c * slow - stiff_s * fast;
  y[1] = stiff_s * slow + stiff_c * fast;
}

static inline void blow_up_rhs(double t, const double *y, double *dydt,
                               void *context) {
  dydt[0] = y[0] * y[0];
  see(t, dydt, context);
}

static inline void blow_up_jacobian(double t, const double *y, double *dfdy,
                                    void *context) {
  (void)t;
  (void)context;
  dfdy[0] = 2 * y[0];
}

static inline void clock_rhs(double t, const double *y, double *dydt,
                             void *context) {
  (void)y;
  dydt[0] = 1;
  dydt[1] = 2;
  dydt[2] = -1;
  see(t, dydt, context);
}

static inline void clock_jacobian(double t, const double *y, double *dfdy,
                                  void *context) {
  (void)t;
  (void)y;
  (void)context;
  memset(dfdy, 0, 9 * sizeof *dfdy);
}

struct problem {
  size_t dim;
  void (*rhs)(double t, const double *y, double *dydt, void *context);
  void (*jacobian)(double t, const double *y, double *dfdy, void *context);
  void (*exact)(double t, double *y);
};

static const struct problem spiral = {2, spiral_rhs, spiral_jacobian,
                                      spiral_exact};
static const struct problem cubic = {1, cubic_rhs, cubic_jacobian, cubic_exact};
static const struct problem stiff = {2, stiff_rhs, stiff_jacobian, stiff_exact};
static const struct problem blow_up = {1, blow_up_rhs, blow_up_jacobian, NULL};
static const struct problem clocks = {3, clock_rhs, clock_jacobian, NULL};

static inline struct sim_system system_of(const struct problem *problem,
                                          struct watch *watch) {
  return (struct sim_system){.dim = problem->dim,
                             .rhs = problem->rhs,
                             .jacobian = problem->jacobian,
                             .context = watch};
}

/* --- runs --- */

static inline struct sim_integrator_settings settings_for(
    const struct sim_integrator_ops *ops, double tolerance) {
  return (struct sim_integrator_settings){
      .step = ops->is_adaptive ? 0.01 : 1e-3, .tolerance = tolerance};
}

static inline struct sim_integrator *make(const struct sim_integrator_ops *ops,
                                          size_t dim, double tolerance) {
  struct sim_error err = {0};
  struct sim_integrator *integrator;
  const struct sim_integrator_settings settings = settings_for(ops, tolerance);
  CHECK_OK(sim_integrator_create(&integrator, ops, dim, &settings, &err), err);
  return integrator;
}

/* Largest error over the numbers at t1; statistics into `stats`, nullable. */
static inline double error_of(const struct sim_integrator_ops *ops,
                              const struct problem *problem, double t1,
                              double tolerance,
                              struct sim_integrator_stats *stats) {
  struct sim_error err = {0};
  struct watch watch = all_good();
  const struct sim_system system = system_of(problem, &watch);
  struct sim_integrator *integrator = make(ops, problem->dim, tolerance);
  double y[MAX_DIM], want[MAX_DIM], worst = 0;
  problem->exact(0, y);
  problem->exact(t1, want);
  CHECK_OK(sim_integrator_advance(integrator, &system, 0, t1, y, &err), err);
  for (size_t i = 0; i < problem->dim; i++) {
    worst = fmax(worst, fabs(y[i] - want[i]));
  }
  if (stats) {
    *stats = integrator->stats;
  }
  sim_integrator_destroy(integrator);
  return worst;
}

#define FOR_ALL(ops)                           \
  const struct sim_integrator_ops *ops = NULL; \
  for (size_t at_ = 0; (ops = sim_integrator_registry[at_]); at_++)

#endif
