/* sim/ranks_started.h -- was this process started as one of several?
 *
 * Open MPI's mpirun and PMIx (srun --mpi=pmix) say so in the environment.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_RANKS_STARTED_H
#define SIM_RANKS_STARTED_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool sim_ranks_started(void) {
  const char *n = getenv("OMPI_COMM_WORLD_SIZE");
  return n ? strtoul(n, NULL, 10) > 1 : getenv("PMIX_RANK") != NULL;
}

/* The number that this process was given. */
static inline size_t sim_ranks_given(void) {
  const char *rank = getenv("OMPI_COMM_WORLD_RANK");
  rank = rank ? rank : getenv("PMIX_RANK");
  return rank ? strtoul(rank, NULL, 10) : 0;
}

#endif
