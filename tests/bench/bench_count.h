/* tests/bench/bench_count.h -- the arithmetic of the couplings, seen from
 * outside
 *
 * The linker puts these counters before every dense matrix product of the
 * program (--wrap), so the program needs none and is measured as it is.
 * It costs 0.1 us a product. Correlations are told from couplings by their
 * transposed right factor.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_BENCH_COUNT_H
#define TESTS_BENCH_COUNT_H

struct bench_count {
  double coupling_flops;       // [1]
  double coupling_seconds;     // [s] summed over threads
  double correlation_seconds;  // [s] summed over threads
};

/* Since the last reset. No product may be under way. */
struct bench_count bench_count_read(void);
void bench_count_reset(void);

#endif
