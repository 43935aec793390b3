/* tests/test_tiles.c -- every tile once, whatever the threads
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/interrupt.h"
#include "sim/tiles.h"
#include "tests/check.h"

#define N_TILES 200u

static const size_t thread_counts[] = {1, 2, 3, 8};
#define N_COUNTS (sizeof thread_counts / sizeof thread_counts[0])

/* What the tiles of one run do and leave behind. */
struct trace {
  atomic_int n_calls[N_TILES];
  atomic_int n_bad_threads;
  double result[N_TILES];
  size_t fails[2];  // tiles that fail, a nap after they are begun
  size_t slow;      // tile that takes two naps more
};

static void nap(void) {
  usleep(20000);
}

static enum sim_status work(size_t tile, void *context, struct sim_error *err) {
  struct trace *trace = context;
  trace->n_calls[tile]++;
  trace->n_bad_threads += sim_thread() >= sim_threads();
  const int fails = tile == trace->fails[0] || tile == trace->fails[1];
  for (int n_naps = fails + 2 * (tile == trace->slow); n_naps > 0; n_naps--) {
    nap();
  }
  double x = (double)tile;
  for (int i = 0; i < 1000; i++) {
    x = cos(x + (double)tile);
  }
  trace->result[tile] = x;
  if (fails) {
    return sim_error_set(err, SIM_EFAIL, "tile %zu broke", tile);
  }
  return SIM_OK;
}

static struct trace nothing_fails(void) {
  return (struct trace){.fails = {N_TILES, N_TILES}, .slow = N_TILES};
}

static void every_tile_is_worked_on_once(void **state) {
  (void)state;
  for (size_t i = 0; i < N_COUNTS; i++) {
    struct sim_error err = {0};
    struct trace trace = nothing_fails();
    sim_threads_set(thread_counts[i]);
    assert_int_equal(sim_threads(), thread_counts[i]);
    CHECK_OK(sim_tiles_run(N_TILES, work, &trace, &err), err);
    for (size_t tile = 0; tile < N_TILES; tile++) {
      assert_int_equal(trace.n_calls[tile], 1);
    }
    assert_int_equal(trace.n_bad_threads, 0);
  }
}

static void results_do_not_depend_on_the_number_of_threads(void **state) {
  (void)state;
  struct trace traces[N_COUNTS];
  for (size_t i = 0; i < N_COUNTS; i++) {
    struct sim_error err = {0};
    traces[i] = nothing_fails();
    sim_threads_set(thread_counts[i]);
    CHECK_OK(sim_tiles_run(N_TILES, work, &traces[i], &err), err);
    assert_memory_equal(traces[i].result, traces[0].result,
                        sizeof traces[0].result);
  }
}

static void no_tiles_are_no_work(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct trace trace = nothing_fails();
  CHECK_OK(sim_tiles_run(0, work, &trace, &err), err);
  assert_int_equal(trace.n_calls[0], 0);
}

static void zero_threads_are_one_for_each_processor(void **state) {
  (void)state;
  sim_threads_set(0);
  CHECK(sim_threads() >= 1);
  assert_int_equal(sim_thread(), 0);
}

/* Tiles 40 and 41 fail, either of them late: 40 must be reported, and every
 * tile below it has been worked on. */
static void check_lowest_failure(size_t slow) {
  for (size_t i = 0; i < N_COUNTS; i++) {
    struct sim_error err = {0};
    struct trace trace = nothing_fails();
    trace.fails[0] = 40;
    trace.fails[1] = 41;
    trace.slow = slow;
    sim_threads_set(thread_counts[i]);
    CHECK_FAILS(sim_tiles_run(N_TILES, work, &trace, &err), err, SIM_EFAIL,
                "tile 40 broke");
    for (size_t tile = 0; tile < 40; tile++) {
      assert_int_equal(trace.n_calls[tile], 1);
    }
  }
}

static void the_lowest_failing_tile_is_reported(void **state) {
  (void)state;
  check_lowest_failure(40);
  check_lowest_failure(41);
}

static enum sim_status only_the_first_fails(size_t tile, void *context,
                                            struct sim_error *err) {
  ++*(atomic_int *)context;
  if (tile == 0) {
    return sim_error_set(err, SIM_EFAIL, "tile 0 broke");
  }
  nap();
  return SIM_OK;
}

static void tiles_above_a_failed_one_are_left(void **state) {
  (void)state;
  for (size_t n_threads = 1; n_threads <= 2; n_threads++) {
    struct sim_error err = {0};
    atomic_int n_calls = 0;
    sim_threads_set(n_threads);
    CHECK_FAILS(sim_tiles_run(N_TILES, only_the_first_fails, &n_calls, &err),
                err, SIM_EFAIL, "tile 0 broke");
    CHECK(n_threads == 1 ? n_calls == 1 : n_calls < (int)N_TILES);
  }
}

static enum sim_status interrupt_tile_3(size_t tile, void *context,
                                        struct sim_error *err) {
  (void)err;
  ++*(atomic_int *)context;
  if (tile == 3) {
    raise(SIGINT);
  }
  return SIM_OK;
}

/* Exit code of a child whose tile 3 raises the signal: 0 when the run ended
 * as it should. OpenMP threads do not survive fork, so one thread it is. */
static void an_interrupt_stops_before_the_next_tile(void **state) {
  (void)state;
  const pid_t child = fork();
  if (child == 0) {
    struct sim_error err = {0};
    atomic_int n_calls = 0;
    sim_interrupt_install();
    sim_threads_set(1);
    const enum sim_status status =
        sim_tiles_run(N_TILES, interrupt_tile_3, &n_calls, &err);
    _exit(status != SIM_EINTERRUPT                                       ? 1
          : n_calls != 4                                                 ? 2
          : strcmp(err.message, "stopped by SIGINT")                     ? 3
          : sim_tiles_run(1, interrupt_tile_3, &n_calls, &err) == SIM_OK ? 4
          : n_calls != 4                                                 ? 5
                                                                         : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_interrupt_stops_before_the_next_tile),
      cmocka_unit_test(every_tile_is_worked_on_once),
      cmocka_unit_test(results_do_not_depend_on_the_number_of_threads),
      cmocka_unit_test(no_tiles_are_no_work),
      cmocka_unit_test(zero_threads_are_one_for_each_processor),
      cmocka_unit_test(the_lowest_failing_tile_is_reported),
      cmocka_unit_test(tiles_above_a_failed_one_are_left),
  };
  return cmocka_run_group_tests_name("tiles", tests, NULL, NULL);
}
