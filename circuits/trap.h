/* circuits/trap.h -- traps: telegraph and flicker noise, exact in time
 *
 * A trap is empty or full, captures at rate up and emits at rate down:
 *
 *   occupancy p = up/(up + down),   variance p (1 - p),
 *   autocorrelation e^-(up + down) t
 *   P(empty -> full, t) = p (1 - e^-(up + down) t), full -> empty with 1 - p
 *
 * (S. Machlup, J. Appl. Phys. 25, 341, 1954). Many traps with rates spread
 * evenly over the logarithm are flicker noise (A. L. McWhorter, 1957): with a
 * current `a` each, n of them between the corner frequencies f_1 and f_2 make
 * the one-sided density
 *
 *   S(f) = K/f for f_1 << f << f_2,   a^2 = 4 K ln(f_2/f_1)/n
 *
 * A trap asks to switch at rate max(up, down), whatever its state, and does so
 * with the probability that leaves it its rate (uniformisation: A. Jensen,
 * Skand. Aktuarietidskr. 36, 87, 1953). A set goes from one request to the
 * next, waiting times being exponential, so its state at any time is exact and
 * the same whatever steps lead there. What a whole tile of sets does, and fast
 * traps at a cost that does not grow with their rates, is in
 * circuits/trap_tile.h. Rates and times in any consistent unit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_TRAP_H
#define CIRCUIT_TRAP_H

#include <stddef.h>

#include "sim/random.h"

#define CIRCUIT_MAX_TRAPS 64u

/* In the order of their rates up + down, fastest first. */
struct circuit_traps {
  size_t n;
  double up[CIRCUIT_MAX_TRAPS];    // [1/time] of capture
  double down[CIRCUIT_MAX_TRAPS];  // [1/time] of emission
  // Of traps i, i + 1, ..., n - 1 together:
  double mean[CIRCUIT_MAX_TRAPS + 1];   // [1] full on average
  double asked[CIRCUIT_MAX_TRAPS + 1];  // [1/time] requests to switch
};

/* Where one set is; zeroed memory needs circuit_traps_start. */
struct circuit_trap_state {
  double next;      // [time] of the next request
  uint64_t full;    // one bit a trap
  uint64_t n_done;  // requests so far
};

/* One trap. */
struct circuit_traps circuit_traps_telegraph(double up, double down);

/* n (1 to CIRCUIT_MAX_TRAPS) traps between two rates, equally often full and
 * empty. */
struct circuit_traps circuit_traps_flicker(double lowest, double highest,
                                           size_t n);

/* a of one trap, for K [A^2] = f S(f) and the ratio of the corners. */
double circuit_traps_amplitude(double k, double corner_ratio, size_t n);

/* --- one set by itself, from request to request: the plain version that
 * circuits/trap_tile.h is compared with --- */

/* Begin at time 0, in the stationary state, with draws of its own at
 * `address`. */
void circuit_traps_start(const struct circuit_traps *traps,
                         const struct sim_address *address,
                         struct circuit_trap_state *state);

/* Let all switchings up to `time` happen. */
void circuit_traps_advance(const struct circuit_traps *traps,
                           const struct sim_address *address, double time,
                           struct circuit_trap_state *state);

/* Full traps less their mean. */
double circuit_traps_level(const struct circuit_traps *traps,
                           const struct circuit_trap_state *state);

/* --- for those who keep sets in their own way (circuits/trap_tile.h) --- */

/* Which traps are full at time 0. */
uint64_t circuit_traps_first(const struct circuit_traps *traps,
                             const struct sim_address *address);

/* Random numbers of request k, within (0, 1): for the time after it, -ln(1 -
 * wait)/asked, and for what it does. Request 0 is only followed by a time. */
struct circuit_trap_draw {
  double wait, choice;
};
struct circuit_trap_draw circuit_traps_draw(const struct sim_address *address,
                                            uint64_t k);

/* What a request to traps first, first + 1, ... does to `full`; returns how
 * many more of them are full: 1, 0 or -1. */
double circuit_traps_request(const struct circuit_traps *traps, size_t first,
                             double choice, uint64_t *full);

#endif
