/* tests/test_flow.c -- what batches of flow matching are made of
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/flow.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/flow_batch.h"

/* --- what a sample is --- */

/* mean 1/2 +- 1/sqrt(12 n), variance 1/12 +- 1/sqrt(180 n); 5 of each. */
static void times_are_uniform(void **state) {
  (void)state;
  enum { N = 1797 };
  double cost, mean = 0, variance = 0, largest = 0, smallest = 1;
  struct model_flow *flow =
      flow_make(MODEL_INDEPENDENT, MODEL_WITH_REPLACEMENT, N, N, 1);
  const struct model_batch batch = draw(flow, 0, &cost);
  take_all_apart(&batch, N);
  for (size_t k = 0; k < N; k++) {
    const double t = samples[k].t;
    mean += t / N;
    variance += (t - 0.5) * (t - 0.5) / N;
    largest = fmax(largest, t);
    smallest = fmin(smallest, t);
  }
  CHECK_NEAR(mean, 0.5, 5 / sqrt(12.0 * N));
  CHECK_NEAR(variance, 1.0 / 12, 5 / sqrt(180.0 * N));
  CHECK(smallest >= 0 && smallest < 0.01 && largest < 1 && largest > 0.99);
  model_flow_destroy(flow);
}

/* All noises of an epoch, whichever image they go with. */
static void noise_is_normal(void **state) {
  (void)state;
  enum { N = 1797 };
  const double se = 5 / sqrt(N * DIM);
  for (int coupling = 0; coupling < 2; coupling++) {
    double cost, mean = 0, square = 0, fourth = 0, mixed = 0;
    struct model_flow *flow = flow_make(coupling, MODEL_EACH_ONCE, N, N, 1);
    const struct model_batch batch = draw(flow, 0, &cost);
    take_all_apart(&batch, N);
    for (size_t k = 0; k < N; k++) {
      const double *x = samples[k].x0;
      for (size_t j = 0; j < DIM; j++) {
        mean += x[j] / (N * DIM);
        square += x[j] * x[j] / (N * DIM);
        fourth += pow(x[j], 4) / (N * DIM);
        mixed += x[j] * x[(j + 1) % DIM] / (N * DIM);
      }
    }
    CHECK_NEAR(mean, 0, se);
    CHECK_NEAR(square, 1, se * sqrt(2));
    CHECK_NEAR(fourth, 3, se * sqrt(96));
    CHECK_NEAR(mixed, 0, se);
    model_flow_destroy(flow);
  }
}

/* Time and noise, time and number of the pair: correlations below 5/sqrt(n). */
static void times_know_nothing_of_the_pair(void **state) {
  (void)state;
  enum { N = 1797 };
  double cost, with_noise = 0, with_image = 0;
  struct model_flow *flow =
      flow_make(MODEL_INDEPENDENT, MODEL_EACH_ONCE, N, N, 4);
  const struct model_batch batch = draw(flow, 3, &cost);
  take_all_apart(&batch, N);
  for (size_t k = 0; k < N; k++) {
    const double t = (samples[k].t - 0.5) * sqrt(12);
    with_noise += t * samples[k].x0[0] / N;
    with_image += t * ((double)samples[k].image / N - 0.5) * sqrt(12) / N;
  }
  CHECK_NEAR(with_noise, 0, 5 / sqrt(N));
  CHECK_NEAR(with_image, 0, 5 / sqrt(N));
  model_flow_destroy(flow);
}

/* From the median up, then from the least up. */
static void neighbours_have_neighbouring_times(void **state) {
  (void)state;
  enum { N = 101 };
  double cost;
  struct model_flow *flow =
      flow_make(MODEL_INDEPENDENT, MODEL_WITH_REPLACEMENT, N, N, 4);
  const struct model_batch batch = draw(flow, 3, &cost);
  take_all_apart(&batch, N);
  size_t n_falls = 0;
  for (size_t k = 0; k < N; k++) {
    n_falls += samples[(k + 1) % N].t < samples[k].t;
  }
  assert_int_equal(n_falls, 1);
  CHECK(samples[N - N / 2].t < samples[N - N / 2 - 1].t);
  model_flow_destroy(flow);
}

/* --- which pairs --- */

static void each_once_uses_every_pair_once(void **state) {
  (void)state;
  enum { N = 200 };
  double cost;
  struct model_flow *flow =
      flow_make(MODEL_OPTIMAL_TRANSPORT, MODEL_EACH_ONCE, N, N, 1);
  const struct model_batch batch = draw(flow, 0, &cost);
  take_all_apart(&batch, N);
  assert_int_equal(count_images(N, N), N);
  size_t n_in_place = 0;
  for (size_t k = 0; k < N; k++) {
    n_in_place += samples[k].image == k;
    for (size_t i = 0; i < k; i++) {
      CHECK(samples[i].x0[0] != samples[k].x0[0]);
    }
  }
  CHECK(n_in_place < 10);  // expected 1, standard deviation 1
  model_flow_destroy(flow);
}

/* A fraction 1 - (1 - 1/n)^n = 0.632 of the pairs; the number of distinct
 * ones has variance n (1/e - 2/e^2). */
static void with_replacement_uses_63_percent_of_the_pairs(void **state) {
  (void)state;
  enum { N = 1797 };
  double cost;
  struct model_flow *flow =
      flow_make(MODEL_OPTIMAL_TRANSPORT, MODEL_WITH_REPLACEMENT, N, N, 1);
  const double want = N * (1 - pow(1 - 1.0 / N, N));
  const double sd = sqrt(N * (exp(-1) - 2 * exp(-2)));
  CHECK_NEAR(want / N, 0.632, 5e-4);
  for (uint64_t epoch = 0; epoch < 2; epoch++) {
    const struct model_batch batch = draw(flow, epoch, &cost);
    take_all_apart(&batch, N);
    CHECK_NEAR((double)count_images(N, N), want, 5 * sd);
    // The same pair comes with the same noise, at another time.
    for (size_t k = 1; k < N; k++) {
      if (samples[k].image == samples[0].image) {
        CHECK_NEAR(samples[k].x0[0], samples[0].x0[0], 1e-12);
        CHECK(samples[k].t != samples[0].t);
      }
    }
  }
  model_flow_destroy(flow);
}

/* Independent images come with replacement, every noise once. */
static void independent_pairs_draw_their_images(void **state) {
  (void)state;
  enum { N = 1797 };
  double cost, mean = 0;
  struct model_flow *flow =
      flow_make(MODEL_INDEPENDENT, MODEL_EACH_ONCE, N, N, 2);
  const struct model_batch batch = draw(flow, 0, &cost);
  take_all_apart(&batch, N);
  CHECK_NEAR((double)count_images(N, N), 0.632 * N,
             5 * sqrt(N * (exp(-1) - 2 * exp(-2))));
  for (size_t k = 0; k < N; k++) {
    mean += (double)samples[k].image / N;
  }
  CHECK_NEAR(mean, (N - 1) / 2.0, 5 * N / sqrt(12.0 * N));
  model_flow_destroy(flow);
}

/* --- drawing again --- */

static void an_epoch_is_drawn_again_to_the_bit(void **state) {
  (void)state;
  enum { N = 150, BATCH = 70 };
  for (int coupling = 0; coupling < 2; coupling++) {
    for (int pairs = 0; pairs < 2; pairs++) {
      double x_t[BATCH * DIM], u[BATCH * DIM], cost[3];
      struct model_flow *flow = flow_make(coupling, pairs, N, BATCH, 1);
      struct model_batch batch = draw(flow, 7, &cost[0]);
      memcpy(x_t, batch.x_t, sizeof x_t);
      memcpy(u, batch.u, sizeof u);
      batch = draw(flow, 8, &cost[1]);
      for (size_t i = 0; i < BATCH * DIM; i++) {
        CHECK(batch.x_t[i] != x_t[i] && batch.u[i] != u[i]);
      }
      sim_threads_set(2);
      batch = draw(flow, 7, &cost[2]);
      sim_threads_set(1);
      assert_memory_equal(batch.x_t, x_t, sizeof x_t);
      assert_memory_equal(batch.u, u, sizeof u);
      CHECK(cost[0] == cost[2] && cost[0] != cost[1]);
      model_flow_destroy(flow);

      flow = flow_make(coupling, pairs, N, BATCH, 2);
      batch = draw(flow, 7, &cost[1]);
      CHECK(batch.x_t[0] != x_t[0] && cost[1] != cost[0]);
      model_flow_destroy(flow);
    }
  }
}

/* Drawing beside other work changes nothing, whichever epoch is asked for. */
static void a_prepared_batch_is_the_batch(void **state) {
  (void)state;
  enum { N = 150, BATCH = 70 };
  double cost[3];
  struct model_flow *plain = flow_make(MODEL_OPTIMAL_TRANSPORT, 0, N, BATCH, 1);
  struct model_flow *flow = flow_make(MODEL_OPTIMAL_TRANSPORT, 0, N, BATCH, 1);
  const struct model_batch want = draw(plain, 7, &cost[0]);

  model_flow_prepare(flow, 7);
  const struct model_batch prepared = draw(flow, 7, &cost[1]);
  assert_memory_equal(prepared.x_t, want.x_t, BATCH * DIM * sizeof(double));
  assert_memory_equal(prepared.u, want.u, BATCH * DIM * sizeof(double));

  model_flow_prepare(flow, 8);  // the caller's batch stays as it is
  assert_memory_equal(prepared.u, want.u, BATCH * DIM * sizeof(double));
  const struct model_batch other = draw(flow, 7, &cost[2]);
  assert_memory_equal(other.x_t, want.x_t, BATCH * DIM * sizeof(double));
  CHECK(cost[0] == cost[1] && cost[0] == cost[2]);

  model_flow_prepare(flow, 9);  // nobody asks for it
  model_flow_destroy(flow);
  model_flow_destroy(plain);
}

/* The pairs of a small batch are the first ones of the large one. */
static void a_small_batch_is_a_part_of_the_whole(void **state) {
  (void)state;
  enum { N = 60, FEW = 7 };
  for (int pairs = 0; pairs < 2; pairs++) {
    double cost[2];
    struct model_flow *all = flow_make(MODEL_OPTIMAL_TRANSPORT, pairs, N, N, 1);
    struct model_flow *few =
        flow_make(MODEL_OPTIMAL_TRANSPORT, pairs, N, FEW, 1);
    const struct model_batch a = draw(all, 2, &cost[0]);
    const struct model_batch b = draw(few, 2, &cost[1]);
    assert_int_equal(b.n, FEW);
    assert_memory_equal(a.u, b.u, FEW * DIM * sizeof(double));
    CHECK(cost[0] == cost[1]);
    model_flow_destroy(all);
    model_flow_destroy(few);
  }
}

static void one_image_goes_with_one_noise(void **state) {
  (void)state;
  for (int coupling = 0; coupling < 2; coupling++) {
    for (int pairs = 0; pairs < 2; pairs++) {
      double cost;
      struct model_flow *flow = flow_make(coupling, pairs, 1, 1, 1);
      const struct model_batch batch = draw(flow, 0, &cost);
      take_all_apart(&batch, 1);
      CHECK_REL(cost, cost_of_batch(&batch, DIM), 1e-14);
      model_flow_destroy(flow);
    }
  }
}

static void no_memory_leaves_no_flow(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct model_flow_params params = {MODEL_OPTIMAL_TRANSPORT, 0};
  struct model_flow *flow = NULL;
  long n = 0;
  do {
    CHECK(!flow);
    sim_alloc_refuse_after(n++);
  } while (model_flow_create(&flow, &params, images, 5, DIM, 5, 1, &err));
  sim_alloc_refuse_after(-1);
  CHECK(n > 9);
  model_flow_destroy(flow);
  model_flow_destroy(NULL);
}

int main(void) {
  gsl_set_error_handler_off();
  sim_threads_set(1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_are_uniform),
      cmocka_unit_test(noise_is_normal),
      cmocka_unit_test(times_know_nothing_of_the_pair),
      cmocka_unit_test(neighbours_have_neighbouring_times),
      cmocka_unit_test(each_once_uses_every_pair_once),
      cmocka_unit_test(with_replacement_uses_63_percent_of_the_pairs),
      cmocka_unit_test(independent_pairs_draw_their_images),
      cmocka_unit_test(an_epoch_is_drawn_again_to_the_bit),
      cmocka_unit_test(a_prepared_batch_is_the_batch),
      cmocka_unit_test(a_small_batch_is_a_part_of_the_whole),
      cmocka_unit_test(one_image_goes_with_one_noise),
      cmocka_unit_test(no_memory_leaves_no_flow),
  };
  return cmocka_run_group_tests_name("flow", tests, set_up, NULL);
}
