/* sim/vmath_kernel.h -- one table of vector kernels per instruction set
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_VMATH_KERNEL_H
#define SIM_VMATH_KERNEL_H

#include <stddef.h>

struct sim_vmath_kernels {
  const char *name;
  void (*exp)(size_t n, const double *x, double *y);
  void (*log1p)(size_t n, const double *x, double *y);
  void (*tanh)(size_t n, const double *x, double *y);
  void (*sincospi)(size_t n, const double *x, double *s, double *c);
};

extern const struct sim_vmath_kernels sim_vmath_avx512f;
extern const struct sim_vmath_kernels sim_vmath_avx2;
extern const struct sim_vmath_kernels sim_vmath_sse2;
extern const struct sim_vmath_kernels sim_vmath_scalar;  // not on x86-64

#endif
