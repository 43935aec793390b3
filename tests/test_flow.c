/* tests/test_flow.c -- what batches of flow matching are made of
 *
 * A batch tells x_t and u only. With the images known, each sample gives away
 * its image, t and x0: x1 = x_t + (1 - t) u is the only image on that line.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/flow.h"

#include <stdlib.h>
#include <string.h>

#include "models/dataset.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { MAX = 1800, DIM = 3 };

/* One sample, taken apart. */
struct sample {
  size_t image;
  double t;
  double x0[64];
};

static double images[MAX * DIM];
static struct sample samples[MAX];

static int set_up(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  fill_normal(rng, MAX * DIM, 1.0, images);
  gsl_rng_free(rng);
  return 0;
}

static struct model_flow *flow_make(int coupling, int pairs, size_t n_images,
                                    size_t n_batch, uint64_t seed) {
  struct sim_error err = {0};
  struct model_flow *flow;
  const struct model_flow_params params = {coupling, pairs};
  CHECK_OK(model_flow_create(&flow, &params, images, n_images, DIM, n_batch,
                             seed, &err),
           err);
  return flow;
}

static struct model_batch draw(struct model_flow *flow, uint64_t epoch,
                               double *cost) {
  struct sim_error err = {0};
  struct model_batch batch;
  CHECK_OK(model_flow_draw(flow, epoch, &batch, cost, &err), err);
  return batch;
}

/* Distance of the line x_t + p u from `point`, relative to 1 + |u|, and p. */
static double distance_from_line(const double *x_t, const double *u,
                                 const double *point, size_t dim, double *p) {
  double along = 0, length = 0, rest = 0;
  for (size_t j = 0; j < dim; j++) {
    along += (point[j] - x_t[j]) * u[j];
    length += u[j] * u[j];
  }
  *p = along / length;
  for (size_t j = 0; j < dim; j++) {
    const double off = x_t[j] + *p * u[j] - point[j];
    rest += off * off;
  }
  return sqrt(rest) / (1 + sqrt(length));
}

static struct sample take_apart(const double *x_t, const double *u,
                                const double *set, size_t n, size_t dim) {
  struct sample s = {.image = n};
  double p;
  for (size_t i = 0; i < n; i++) {
    if (distance_from_line(x_t, u, set + i * dim, dim, &p) < 1e-12 && p > 0 &&
        p <= 1) {
      CHECK(s.image == n);  // no second one
      s.image = i;
      s.t = 1 - p;
    }
  }
  CHECK(s.image < n);
  for (size_t j = 0; j < dim; j++) {
    s.x0[j] = set[s.image * dim + j] - u[j];
    CHECK_NEAR(x_t[j], (1 - s.t) * s.x0[j] + s.t * set[s.image * dim + j],
               1e-12);
  }
  return s;
}

static void take_all_apart(const struct model_batch *batch, size_t n_images) {
  for (size_t k = 0; k < batch->n; k++) {
    samples[k] = take_apart(batch->x_t + k * DIM, batch->u + k * DIM, images,
                            n_images, DIM);
  }
}

static size_t count_images(size_t n, size_t n_images) {
  static unsigned char seen[MAX];
  size_t n_distinct = 0;
  memset(seen, 0, n_images);
  for (size_t k = 0; k < n; k++) {
    n_distinct += !seen[samples[k].image];
    seen[samples[k].image] = 1;
  }
  return n_distinct;
}

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

/* --- transport --- */

/* Least cost over all 720 permutations of six pairs. */
static double least_cost(size_t n, size_t *perm, size_t fixed) {
  if (fixed == n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
      for (size_t j = 0; j < DIM; j++) {
        const double d = samples[i].x0[j] - images[perm[i] * DIM + j];
        sum += d * d;
      }
    }
    return sum / (double)n;
  }
  double least = INFINITY;
  for (size_t i = fixed; i < n; i++) {
    const size_t a = perm[fixed], b = perm[i];
    perm[fixed] = b;
    perm[i] = a;
    least = fmin(least, least_cost(n, perm, fixed + 1));
    perm[fixed] = a;
    perm[i] = b;
  }
  return least;
}

static double cost_of_batch(const struct model_batch *batch, size_t dim) {
  double sum = 0;
  for (size_t i = 0; i < batch->n * dim; i++) {
    sum += batch->u[i] * batch->u[i] / (double)batch->n;
  }
  return sum;
}

static void the_coupling_is_the_cheapest_of_all(void **state) {
  (void)state;
  enum { N = 6 };
  struct model_flow *flow =
      flow_make(MODEL_OPTIMAL_TRANSPORT, MODEL_EACH_ONCE, N, N, 1);
  for (uint64_t epoch = 0; epoch < 10; epoch++) {
    size_t perm[N] = {0, 1, 2, 3, 4, 5};
    double cost;
    const struct model_batch batch = draw(flow, epoch, &cost);
    take_all_apart(&batch, N);
    CHECK_REL(cost, least_cost(N, perm, 0), 1e-12);
    CHECK_REL(cost, cost_of_batch(&batch, DIM), 1e-12);
  }
  model_flow_destroy(flow);
}

static struct model_dataset digits(void) {
  struct sim_error err = {0};
  struct model_dataset set;
  CHECK_OK(model_dataset_load(
               &set,
               &(struct model_dataset_source){
                   .file = "experiments/data/digits.h5", .range = {-1, 1}},
               &err),
           err);
  return set;
}

/* Published: 86.4 +- 0.6 a sample. Independent pairs cost the squares of both
 * ends, 64 + mean |x1|^2, within 5 standard errors of their own spread. */
static void transport_of_the_digits_costs_86(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_dataset set = digits();
  double ends = 64, cost[2];
  assert_int_equal(set.n, 1797);
  assert_int_equal(set.dim, 64);
  for (size_t i = 0; i < set.n * set.dim; i++) {
    ends += set.values[i] * set.values[i] / (double)set.n;
  }
  for (int coupling = 0; coupling < 2; coupling++) {
    const struct model_flow_params params = {coupling, MODEL_EACH_ONCE};
    struct model_flow *flow;
    struct model_batch batch;
    double square = 0;
    CHECK_OK(model_flow_create(&flow, &params, set.values, set.n, set.dim,
                               set.n, 1, &err),
             err);
    CHECK_OK(model_flow_draw(flow, 0, &batch, &cost[coupling], &err), err);
    CHECK_REL(cost[coupling], cost_of_batch(&batch, 64), 1e-12);
    for (size_t k = 0; k < batch.n; k++) {
      const struct model_batch one = {
          .n = 1, .x_t = NULL, .u = batch.u + k * 64};
      const double away = cost_of_batch(&one, 64) - cost[coupling];
      square += away * away / (double)batch.n;
    }
    if (coupling == MODEL_INDEPENDENT) {
      CHECK_NEAR(cost[coupling], ends, 5 * sqrt(square / (double)batch.n));
    }
    model_flow_destroy(flow);
  }
  CHECK_NEAR(cost[MODEL_OPTIMAL_TRANSPORT], 86.4, 2);
  CHECK(cost[MODEL_INDEPENDENT] > cost[MODEL_OPTIMAL_TRANSPORT] + 10);
  model_dataset_finish(&set);
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
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_are_uniform),
      cmocka_unit_test(noise_is_normal),
      cmocka_unit_test(times_know_nothing_of_the_pair),
      cmocka_unit_test(neighbours_have_neighbouring_times),
      cmocka_unit_test(each_once_uses_every_pair_once),
      cmocka_unit_test(with_replacement_uses_63_percent_of_the_pairs),
      cmocka_unit_test(independent_pairs_draw_their_images),
      cmocka_unit_test(the_coupling_is_the_cheapest_of_all),
      cmocka_unit_test(transport_of_the_digits_costs_86),
      cmocka_unit_test(an_epoch_is_drawn_again_to_the_bit),
      cmocka_unit_test(a_prepared_batch_is_the_batch),
      cmocka_unit_test(a_small_batch_is_a_part_of_the_whole),
      cmocka_unit_test(one_image_goes_with_one_noise),
      cmocka_unit_test(no_memory_leaves_no_flow),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("flow", tests, set_up, NULL);
}
