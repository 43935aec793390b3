/* sim/random.c -- random streams that have an address
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/random.h"

#include <Random123/philox.h>
#include <stddef.h>
#include <string.h>

#define HALVES 8u  // 32-bit numbers in one Philox block

static void make_block(const uint64_t counter[4], const uint64_t key[2],
                       uint64_t block[4]) {
  philox4x64_ctr_t c;
  philox4x64_key_t k;
  memcpy(c.v, counter, sizeof c.v);
  memcpy(k.v, key, sizeof k.v);
  c = philox4x64(c, k);
  memcpy(block, c.v, sizeof c.v);
}

static void make_key(const struct sim_address *address, uint64_t key[2]) {
  key[0] = address->seed;
  key[1] = (uint64_t)address->purpose << 32 | address->chip;
}

static void refill(struct sim_stream *s) {
  make_block(s->state.counter, s->state.key, s->state.block);
  s->state.counter[0]++;
  s->state.n_left = HALVES;
}

static struct sim_stream *stream_of(void *state) {
  return (struct sim_stream *)((char *)state -
                               offsetof(struct sim_stream, state));
}

static unsigned long next_half(void *state) {
  struct sim_stream *s = stream_of(state);
  if (s->state.n_left == 0) {
    refill(s);
  }
  const unsigned i = HALVES - s->state.n_left--;
  return (s->state.block[i / 2] >> (32 * (i % 2))) & 0xffffffffu;
}

/* Uniform in [0, 1) with 53 bits. */
static double next_double(void *state) {
  struct sim_stream *s = stream_of(state);
  if (s->state.n_left < 2) {
    refill(s);
  }
  const unsigned i = (HALVES - s->state.n_left + 1) / 2;
  s->state.n_left = HALVES - 2 * (i + 1);
  return (double)(s->state.block[i] >> 11) * 0x1p-53;
}

/* GSL asks for a seeding function; an address is the only seed here. */
static void ignore_seed(void *state, unsigned long seed) {
  (void)state;
  (void)seed;
}

static const gsl_rng_type philox_type = {
    .name = "philox4x64",
    .max = 0xffffffffu,
    .min = 0,
    .size = sizeof(((struct sim_stream *)0)->state),
    .set = ignore_seed,
    .get = next_half,
    .get_double = next_double,
};

gsl_rng *sim_stream_open(struct sim_stream *stream,
                         const struct sim_address *address) {
  stream->rng.type = &philox_type;
  stream->rng.state = &stream->state;
  make_key(address, stream->state.key);
  stream->state.counter[0] = 0;
  stream->state.counter[1] = address->epoch;
  stream->state.counter[2] = address->sample;
  stream->state.counter[3] = address->device;
  stream->state.n_left = 0;
  return &stream->rng;
}

void sim_random_block(const struct sim_address *address, uint64_t index,
                      uint64_t block[4]) {
  uint64_t key[2];
  const uint64_t counter[4] = {index, address->epoch, address->sample,
                               address->device};
  make_key(address, key);
  make_block(counter, key, block);
}

void sim_random_row(const struct sim_address *first, uint64_t index, size_t n,
                    uint64_t *block) {
  philox4x64_key_t key;
  make_key(first, key.v);
  for (size_t k = 0; k < n; k++) {
    philox4x64_ctr_t c = {
        {index, first->epoch, first->sample + k, first->device}};
    c = philox4x64(c, key);
    for (size_t j = 0; j < 4; j++) {
      block[j * n + k] = c.v[j];
    }
  }
}
