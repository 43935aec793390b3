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
static inline void sincospi(double x, double *s, double *c) {
  *s = sin(M_PI * x);
  *c = cos(M_PI * x);
}
#define SINCOSPI(x, s, c) sincospi(x, &(s), &(c))
typedef double vector;
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
#define SINCOSPI_BOTH Sleef_finz_sincospid8_u35avx512f
#define PAIR Sleef___m512d_2
typedef __m512d vector;
#elif defined(VMATH_AVX2)
#define KERNELS sim_vmath_avx2
#define NAME "avx2"
#define LANES 4u
#define LOAD _mm256_loadu_pd
#define STORE _mm256_storeu_pd
#define EXP Sleef_finz_expd4_u10avx2
#define LOG1P Sleef_finz_log1pd4_u10avx2
#define TANH Sleef_finz_tanhd4_u10avx2
#define SINCOSPI_BOTH Sleef_finz_sincospid4_u35avx2
#define PAIR Sleef___m256d_2
typedef __m256d vector;
#else
#define KERNELS sim_vmath_sse2
#define NAME "sse2"
#define LANES 2u
#define LOAD _mm_loadu_pd
#define STORE _mm_storeu_pd
#define EXP Sleef_cinz_expd2_u10sse2
#define LOG1P Sleef_cinz_log1pd2_u10sse2
#define TANH Sleef_cinz_tanhd2_u10sse2
#define SINCOSPI_BOTH Sleef_cinz_sincospid2_u35sse2
#define PAIR Sleef___m128d_2
typedef __m128d vector;
#endif
#define SINCOSPI(v, s, c)               \
  do {                                  \
    const PAIR both = SINCOSPI_BOTH(v); \
    (s) = both.x;                       \
    (c) = both.y;                       \
  } while (0)
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

static void vector_sincospi(size_t n, const double *x, double *s, double *c) {
  vector sine, cosine;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    SINCOSPI(LOAD(x + i), sine, cosine);
    STORE(s + i, sine);
    STORE(c + i, cosine);
  }
  if (i < n) {
    double tail[LANES] = {0}, tail_c[LANES];
    memcpy(tail, x + i, (n - i) * sizeof *x);
    SINCOSPI(LOAD(tail), sine, cosine);
    STORE(tail, sine);
    STORE(tail_c, cosine);
    memcpy(s + i, tail, (n - i) * sizeof *s);
    memcpy(c + i, tail_c, (n - i) * sizeof *c);
  }
}

const struct sim_vmath_kernels KERNELS = {
    .name = NAME,
    .exp = vector_exp,
    .log1p = vector_log1p,
    .tanh = vector_tanh,
    .sincospi = vector_sincospi,
};
