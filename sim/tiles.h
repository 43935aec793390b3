/* sim/tiles.h -- threads take tiles, a unit of work each
 *
 * Results must not depend on which thread takes a tile, nor on how many there
 * are. BLAS calls inside a tile use one thread each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_TILES_H
#define SIM_TILES_H

#include <stddef.h>

#include "sim/error.h"

/* Use `n` threads from now on; 0: one for each processor this process may run
 * on, divided among the ranks that share them. OMP_NUM_THREADS is not read:
 * batch systems set it unasked. */
void sim_threads_set(size_t n);

/* Set BLAS to one thread, for the whole program: OpenBLAS divides a product
 * among its threads and then rounds differently. sim_threads_set does it. */
void sim_blas_use_one_thread(void);

/* In use. */
size_t sim_threads(void);

/* Number of the calling thread inside sim_tiles_run, from 0. */
size_t sim_thread(void);

/* Tiles of n_lanes samples that hold n_samples. */
static inline size_t sim_tiles(size_t n_samples, size_t n_lanes) {
  return (n_samples + n_lanes - 1) / n_lanes;
}

/* Work on one tile; called from any thread. */
typedef enum sim_status sim_tile_function(size_t tile, void *context,
                                          struct sim_error *err);

/* Call `work` for tiles 0 to n - 1. Once a tile fails no tile above it is
 * begun, and the failure of the lowest tile is reported, whatever the threads.
 * Once the user interrupts no tile is begun. */
enum sim_status sim_tiles_run(size_t n, sim_tile_function *work, void *context,
                              struct sim_error *err);

/* The same by all ranks, each of which has to call it: tile i is worked on by
 * sim_ranks_owner(i, n). A failure is reported to all of them. */
enum sim_status sim_tiles_run_shared(size_t n, sim_tile_function *work,
                                     void *context, struct sim_error *err);

#endif
