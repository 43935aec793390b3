/* tests/bench/bench.h -- what an epoch costs: the parts of the benchmark
 *
 * Each part prints its tables. tests/bench/bench.c is the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdio.h>

#include "sim/error.h"

// Names in bench_methods that more than one part uses.
#define BENCH_EULER "euler, 0.1 tau, equal capacitances"
#define BENCH_RKC "rkc, 2e-2"
#define BENCH_FAST "operating_point and small_signal"

struct bench_options {
  const char *from;  // run folder of the trained weights
  FILE *json;        // or NULL
};

/* Say why and exit. */
_Noreturn void bench_fail(const struct sim_error *err);

/* All phases of one epoch of digits, for each method, with one and two
 * threads, with first and with trained weights. */
void bench_phases(const struct bench_options *options);

/* Whole epochs of training, and their memory. */
void bench_program(const struct bench_options *options);

/* Train in `folder` from the weights of the run `from`, for bench_program. */
void bench_train(const char *from, const char *folder, const char *method,
                 const char *n_epochs);

/* Optimal transport of one epoch. */
void bench_transport(const struct bench_options *options);

/* How the cost grows with couplings and samples. */
void bench_sizes(const struct bench_options *options);

/* A transient in ngspice and in simrun; says so where there is no ngspice. */
void bench_spice(const struct bench_options *options);

/* One phase with noise against the same without, normal numbers, and the noise
 * budget of a sample. */
void bench_noise(const struct bench_options *options);

/* A sweep on two ranks against one (sim/ranks.h). */
void bench_ranks(const struct bench_options *options);

#endif
