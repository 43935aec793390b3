/* tests/test_flow_transport.c -- the pairs of a batch are the cheapest
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "models/dataset.h"
#include "models/flow.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/flow_batch.h"

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

int main(void) {
  gsl_set_error_handler_off();
  sim_threads_set(1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_coupling_is_the_cheapest_of_all),
      cmocka_unit_test(transport_of_the_digits_costs_86),
  };
  return cmocka_run_group_tests_name("flow_transport", tests, set_up, NULL);
}
