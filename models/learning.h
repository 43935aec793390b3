/* models/learning.h -- gradient equilibrium propagation: rule and settings
 *
 * One sample's phases, with spring lambda, read-out scale alpha, nudge beta:
 *
 *   free    from x = x_t, h = 0:  potential lambda/2 |x - x_t|^2
 *           read out              v = alpha lambda (x* - x_t)
 *   plus    + beta C,  C = 1/2 |v - u|^2 = 1/2 (alpha lambda)^2 |x - xhat|^2,
 *   minus   - beta C,  xhat = x_t + u/(alpha lambda)
 *
 *   three phases  g = mean [dE/dtheta(s+) - dE/dtheta(s-)] / (2 beta)
 *   two phases    g = mean [dE/dtheta(s+) - dE/dtheta(s*)] / beta
 *
 * which estimates the gradient of mean C. The quadratic nudge is a conductance
 * beta (alpha lambda)^2 to a source at xhat; the linear one a fixed current
 * -+ beta alpha lambda (v_free - u).
 *
 * What the chip keeps between phases (protocol):
 *   snapshot    a stored copy of the free state starts plus and minus
 *   rerun       the free phase is repeated before minus
 *   sequential  minus starts where plus ended
 *   reset       plus and minus start from x = x_t, h = 0
 *
 * Where a free phase starts (start):
 *   rest        h = 0, every sample
 *   previous    h where the sample before on the same chip left it: a fixed
 *               number of chips with the same devices take the samples of a
 *               batch in turn, the first ones from rest (models/controller.h)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_LEARNING_H
#define MODEL_LEARNING_H

#include "models/optimiser.h"

enum model_protocol {
  MODEL_SNAPSHOT,
  MODEL_RERUN,
  MODEL_SEQUENTIAL,
  MODEL_RESET,
};

/* Where hidden nodes begin a free phase. */
enum model_start {
  MODEL_FROM_REST,      // at 0
  MODEL_FROM_PREVIOUS,  // where the chip's previous sample left them
};

enum model_nudge_kind { MODEL_QUADRATIC, MODEL_LINEAR };

enum model_update { MODEL_UPDATE_DIFFERENCE, MODEL_UPDATE_PER_PHASE };
enum model_nudged_states {
  MODEL_MEASURED,
  MODEL_SMALL_SIGNAL,
  MODEL_ADJOINT,  // for models/adjoint.h; no experiment can ask a chip for it
};

/* The experiment's `learning` section. */
struct model_learning {
  int rule;                        // 0: gradient_ep
  double spring;                   // [1] lambda
  double scale;                    // [1] alpha
  double nudge;                    // [1] beta
  int nudge_kind;                  // enum model_nudge_kind
  size_t phases;                   // 2 or 3
  int protocol;                    // enum model_protocol
  int start;                       // enum model_start
  int nudged_states;               // enum model_nudged_states
  double linear_tolerance;         // [1] of small-signal solutions, relative
  struct sim_time readout_window;  // at the end of a phase; 0: an instant
  int update;                      // enum model_update
  struct model_optimiser_params optimiser;
};
#define MODEL_LEARNING_N_PARAMS 13
extern const struct sim_param model_learning_table[MODEL_LEARNING_N_PARAMS];

/* Reject values that are each in range but do not fit together. */
enum sim_status model_learning_check(const struct model_learning *rule,
                                     const struct sim_config *config,
                                     struct sim_error *err);

/* alpha lambda: velocity per displacement. */
double model_learning_gain(const struct model_learning *rule);
/* beta (alpha lambda)^2: conductance of the quadratic nudge. */
double model_learning_stiffness(const struct model_learning *rule);
/* 1/(2 beta), with two phases 1/beta: gradient per difference of the phases'
 * correlations. */
double model_learning_factor(const struct model_learning *rule);

/* What a batch asks of the chip; row-major, one row a sample. */
struct model_batch {
  size_t n;
  const double *x_t;  // [1] (n x n_visible) where the velocity is asked
  const double *u;    // [1] (n x n_visible) velocity it should have
  uint64_t epoch;     // address of the noise that its samples meet,
  uint64_t first;     // and number of its first sample there
};

#endif
