/* circuits/pulse.h -- what one programming pulse does to a conductance
 *
 * A device is somewhere in its window: x = (G - low)/(high - low), 0 to 1.
 * One pulse up (+) or down (-) moves x by dx, then x is kept in 0 to 1:
 *
 *   linear       dx+ =  s+ (1 - p+ (x - x0)/(1 - x0))
 *                dx- = -s- (1 + p- (x - x0)/x0)
 *   soft_bounds  the same with p+ = p- = 1: no step at the bound ahead
 *   exp_step     dx+- = +-s+- max(0, 1 - A+- exp(+-c+- z)),
 *                z = 2 a (x - x0) + b
 *   exponential  x(P) = B (1 - exp(-P/(A N))), B = 1/(1 - exp(-1/A)), of N
 *                pulses from end to end; a pulse goes from P to P +- 1
 *   table        a measured staircase, from the position on it to the next
 *
 * s = step/(g_max - g_min), p `slope`, A `amplitude`, c `rate`, N `pulses`.
 * The first three are the update laws of IBM's aihwkit (linear_step,
 * soft_bounds, exp_step) with x0 where its weight is 0. The fourth is that of
 * MLP+NeuroSim, whose label NL (`nonlinearity`) is the largest distance of
 * the curve from its diagonal in units of 0.07; see circuit_pulse_curvature.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_PULSE_H
#define CIRCUIT_PULSE_H

#include <stddef.h>

#include "circuits/staircase.h"
#include "sim/config.h"
#include "sim/error.h"
#include "sim/param.h"

/* The experiment's `chip.coupling.pulse.up` and `.down`. */
struct circuit_pulse_side {
  double step;          // [S] of one pulse at `origin`
  double slope;         // [1] linear: loss of step from origin to the bound
  double amplitude;     // [1] exp_step: A
  double rate;          // [1] exp_step: c
  size_t pulses;        // exponential: from end to end
  double nonlinearity;  // [1] exponential: NL
  double voltage;       // [V] of a pulse
  double width;         // [s] of a pulse
};

/* The experiment's `chip.coupling.pulse` section. */
struct circuit_pulse_params {
  int law;
  struct circuit_pulse_side side[2];  // by enum circuit_direction
  double origin;                      // [1] x0
  double scale;                       // [1] exp_step: a
  double offset;                      // [1] exp_step: b
  double asymmetry;    // [1] steps up are 1 + this, down 1 - this
  double noise_step;   // [1] cycle to cycle, relative to the step
  double noise_range;  // [1] cycle to cycle, relative to the window
  char table[SIM_TEXT_MAX];
};
#define CIRCUIT_PULSE_N_PARAMS 10
extern const struct sim_param circuit_pulse_table[CIRCUIT_PULSE_N_PARAMS];

/* Reject values that are each in range but do not fit together. */
enum sim_status circuit_pulse_check(const struct circuit_pulse_params *params,
                                    const struct sim_config *config,
                                    struct sim_error *err);

/* A law with its parameters. */
struct circuit_pulse {
  struct circuit_pulse_params params;
  double s[2];  // [1] step relative to the window g_max - g_min
  double a[2];  // [1] curvature A of the exponential law, INFINITY: straight
  struct circuit_staircase staircase[2];
};

/* Laws of a window g_min to g_max [S]. Reads the table, if there is one; its
 * mistakes are SIM_ECONFIG. On failure nothing is left to finish. */
enum sim_status circuit_pulse_init(struct circuit_pulse *pulse,
                                   const struct circuit_pulse_params *params,
                                   double g_min, double g_max,
                                   struct sim_error *err);
void circuit_pulse_finish(struct circuit_pulse *pulse);

/* Mean |dx| [1] of one pulse at x, before asymmetry and spread. */
double circuit_pulse_step(const struct circuit_pulse *pulse,
                          enum circuit_direction direction, double x);

/* What a controller takes one pulse for [1]: the step at the origin, or 1/N of
 * the exponential law and of a table. */
double circuit_pulse_nominal(const struct circuit_pulse *pulse,
                             enum circuit_direction direction);

/* Standard deviation [1] from cycle to cycle of a step dx [1]. */
double circuit_pulse_spread(const struct circuit_pulse *pulse, double dx);

/* Energy [J] of one pulse: V^2 (g_old + g_new)/2 width. */
double circuit_pulse_energy(const struct circuit_pulse *pulse,
                            enum circuit_direction direction, double g_old,
                            double g_new);

/* A of NeuroSim's label NL, |NL| < 10: with B1 = 1/(1 - exp(-1/|A|)),
 *   B1 - |A| - |A| ln(B1/|A|) = 0.07 sqrt(2) |NL|,
 * and the sign of NL. INFINITY for NL = 0. */
double circuit_pulse_curvature(double nonlinearity);

#endif
