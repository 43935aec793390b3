/* sim/random.c -- random streams that have an address
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/random.h"

#include <Random123/philox.h>
#include <stddef.h>
#include <string.h>

#define HALVES 8u  // 32-bit numbers in one Philox block

static void refill(struct sim_stream *s) {
  philox4x64_ctr_t counter;
  philox4x64_key_t key;
  memcpy(counter.v, s->state.counter, sizeof counter.v);
  memcpy(key.v, s->state.key, sizeof key.v);
  const philox4x64_ctr_t block = philox4x64(counter, key);
  memcpy(s->state.block, block.v, sizeof s->state.block);
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
  stream->state.key[0] = address->seed;
  stream->state.key[1] = (uint64_t)address->purpose << 32 | address->chip;
  stream->state.counter[0] = 0;
  stream->state.counter[1] = address->epoch;
  stream->state.counter[2] = address->sample;
  stream->state.counter[3] = address->device;
  stream->state.n_left = 0;
  return &stream->rng;
}
