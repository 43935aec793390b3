/* models/phase_noise.h -- what a noise current does to the reads of a sample,
 * mode by mode
 *
 * Modes of the circuit linearised at the free equilibrium, da_m/dt = -l_m a_m +
 * i_m(t), go through the phases of models/learning.h, each `duration` long and
 * read at its end or as the mean over its last `window`. The current runs on
 * through all of them, as in models/noise_run.h: it is white, or stationary
 * with autocorrelation e^(-g t) as that of a trap. A view is a sum of reads,
 *
 *   node        a at the end of the free phase, an instant
 *   read        what is read out of the free phase
 *   difference  what is read out of plus less that of minus (two phases: free)
 *
 * and its second moment for currents of E[i_m(t) i_n(t')*] = V_mn delta(t - t')
 * or V_mn e^(-g |t - t'|) is V_mn K_mn with
 *
 *   K_mn = integral of k_m(t) k_n(t)* dt,
 *
 * k_m(t) what an impulse of the driving white noise at t does to the view (a
 * trap's current has the second moments of dx = -g x dt + sqrt(2 g) dW). In
 * each interval that nothing is switched in, k is a sum of exponentials in the
 * time left, e^(-l_m u), e^(-g u) and 1, so K is a sum of closed forms. Nothing
 * has to be stationary: slow modes and slow traps have just the time they have.
 *
 * The nudge is taken to be small: both nudged phases have the modes of the free
 * one, which is wrong by the square of the nudge's share of a visible node's
 * conductance (two phases: by the share).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_PHASE_NOISE_H
#define MODEL_PHASE_NOISE_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include "models/learning.h"

enum model_phase_view {
  MODEL_VIEW_NODE,
  MODEL_VIEW_READ,
  MODEL_VIEW_DIFFERENCE,
  MODEL_N_VIEWS,
};

struct model_phase_plan {
  size_t n_phases;               // 2 or 3
  enum model_protocol protocol;  // what starts a nudged phase
  double duration;               // [tau] of each phase
  double window;                 // [tau] of the read-out, 0: an instant
  double droop;  // [1] what is left of the stored state for the minus phase
};

#define MODEL_MAX_INTERVALS 8u  // free, plus, free once more, minus; in halves

/* A stretch of time in which nothing is switched. */
struct model_phase_interval {
  double length;  // [tau]
  bool is_window;
  double force;       // [1] of the nudge: -1 in plus, 1 in minus
  double mean;        // what the view takes of the mean over the window
  double complex *a;  // (n) what it takes of a at the end of the interval
};

struct model_phase_noise {
  size_t n;  // modes
  struct model_phase_plan plan;
  double complex *rate;  // [1/tau] (n) l
  size_t n_intervals;
  struct model_phase_interval interval[MODEL_MAX_INTERVALS];
  double complex *held;        // (n) what the view takes of a stored a
  double complex *start;       // (n) what it takes of the current at the start
  double complex *overlap[2];  // [tau] (n x n) of e^-lu; plain, window
  double complex *own[2];      // (n x n) sums that go with them
  double complex *rest;        // (n x n) all other sums
  double complex *p, *s, *z;   // (n x 2 MODEL_MAX_INTERVALS) scratch
};

/* For n modes. On failure nothing is left to finish. */
enum sim_status model_phase_noise_init(struct model_phase_noise *noise,
                                       size_t n, struct sim_error *err);
void model_phase_noise_finish(struct model_phase_noise *noise);

/* Another sample, or other phases: rate (n) [1/tau]. */
void model_phase_noise_begin(struct model_phase_noise *noise,
                             const struct model_phase_plan *plan,
                             const double complex *rate);

/* Look at this, with no current so far. */
void model_phase_noise_view(struct model_phase_noise *noise,
                            enum model_phase_view view);

/* Add `strength` times the moments of a current of this rate g [1/tau];
 * INFINITY: white. */
void model_phase_noise_add(struct model_phase_noise *noise, double g,
                           double strength);

/* k (n x n): K of all that was added. */
void model_phase_noise_moments(const struct model_phase_noise *noise,
                               double complex *k);

/* response (n): what the view shows of constant forces, -1 in plus and 1 in
 * minus. */
void model_phase_noise_response(const struct model_phase_noise *noise,
                                double complex *response);

/* The same of forces of 1 in all phases. */
void model_phase_noise_steady(const struct model_phase_noise *noise,
                              double complex *response);

#endif
