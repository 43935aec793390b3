/* sim/transient.h -- the transient analysis: follow a system through time
 *
 * It ends after a fixed time, or as soon as the residual of every part of the
 * system has come down to a limit. SI stays outside: times are in the unit of
 * the system.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_TRANSIENT_H
#define SIM_TRANSIENT_H

#include "sim/integrator.h"
#include "sim/param.h"

/* How a phase is brought to its end. */
enum sim_analysis {
  SIM_TRANSIENT,        // in time
  SIM_OPERATING_POINT,  // at once, by minimisation
};

/* The experiment's `settle` section. */
struct sim_settle_params {
  int analysis;              // enum sim_analysis
  int integrator;            // index in sim_integrator_names
  struct sim_time step;      // fixed, or the first one tried; NAN: auto
  struct sim_time duration;  // of a phase, or the limit when `until` is set
  double until;              // [1] residual; NAN: a fixed duration
  double tolerance;          // [1] of one adaptive step
  size_t max_steps;          // of one phase; 0: no limit
  int unsettled;             // 0: fail, 1: keep
};
#define SIM_SETTLE_N_PARAMS 8
extern const struct sim_param sim_settle_table[SIM_SETTLE_N_PARAMS];

/* Called with the state (dim) at the start and after every interval. */
typedef void sim_transient_observer(double time, const double *y,
                                    void *context);

struct sim_transient_plan {
  double duration;    // [time] the end, or the limit when `until` > 0
  double until;       // residual that ends it; 0: only the duration does
  double interval;    // [time] between two looks at the state
  bool is_continued;  // goes on from the newest run, of the same system
  sim_transient_observer *observe;  // nullable
  void *context;                    // of the observer
  double window;       // [time] averaged over at the end; 0: none. Only
                       // without `until`, and no longer than `duration`
  double window_step;  // [time] longest between two states of the average
  double *mean;        // (dim) the average, by the trapezoidal rule
};

struct sim_transient_end {
  double time;      // [time] that passed
  double residual;  // at the end
  bool is_settled;  // residual <= until; true when until is 0
};

/* Advance y (system->dim) by the plan. Fails as the integrator does, and
 * before an interval once the user interrupts; not
 * having settled is no failure here. The system must have a residual, which
 * is the last thing evaluated. */
enum sim_status sim_transient_run(const struct sim_transient_plan *plan,
                                  struct sim_integrator *integrator,
                                  const struct sim_system *system, double *y,
                                  struct sim_transient_end *end,
                                  struct sim_error *err);

#endif
