/* circuits/trap.c -- traps: telegraph and flicker noise, exact in time
 *
 * Blocks 0 to 7 of a set's stream make its first state, a half for each trap;
 * block 8 + k makes request k and the waiting time after it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/trap.h"

#include <math.h>

#include "sim/vmath.h"

#define FIRST_REQUEST 8u
#define HALVES 8u  // of a block

/* Within (0, 1), both u and 1 - u. */
static double uniform(uint64_t bits) {
  return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

static double occupancy(const struct circuit_traps *traps, size_t i) {
  return traps->up[i] / (traps->up[i] + traps->down[i]);
}

static void add_up(struct circuit_traps *traps) {
  for (size_t i = traps->n; i-- > 0;) {
    traps->mean[i] = traps->mean[i + 1] + occupancy(traps, i);
    traps->asked[i] = traps->asked[i + 1] + fmax(traps->up[i], traps->down[i]);
  }
}

struct circuit_traps circuit_traps_telegraph(double up, double down) {
  struct circuit_traps traps = {.n = 1, .up = {up}, .down = {down}};
  add_up(&traps);
  return traps;
}

struct circuit_traps circuit_traps_flicker(double lowest, double highest,
                                           size_t n) {
  struct circuit_traps traps = {.n = n};
  for (size_t i = 0; i < n; i++) {
    const double part = ((double)i + 0.5) / (double)n;
    const double rate = highest * pow(lowest / highest, part);
    traps.up[i] = traps.down[i] = rate / 2;
  }
  add_up(&traps);
  return traps;
}

double circuit_traps_amplitude(double k, double corner_ratio, size_t n) {
  return 2.0 * sqrt(k * log(corner_ratio) / (double)n);
}

/* --- one request --- */

uint64_t circuit_traps_first(const struct circuit_traps *traps,
                             const struct sim_address *address) {
  uint64_t block[4], full = 0;
  for (size_t i = 0; i < traps->n; i++) {
    if (i % HALVES == 0) {
      sim_random_block(address, i / HALVES, block);
    }
    const uint64_t half = block[i % HALVES / 2] >> (i % 2 ? 32 : 0);
    const double u = ((double)(uint32_t)half + 0.5) * 0x1p-32;
    full |= (uint64_t)(u < occupancy(traps, i)) << i;
  }
  return full;
}

struct circuit_trap_draw circuit_traps_draw(const struct sim_address *address,
                                            uint64_t k) {
  uint64_t block[4];
  sim_random_block(address, FIRST_REQUEST + k, block);
  return (struct circuit_trap_draw){.wait = uniform(block[2]),
                                    .choice = uniform(block[0])};
}

double circuit_traps_request(const struct circuit_traps *traps, size_t first,
                             double choice, uint64_t *full) {
  const double at = choice * traps->asked[first];
  size_t i = first;
  while (i + 1 < traps->n && at < traps->asked[i + 1]) {
    i++;
  }
  const uint64_t is_full = *full >> i & 1;
  if (at - traps->asked[i + 1] >= (is_full ? traps->down[i] : traps->up[i])) {
    return 0;
  }
  *full ^= (uint64_t)1 << i;
  return is_full ? -1 : 1;
}

/* --- a set --- */

/* -ln(1 - wait)/asked, with the logarithm that whole tiles use. */
static double waiting_time(const struct circuit_traps *traps, double wait) {
  double log_left = -wait;
  sim_vlog1p(1, &log_left, &log_left);
  return -log_left / traps->asked[0];
}

void circuit_traps_start(const struct circuit_traps *traps,
                         const struct sim_address *address,
                         struct circuit_trap_state *state) {
  *state = (struct circuit_trap_state){
      .full = circuit_traps_first(traps, address),
      .next = waiting_time(traps, circuit_traps_draw(address, 0).wait)};
}

void circuit_traps_advance(const struct circuit_traps *traps,
                           const struct sim_address *address, double time,
                           struct circuit_trap_state *state) {
  while (state->next <= time) {
    const struct circuit_trap_draw u =
        circuit_traps_draw(address, ++state->n_done);
    circuit_traps_request(traps, 0, u.choice, &state->full);
    state->next += waiting_time(traps, u.wait);
  }
}

double circuit_traps_level(const struct circuit_traps *traps,
                           const struct circuit_trap_state *state) {
  return (double)__builtin_popcountll(state->full) - traps->mean[0];
}
