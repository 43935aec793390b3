/* circuits/bank.h -- programmable conductances as they left the factory
 *
 * A bank is one side of one array. Its devices differ:
 *
 *   low_i  = max(0, g_min (1 + spread.g_min xi))       a conductance stays
 *   high_i = max(low_i, g_max (1 + spread.g_max xi))   within these
 *   gain+-_i = |L(spread.step, xi) +- (asymmetry + spread.asymmetry xi)|
 *
 * with L = 1 + s xi (normal) or exp(s xi) (log_normal); gain multiplies the
 * steps of pulses. A stuck device has a window of one value: low_i, high_i, 0
 * (open) or one drawn evenly between low_i and high_i (anywhere). Each xi is
 * drawn at (seed, what it is for, chip, bank, device).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_BANK_H
#define CIRCUIT_BANK_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/error.h"
#include "sim/param.h"
#include "sim/random.h"

/* In the order of the words. */
enum circuit_step_law { CIRCUIT_NORMAL, CIRCUIT_LOG_NORMAL };

/* The experiment's `chip.coupling.spread` section. */
struct circuit_spread_params {
  double g_min, g_max;  // [1] relative to g_min and g_max
  double step;          // [1] of the steps of pulses
  int step_law;         // enum circuit_step_law
  double asymmetry;     // [1] of the asymmetry of pulses
};
#define CIRCUIT_SPREAD_N_PARAMS 5
extern const struct sim_param circuit_spread_table[CIRCUIT_SPREAD_N_PARAMS];

/* The experiment's `chip.coupling.stuck` section. */
struct circuit_stuck_params {
  double low, high, open, anywhere;  // [1] parts of all, together <= 1
};
#define CIRCUIT_STUCK_N_PARAMS 4
extern const struct sim_param circuit_stuck_table[CIRCUIT_STUCK_N_PARAMS];

/* What a bank is made of. */
struct circuit_bank_design {
  double g_min, g_max;  // [S]
  double asymmetry;     // [1] mean
  const struct circuit_spread_params *spread;
  const struct circuit_stuck_params *stuck;
};

/* Where the draws of a bank are. */
struct circuit_bank_address {
  uint64_t seed;
  uint32_t chip;
  uint64_t bank;  // number on the chip
};

struct circuit_device {
  double low, high;  // [S] window
  double gain[2];    // [1] of steps, by enum circuit_direction
};

struct circuit_bank {
  size_t n;
  double *g;    // [S] (n) as of the last write, owned
  double *age;  // [s] (n) since then, before the present interval; owned,
                // NULL where conductances do not age
  struct circuit_device *device;  // (n) owned; NULL: all are `nominal`
  struct circuit_device nominal;
  struct circuit_bank_address address;
};

/* All devices start at their lowest conductance. On failure nothing is left
 * to finish. */
enum sim_status circuit_bank_init(struct circuit_bank *bank, size_t n,
                                  const struct circuit_bank_design *design,
                                  const struct circuit_bank_address *address,
                                  bool is_aging, struct sim_error *err);
void circuit_bank_finish(struct circuit_bank *bank);

static inline const struct circuit_device *circuit_bank_device(
    const struct circuit_bank *bank, size_t i) {
  return bank->device ? &bank->device[i] : &bank->nominal;
}

/* The stream of device i for one use; `epoch` counts writes, 0 for what is
 * drawn once. */
gsl_rng *circuit_bank_stream(const struct circuit_bank *bank,
                             struct sim_stream *stream,
                             enum sim_purpose purpose, uint64_t epoch,
                             size_t i);
/* The first standard normal number of that stream. */
double circuit_bank_normal(const struct circuit_bank *bank,
                           enum sim_purpose purpose, uint64_t epoch, size_t i);

#endif
