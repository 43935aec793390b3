/* tests/test_pool.c -- samples take turns in the lanes of a pool
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/pool.h"

#include <gsl/gsl_rng.h>
#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"

static struct model_pool pool_of(size_t n_samples) {
  struct sim_error err = {0};
  struct model_pool pool;
  CHECK_OK(model_pool_init(&pool, &err), err);
  model_pool_start(&pool, n_samples);
  return pool;
}

/* Give a sample to every lane that can have one; how many there were. */
static size_t fill(struct model_pool *pool) {
  size_t lane, sample, n = 0;
  while (model_pool_take(pool, &lane, &sample)) {
    n++;
  }
  return n;
}

/* --- samples --- */

static void a_small_tile_has_a_lane_for_each_sample(void **state) {
  (void)state;
  const size_t n[] = {0, 1, 31, 32, 33, 1000};
  for (size_t i = 0; i < sizeof n / sizeof n[0]; i++) {
    const size_t width = n[i] < MODEL_POOL_LANES ? n[i] : MODEL_POOL_LANES;
    struct model_pool pool = pool_of(n[i]);
    assert_int_equal(model_pool_width(n[i]), width);
    assert_int_equal(pool.n_lanes, width);
    for (size_t k = 0; k < width; k++) {
      CHECK(!model_pool_is_busy(&pool, k));
    }
    assert_int_equal(fill(&pool), width);
    model_pool_finish(&pool);
  }
}

static void the_next_sample_goes_to_the_first_idle_lane(void **state) {
  (void)state;
  size_t lane, sample;
  struct model_pool pool = pool_of(40);
  for (size_t k = 0; k < MODEL_POOL_LANES; k++) {
    CHECK(model_pool_take(&pool, &lane, &sample));
    CHECK(lane == k && sample == k && model_pool_is_busy(&pool, k));
  }
  CHECK(!model_pool_take(&pool, &lane, &sample));
  model_pool_release(&pool, 20);
  model_pool_release(&pool, 7);
  CHECK(model_pool_take(&pool, &lane, &sample));
  CHECK(lane == 7 && sample == 32);
  CHECK(model_pool_take(&pool, &lane, &sample));
  CHECK(lane == 20 && sample == 33);
  CHECK(!model_pool_take(&pool, &lane, &sample));
  model_pool_finish(&pool);
}

/* Whatever the order in which they are done; the pool closes up behind them. */
static void every_sample_passes_once(void **state) {
  (void)state;
  enum { N = 97 };
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct model_pool pool = pool_of(N);
  size_t lane, sample, n_seen[N] = {0}, n_done = 0, width = pool.n_lanes;
  do {
    while (model_pool_take(&pool, &lane, &sample)) {
      n_seen[sample]++;
    }
    lane = gsl_rng_uniform_int(rng, pool.n_lanes);
    if (model_pool_is_busy(&pool, lane)) {
      model_pool_release(&pool, lane);
      n_done++;
    }
    width = pool.n_taken < N ? pool.n_lanes : model_pool_choose(&pool);
    if (width < pool.n_lanes) {
      model_pool_pack(&pool, width);
    }
  } while (width > 0);
  assert_int_equal(n_done, N);
  for (size_t i = 0; i < N; i++) {
    assert_int_equal(n_seen[i], 1);
  }
  model_pool_finish(&pool);
  gsl_rng_free(rng);
}

/* --- closing up --- */

/* A full pool of which these lanes have ended. */
static struct model_pool pool_without(size_t n_samples, size_t n,
                                      const size_t *lanes) {
  struct model_pool pool = pool_of(n_samples);
  fill(&pool);
  for (size_t i = 0; i < n; i++) {
    model_pool_release(&pool, lanes[i]);
  }
  return pool;
}

static void widths_are_multiples_of_eight(void **state) {
  (void)state;
  const struct {
    size_t n_samples, n_ended, width;
  } cases[] = {{32, 0, 32}, {32, 7, 32}, {32, 8, 24},  {32, 9, 24}, {32, 31, 8},
               {32, 32, 0}, {20, 3, 20}, {20, 4, 16},  {20, 12, 8}, {5, 1, 5},
               {5, 4, 5},   {5, 5, 0},   {100, 15, 24}};
  size_t lanes[MODEL_POOL_LANES];
  for (size_t k = 0; k < MODEL_POOL_LANES; k++) {
    lanes[k] = k;
  }
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct model_pool pool =
        pool_without(cases[i].n_samples, cases[i].n_ended, lanes);
    assert_int_equal(model_pool_choose(&pool), cases[i].width);
    model_pool_finish(&pool);
  }
}

/* 16 lanes less eight that ended: the busy ones stay, in their order. */
static void busy_lanes_stay_with_their_samples(void **state) {
  (void)state;
  const size_t ended[] = {0, 2, 3, 7, 8, 11, 14, 15};
  const size_t busy[] = {1, 4, 5, 6, 9, 10, 12, 13};
  struct model_pool pool = pool_without(16, 8, ended);
  assert_int_equal(model_pool_choose(&pool), 8);
  assert_memory_equal(pool.keep, busy, sizeof busy);
  model_pool_pack(&pool, 8);
  assert_int_equal(pool.n_lanes, 8);
  assert_memory_equal(pool.sample, busy, sizeof busy);
  model_pool_finish(&pool);
}

/* Nine busy lanes need seven idle ones beside them: the first of these. */
static void idle_lanes_fill_up_the_step(void **state) {
  (void)state;
  size_t ended[15];
  for (size_t i = 0; i < 15; i++) {
    ended[i] = 2 + i;
  }
  struct model_pool pool = pool_without(24, 15, ended);
  assert_int_equal(model_pool_choose(&pool), 16);
  for (size_t i = 0; i < 16; i++) {
    assert_int_equal(pool.keep[i], i < 9 ? i : i + 8);
  }
  model_pool_pack(&pool, 16);
  for (size_t k = 0; k < 16; k++) {
    CHECK(model_pool_is_busy(&pool, k) == (k < 2 || k >= 9));
  }
  model_pool_finish(&pool);
}

static void arrays_follow_their_lanes(void **state) {
  (void)state;
  enum { ROWS = 3, LANES = 16 };
  const size_t ended[] = {0, 2, 3, 7, 8, 11, 14, 15};
  struct model_pool pool = pool_without(LANES, 8, ended);
  double x[ROWS * LANES];
  for (size_t i = 0; i < ROWS * LANES; i++) {
    x[i] = (double)i;
  }
  const size_t n = model_pool_choose(&pool);
  model_pool_pack_array(&pool, ROWS, n, x);
  model_pool_pack(&pool, n);
  for (size_t i = 0; i < ROWS; i++) {
    for (size_t k = 0; k < n; k++) {
      CHECK(x[i * n + k] == (double)(i * LANES + pool.sample[k]));
    }
  }
  model_pool_finish(&pool);
}

static void a_pool_without_memory_is_none(void **state) {
  (void)state;
  for (long k = 0; k < 2; k++) {
    struct sim_error err = {0};
    struct model_pool pool;
    sim_alloc_refuse_after(k);
    assert_int_equal(model_pool_init(&pool, &err), SIM_EFAIL);
    sim_alloc_refuse_after(-1);
    CHECK(!pool.sample && !pool.keep);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_small_tile_has_a_lane_for_each_sample),
      cmocka_unit_test(the_next_sample_goes_to_the_first_idle_lane),
      cmocka_unit_test(every_sample_passes_once),
      cmocka_unit_test(widths_are_multiples_of_eight),
      cmocka_unit_test(busy_lanes_stay_with_their_samples),
      cmocka_unit_test(idle_lanes_fill_up_the_step),
      cmocka_unit_test(arrays_follow_their_lanes),
      cmocka_unit_test(a_pool_without_memory_is_none),
  };
  return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
