/* sim/random.h -- random streams that have an address
 *
 * Every draw belongs to a stream, and a stream is named by what it is for,
 * not by when it is asked: Philox4x64-10 (Salmon et al., SC 2011) with key
 * (seed, purpose and chip) and counter (draw, epoch, sample, device). Results
 * therefore do not depend on threads, on the order of calls or on what else
 * is drawn; a resumed run needs no generator state.
 *
 * A stream is a gsl_rng, so every GSL distribution works on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* One entry for each use of chance. The numbers are part of the meaning of a
 * seed: append, never renumber. */
enum sim_purpose {
  SIM_DRAW_WEIGHTS = 1,   // weights and biases before training
  SIM_DRAW_NOISE = 2,     // x0 of flow matching
  SIM_DRAW_TIME = 3,      // t of flow matching
  SIM_DRAW_PAIRS = 4,     // which pairs make the batch
  SIM_DRAW_GENERATE = 5,  // x(0) of generated samples
  SIM_DRAW_POINTS = 6,    // points of a Latin hypercube
  // Fabrication: one draw a device, the sample is the quantity.
  SIM_DRAW_NODES = 20,       // capacitor, leak, amplifier
  SIM_DRAW_SOURCES = 21,     // spring and nudge of a visible node
  SIM_DRAW_CONVERTERS = 22,  // gain and offset
  SIM_DRAW_MEMORY = 23,      // gain and charge of sample-and-holds
  // Sampling noise of a batch: the device is the node.
  SIM_DRAW_MEMORY_NOISE = 24,    // of sample-and-holds
  SIM_DRAW_OUTPUT_NOISE = 25,    // of the outputs' converters, index: phase
  SIM_DRAW_VELOCITY_NOISE = 26,  // of the velocity's converters
  SIM_DRAW_GENERATE_NOISE = 27,  // of the latter while samples are drawn
  // Noise in time: the device is the node.
  SIM_DRAW_THERMAL = 32,           // thermal noise while a batch is measured
  SIM_DRAW_TRAPS = 33,             // traps while a batch is measured
  SIM_DRAW_GENERATE_THERMAL = 34,  // thermal noise while samples are drawn
  SIM_DRAW_GENERATE_TRAPS = 35,    // traps while samples are drawn
  SIM_DRAW_TELEGRAPH = 36,         // telegraph noise while a batch is measured
  SIM_DRAW_GENERATE_TELEGRAPH = 37,   // the same while samples are drawn
  SIM_DRAW_TRAP_STEPS = 38,           // fast traps of SIM_DRAW_TRAPS
  SIM_DRAW_GENERATE_TRAP_STEPS = 39,  // and of SIM_DRAW_GENERATE_TRAPS
  SIM_DRAW_TELEGRAPH_STEPS = 40,      // the same of telegraph noise
  SIM_DRAW_GENERATE_TELEGRAPH_STEPS = 41,
  // Conductance arrays: which bank is in `sample`, which device in `device`.
  SIM_DRAW_G_MIN = 64,         // lowest conductance
  SIM_DRAW_G_MAX = 65,         // highest conductance
  SIM_DRAW_STEP = 66,          // size of the steps of pulses
  SIM_DRAW_ASYMMETRY = 67,     // of steps up and down
  SIM_DRAW_STUCK = 68,         // devices that cannot be programmed
  SIM_DRAW_DRIFT = 69,         // exponent of drift
  SIM_DRAW_RETENTION = 70,     // time constant of decay
  SIM_DRAW_WRITE = 71,         // error of an ideal write
  SIM_DRAW_PULSE = 72,         // pulses, cycle to cycle
  SIM_DRAW_ROUND = 73,         // stochastic number of pulses
  SIM_DRAW_READ = 74,          // white read noise
  SIM_DRAW_READ_FLICKER = 75,  // 1/f read noise
  SIM_DRAW_MISMATCH = 76,      // downward weights of separate directions
};

struct sim_address {
  uint64_t seed;
  enum sim_purpose purpose;
  uint32_t chip;    // which fabricated chip
  uint64_t epoch;   // from 0
  uint64_t sample;  // index in the batch
  uint64_t device;  // index of the node, coupling or layer
};

/* A stream lives in the caller's storage and needs no finish. */
struct sim_stream {
  gsl_rng rng;  // for GSL calls; points into this struct, so do not copy it
  struct {
    uint64_t key[2];
    uint64_t counter[4];
    uint64_t block[4];  // the newest four numbers
    unsigned n_left;    // halves (32 bits) of block not yet used
  } state;
};

/* Start the stream at `address` from its first number; returns &stream->rng. */
gsl_rng *sim_stream_open(struct sim_stream *stream,
                         const struct sim_address *address);

/* Block number `index` of that stream: 256 random bits, without a stream. */
void sim_random_block(const struct sim_address *address, uint64_t index,
                      uint64_t block[4]);

/* The same of n streams, those of samples first->sample + k: number j of their
 * blocks in block[j * n + k]. Half as dear, as the processor works on several
 * at a time. */
void sim_random_row(const struct sim_address *first, uint64_t index, size_t n,
                    uint64_t *block);

#endif
