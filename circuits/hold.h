/* circuits/hold.h -- sample-and-hold stages that remember a phase
 *
 *   V_held = k_i V + Q_i/C + sqrt(k_B T/C) xi        when the switch opens
 *   V(t)   = V_held e^(-t/(R C))                     t later
 *
 * k_i is the gain of a stage, Q_i the charge its switch injects. A node is a
 * stage of its own; xi is fresh at every sampling.
 *
 * SI units.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_HOLD_H
#define CIRCUIT_HOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "circuits/fabrication.h"
#include "sim/error.h"
#include "sim/param.h"

/* The experiment's `chip.memory` section. */
struct circuit_hold_params {
  double capacitance;       // [F]; NAN: holds without noise, droop or charge
  double leak;              // [Ohm] to ground; NAN: none
  struct sim_time time;     // between sampling and the minus phase
  double injection;         // [C] mean of Q
  double injection_spread;  // [C] standard deviation of Q
  double gain;              // [1] standard deviation of k around 1
};
#define CIRCUIT_HOLD_N_PARAMS 6
extern const struct sim_param circuit_hold_table[CIRCUIT_HOLD_N_PARAMS];

/* Reject a leak or a charge without a capacitor. */
enum sim_status circuit_hold_check(const struct circuit_hold_params *params,
                                   const struct sim_config *config,
                                   struct sim_error *err);

bool circuit_hold_is_ideal(const struct circuit_hold_params *params);

struct circuit_holds {
  size_t n;
  double noise;      // [V] rms
  double droop;      // [1] what is left of a voltage after the time
  double *gain;      // [1] (n) owned
  double *pedestal;  // [V] (n) Q/C, owned
};

/* `tau` [s] is what 1 tau of the time means. On failure nothing is left to
 * finish. */
enum sim_status circuit_holds_init(struct circuit_holds *holds,
                                   const struct circuit_hold_params *params,
                                   double tau, size_t n, double temperature,
                                   uint64_t seed, uint32_t chip,
                                   struct sim_error *err);
void circuit_holds_finish(struct circuit_holds *holds);

/* Stage i samples n voltages v, given and returned in units of `unit` [V], with
 * normal numbers xi (n). `held` may be v. */
void circuit_hold_sample(const struct circuit_holds *holds, size_t i,
                         double unit, size_t n, const double *v,
                         const double *xi, double *held);

#endif
