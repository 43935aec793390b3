/* sim/tiles.c -- threads take tiles, a unit of work each
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/tiles.h"

#include <cblas.h>
#include <omp.h>
#include <stdbool.h>

#include "sim/interrupt.h"
#include "sim/ranks.h"

static size_t threads_for_this_rank(void) {
  const size_t n = (size_t)omp_get_num_procs() / sim_ranks_neighbours();
  return n ? n : 1;
}

void sim_threads_set(size_t n) {
  omp_set_dynamic(0);
  omp_set_num_threads((int)(n ? n : threads_for_this_rank()));
  sim_blas_use_one_thread();
}

void sim_blas_use_one_thread(void) {
  if (openblas_get_num_threads() != 1) {
    openblas_set_num_threads(1);
  }
}

size_t sim_threads(void) {
  return (size_t)omp_get_max_threads();
}

size_t sim_thread(void) {
  return (size_t)omp_get_thread_num();
}

struct run {
  size_t first_failed;      // lowest tile that failed or was interrupted
  struct sim_error *error;  // its error
};

static void note_failure(struct run *run, size_t tile,
                         const struct sim_error *error) {
#pragma omp critical(sim_tiles_failure)
  if (tile < run->first_failed) {
#pragma omp atomic write
    run->first_failed = tile;
    *run->error = *error;
  }
}

/* Tiles below the failed one still run: which failure is reported must not
 * depend on threads. */
static bool is_needless(const struct run *run, size_t tile) {
  size_t first_failed;
#pragma omp atomic read
  first_failed = run->first_failed;
  return tile > first_failed;
}

static void run_tile(struct run *run, size_t tile, sim_tile_function *work,
                     void *context) {
  struct sim_error error = {0};
  if (is_needless(run, tile)) {
    return;
  }
  if (sim_interrupt_check(&error) || work(tile, context, &error)) {
    note_failure(run, tile, &error);
  }
}

enum sim_status sim_tiles_run_shared(size_t n, sim_tile_function *work,
                                     void *context, struct sim_error *err) {
  struct run run = {.first_failed = n, .error = err};
#pragma omp parallel for schedule(dynamic)
  for (size_t tile = sim_rank(); tile < n; tile += sim_ranks()) {
    run_tile(&run, tile, work, context);
  }
  return sim_ranks_agree(run.first_failed, err);
}

enum sim_status sim_tiles_run(size_t n, sim_tile_function *work, void *context,
                              struct sim_error *err) {
  struct run run = {.first_failed = n, .error = err};
#pragma omp parallel for schedule(dynamic)
  for (size_t tile = 0; tile < n; tile++) {
    run_tile(&run, tile, work, context);
  }
  return run.first_failed < n ? err->status : SIM_OK;
}
