/* circuits/programming.h -- laws by which conductances reach their targets
 *
 *   ideal         G = the target, rounded to a level and kept in the window
 *                 of its device, + sigma_write(G) xi
 *   write_verify  pulses towards the target until |G - target| <= tolerance
 *                 (g_max - g_min), or max_pulses are spent
 *   open_loop     N = |target - before| / (nominal step) pulses, rounded,
 *                 whatever they do
 *
 * A pulse moves G by the law of circuits/pulse.h times the gain of its
 * device, with a fresh draw, and not beyond the device's window. Draws are
 * addressed by the number of the write and by the device.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_PROGRAMMING_H
#define CIRCUIT_PROGRAMMING_H

#include "circuits/coupling_params.h"

/* Constant once made. */
struct circuit_programming {
  struct circuit_coupling_params params;
  double reference;  // [S] where r = 1 in the fits
  struct circuit_pulse pulse;
  struct circuit_aging aging;
};

/* The caller destroys *out. `temperature` [K] is that of aging. */
enum sim_status circuit_programming_create(
    struct circuit_programming **out,
    const struct circuit_coupling_params *params, double temperature,
    struct sim_error *err);
void circuit_programming_destroy(struct circuit_programming *programming);

/* What writes cost, added up. */
struct circuit_effort {
  size_t n_outside;     // targets that the device's window does not hold
  size_t n_unverified;  // devices that write_verify gave up
  uint64_t n_pulses;
  uint64_t n_raising;  // of these, pulses up
  double energy;       // [J] of the pulses
  double time;         // [s] that they take (circuits/coupling.h); not
                       // filled by the calls below
};

/* The law of write `number`, from 0. */
enum circuit_programming_law circuit_programming_law(
    const struct circuit_programming *programming, uint64_t number);

/* A run of devices to write. */
struct circuit_write {
  struct circuit_bank *bank;
  uint64_t number;       // of this write, from 0; addresses its draws
  size_t first, n;       // devices
  const double *target;  // [S] (n)
  const double *before;  // [S] (n) what was wanted last. ideal passes over a
                         // device whose level does not change; NULL: writes
                         // all. open_loop needs it
  double *moved;         // [S] (n) nullable: what open_loop takes its pulses
                         // for
  double *busy;          // [s] (n) nullable: gets how long the pulses of each
                         // device last, one after the other
};

/* Bring the conductances to their targets as well as the devices can. */
void circuit_programming_write(const struct circuit_programming *programming,
                               const struct circuit_write *write,
                               struct circuit_effort *effort);

/* One pulse on device i of a bank with `rng` [nullable: no spread]. */
void circuit_programming_pulse(const struct circuit_programming *programming,
                               struct circuit_bank *bank, size_t i,
                               enum circuit_direction direction, gsl_rng *rng,
                               struct circuit_effort *effort);

/* [S] of device i as it is after `wait` [s] more. */
double circuit_programming_present(
    const struct circuit_programming *programming,
    const struct circuit_bank *bank, size_t i, double wait);

#endif
