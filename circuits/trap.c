/* circuits/trap.c -- traps: telegraph and flicker noise, exact in time
 *
 * Blocks 0 to 7 of a bank's stream make its first state, a half for each trap;
 * block 8 + k makes switching k and the waiting time after it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/trap.h"

#include <math.h>

#define FIRST_SWITCH 8u
#define HALVES 8u  // of a block

/* Within (0, 1). */
static double uniform(uint64_t bits) {
  return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

static double mean_of(const struct circuit_traps *traps) {
  double mean = 0;
  for (size_t i = 0; i < traps->n; i++) {
    mean += traps->up[i] / (traps->up[i] + traps->down[i]);
  }
  return mean;
}

struct circuit_traps circuit_traps_telegraph(double up, double down) {
  struct circuit_traps traps = {.n = 1, .up = {up}, .down = {down}};
  traps.mean = mean_of(&traps);
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
  traps.mean = mean_of(&traps);
  return traps;
}

double circuit_traps_amplitude(double k, double corner_ratio, size_t n) {
  return 2.0 * sqrt(k * log(corner_ratio) / (double)n);
}

/* Rate at which trap i switches. */
static double rate_of(const struct circuit_traps *traps, uint64_t full,
                      size_t i) {
  return full >> i & 1 ? traps->down[i] : traps->up[i];
}

static double total_rate(const struct circuit_traps *traps, uint64_t full) {
  double total = 0;
  for (size_t i = 0; i < traps->n; i++) {
    total += rate_of(traps, full, i);
  }
  return total;
}

/* The trap that switches, for a uniform u. */
static size_t choose(const struct circuit_traps *traps, uint64_t full,
                     double u) {
  double left = u * total_rate(traps, full);
  size_t i = 0;
  while (i + 1 < traps->n && left >= rate_of(traps, full, i)) {
    left -= rate_of(traps, full, i++);
  }
  return i;
}

void circuit_traps_start(const struct circuit_traps *traps,
                         const struct sim_address *address,
                         struct circuit_trap_state *state) {
  uint64_t block[4];
  *state = (struct circuit_trap_state){0};
  for (size_t i = 0; i < traps->n; i++) {
    if (i % HALVES == 0) {
      sim_random_block(address, i / HALVES, block);
    }
    const uint64_t half = block[i % HALVES / 2] >> (i % 2 ? 32 : 0);
    const double u = ((double)(uint32_t)half + 0.5) * 0x1p-32;
    const double p = traps->up[i] / (traps->up[i] + traps->down[i]);
    state->full |= (uint64_t)(u < p) << i;
  }
  sim_random_block(address, FIRST_SWITCH, block);
  state->next = -log(uniform(block[2])) / total_rate(traps, state->full);
}

void circuit_traps_advance(const struct circuit_traps *traps,
                           const struct sim_address *address, double time,
                           struct circuit_trap_state *state) {
  while (state->next <= time) {
    uint64_t block[4];
    state->n_done++;
    sim_random_block(address, FIRST_SWITCH + state->n_done, block);
    state->full ^= (uint64_t)1 << choose(traps, state->full, uniform(block[0]));
    state->next -= log(uniform(block[2])) / total_rate(traps, state->full);
  }
}

double circuit_traps_level(const struct circuit_traps *traps,
                           const struct circuit_trap_state *state) {
  return (double)__builtin_popcountll(state->full) - traps->mean;
}
