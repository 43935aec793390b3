/* sim/memory.c -- checked allocation
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64u  // bytes of a cache line

static long n_before_refusal = -1;

void sim_alloc_refuse_after(long n) {
  n_before_refusal = n;
}

static int is_refused(void) {
  return n_before_refusal >= 0 && n_before_refusal-- == 0;
}

void *sim_alloc(size_t n, size_t size, struct sim_error *err) {
  if (size && n > (SIZE_MAX - ALIGNMENT) / size) {
    sim_error_set(err, SIM_EFAIL, "%zu elements of %zu bytes are too many", n,
                  size);
    return NULL;
  }
  const size_t bytes = (n * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  void *block =
      is_refused() ? NULL : aligned_alloc(ALIGNMENT, bytes ? bytes : ALIGNMENT);
  if (!block) {
    sim_error_set(err, SIM_EFAIL, "out of memory: %zu bytes were refused",
                  bytes);
    return NULL;
  }
  return memset(block, 0, bytes);
}

double *sim_alloc_doubles(size_t n, struct sim_error *err) {
  return sim_alloc(n, sizeof(double), err);
}
