/* sim/vmath.c -- elementary functions of whole arrays: choice of the kernels
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/vmath.h"

#include <string.h>

#include "sim/vmath_kernel.h"

#if defined(__x86_64__)
static int has_avx512f(void) {
  return __builtin_cpu_supports("avx512f");
}

static int has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int has_always(void) {
  return 1;
}

// From the widest to the one that every processor has.
static const struct {
  const struct sim_vmath_kernels *kernels;
  int (*is_available)(void);
} choices[] = {
    {&sim_vmath_avx512f, has_avx512f},
    {&sim_vmath_avx2, has_avx2},
    {&sim_vmath_sse2, has_always},
};
#else
static int has_always(void) {
  return 1;
}

static const struct {
  const struct sim_vmath_kernels *kernels;
  int (*is_available)(void);
} choices[] = {
    {&sim_vmath_scalar, has_always},
};
#endif

#define N_CHOICES (sizeof choices / sizeof choices[0])

static const struct sim_vmath_kernels *kernels;

/* The first available set with this name; with any name when it is NULL. */
static const struct sim_vmath_kernels *find(const char *name) {
  for (size_t i = 0; i < N_CHOICES; i++) {
    const struct sim_vmath_kernels *k = choices[i].kernels;
    if ((!name || strcmp(name, k->name) == 0) && choices[i].is_available()) {
      return k;
    }
  }
  return NULL;
}

int sim_vmath_select(const char *name) {
  const struct sim_vmath_kernels *found = find(name);
  kernels = found ? found : kernels;
  return found != NULL;
}

__attribute__((constructor)) static void select_widest(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  kernels = find(NULL);
}

void sim_vexp(size_t n, const double *x, double *y) {
  kernels->exp(n, x, y);
}

void sim_vlog1p(size_t n, const double *x, double *y) {
  kernels->log1p(n, x, y);
}

void sim_vtanh(size_t n, const double *x, double *y) {
  kernels->tanh(n, x, y);
}

void sim_vsincospi(size_t n, const double *x, double *s, double *c) {
  kernels->sincospi(n, x, s, c);
}

const char *sim_vmath_name(void) {
  return kernels->name;
}
