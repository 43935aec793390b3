/* tests/test_controller.c -- batches: tiles, threads, samples and failures
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/controller.h"

#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_batch.h"

static void any_number_of_threads_gives_the_same_bits(void **state) {
  (void)state;
  static const char *const integrators[] = {"euler", "rkf45"};
  for (int i = 0; i < 2; i++) {
    double gradient[3][PARAMETERS];
    struct model_measurement m[3] = {{0}};
    const struct model_settling settling =
        small_settling(integrators[i], 0.05, 5, 0);
    const struct model_learning rule = rule_of(3, 0.01);
    for (size_t n = 1; n <= 3; n++) {
      sim_threads_set(n);
      m[n - 1] = measure(&rule, &settling, MAX_SAMPLES, gradient[n - 1]);
    }
    sim_threads_set(1);
    for (int n = 1; n < 3; n++) {
      assert_memory_equal(gradient[n], gradient[0], sizeof gradient[0]);
      assert_memory_equal(&m[n], &m[0], sizeof m[0]);
    }
  }
}

/* 70 samples are two full tiles and one of six. */
static void the_gradient_of_a_batch_is_the_mean_of_its_samples(void **state) {
  (void)state;
  double all[PARAMETERS], part[PARAMETERS], mean[PARAMETERS] = {0}, loss = 0;
  double first_x[VISIBLE], first_u[VISIBLE];
  const struct model_settling settling = small_settling("euler", 0.05, 5, 0);
  const struct model_learning rule = rule_of(3, 0.01);
  const double batch_loss = measure(&rule, &settling, MAX_SAMPLES, all).loss;
  memcpy(first_x, x_t, sizeof first_x);
  memcpy(first_u, u, sizeof first_u);
  for (size_t k = 0; k < MAX_SAMPLES; k++) {
    memcpy(x_t, k ? x_t + k * VISIBLE : first_x, sizeof first_x);
    memcpy(u, k ? u + k * VISIBLE : first_u, sizeof first_u);
    loss += measure(&rule, &settling, 1, part).loss / MAX_SAMPLES;
    for (size_t i = 0; i < PARAMETERS; i++) {
      mean[i] += part[i] / MAX_SAMPLES;
    }
  }
  CHECK_REL(batch_loss, loss, 1e-12);
  CHECK(distance(all, mean) < 1e-11 * norm(all));
}

/* A tile of one sample settles like a tile full of that sample: in the same
 * time, to the same residual. */
static void lanes_without_a_sample_change_nothing(void **state) {
  (void)state;
  enum { COPIES = 32 };
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling =
      small_settling("rkf45", 0.05, 1000, 1e-6);
  for (size_t sample = 1; sample < 20; sample++) {
    double one[PARAMETERS], many[PARAMETERS];
    for (size_t k = 0; k < COPIES; k++) {
      memmove(x_t + k * VISIBLE, x_t + (COPIES + sample) * VISIBLE,
              VISIBLE * sizeof *x_t);
    }
    for (size_t k = 0; k < COPIES; k++) {
      memcpy(u + k * VISIBLE, u + COPIES * VISIBLE, VISIBLE * sizeof *u);
    }
    const struct model_measurement a = measure(&rule, &settling, 1, one);
    const struct model_measurement b = measure(&rule, &settling, COPIES, many);
    CHECK_REL(a.settling_time, b.settling_time, 1e-14);
    CHECK_REL(a.residual, b.residual, 1e-14);
    CHECK_REL(a.loss, b.loss, 1e-14);
    CHECK(distance(one, many) < 1e-12 * norm(one));
  }
}

static void a_failure_names_a_sample_of_the_batch(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_controller *controller;
  struct model_measurement measurement;
  double gradient[PARAMETERS];
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling =
      small_settling("euler", 0.05, 0.5, 1e-9);
  CHECK_OK(model_controller_create(&controller, &rule, &settling, &small.net, 1,
                                   &err),
           err);
  for (size_t k = 0; k < 20; k++) {
    const struct model_batch batch = {.n = 1, .x_t = x_t + k * VISIBLE, .u = u};
    assert_int_equal(model_controller_measure(controller, &batch, gradient,
                                              &measurement, &err),
                     SIM_EFAIL);
    CHECK(strncmp(err.message, "not settled after 0.5 tau: sample 0,", 36) ==
          0);
  }
  model_controller_destroy(controller);
}

static void the_loss_is_that_of_the_phases_own_states(void **state) {
  (void)state;
  enum { N = 70, TILE = 32 };
  struct sim_error err = {0};
  struct model_phases phases;
  double gradient[PARAMETERS], loss = 0, residual = 0;
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling = small_settling("rkf45", 0.05, 5, 0);
  const struct model_batch batch = {.n = N, .x_t = x_t, .u = u};
  const struct model_measurement m = measure(&rule, &settling, N, gradient);
  assert_int_equal(model_settling_lanes(&settling), TILE);
  CHECK_OK(model_phases_init(&phases, &rule, &settling, &small.net, TILE, &err),
           err);
  for (size_t first = 0; first < N; first += TILE) {
    model_phases_load(&phases, &batch, first);
    CHECK_OK(model_phases_free(&phases, &err), err);
    for (size_t k = 0; k < TILE && first + k < N; k++) {
      const double *x = x_t + (first + k) * VISIBLE;
      const double *v_wanted = u + (first + k) * VISIBLE;
      residual += phases.settler.residual[k] / N;
      for (size_t i = 0; i < VISIBLE; i++) {
        const double v = 6 * (lane_of(phases.free_state, TILE, i, k) - x[i]);
        CHECK_NEAR(lane_of(phases.velocity, TILE, i, k), v, 1e-15 * 6);
        loss += (v - v_wanted[i]) * (v - v_wanted[i]) / VISIBLE / N;
      }
    }
  }
  CHECK_REL(m.loss, loss, 1e-13);
  CHECK_REL(m.residual, residual, 1e-13);
  model_phases_finish(&phases);
}

static void a_small_batch_follows_a_large_one(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_controller *controller;
  struct model_measurement measurement;
  double fresh[PARAMETERS], after[PARAMETERS];
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling = small_settling("rkf45", 0.05, 5, 0);
  const struct model_batch large = {.n = MAX_SAMPLES, .x_t = x_t, .u = u},
                           tiny = {.n = 3, .x_t = x_t, .u = u};
  measure(&rule, &settling, 3, fresh);
  CHECK_OK(model_controller_create(&controller, &rule, &settling, &small.net,
                                   MAX_SAMPLES, &err),
           err);
  CHECK_OK(
      model_controller_measure(controller, &large, after, &measurement, &err),
      err);
  CHECK(distance(fresh, after) > 0);  // so that nothing is left over
  CHECK_OK(
      model_controller_measure(controller, &tiny, after, &measurement, &err),
      err);
  assert_memory_equal(fresh, after, sizeof fresh);
  model_controller_destroy(controller);
}

static void a_controller_without_memory_is_none(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_controller *controller = NULL;
  const struct model_learning rule = rule_of(3, 0.01);
  const struct model_settling settling = small_settling("euler", 0.05, 5, 0);
  long n = 0;
  do {
    CHECK(!controller);
    sim_alloc_refuse_after(n++);
  } while (model_controller_create(&controller, &rule, &settling, &small.net, 5,
                                   &err));
  sim_alloc_refuse_after(-1);
  CHECK(n > 20);
  model_controller_destroy(controller);
  model_controller_destroy(NULL);
}

int main(void) {
  gsl_set_error_handler_off();
  sim_threads_set(1);
  const struct CMUnitTest tests[] = {
      TEST(any_number_of_threads_gives_the_same_bits),
      TEST(the_gradient_of_a_batch_is_the_mean_of_its_samples),
      TEST(lanes_without_a_sample_change_nothing),
      TEST(a_failure_names_a_sample_of_the_batch),
      TEST(the_loss_is_that_of_the_phases_own_states),
      TEST(a_small_batch_follows_a_large_one),
      TEST(a_controller_without_memory_is_none),
  };
  return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
