/* tests/test_generate.c -- trajectories along the velocity a chip reads out
 *
 * Without couplings everything has a closed form: the clamped read-out is
 * v = alpha (b_0 - x), the spring's alpha lambda/(1 + lambda) (b_0 - x), and n
 * Euler steps from x leave b_0 + (x - b_0)(1 - dt rate)^n.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/generate.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/config_text.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10 };
static const size_t width[] = {VISIBLE, 4, 3};
#define ALPHA 2.0
#define FAR 1e6  // limits that cut nothing

static struct model_learning rule_of(double lambda) {
  return (struct model_learning){
      .spring = lambda, .scale = ALPHA, .nudge = 1e-3, .phases = 3};
}

static void uncoupled(struct small *small) {
  small_make(small, 3, width, "silu", 1.5, 8);
  memset(small->net.theta, 0, small->net.layout.bias_at[0] * sizeof(double));
}

/* Limits are -limit and limit. */
static struct model_generate_task task_of(
    const struct model_generate_params *params, const struct small *small,
    const struct model_learning *rule, const struct model_settling *settling,
    size_t n, double limit, uint64_t seed) {
  return (struct model_generate_task){.params = params,
                                      .net = &small->net,
                                      .rule = rule,
                                      .settling = settling,
                                      .n_samples = n,
                                      .low = -limit,
                                      .high = limit,
                                      .seed = seed};
}

static struct model_generated generate(
    const struct small *small, const struct model_generate_params *params,
    double lambda, size_t n, double limit) {
  struct sim_error err = {0};
  struct model_generated out;
  const struct model_learning rule = rule_of(lambda);
  struct model_settling settling = settle_fully();
  settling.settings.step = 0.5 / (1 + lambda);
  const struct model_generate_task task =
      task_of(params, small, &rule, &settling, n, limit, 3);
  CHECK_OK(model_generate(&task, &out, &err), err);
  return out;
}

/* x after n steps. */
static double decayed(double x, double b, double rate, double dt, int n) {
  return b + (x - b) * pow(1 - dt * rate, n);
}

/* x(0) from the sample after n steps. */
static double start_of(double sample, double b, double rate, double dt, int n) {
  return b + (sample - b) / pow(1 - dt * rate, n);
}

/* --- closed forms --- */

static void check_trajectory(int readout, double lambda) {
  enum { N = 40 };
  const struct model_generate_params params = {
      .horizons = {3, {1.2, 1e-3, 1.0}}, .dt = 0.01, .readout = readout};
  const double rate =
      readout == MODEL_CLAMPED ? ALPHA : ALPHA * lambda / (1 + lambda);
  struct small small;
  uncoupled(&small);
  struct model_generated g = generate(&small, &params, lambda, N, FAR);
  assert_int_equal(g.n_samples, N);
  assert_int_equal(g.n_horizons, 3);
  CHECK(g.horizon[0] == 1.2 && g.horizon[1] == 1e-3 && g.horizon[2] == 1.0);
  for (size_t i = 0; i < N * VISIBLE; i++) {
    const double b = model_network_bias(&small.net, 0)[i % VISIBLE];
    const double x = start_of(g.samples[1][i], b, rate, 0.01, 1);
    CHECK_NEAR(g.samples[2][i], decayed(x, b, rate, 0.01, 101), 1e-10);
    CHECK_NEAR(g.samples[0][i], decayed(x, b, rate, 0.01, 121), 1e-10);
  }
  model_generated_finish(&g);
  small_finish(&small);
}

static void a_clamped_trajectory_is_eulers(void **state) {
  (void)state;
  check_trajectory(MODEL_CLAMPED, 15);
}

static void a_trajectory_on_springs_is_eulers(void **state) {
  (void)state;
  check_trajectory(MODEL_SPRING, 15);
  check_trajectory(MODEL_SPRING, 0.7);
}

/* b_0, recovered starts and 5 standard errors of 2000 x 3 normal numbers. */
static void trajectories_start_at_normal_noise(void **state) {
  (void)state;
  enum { N = 2000 };
  const struct model_generate_params params = {
      .horizons = {1, {1e-3}}, .dt = 0.01, .readout = MODEL_CLAMPED};
  struct small small;
  uncoupled(&small);
  struct model_generated g = generate(&small, &params, 15, N, FAR);
  double mean = 0, square = 0, fourth = 0, neighbours = 0, last = 0;
  for (size_t i = 0; i < N * VISIBLE; i++) {
    const double b = model_network_bias(&small.net, 0)[i % VISIBLE];
    const double x = start_of(g.samples[0][i], b, ALPHA, 0.01, 1);
    mean += x / (N * VISIBLE);
    square += x * x / (N * VISIBLE);
    fourth += x * x * x * x / (N * VISIBLE);
    neighbours += x * last / (N * VISIBLE);
    last = x;
  }
  const double se = 5 / sqrt(N * VISIBLE);
  CHECK_NEAR(mean, 0, se);
  CHECK_NEAR(square, 1, se * sqrt(2));
  CHECK_NEAR(fourth, 3, se * sqrt(96));
  CHECK_NEAR(neighbours, 0, se);
  model_generated_finish(&g);
  small_finish(&small);
}

/* Steps at t = 0, 0.1, ... not beyond the horizon: 0.3 is four of them,
 * whatever its rounding, and 0.25 and 0.29 are three. */
static void no_step_begins_beyond_the_horizon(void **state) {
  (void)state;
  const struct model_generate_params params = {
      .horizons = {4, {0.01, 0.25, 0.29, 0.3}}, .dt = 0.1};
  const int n_steps[] = {1, 3, 3, 4};
  struct small small;
  uncoupled(&small);
  struct model_generated g = generate(&small, &params, 15, 1, FAR);
  for (size_t i = 0; i < VISIBLE; i++) {
    const double b = model_network_bias(&small.net, 0)[i];
    const double x = start_of(g.samples[0][i], b, ALPHA, 0.1, 1);
    for (int h = 0; h < 4; h++) {
      CHECK_NEAR(g.samples[h][i], decayed(x, b, ALPHA, 0.1, n_steps[h]), 1e-12);
    }
  }
  model_generated_finish(&g);
  small_finish(&small);
}

/* --- limits and horizons --- */

/* Cutting on the way would change where a trajectory goes. */
static void samples_are_limited_at_the_end_only(void **state) {
  (void)state;
  enum { N = 40 };
  const struct model_generate_params params = {
      .horizons = {2, {0.1, 0.5}}, .dt = 0.05, .readout = MODEL_CLAMPED};
  struct small small;
  size_t n_cut = 0;
  small_make(&small, 3, width, "silu", 1.5, 8);
  struct model_generated free_ones = generate(&small, &params, 15, N, FAR);
  struct model_generated g = generate(&small, &params, 15, N, 0.5);
  for (size_t h = 0; h < 2; h++) {
    for (size_t i = 0; i < N * VISIBLE; i++) {
      const double x = free_ones.samples[h][i];
      CHECK(g.samples[h][i] == fmin(fmax(x, -0.5), 0.5));
      n_cut += fabs(x) > 0.5;
    }
  }
  CHECK(n_cut > 20 && n_cut < N * VISIBLE * 2 - 20);
  model_generated_finish(&free_ones);
  model_generated_finish(&g);
  small_finish(&small);
}

static void a_horizon_does_not_change_another(void **state) {
  (void)state;
  enum { N = 5 };
  struct small small;
  small_make(&small, 3, width, "silu", 1.5, 8);
  const struct model_generate_params both = {.horizons = {2, {0.2, 0.4}},
                                             .dt = 0.05};
  struct model_generated shared = generate(&small, &both, 15, N, FAR);
  for (size_t h = 0; h < 2; h++) {
    const struct model_generate_params one = {
        .horizons = {1, {both.horizons.v[h]}}, .dt = 0.05};
    struct model_generated alone = generate(&small, &one, 15, N, FAR);
    assert_memory_equal(alone.samples[0], shared.samples[h],
                        N * VISIBLE * sizeof(double));
    model_generated_finish(&alone);
  }
  model_generated_finish(&shared);
  small_finish(&small);
}

static void a_sample_does_not_depend_on_how_many_there_are(void **state) {
  (void)state;
  static const size_t counts[] = {70, 1, 32, 33, 5};
  static const char *const integrators[] = {"rkf45", "rkc", "euler"};
  const struct model_generate_params params = {
      .horizons = {1, {0.2}}, .dt = 0.1, .readout = MODEL_SPRING};
  struct small small;
  small_make(&small, 3, width, "silu", 1.5, 8);
  for (int i = 0; i < 3; i++) {
    double all[70 * VISIBLE];
    for (int k = 0; k < 5; k++) {
      struct sim_error err = {0};
      struct model_generated g;
      const struct model_learning rule = rule_of(15);
      const struct model_settling settling =
          small_settling(integrators[i], 0.05, 5, 0);
      sim_threads_set(1 + (size_t)k % 2);
      const struct model_generate_task task =
          task_of(&params, &small, &rule, &settling, counts[k], FAR, 3);
      CHECK_OK(model_generate(&task, &g, &err), err);
      const size_t size = counts[k] * VISIBLE * sizeof(double);
      if (k == 0) {
        memcpy(all, g.samples[0], size);
      }
      assert_memory_equal(g.samples[0], all, size);
      model_generated_finish(&g);
    }
  }
  sim_threads_set(1);
  small_finish(&small);
}

static void another_seed_gives_other_samples(void **state) {
  (void)state;
  const struct model_generate_params params = {.horizons = {1, {0.1}},
                                               .dt = 0.1};
  struct small small;
  uncoupled(&small);
  const struct model_learning rule = rule_of(15);
  const struct model_settling settling = small_settling("euler", 0.05, 5, 0);
  double first = NAN;
  for (uint64_t seed = 1; seed < 3; seed++) {
    struct sim_error err = {0};
    struct model_generated g;
    const struct model_generate_task task =
        task_of(&params, &small, &rule, &settling, 1, FAR, seed);
    CHECK_OK(model_generate(&task, &g, &err), err);
    CHECK(g.samples[0][0] != first);
    first = g.samples[0][0];
    model_generated_finish(&g);
  }
  small_finish(&small);
}

/* --- read-outs of a coupled network --- */

/* Velocities (n x VISIBLE) at the starts x (n x VISIBLE), from one step. */
static void velocities(const struct small *small, int readout, double lambda,
                       size_t n, double *x, double *v) {
  const struct model_generate_params params = {
      .horizons = {1, {1e-3}}, .dt = 0.01, .readout = readout};
  struct small still;
  uncoupled(&still);
  const struct model_generate_params at_start = {
      .horizons = {1, {1e-3}}, .dt = 0.01, .readout = MODEL_CLAMPED};
  struct model_generated start = generate(&still, &at_start, lambda, n, FAR);
  struct model_generated g = generate(small, &params, lambda, n, FAR);
  for (size_t i = 0; i < n * VISIBLE; i++) {
    const double b = model_network_bias(&still.net, 0)[i % VISIBLE];
    x[i] = start_of(start.samples[0][i], b, ALPHA, 0.01, 1);
    v[i] = (g.samples[0][i] - x[i]) / 0.01;
  }
  model_generated_finish(&g);
  model_generated_finish(&start);
  small_finish(&still);
}

/* -alpha dE/dx with x held and h at its equilibrium, by the formulas. */
static void held_velocity(const struct small *small, const double *x,
                          double *v) {
  double s[NODES] = {0}, force[NODES];
  memcpy(s, x, VISIBLE * sizeof *x);
  own_equilibrium(
      small, &(struct own_drive){.spring = 1, .x_t = x, .is_clamped = 1}, s);
  own_force(small, &(struct own_drive){.spring = 0, .x_t = x}, s, force);
  for (size_t i = 0; i < VISIBLE; i++) {
    v[i] = ALPHA * force[i];
  }
}

/* Leaks differ from 1, so that their place in the read-out shows. */
static void coupled(struct small *small) {
  small_make(small, 3, width, "silu", 1.2, 8);
  for (size_t i = 0; i < NODES; i++) {
    small->net.leak[i] = 1 + 0.1 * (double)i;
  }
}

/* 1e-9: velocities are differences of samples over dt. */
static void the_clamped_velocity_is_the_force_on_held_nodes(void **state) {
  (void)state;
  enum { N = 10 };
  struct small small;
  coupled(&small);
  double x[N * VISIBLE], v[N * VISIBLE], want[VISIBLE];
  velocities(&small, MODEL_CLAMPED, 15, N, x, v);
  for (size_t k = 0; k < N; k++) {
    held_velocity(&small, x + k * VISIBLE, want);
    for (size_t i = 0; i < VISIBLE; i++) {
      CHECK_NEAR(v[k * VISIBLE + i], want[i], 1e-9);
    }
  }
  small_finish(&small);
}

/* The spring balances the force where x has moved to:
 * v_spring(x) = v_clamped(x + v_spring/(alpha lambda)). */
static void the_spring_reads_the_force_at_the_displaced_point(void **state) {
  (void)state;
  enum { N = 10 };
  struct small small;
  coupled(&small);
  double x[N * VISIBLE], v[N * VISIBLE], moved[VISIBLE], want[VISIBLE];
  velocities(&small, MODEL_SPRING, 15, N, x, v);
  for (size_t k = 0; k < N; k++) {
    for (size_t i = 0; i < VISIBLE; i++) {
      moved[i] = x[k * VISIBLE + i] + v[k * VISIBLE + i] / (ALPHA * 15);
    }
    held_velocity(&small, moved, want);
    for (size_t i = 0; i < VISIBLE; i++) {
      CHECK_NEAR(v[k * VISIBLE + i], want[i], 1e-9);
    }
  }
  small_finish(&small);
}

static double readout_difference(const struct small *small, double lambda) {
  enum { N = 10 };
  double x[N * VISIBLE], spring[N * VISIBLE], clamped[N * VISIBLE], sum = 0;
  velocities(small, MODEL_SPRING, lambda, N, x, spring);
  velocities(small, MODEL_CLAMPED, lambda, N, x, clamped);
  for (size_t i = 0; i < N * VISIBLE; i++) {
    sum += (spring[i] - clamped[i]) * (spring[i] - clamped[i]);
  }
  return sqrt(sum);
}

/* The displacement is v/(alpha lambda), so the read-outs differ by order
 * 1/lambda. */
static void a_stiffer_spring_reads_more_like_held_nodes(void **state) {
  (void)state;
  struct small small;
  coupled(&small);
  const double soft = readout_difference(&small, 100);
  const double stiff = readout_difference(&small, 200);
  CHECK(soft > 1e-3);
  CHECK_REL(soft / stiff, 2.0, 0.05);
  small_finish(&small);
}

/* --- keys --- */

static void check_keys(const char *text, const char *message) {
  struct sim_error err = {0};
  struct model_generate_params params = {0};
  struct sim_config *config = parse(text);
  CHECK_FAILS(
      sim_config_read(config, model_generate_table, MODEL_GENERATE_N_PARAMS,
                      SIM_USE_ALL, &params, &err),
      err, SIM_ECONFIG, message);
  sim_config_destroy(config);
}

static void keys_are_bounded(void **state) {
  (void)state;
  check_keys("horizons: [1.0, 1e9]\n",
             "digits.yaml:1: horizons[1]: must be <= 100, got 1e9");
  check_keys("horizons: [0.001]\n",
             "digits.yaml:1: horizons[0]: must be >= 0.01, got 0.001");
  check_keys("dt: 1e-5\n", "digits.yaml:1: dt: must be >= 0.0001, got 1e-5");
}

/* --- failures --- */

static void an_unsettled_chip_ends_the_generation(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_generated g;
  struct small small;
  coupled(&small);
  const struct model_generate_params params = {.horizons = {2, {0.1, 0.2}},
                                               .dt = 0.1};
  const struct model_learning rule = rule_of(15);
  const struct model_settling settling = small_settling("euler", 0.05, 1, 1e-9);
  const struct model_generate_task task =
      task_of(&params, &small, &rule, &settling, 3, FAR, 3);
  assert_int_equal(model_generate(&task, &g, &err), SIM_EFAIL);
  CHECK(strncmp(err.message, "not settled after 1 tau: sample ", 32) == 0);
  model_generated_finish(&g);
  small_finish(&small);
}

/* alpha dt = 100: x - b_0 grows by -99 in every step, past 1e6 in the third
 * or fourth. */
static void a_trajectory_that_diverges_is_reported(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_generated g;
  struct small small;
  uncoupled(&small);
  const struct model_generate_params params = {
      .horizons = {1, {1.0}}, .dt = 0.1, .readout = MODEL_CLAMPED};
  const struct model_learning rule = {.spring = 15, .scale = 1000};
  const struct model_settling settling = small_settling("euler", 0.05, 1, 0);
  const struct model_generate_task task =
      task_of(&params, &small, &rule, &settling, 3, 0.5, 3);
  assert_int_equal(model_generate(&task, &g, &err), SIM_EFAIL);
  double at, value;
  size_t sample, node;
  const int n = sscanf(err.message,
                       "generation diverged at flow time %lf: sample %zu, "
                       "node %zu of layer 0: voltage in units of voltage_unit "
                       "%lf",
                       &at, &sample, &node, &value);
  if (n != 4) {
    fail_msg("%s", err.message);
  }
  CHECK(at > 0.25 && at < 0.45 && fabs(value) > 1e6 && node < VISIBLE);
  model_generated_finish(&g);
  small_finish(&small);
}

static void no_memory_is_a_failure_without_leaks(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_generated g;
  struct small small;
  coupled(&small);
  const struct model_generate_params params = {.horizons = {2, {0.1, 0.2}},
                                               .dt = 0.1};
  const struct model_learning rule = rule_of(15);
  const struct model_settling settling = small_settling("euler", 0.05, 1, 0);
  enum sim_status status;
  long n = 0;
  const struct model_generate_task task =
      task_of(&params, &small, &rule, &settling, 3, FAR, 3);
  do {
    sim_alloc_refuse_after(n++);
    status = model_generate(&task, &g, &err);
    model_generated_finish(&g);
  } while (status == SIM_EFAIL);
  sim_alloc_refuse_after(-1);
  CHECK(n > 10);
  small_finish(&small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_clamped_trajectory_is_eulers),
      cmocka_unit_test(a_trajectory_on_springs_is_eulers),
      cmocka_unit_test(trajectories_start_at_normal_noise),
      cmocka_unit_test(no_step_begins_beyond_the_horizon),
      cmocka_unit_test(samples_are_limited_at_the_end_only),
      cmocka_unit_test(a_horizon_does_not_change_another),
      cmocka_unit_test(a_sample_does_not_depend_on_how_many_there_are),
      cmocka_unit_test(another_seed_gives_other_samples),
      cmocka_unit_test(the_clamped_velocity_is_the_force_on_held_nodes),
      cmocka_unit_test(the_spring_reads_the_force_at_the_displaced_point),
      cmocka_unit_test(a_stiffer_spring_reads_more_like_held_nodes),
      cmocka_unit_test(an_unsettled_chip_ends_the_generation),
      cmocka_unit_test(a_trajectory_that_diverges_is_reported),
      cmocka_unit_test(keys_are_bounded),
      cmocka_unit_test(no_memory_is_a_failure_without_leaks),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("generate", tests, NULL, NULL);
}
