/* sim/vmath.h -- elementary functions of whole arrays
 *
 * SLEEF's functions with at most 1.0 ulp of error, in the widest vectors the
 * processor has. The variants with fused multiply-add give the same bits with
 * AVX2 and with AVX-512; a processor without either uses SLEEF's SSE2 variant
 * and may differ from them in the last bit. sim_vmath_name() says which is in
 * use and belongs into a result file.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_VMATH_H
#define SIM_VMATH_H

#include <stddef.h>

/* Plain loops marked with this are compiled once for each instruction set and
 * chosen when the program starts. Contraction is off, so all give the same
 * bits. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SIM_VECTORISED \
  __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SIM_VECTORISED
#endif

/* The larger of two; NaN when either is, which fmax() would pass over. */
static inline double sim_larger(double a, double b) {
  return b > a || b != b ? b : a;
}

/* y (n) = exp(x (n)); y may be x. */
void sim_vexp(size_t n, const double *x, double *y);
/* y (n) = log(1 + x (n)); y may be x. */
void sim_vlog1p(size_t n, const double *x, double *y);
/* y (n) = tanh(x (n)); y may be x. */
void sim_vtanh(size_t n, const double *x, double *y);
/* s (n) = sin(pi x (n)), c (n) = cos(pi x (n)), to 3.5 ulp; s or c may be x. */
void sim_vsincospi(size_t n, const double *x, double *s, double *c);

/* Instruction set in use: "avx512f", "avx2" or "sse2". */
const char *sim_vmath_name(void);

/* For tests: use a named set from now on; 0 when this processor has it not. */
int sim_vmath_select(const char *name);

#endif
