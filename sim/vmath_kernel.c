/* sim/vmath_kernel.c -- SLEEF over arrays, compiled once per instruction set
 *
 * The build defines VMATH_AVX512F, VMATH_AVX2 or VMATH_SSE2; elsewhere than on
 * x86-64 it defines VMATH_SCALAR, which calls the C library.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/vmath_kernel.h"

#include <string.h>

#if defined(VMATH_SCALAR)
#include <math.h>
#define KERNELS sim_vmath_scalar
#define NAME "scalar"
#define LANES 1u
#define LOAD(p) (*(p))
#define STORE(p, v) (*(p) = (v))
#define EXP exp
#define LOG1P log1p
#define TANH tanh
#else
#include <immintrin.h>
#include <sleef.h>
#if defined(VMATH_AVX512F)
#define KERNELS sim_vmath_avx512f
#define NAME "avx512f"
#define LANES 8u
#define LOAD _mm512_loadu_pd
#define STORE _mm512_storeu_pd
#define EXP Sleef_finz_expd8_u10avx512f
#define LOG1P Sleef_finz_log1pd8_u10avx512f
#define TANH Sleef_finz_tanhd8_u10avx512f
#elif defined(VMATH_AVX2)
#define KERNELS sim_vmath_avx2
#define NAME "avx2"
#define LANES 4u
#define LOAD _mm256_loadu_pd
#define STORE _mm256_storeu_pd
#define EXP Sleef_finz_expd4_u10avx2
#define LOG1P Sleef_finz_log1pd4_u10avx2
#define TANH Sleef_finz_tanhd4_u10avx2
#else
#define KERNELS sim_vmath_sse2
#define NAME "sse2"
#define LANES 2u
#define LOAD _mm_loadu_pd
#define STORE _mm_storeu_pd
#define EXP Sleef_cinz_expd2_u10sse2
#define LOG1P Sleef_cinz_log1pd2_u10sse2
#define TANH Sleef_cinz_tanhd2_u10sse2
#endif
#endif

/* y = f(x) for n elements; the last, short vector is padded with zeros. */
#define DEFINE_KERNEL(name, f)                             \
  static void name(size_t n, const double *x, double *y) { \
    size_t i = 0;                                          \
    for (; i + LANES <= n; i += LANES) {                   \
      STORE(y + i, f(LOAD(x + i)));                        \
    }                                                      \
    if (i < n) {                                           \
      double tail[LANES] = {0};                            \
      memcpy(tail, x + i, (n - i) * sizeof *x);            \
      STORE(tail, f(LOAD(tail)));                          \
      memcpy(y + i, tail, (n - i) * sizeof *y);            \
    }                                                      \
  }

DEFINE_KERNEL(vector_exp, EXP)
DEFINE_KERNEL(vector_log1p, LOG1P)
DEFINE_KERNEL(vector_tanh, TANH)

const struct sim_vmath_kernels KERNELS = {
    .name = NAME,
    .exp = vector_exp,
    .log1p = vector_log1p,
    .tanh = vector_tanh,
};
