/* circuits/trap_tile.h -- traps of all nodes of a tile, averaged over steps
 *
 *   x = (1/h) int_t^(t+h) (full traps) dt' - (full traps on average)
 *
 * for a set of traps in every row and lane, step after step. The set of a
 * row and lane has the stream of a device and sample, as circuits/trap.h has
 * it, and is in two parts:
 *
 *   slow traps, (up + down) h <= CIRCUIT_TRAP_FAST
 *       go from request to request; x is exact
 *   fast traps
 *       are drawn at the end of each step, with the exact probabilities, and x
 *       given both ends of the step has their mean and variance
 *       (circuits/trap_step.h), with one normal number for all of a set
 *
 * Since a trap's future depends on its present alone, states at the ends of
 * steps are exact for both, and so are the mean and all covariances of x and
 * of the states: the spectrum of x is that of averaged traps up to the highest
 * frequency a step has, whatever the rates. Only the higher moments of what
 * fast traps do within a step are those of a normal number. A step costs a fast
 * trap one draw, and a slow one CIRCUIT_TRAP_FAST or less.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_TRAP_TILE_H
#define CIRCUIT_TRAP_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "circuits/trap.h"
#include "circuits/trap_step.h"
#include "sim/error.h"

/* Where a draw a step is cheaper than the requests of a trap. */
#define CIRCUIT_TRAP_FAST 0.1

struct circuit_trap_tile {
  const struct circuit_traps *traps;  // not owned
  size_t n_rows, n_lanes;
  struct sim_address requests;  // of the first sample: slow traps
  struct sim_address steps;     // likewise: fast traps
  uint64_t n_steps;             // so far
  double time;                  // [time] since the beginning
  double h;                     // [time] that `fast` is for; 0: none
  size_t n_fast;                // traps, the first ones
  struct circuit_trap_step fast[CIRCUIT_MAX_TRAPS];
  // (n_rows x n_lanes) a set:
  double *next;      // [time] of the next request to slow traps
  double *level;     // [1] slow traps that are full
  uint64_t *full;    // one bit a trap
  uint64_t *n_done;  // requests so far
  // (SIM_NORMAL_GROUP x n_lanes) of a group of rows, scratch:
  double *mean, *variance, *xi, *wait, *choice;
  uint32_t *due;
  uint64_t *bits;  // (SIM_NORMAL_GROUP / 2 x n_lanes) two rows a number
};

/* On failure nothing is left to finish. */
enum sim_status circuit_trap_tile_init(struct circuit_trap_tile *tile,
                                       const struct circuit_traps *traps,
                                       size_t n_rows, size_t n_lanes,
                                       struct sim_error *err);
void circuit_trap_tile_finish(struct circuit_trap_tile *tile);

/* Begin at time 0, in the stationary state. Row i and lane k have the streams
 * of device i and sample first->sample + k; those of fast traps' steps have
 * the purpose `steps`. */
void circuit_trap_tile_begin(struct circuit_trap_tile *tile,
                             const struct sim_address *first,
                             enum sim_purpose steps);

/* Live through a step of length h and add amplitude x to `sum` (n_rows x
 * n_lanes). */
void circuit_trap_tile_advance(struct circuit_trap_tile *tile, double h,
                               double amplitude, double *sum);

#endif
