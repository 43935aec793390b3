/* circuits/coupling_params.h -- the experiment's `chip.coupling` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_COUPLING_PARAMS_H
#define CIRCUIT_COUPLING_PARAMS_H

#include "circuits/aging.h"
#include "circuits/bank.h"
#include "circuits/conductance_noise.h"
#include "circuits/pulse.h"
#include "sim/config.h"

/* In the order of the words. */
enum circuit_programming_law {
  CIRCUIT_IDEAL,
  CIRCUIT_WRITE_VERIFY,
  CIRCUIT_OPEN_LOOP,
};
enum circuit_reciprocity { CIRCUIT_SHARED, CIRCUIT_SEPARATE };
enum circuit_pair { CIRCUIT_ONE_SIDED, CIRCUIT_BALANCED };
enum circuit_master { CIRCUIT_MASTER_DEVICES, CIRCUIT_MASTER_CONTROLLER };
enum circuit_rounding { CIRCUIT_NEAREST, CIRCUIT_STOCHASTIC };
enum circuit_first_write { CIRCUIT_FIRST_SAME, CIRCUIT_FIRST_VERIFY };
enum circuit_at_once { CIRCUIT_DEVICE, CIRCUIT_ROW, CIRCUIT_ARRAY };

struct circuit_coupling_params {
  double g_min;       // [S]
  double g_max;       // [S] > g_min
  double reference;   // [S] where r = 1 in the fits; NAN: g_max
  size_t levels;      // of one device; 0: continuous
  int pair;           // enum circuit_pair
  int programming;    // enum circuit_programming_law
  int first_write;    // enum circuit_first_write
  double tolerance;   // [1] write_verify, relative to the window
  size_t max_pulses;  // most pulses of one write of one device
  int at_once;        // enum circuit_at_once, for the time of pulses
  int rounding;       // enum circuit_rounding, open_loop
  int master;         // enum circuit_master
  int reciprocity;    // enum circuit_reciprocity
  double mismatch;    // [1] of the second array's gain, separate
  double age;         // [s] from a write to the use, and between two writes
  struct circuit_write_noise_params write_noise;
  struct circuit_pulse_params pulse;
  struct circuit_spread_params spread;
  struct circuit_stuck_params stuck;
  struct circuit_drift_params drift;
  struct circuit_retention_params retention;
  struct circuit_read_noise_params read_noise;
};
#define CIRCUIT_COUPLING_N_PARAMS 22
extern const struct sim_param circuit_coupling_table[CIRCUIT_COUPLING_N_PARAMS];

/* Reject values that are each in range but do not fit together. */
enum sim_status circuit_coupling_check(
    const struct circuit_coupling_params *params,
    const struct sim_config *config, struct sim_error *err);

#endif
