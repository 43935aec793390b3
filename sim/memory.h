/* sim/memory.h -- checked allocation
 *
 * Sizes are counted in elements and checked for overflow; blocks are zeroed
 * and aligned to a cache line. Work space is allocated once, when an object
 * is created; nothing on the hot path calls these functions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stddef.h>

#include "sim/error.h"

/* `n` elements of `size` bytes, zeroed, aligned to 64 bytes; the caller frees
 * them with free(). NULL and a filled `err` (SIM_EFAIL) on failure. A request
 * of zero bytes yields a valid block. */
void *sim_alloc(size_t n, size_t size, struct sim_error *err);

/* The same for `n` doubles. */
double *sim_alloc_doubles(size_t n, struct sim_error *err);

/* For tests: let `n` more allocations pass and refuse the one after, once.
 * A negative `n` switches the refusal off. */
void sim_alloc_refuse_after(long n);

#endif
