/* sim/integrator.h -- one interface to every way of stepping through time
 *
 * An integrator advances a system from t to t1 and owns the step size it has
 * learnt on the way. `euler` is fixed-step and the published reference; `heun`
 * is fixed-step too and the one that takes noise (sim/integrator_heun.c); the
 * rest are GSL's steppers by their GSL names, and `rkc` of sim/rkc.h, all with
 * GSL's adaptive control.
 *
 * GSL accepts a step that ends in NaN, so every right-hand side is checked
 * here: a value that is not finite, or a state beyond SIM_STATE_BOUND, makes
 * an adaptive step shrink and, when that does not help, ends the integration
 * with the place of the fault.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_INTEGRATOR_H
#define SIM_INTEGRATOR_H

#include <gsl/gsl_odeiv2.h>
#include <stdbool.h>

#include "sim/error.h"
#include "sim/system.h"

/* A state larger than this has diverged. */
#define SIM_STATE_BOUND 1e6

struct sim_integrator_settings {
  double step;       // [time] the fixed step, or the first one tried
  double tolerance;  // [1] of one adaptive step, absolute and relative
  size_t max_steps;  // adaptive, from one reset to the next; 0: no limit
};

struct sim_integrator_stats {
  size_t n_rhs;       // right-hand sides evaluated
  size_t n_steps;     // steps accepted
  size_t n_rejected;  // steps tried again
};

struct sim_fault {
  double time;   // [time] how far the integration came
  size_t index;  // of the number in the state; dim when no single one is
  double value;  // of that number
};

struct sim_integrator {
  const struct sim_integrator_ops *ops;
  struct sim_integrator_settings settings;
  struct sim_integrator_stats stats;  // summed over all calls
  struct sim_fault fault;             // of the newest failure
};

struct sim_integrator_ops {
  const char *name;     // value of `settle.integrator` in an experiment
  const char *help;     // one line
  unsigned order;       // global error is O(step^order)
  bool is_adaptive;     // keeps to settings.tolerance
  bool needs_jacobian;  // implicit: for small systems only
  bool takes_noise;     // keeps to system->noise; the others do not look
  const gsl_odeiv2_step_type *const *gsl_type;  // NULL: not a GSL stepper
  enum sim_status (*create)(struct sim_integrator **out,
                            const struct sim_integrator_ops *ops, size_t dim,
                            const struct sim_integrator_settings *settings,
                            struct sim_error *err);
  void (*destroy)(struct sim_integrator *integrator);
  /* Advance y (dim) in place from t to t1. On failure y is the last accepted
   * state and integrator->fault is filled. */
  enum sim_status (*advance)(struct sim_integrator *integrator,
                             const struct sim_system *system, double t,
                             double t1, double *y, struct sim_error *err);
  /* Forget history and step size: the next call starts another trajectory. */
  void (*reset)(struct sim_integrator *integrator);
  /* The same, but the next trajectory is of the same system at about the same
   * state: keep what was learnt of its stiffness. NULL: reset. */
  void (*restart)(struct sim_integrator *integrator);
};

/* All integrators and their names, in the same order, NULL-terminated. */
extern const struct sim_integrator_ops *const sim_integrator_registry[];
extern const char *const sim_integrator_names[];
/* NULL when there is none of that name. */
const struct sim_integrator_ops *sim_integrator_find(const char *name);

/* A new integrator for systems of `dim` numbers; the caller destroys it. */
enum sim_status sim_integrator_create(
    struct sim_integrator **out, const struct sim_integrator_ops *ops,
    size_t dim, const struct sim_integrator_settings *settings,
    struct sim_error *err);
void sim_integrator_destroy(struct sim_integrator *integrator);  // NULL is fine

enum sim_status sim_integrator_advance(struct sim_integrator *integrator,
                                       const struct sim_system *system,
                                       double t, double t1, double *y,
                                       struct sim_error *err);
void sim_integrator_reset(struct sim_integrator *integrator);
void sim_integrator_restart(struct sim_integrator *integrator);

/* Tables of operations, collected by the registry. */
extern const struct sim_integrator_ops sim_integrator_euler;
extern const struct sim_integrator_ops sim_integrator_heun;
#define SIM_INTEGRATOR_N_GSL 12
extern const struct sim_integrator_ops sim_integrator_gsl[SIM_INTEGRATOR_N_GSL];

/* For integrators: SIM_OK when every number of y (dim) is finite and within
 * SIM_STATE_BOUND; else fill the fault and report it. */
enum sim_status sim_integrator_check(struct sim_integrator *integrator,
                                     double t, const double *y, size_t dim,
                                     struct sim_error *err);

/* For integrators: fill the fault at y[index] and report it. */
enum sim_status sim_integrator_diverged(struct sim_integrator *integrator,
                                        double t, const double *y, size_t index,
                                        struct sim_error *err);

#endif
