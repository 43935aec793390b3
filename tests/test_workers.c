/* tests/test_workers.c -- a worker for each thread, begun and released
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "sim/workers.h"
#include "tests/check.h"

#define N_THREADS 3u
#define N_TILES 100u

struct worker {
  double *scratch;
  atomic_int n_inside;  // tiles that use it now
};

/* What is seen of workers that come and go. */
struct trace {
  size_t fails_at;  // number of the worker whose birth fails
  size_t n_born;
  struct sim_workers workers;
  atomic_int n_tiles;
  atomic_int n_shared;  // times that two tiles used a worker at once
};

static int n_released;

static enum sim_status begin(void *worker, const void *context,
                             struct sim_error *err) {
  struct worker *w = worker;
  struct trace *trace = *(struct trace *const *)context;
  assert_null(w->scratch);
  w->scratch = sim_alloc_doubles(1, err);
  if (trace->n_born++ == trace->fails_at) {
    return sim_error_set(err, SIM_EFAIL, "worker %zu", trace->fails_at);
  }
  return w->scratch ? SIM_OK : err->status;
}

static void release(void *worker) {
  struct worker *w = worker;
  free(w->scratch);
  n_released++;
}

static enum sim_status work(size_t tile, void *context, struct sim_error *err) {
  (void)err;
  struct trace *trace = context;
  struct worker *w = sim_workers_mine(&trace->workers);
  trace->n_shared += w->n_inside++ != 0;
  for (size_t i = 0; i < 10000; i++) {
    w->scratch[0] = cos(w->scratch[0] + (double)tile);
  }
  w->n_inside--;
  trace->n_tiles++;
  return SIM_OK;
}

static enum sim_status hire(struct trace *trace, struct sim_error *err) {
  n_released = 0;
  return sim_workers_init(&trace->workers, sizeof(struct worker), begin,
                          release, &trace, err);
}

static void each_thread_has_a_worker_of_its_own(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct trace trace = {.fails_at = N_THREADS};
  sim_threads_set(N_THREADS);
  CHECK_OK(hire(&trace, &err), err);
  assert_int_equal(trace.workers.n, N_THREADS);
  CHECK_OK(sim_tiles_run(N_TILES, work, &trace, &err), err);
  assert_int_equal(trace.n_tiles, N_TILES);
  assert_int_equal(trace.n_shared, 0);
  assert_ptr_equal(sim_workers_mine(&trace.workers),
                   sim_workers_at(&trace.workers, 0));
  sim_workers_finish(&trace.workers);
  assert_int_equal(n_released, N_THREADS);
  sim_workers_finish(&trace.workers);
  assert_int_equal(n_released, N_THREADS);
}

static void a_worker_that_cannot_begin_takes_the_others_along(void **state) {
  (void)state;
  sim_threads_set(N_THREADS);
  for (size_t i = 0; i < N_THREADS; i++) {
    struct sim_error err = {0};
    struct trace trace = {.fails_at = i};
    char message[32];
    snprintf(message, sizeof message, "worker %zu", i);
    CHECK_FAILS(hire(&trace, &err), err, SIM_EFAIL, message);
    assert_int_equal(n_released, i + 1);
    assert_null(trace.workers.block);
  }
}

static void memory_that_is_missing_is_reported(void **state) {
  (void)state;
  sim_threads_set(N_THREADS);
  for (long n = 0; n <= (long)N_THREADS; n++) {
    struct sim_error err = {0};
    struct trace trace = {.fails_at = N_THREADS};
    sim_alloc_refuse_after(n);
    assert_int_equal(hire(&trace, &err), SIM_EFAIL);
    sim_alloc_refuse_after(-1);
    assert_null(trace.workers.block);
    assert_int_equal(n_released, n);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_thread_has_a_worker_of_its_own),
      cmocka_unit_test(a_worker_that_cannot_begin_takes_the_others_along),
      cmocka_unit_test(memory_that_is_missing_is_reported),
  };
  return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
