/* tests/bench/bench_measure.h -- ways to settle, and what one of them costs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include "models/controller.h"
#include "tests/bench/bench_count.h"
#include "tools/experiment.h"

#define BENCH_MAX_SETS 8

/* A way to settle, by keys of an experiment. */
struct bench_method {
  const char *name;
  const char *sets[BENCH_MAX_SETS + 1];  // NULL-terminated
};

/* In the order of the tables, ended by a NULL name. The first, BENCH_EULER, is
 * the reference of all ratios. */
extern const struct bench_method bench_methods[];

/* The method of this name; it must be there. */
const struct bench_method *bench_method(const char *name);

/* tests/data/bench.yaml with a method and one more key. */
void bench_load(const struct bench_method *method, const char *set,
                struct tool_experiment *experiment);

/* What one epoch took. */
struct bench_cost {
  double seconds;            // [s]
  double loss;               // [1]
  double rhs_per_sample;     // products with all couplings, both directions
  double share_of_peak;      // [1] of the whole time
  double share_in_products;  // [1] of peak while couplings are multiplied
  double coupling_share;     // [1] of the time of all threads
  double correlation_share;  // [1] of the time of all threads
  struct bench_count count;
};

/* All phases of a batch with all threads in use; the fastest of several. */
struct bench_cost bench_measure(struct model_controller *controller,
                                const struct model_layout *layout,
                                const struct model_batch *batch);

/* Peak of matrix products with the threads in use [flop/s], at most
 * BENCH_MAX_THREADS; measured once for each number of threads. */
#define BENCH_MAX_THREADS 2
double bench_peak(void);

#endif
