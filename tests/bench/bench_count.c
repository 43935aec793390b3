/* tests/bench/bench_count.c -- the arithmetic of the couplings, seen from
 * outside
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bench/bench_count.h"

#include <cblas.h>
#include <stdatomic.h>
#include <stdint.h>

#include "sim/clock.h"

static _Atomic uint64_t coupling_flops;
static _Atomic uint64_t coupling_nanoseconds;
static _Atomic uint64_t correlation_nanoseconds;

static void count(enum CBLAS_TRANSPOSE of_right, double flops, double seconds) {
  const uint64_t nanoseconds = (uint64_t)(1e9 * seconds);
  if (of_right == CblasTrans) {
    atomic_fetch_add(&correlation_nanoseconds, nanoseconds);
    return;
  }
  atomic_fetch_add(&coupling_flops, (uint64_t)flops);
  atomic_fetch_add(&coupling_nanoseconds, nanoseconds);
}

struct bench_count bench_count_read(void) {
  return (struct bench_count){
      .coupling_flops = (double)coupling_flops,
      .coupling_seconds = 1e-9 * (double)coupling_nanoseconds,
      .correlation_seconds = 1e-9 * (double)correlation_nanoseconds,
  };
}

void bench_count_reset(void) {
  coupling_flops = coupling_nanoseconds = correlation_nanoseconds = 0;
}

// Names of the linker's --wrap.
void __real_cblas_dgemm(enum CBLAS_ORDER, enum CBLAS_TRANSPOSE,
                        enum CBLAS_TRANSPOSE, int, int, int, double,
                        const double *, int, const double *, int, double,
                        double *, int);
void __wrap_cblas_dgemm(enum CBLAS_ORDER, enum CBLAS_TRANSPOSE,
                        enum CBLAS_TRANSPOSE, int, int, int, double,
                        const double *, int, const double *, int, double,
                        double *, int);
void __real_cblas_sgemm(enum CBLAS_ORDER, enum CBLAS_TRANSPOSE,
                        enum CBLAS_TRANSPOSE, int, int, int, float,
                        const float *, int, const float *, int, float, float *,
                        int);
void __wrap_cblas_sgemm(enum CBLAS_ORDER, enum CBLAS_TRANSPOSE,
                        enum CBLAS_TRANSPOSE, int, int, int, float,
                        const float *, int, const float *, int, float, float *,
                        int);

void __wrap_cblas_dgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE trans_a,
                        enum CBLAS_TRANSPOSE trans_b, int m, int n, int k,
                        double alpha, const double *a, int lda, const double *b,
                        int ldb, double beta, double *c, int ldc) {
  const double start = sim_clock_now();
  __real_cblas_dgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb,
                     beta, c, ldc);
  count(trans_b, 2.0 * m * n * k, sim_clock_now() - start);
}

void __wrap_cblas_sgemm(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE trans_a,
                        enum CBLAS_TRANSPOSE trans_b, int m, int n, int k,
                        float alpha, const float *a, int lda, const float *b,
                        int ldb, float beta, float *c, int ldc) {
  const double start = sim_clock_now();
  __real_cblas_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb,
                     beta, c, ldc);
  count(trans_b, 2.0 * m * n * k, sim_clock_now() - start);
}
