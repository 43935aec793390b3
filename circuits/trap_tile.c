/* circuits/trap_tile.c -- traps of all nodes of a tile, averaged over steps
 *
 * Sets are handled in groups of SIM_NORMAL_GROUP rows, whose arrays stay in
 * the core's first cache. For fast traps a group of rows shares blocks as
 * sim/normal.h has it: block (CIRCUIT_MAX_TRAPS + 1) n + i of step n makes the
 * states of trap i, the last of them, i = CIRCUIT_MAX_TRAPS, the normal
 * numbers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/trap_tile.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/normal.h"
#include "sim/vmath.h"

#define BLOCKS_A_STEP (CIRCUIT_MAX_TRAPS + 1u)

enum sim_status circuit_trap_tile_init(struct circuit_trap_tile *tile,
                                       const struct circuit_traps *traps,
                                       size_t n_rows, size_t n_lanes,
                                       struct sim_error *err) {
  const size_t n = n_rows * n_lanes, group = SIM_NORMAL_GROUP * n_lanes;
  *tile = (struct circuit_trap_tile){
      .traps = traps,
      .n_rows = n_rows,
      .n_lanes = n_lanes,
      .next = sim_alloc_doubles(n, err),
      .level = sim_alloc_doubles(n, err),
      .full = sim_alloc(n, sizeof *tile->full, err),
      .n_done = sim_alloc(n, sizeof *tile->n_done, err),
      .mean = sim_alloc_doubles(group, err),
      .variance = sim_alloc_doubles(group, err),
      .xi = sim_alloc_doubles(group, err),
      .wait = sim_alloc_doubles(group, err),
      .choice = sim_alloc_doubles(group, err),
      .bits = sim_alloc(group / 2, sizeof *tile->bits, err),
      .due = sim_alloc(group, sizeof *tile->due, err),
  };
  if (!tile->next || !tile->level || !tile->full || !tile->n_done ||
      !tile->mean || !tile->variance || !tile->xi || !tile->wait ||
      !tile->choice || !tile->bits || !tile->due) {
    circuit_trap_tile_finish(tile);
    return err->status;
  }
  return SIM_OK;
}

void circuit_trap_tile_finish(struct circuit_trap_tile *tile) {
  free(tile->next);
  free(tile->level);
  free(tile->full);
  free(tile->n_done);
  free(tile->mean);
  free(tile->variance);
  free(tile->xi);
  free(tile->wait);
  free(tile->choice);
  free(tile->bits);
  free(tile->due);
  *tile = (struct circuit_trap_tile){0};
}

/* --- beginning, and steps of another length --- */

/* The stream of requests to set i. */
static struct sim_address address_of(const struct circuit_trap_tile *tile,
                                     size_t i) {
  struct sim_address at = tile->requests;
  at.device = (uint32_t)i / (uint32_t)tile->n_lanes;
  at.sample += (uint32_t)i % (uint32_t)tile->n_lanes;
  return at;
}

void circuit_trap_tile_begin(struct circuit_trap_tile *tile,
                             const struct sim_address *first,
                             enum sim_purpose steps) {
  const size_t n = tile->n_rows * tile->n_lanes;
  tile->requests = tile->steps = *first;
  tile->steps.purpose = steps;
  tile->n_steps = 0;
  tile->time = tile->h = 0;
  memset(tile->n_done, 0, n * sizeof *tile->n_done);
  for (size_t i = 0; i < n; i++) {
    const struct sim_address at = address_of(tile, i);
    tile->full[i] = circuit_traps_first(tile->traps, &at);
  }
}

/* wait[j] = time to the next request after set due[j] made its newest. */
static void make_times(const struct circuit_trap_tile *tile, size_t n) {
  const double rate = tile->traps->asked[tile->n_fast];
  sim_vlog1p(n, tile->wait, tile->wait);
  for (size_t j = 0; j < n; j++) {
    tile->wait[j] = rate > 0 ? -tile->wait[j] / rate : INFINITY;
  }
}

/* Begin again to wait for the slow traps of sets first, ..., first + n - 1,
 * which forget how long they have waited. */
static void wait_anew(struct circuit_trap_tile *tile, size_t first, size_t n,
                      bool is_first) {
  const uint64_t slow = tile->n_fast < 64 ? ~(uint64_t)0 << tile->n_fast : 0;
  for (size_t j = 0; j < n; j++) {
    const size_t i = first + j;
    const struct sim_address at = address_of(tile, i);
    tile->n_done[i] += is_first ? 0 : 1;
    tile->wait[j] = -circuit_traps_draw(&at, tile->n_done[i]).wait;
    tile->level[i] = (double)__builtin_popcountll(tile->full[i] & slow);
  }
  make_times(tile, n);
  for (size_t j = 0; j < n; j++) {
    tile->next[first + j] = tile->time + tile->wait[j];
  }
}

static size_t count_fast(const struct circuit_traps *traps, double h) {
  size_t n = 0;
  while (n < traps->n &&
         (traps->up[n] + traps->down[n]) * h > CIRCUIT_TRAP_FAST) {
    n++;
  }
  return n;
}

static size_t group_size(const struct circuit_trap_tile *tile, size_t row) {
  const size_t left = tile->n_rows - row;
  return (left < SIM_NORMAL_GROUP ? left : SIM_NORMAL_GROUP) * tile->n_lanes;
}

static void prepare(struct circuit_trap_tile *tile, double h) {
  const bool is_first = tile->h == 0;
  const size_t before = tile->n_fast;
  if (tile->h == h) {
    return;
  }
  tile->h = h;
  tile->n_fast = count_fast(tile->traps, h);
  for (size_t i = 0; i < tile->n_fast; i++) {
    tile->fast[i] =
        circuit_trap_step_of(tile->traps->up[i], tile->traps->down[i], h);
  }
  for (size_t row = 0; row < tile->n_rows; row += SIM_NORMAL_GROUP) {
    if (is_first || tile->n_fast != before) {
      wait_anew(tile, row * tile->n_lanes, group_size(tile, row), is_first);
    }
  }
}

/* --- slow traps --- */

SIM_VECTORISED static void hold_levels(size_t n, double mean,
                                       const double *restrict level,
                                       double *restrict x) {
  for (size_t j = 0; j < n; j++) {
    x[j] = level[j] - mean;
  }
}

/* Which of n sets have a request before `end`; returns how many. */
static size_t find_due(size_t n, const double *next, double end,
                       uint32_t *due) {
  size_t n_due = 0;
  for (size_t j = 0; j < n; j++) {
    due[n_due] = (uint32_t)j;
    n_due += next[j] <= end;
  }
  return n_due;
}

/* The first request to each of the sets that are due; returns how many of
 * them have another one. */
static size_t make_requests(struct circuit_trap_tile *tile, size_t first,
                            size_t n_due, double end) {
  size_t n_left = 0;
  for (size_t j = 0; j < n_due; j++) {
    const size_t i = first + tile->due[j];
    const struct sim_address at = address_of(tile, i);
    const struct circuit_trap_draw u =
        circuit_traps_draw(&at, ++tile->n_done[i]);
    tile->wait[j] = -u.wait;
    tile->choice[j] = u.choice;
  }
  make_times(tile, n_due);
  for (size_t j = 0; j < n_due; j++) {
    const uint32_t at = tile->due[j];
    const size_t i = first + at;
    const double more = circuit_traps_request(tile->traps, tile->n_fast,
                                              tile->choice[j], &tile->full[i]);
    tile->level[i] += more;
    tile->mean[at] += more * (end - tile->next[i]) / tile->h;
    tile->next[i] += tile->wait[j];
    tile->due[n_left] = at;
    n_left += tile->next[i] <= end;
  }
  return n_left;
}

/* Leaves x in tile->mean. */
static void live_slow(struct circuit_trap_tile *tile, size_t first, size_t n,
                      double end) {
  hold_levels(n, tile->traps->mean[tile->n_fast], tile->level + first,
              tile->mean);
  size_t n_due = find_due(n, tile->next + first, end, tile->due);
  while (n_due > 0) {
    n_due = make_requests(tile, first, n_due, end);
  }
}

/* --- fast traps --- */

/* To the end of the step, and add what is known of it in between: one row,
 * with the low or the high half of `bits` (n). */
SIM_VECTORISED static void live_fast(size_t n, size_t i,
                                     const struct circuit_trap_step *step,
                                     const uint64_t *restrict bits,
                                     unsigned shift, uint64_t *restrict full,
                                     double *restrict mean,
                                     double *restrict variance) {
  const uint64_t from_empty = (uint64_t)(step->full[0] * 0x1p32);
  const uint64_t from_full = (uint64_t)(step->full[1] * 0x1p32);
  const double m0 = step->mean[0], m1 = step->mean[1], m2 = step->mean[2];
  const double v0 = step->variance[0], v1 = step->variance[1],
               v2 = step->variance[2];
  for (size_t j = 0; j < n; j++) {
    const uint64_t a = full[j] >> i & 1;
    const uint64_t b =
        (uint32_t)(bits[j] >> shift) < (a ? from_full : from_empty);
    mean[j] += a != b ? m1 : a ? m2 : m0;
    variance[j] += a != b ? v1 : a ? v2 : v0;
    full[j] ^= (a ^ b) << i;
  }
}

SIM_VECTORISED static void add_spread(size_t n, const double *restrict variance,
                                      const double *restrict xi,
                                      double *restrict mean) {
  for (size_t j = 0; j < n; j++) {
    mean[j] += sqrt(variance[j]) * xi[j];
  }
}

/* Trap i of a group of rows, the first of which is `row`. */
static void live_one_fast(struct circuit_trap_tile *tile, size_t i, size_t row,
                          size_t n_rows) {
  const size_t n = tile->n_lanes;
  for (size_t k = 0; k < n_rows; k++) {
    live_fast(n, i, &tile->fast[i], tile->bits + k / 2 * n, k % 2 ? 32 : 0,
              tile->full + (row + k) * n, tile->mean + k * n,
              tile->variance + k * n);
  }
}

static void live_all_fast(struct circuit_trap_tile *tile, size_t row,
                          size_t n) {
  const uint64_t block = BLOCKS_A_STEP * tile->n_steps;
  struct sim_address group = tile->steps;
  group.device = row / SIM_NORMAL_GROUP;
  memset(tile->variance, 0, n * sizeof *tile->variance);
  for (size_t i = 0; i < tile->n_fast; i++) {
    sim_random_row(&group, block + i, tile->n_lanes, tile->bits);
    live_one_fast(tile, i, row, n / tile->n_lanes);
  }
  sim_normal_group(&group, block + CIRCUIT_MAX_TRAPS, tile->n_lanes, tile->xi);
  add_spread(n, tile->variance, tile->xi, tile->mean);
}

/* --- a step --- */

SIM_VECTORISED static void add_row(size_t n, double amplitude,
                                   const double *restrict x,
                                   double *restrict sum) {
  for (size_t j = 0; j < n; j++) {
    sum[j] += amplitude * x[j];
  }
}

void circuit_trap_tile_advance(struct circuit_trap_tile *tile, double h,
                               double amplitude, double *sum) {
  prepare(tile, h);
  const double end = tile->time + h;
  for (size_t row = 0; row < tile->n_rows; row += SIM_NORMAL_GROUP) {
    const size_t first = row * tile->n_lanes, n = group_size(tile, row);
    live_slow(tile, first, n, end);
    if (tile->n_fast > 0) {
      live_all_fast(tile, row, n);
    }
    add_row(n, amplitude, tile->mean, sum + first);
  }
  tile->time = end;
  tile->n_steps++;
}
