/* tests/test_ranks.c -- what ranks say to each other; one alone, or by mpirun
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "sim/ranks.h"
#include "sim/tiles.h"
#include "tests/check.h"

#define N 23u
#define N_ITEM 3u

static void rank_0_has_what_all_own(void **state) {
  (void)state;
  for (size_t period = 1; period <= 9; period++) {
    int data[N];
    for (size_t i = 0; i < N; i++) {
      data[i] = sim_ranks_owner(i / N_ITEM, period) == sim_rank() ? (int)i : -1;
    }
    sim_ranks_collect(data, N_ITEM * sizeof *data, sizeof data, period);
    for (size_t i = 0; i < N && sim_rank() == 0; i++) {
      assert_int_equal(data[i], i);
    }
  }
}

static void all_have_what_rank_0_has(void **state) {
  (void)state;
  double data[N];
  for (size_t i = 0; i < N; i++) {
    data[i] = (double)(i * (1 + sim_rank()));
  }
  sim_ranks_broadcast(data, sizeof data);
  for (size_t i = 0; i < N; i++) {
    assert_true(data[i] == (double)i);
  }
  const uint64_t n = sim_ranks(), sum = sim_ranks_sum(sim_rank() + 1);
  assert_int_equal(sum, sim_rank() == 0 ? n * (n + 1) / 2 : 0);
}

static void the_failure_of_the_least_key_is_that_of_all(void **state) {
  (void)state;
  const size_t last = sim_ranks() - 1;
  struct sim_error err = {0};
  CHECK_OK(sim_ranks_agree(0, &err), err);

  // Keys fall with the rank.
  sim_error_set(&err, SIM_EIO, "rank %zu", sim_rank());
  char want[32];
  snprintf(want, sizeof want, "rank %zu", last);
  CHECK_FAILS(sim_ranks_agree(last - sim_rank(), &err), err, SIM_EIO, want);

  // Equal keys: the lowest rank, of those that failed.
  err = (struct sim_error){0};
  if (sim_rank() > 0 || last == 0) {
    sim_error_set(&err, SIM_ECONFIG, "rank %zu", sim_rank());
  }
  CHECK_FAILS(sim_ranks_agree(7, &err), err, SIM_ECONFIG,
              last ? "rank 1" : "rank 0");
}

static void messages_arrive_in_order(void **state) {
  (void)state;
  char text[64];
  if (sim_rank() > 0) {
    for (int i = 0; i < 3; i++) {
      const int n = snprintf(text, sizeof text, "%zu %d", sim_rank(), i);
      sim_ranks_send(0, text, (size_t)n + 1);
    }
    return;
  }
  int seen[64] = {0};
  for (size_t i = 0; i < 3 * (sim_ranks() - 1); i++) {
    size_t from;
    int number;
    assert_true(sim_ranks_await_mail());
    const size_t sender = sim_ranks_receive(text, sizeof text);
    assert_int_equal(sscanf(text, "%zu %d", &from, &number), 2);
    assert_int_equal(from, sender);
    assert_int_equal(number, seen[sender]++);
  }
  assert_false(sim_ranks_has_mail());
}

struct trace {
  int n_calls[N];
  size_t fails[2];
};

static enum sim_status work(size_t tile, void *context, struct sim_error *err) {
  struct trace *trace = context;
  trace->n_calls[tile]++;
  return tile == trace->fails[0] || tile == trace->fails[1]
             ? sim_error_set(err, SIM_EFAIL, "tile %zu broke", tile)
             : SIM_OK;
}

static void a_tile_is_worked_on_by_its_owner(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct trace trace = {.fails = {N, N}};
  CHECK_OK(sim_tiles_run_shared(N, work, &trace, &err), err);
  for (size_t i = 0; i < N; i++) {
    assert_int_equal(trace.n_calls[i], sim_ranks_owner(i, N) == sim_rank());
  }
}

static void the_lowest_failing_tile_is_reported_to_all(void **state) {
  (void)state;
  for (size_t low = 3; low < 6; low++) {
    struct sim_error err = {0};
    struct trace trace = {.fails = {low + 1, low}};
    char want[32];
    snprintf(want, sizeof want, "tile %zu broke", low);
    CHECK_FAILS(sim_tiles_run_shared(N, work, &trace, &err), err, SIM_EFAIL,
                want);
  }
}

static void processors_are_shared_by_some(void **state) {
  (void)state;
  CHECK(sim_ranks_neighbours() >= 1);
  CHECK(sim_ranks_neighbours() <= sim_ranks());
  CHECK(sim_rank() < sim_ranks());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rank_0_has_what_all_own),
      cmocka_unit_test(all_have_what_rank_0_has),
      cmocka_unit_test(the_failure_of_the_least_key_is_that_of_all),
      cmocka_unit_test(messages_arrive_in_order),
      cmocka_unit_test(a_tile_is_worked_on_by_its_owner),
      cmocka_unit_test(the_lowest_failing_tile_is_reported_to_all),
      cmocka_unit_test(processors_are_shared_by_some),
  };
  struct sim_error err = {0};
  if (sim_ranks_init(&err)) {
    fprintf(stderr, "%s\n", err.message);
    return 1;
  }
  sim_threads_set(2);
  const int n_failed = cmocka_run_group_tests_name("ranks", tests, NULL, NULL);
  sim_ranks_finish();
  return n_failed;
}
