/* sim/ranks.h -- processes that work on one run together (MPI)
 *
 * mpirun, or srun of a batch system, starts the program several times, maybe
 * on several machines; each such process is a rank. All other code sees
 * numbers, arrays and messages: MPI is spoken here alone. A program that was
 * started by itself is alone, rank 0 of 1, and does not even initialise MPI.
 *
 * Functions that name "all ranks" have to be called by every rank, in the same
 * order, or they wait for ever. A rank that is lost ends all of them.
 * Everything is called from the main thread.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RANKS_H
#define SIM_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/error.h"

/* Join the other ranks, at the start of main. SIM_ECONFIG when there are some
 * and the program was built without MPI. */
enum sim_status sim_ranks_init(struct sim_error *err);

/* Wait for all ranks and leave them, at the end of main: whoever started them
 * ends them all when one ends with a failure. */
void sim_ranks_finish(void);

size_t sim_rank(void);   // of this process, from 0
size_t sim_ranks(void);  // in all, 1 when alone

/* Ranks, this one included, that may run on the processors of this one. */
size_t sim_ranks_neighbours(void);

/* --- all ranks --- */

/* `data` (size bytes) of rank 0 into that of all others. */
void sim_ranks_broadcast(void *data, size_t size);

/* Ranks that fail fill `err` and have a number `key`, those that do not have
 * an empty `err`. Afterwards all have the failure of the least key, of equal
 * ones that of the lowest rank; its status is returned. */
enum sim_status sim_ranks_agree(size_t key, struct sim_error *err);

/* Sum over all ranks, in rank 0; 0 in the others. */
uint64_t sim_ranks_sum(uint64_t value);

/* Items are dealt to the ranks in turn, starting again at rank 0 after each
 * `period` of them. */
static inline size_t sim_ranks_owner(size_t item, size_t period) {
  return item % period % sim_ranks();
}

/* Fill `data` of rank 0 with the items that other ranks own: size bytes in all,
 * n_item bytes each, the last one perhaps less. */
void sim_ranks_collect(void *data, size_t n_item, size_t size, size_t period);

/* --- two ranks --- */

/* A message for another rank, which asks for it. Returns at once; `data` may be
 * used again. Messages on their way to others may be 4 MB in all. */
void sim_ranks_send(size_t to, const void *data, size_t size);

/* Is there a message from anyone? */
bool sim_ranks_has_mail(void);

/* Wait for one; false when the user interrupts this rank first. */
bool sim_ranks_await_mail(void);

/* The next message from anyone, of up to `size` bytes; returns the sender. */
size_t sim_ranks_receive(void *data, size_t size);

#endif
