/* sim/workers.h -- one work space for each thread that takes tiles
 *
 * A worker is whatever a tile needs that must not be shared: state, buffers,
 * integrators. Workers are made once, for the threads in use at that time;
 * tiles are worked on without allocation.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_WORKERS_H
#define SIM_WORKERS_H

#include "sim/tiles.h"

/* Begin a zeroed worker. What a failure leaves is given to `finish`. */
typedef enum sim_status sim_worker_init(void *worker, const void *context,
                                        struct sim_error *err);
/* Release a worker, also one that is zero or half begun. */
typedef void sim_worker_finish(void *worker);

struct sim_workers {
  size_t n;     // begun
  size_t size;  // bytes of one
  char *block;  // (n x size) owned
  sim_worker_finish *finish;
};

/* As many workers of `size` bytes as threads are in use, each begun by
 * `init` with `context`. On failure nothing is left to finish. */
enum sim_status sim_workers_init(struct sim_workers *workers, size_t size,
                                 sim_worker_init *init,
                                 sim_worker_finish *finish, const void *context,
                                 struct sim_error *err);
void sim_workers_finish(struct sim_workers *workers);  // zero is fine

/* Worker i, and that of the calling thread inside sim_tiles_run. */
void *sim_workers_at(const struct sim_workers *workers, size_t i);
void *sim_workers_mine(const struct sim_workers *workers);

#endif
