/* sim/workers.c -- one work space for each thread that takes tiles
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/workers.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/memory.h"

enum sim_status sim_workers_init(struct sim_workers *workers, size_t size,
                                 sim_worker_init *init,
                                 sim_worker_finish *finish, const void *context,
                                 struct sim_error *err) {
  const size_t n = sim_threads();
  *workers = (struct sim_workers){
      .size = size, .block = sim_alloc(n, size, err), .finish = finish};
  if (!workers->block) {
    return err->status;
  }
  while (workers->n < n) {
    workers->n++;
    if (init(sim_workers_at(workers, workers->n - 1), context, err)) {
      sim_workers_finish(workers);
      return err->status;
    }
  }
  return SIM_OK;
}

void sim_workers_finish(struct sim_workers *workers) {
  for (size_t i = 0; i < workers->n; i++) {
    workers->finish(sim_workers_at(workers, i));
  }
  free(workers->block);
  *workers = (struct sim_workers){0};
}

void *sim_workers_at(const struct sim_workers *workers, size_t i) {
  assert(i < workers->n);
  return workers->block + i * workers->size;
}

void *sim_workers_mine(const struct sim_workers *workers) {
  return sim_workers_at(workers, sim_thread());
}
