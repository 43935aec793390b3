/* tests/test_coupling.c -- devices: arrays, programming, sources, nodes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <float.h>
#include <stdlib.h>

#include "circuits/coupling.h"
#include "circuits/node.h"
#include "circuits/source.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/config_text.h"

#define UNIT 1e-6  // [S]
#define N_OUT 13u
#define N_IN 47u  // 611 devices: two blocks and a rest
#define N (N_OUT * N_IN)

static const struct circuit_site site = {.seed = 1, .temperature = 300};

static struct circuit_coupling make(double g_min, double g_max, size_t levels) {
  struct sim_error err = {0};
  struct circuit_coupling array;
  const struct circuit_coupling_params params = {
      .g_min = g_min, .g_max = g_max, .levels = levels};
  CHECK_OK(circuit_coupling_init(&array, &params, &site, N_OUT, N_IN, &err),
           err);
  return array;
}

/* Weights of both signs, |w| <= largest, with exact zeros among them. */
static void some_weights(double largest, double *w) {
  for (size_t i = 0; i < N; i++) {
    w[i] = i % 7 == 0 ? 0 : largest * sin(0.37 * (double)i * (double)i);
  }
}

static double ulp_of(double x) {
  return nextafter(fabs(x), INFINITY) - fabs(x);
}

/* --- array --- */

static void devices_start_at_the_lowest_conductance(void **state) {
  (void)state;
  struct circuit_coupling array = make(2e-7, 1e-5, 0);
  double w[N];
  circuit_coupling_read(&array, UNIT, w);
  for (size_t i = 0; i < N; i++) {
    CHECK(array.g_plus[i] == 2e-7 && array.g_minus[i] == 2e-7 && w[i] == 0);
  }
  circuit_coupling_finish(&array);
}

static void a_weight_sits_on_the_side_of_its_sign(void **state) {
  (void)state;
  const double g_min = 2e-7;
  struct circuit_coupling array = make(g_min, 1e-5, 0);
  double w[N];
  some_weights(9, w);
  assert_int_equal(circuit_coupling_program(&array, UNIT, w), 0);
  for (size_t i = 0; i < N; i++) {
    const double up = w[i] > 0 ? UNIT * w[i] : 0;
    const double down = w[i] < 0 ? -UNIT * w[i] : 0;
    CHECK_NEAR(array.g_plus[i], g_min + up, 1e-21);
    CHECK_NEAR(array.g_minus[i], g_min + down, 1e-21);
    CHECK(array.g_plus[i] == g_min || array.g_minus[i] == g_min);
    CHECK(w[i] != 0 || array.g_plus[i] == array.g_minus[i]);
  }
  circuit_coupling_finish(&array);
}

static void programming_again_forgets_the_weights_before(void **state) {
  (void)state;
  struct circuit_coupling array = make(0, 1e-5, 0);
  double w[N], back[N];
  some_weights(9, w);
  circuit_coupling_program(&array, UNIT, w);
  for (size_t i = 0; i < N; i++) {
    w[i] = -w[i] / 3;
  }
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  for (size_t i = 0; i < N; i++) {
    CHECK_NEAR(back[i], w[i], ulp_of(w[i]));
  }
  circuit_coupling_finish(&array);
}

static void weights_are_read_back_to_one_ulp(void **state) {
  (void)state;
  struct circuit_coupling array = make(0, 1e-5, 0);
  double w[N], back[N];
  some_weights(10, w);
  assert_int_equal(circuit_coupling_program(&array, UNIT, w), 0);
  circuit_coupling_read(&array, UNIT, back);
  for (size_t i = 0; i < N; i++) {
    CHECK_NEAR(back[i], w[i], ulp_of(w[i]));
  }
  circuit_coupling_finish(&array);
}

/* With an offset, to the rounding of the conductances it sits on. */
static void an_offset_costs_only_the_rounding_of_the_sum(void **state) {
  (void)state;
  struct circuit_coupling array = make(1e-6, 1e-5, 0);
  double w[N], back[N];
  some_weights(8, w);
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  for (size_t i = 0; i < N; i++) {
    const double rounding = ulp_of(1e-6 + UNIT * fabs(w[i])) / UNIT;
    CHECK_NEAR(back[i], w[i], 2 * rounding);
  }
  circuit_coupling_finish(&array);
}

static void saturated_devices_are_counted_and_held_at_the_edge(void **state) {
  (void)state;
  const double g_min = 1e-6, g_max = 4e-6;
  struct circuit_coupling array = make(g_min, g_max, 0);
  double w[N], back[N];
  size_t n_large = 0;
  some_weights(5, w);
  w[0] = INFINITY;
  w[N - 1] = -1e300;
  for (size_t i = 0; i < N; i++) {
    n_large += fabs(w[i]) > 3;
  }
  CHECK(n_large > 50);
  assert_int_equal(circuit_coupling_program(&array, UNIT, w), n_large);
  circuit_coupling_read(&array, UNIT, back);
  for (size_t i = 0; i < N; i++) {
    CHECK(array.g_plus[i] >= g_min && array.g_plus[i] <= g_max);
    CHECK(array.g_minus[i] >= g_min && array.g_minus[i] <= g_max);
    CHECK_NEAR(back[i], fmin(fmax(w[i], -3), 3), 1e-14);
  }
  circuit_coupling_finish(&array);
}

/* A weight of the whole window, computed as a user would, is inside it. */
static void a_weight_of_the_whole_window_is_not_saturated(void **state) {
  (void)state;
  double w[N] = {0};
  for (size_t k = 0; k < 200; k++) {
    const double g_min = 1e-8 * (double)k, g_max = 1e-5 + 3e-8 * (double)k;
    struct circuit_coupling array = make(g_min, g_max, 0);
    w[k] = (g_max - g_min) / UNIT;
    w[k + 200] = -w[k];
    assert_int_equal(circuit_coupling_program(&array, UNIT, w), 0);
    w[k] *= 1 + 1e-12;
    assert_int_equal(circuit_coupling_program(&array, UNIT, w), 1);
    CHECK(array.g_plus[k] == g_max);
    w[k] = w[k + 200] = 0;
    circuit_coupling_finish(&array);
  }
}

static void lack_of_memory_leaves_nothing(void **state) {
  (void)state;
  const struct circuit_coupling_params params = {.g_max = 1e-5};
  for (long k = 0; k < 3; k++) {
    struct sim_error err = {0};
    struct circuit_coupling array;
    sim_alloc_refuse_after(k);
    assert_int_equal(circuit_coupling_init(&array, &params, &site, 2, 3, &err),
                     SIM_EFAIL);
    sim_alloc_refuse_after(-1);
    assert_null(array.g_plus);
    assert_null(array.g_minus);
  }
}

static void bad_parameters_are_refused(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct sim_config *config = parse(
      "chip:\n  coupling:\n    levels: 1\n    g_min: 2 uS\n    g_max: 2 uS\n");
  struct circuit_coupling_params params = {
      .g_min = 2e-6, .g_max = 1e-5, .levels = 1};
  CHECK_FAILS(circuit_coupling_check(&params, config, &err), err, SIM_ECONFIG,
              "digits.yaml:3: chip.coupling.levels: must be >= 2, got 1");
  params.levels = 2;
  CHECK_OK(circuit_coupling_check(&params, config, &err), err);
  params.g_max = 2e-6;
  CHECK_FAILS(circuit_coupling_check(&params, config, &err), err, SIM_ECONFIG,
              "digits.yaml:5: chip.coupling.g_max: must be > g_min (2 uS), "
              "got 2 uS");
  sim_config_destroy(config);
}

/* --- programming --- */

static double write_one(const struct circuit_coupling_params *params,
                        double target, size_t *n_outside) {
  struct sim_error err = {0};
  struct circuit_programming *p;
  double g = NAN;
  struct circuit_bank bank = {
      .n = 1, .g = &g, .nominal = {params->g_min, params->g_max, {1, 1}}};
  struct circuit_effort effort = {0};
  const struct circuit_write write = {.bank = &bank, .n = 1, .target = &target};
  CHECK_OK(circuit_programming_create(&p, params, 300, &err), err);
  circuit_programming_write(p, &write, &effort);
  circuit_programming_destroy(p);
  *n_outside = effort.n_outside;
  return g;
}

static struct circuit_coupling_params window_of(double g_min, double g_max,
                                                size_t levels) {
  return (struct circuit_coupling_params){
      .g_min = g_min, .g_max = g_max, .levels = levels};
}

static void levels_are_equally_spaced_and_include_both_ends(void **state) {
  (void)state;
  const size_t level_counts[] = {2, 3, 7, 16, 256, 1000, 65536};
  const double g_min = 3e-7, g_max = 1.1e-5;
  for (size_t i = 0; i < sizeof level_counts / sizeof level_counts[0]; i++) {
    const size_t n = level_counts[i];
    const struct circuit_coupling_params window = window_of(g_min, g_max, n);
    const double step = (g_max - g_min) / (double)(n - 1);
    size_t n_outside;
    CHECK(write_one(&window, g_min, &n_outside) == g_min);
    CHECK(write_one(&window, g_max, &n_outside) == g_max);
    for (size_t k = 0; k < n; k += 1 + n / 300) {
      const double level = g_min + step * (double)k;
      for (double off = -0.49; off < 0.5; off += 0.07) {
        const double target = fmin(fmax(level + off * step, g_min), g_max);
        CHECK_NEAR(write_one(&window, target, &n_outside), level, 4e-21);
        assert_int_equal(n_outside, 0);
      }
    }
  }
}

static void no_level_lies_outside_the_window(void **state) {
  (void)state;
  for (size_t k = 0; k < 2000; k++) {
    const double g_min = 1e-8 * (double)(k % 50),
                 g_max = 1e-5 + 1e-9 * (double)k;
    const struct circuit_coupling_params window =
        window_of(g_min, g_max, 2 + k % 300);
    size_t n_outside;
    CHECK(write_one(&window, g_max, &n_outside) == g_max);
    CHECK(write_one(&window, 1, &n_outside) == g_max && n_outside == 1);
    CHECK(write_one(&window, g_min, &n_outside) == g_min);
    CHECK(write_one(&window, 0, &n_outside) == g_min);
    assert_int_equal(n_outside, g_min > 0);
  }
}

static void continuous_devices_take_any_value(void **state) {
  (void)state;
  const struct circuit_coupling_params window = window_of(0, 1e-5, 0);
  for (double target = 0; target <= 1e-5; target += 1.7e-8) {
    size_t n_outside;
    CHECK(write_one(&window, target, &n_outside) == target && n_outside == 0);
  }
}

/* --- sources --- */

/* Current of two branches into a node at v. */
static long double two_currents(double g_a, double v_a, double g_b, double v_b,
                                double v) {
  return (long double)g_a * ((long double)v_a - v) +
         (long double)g_b * ((long double)v_b - v);
}

/* The nudge is a thousandth of the spring and of either sign, as in EP. */
static void one_branch_carries_the_current_of_two(void **state) {
  (void)state;
  const double shares[] = {-0.9, -0.075, -1.5e-3, 1.5e-3, 0.075, 1, 50};
  for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
    for (int k = 0; k < 500; k++) {
      const double g_a = 15e-6, g_b = shares[i] * g_a;
      const double v_a = sin(k), v_b = 2 * cos(3.7 * k), v = sin(1.3 * k);
      double source;
      circuit_source_combine(1, g_a, &v_a, g_b, &v_b, &source);
      const double g = circuit_source_conductance(g_a, g_b);
      const double got = g * (source - v);
      const double want = (double)two_currents(g_a, v_a, g_b, v_b, v);
      const double scale = (fabs(g_a) + fabs(g_b)) *
                           (fabs(v_a) + fabs(v_b) + fabs(v) + fabs(source));
      CHECK(g > 0);
      CHECK_NEAR(got, want, 1e-15 * scale);
    }
  }
}

static void a_weak_branch_is_not_rounded_away(void **state) {
  (void)state;
  const double v_a = 0.1, v_b = 0.1 + 1e-9;
  double v;
  circuit_source_combine(1, 1, &v_a, 1e-3, &v_b, &v);
  CHECK_REL(v - v_a, 1e-3 / 1.001 * (v_b - v_a), 1e-4);  // ulp of 0.1: 1e-17
}

static void equal_sources_stay_as_they_are(void **state) {
  (void)state;
  const double v[] = {0.1, -0.7, 1e-9};
  double out[3];
  circuit_source_combine(3, 15, v, -1.125, v, out);
  assert_memory_equal(out, v, sizeof v);
}

static void the_combined_voltage_may_replace_either(void **state) {
  (void)state;
  const double v_a[] = {0.1, 0.2, 0.3}, v_b[] = {-1, 2, 0.5};
  double want[3], a[3], b[3];
  circuit_source_combine(3, 2, v_a, -0.5, v_b, want);
  for (size_t i = 0; i < 3; i++) {
    a[i] = v_a[i];
    b[i] = v_b[i];
    CHECK_NEAR(want[i], (2 * v_a[i] - 0.5 * v_b[i]) / 1.5, 1e-15);
  }
  circuit_source_combine(3, 2, a, -0.5, v_b, a);
  circuit_source_combine(3, 2, v_a, -0.5, b, b);
  assert_memory_equal(a, want, sizeof want);
  assert_memory_equal(b, want, sizeof want);
}

/* --- nodes --- */

static void nodes_start_at_zero(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_nodes nodes;
  CHECK_OK(circuit_nodes_init(&nodes, 37, &err), err);
  assert_int_equal(nodes.n, 37);
  for (size_t i = 0; i < 37; i++) {
    CHECK(nodes.capacitance[i] == 0 && nodes.leak[i] == 0 &&
          nodes.bias[i] == 0);
  }
  circuit_nodes_finish(&nodes);
  assert_null(nodes.bias);
  circuit_nodes_finish(&nodes);  // twice is harmless
}

static void nodes_without_memory_leave_nothing(void **state) {
  (void)state;
  for (long k = 0; k < 3; k++) {
    struct sim_error err = {0};
    struct circuit_nodes nodes;
    sim_alloc_refuse_after(k);
    assert_int_equal(circuit_nodes_init(&nodes, 5, &err), SIM_EFAIL);
    sim_alloc_refuse_after(-1);
    CHECK(!nodes.capacitance && !nodes.leak && !nodes.bias);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(devices_start_at_the_lowest_conductance),
      cmocka_unit_test(a_weight_sits_on_the_side_of_its_sign),
      cmocka_unit_test(programming_again_forgets_the_weights_before),
      cmocka_unit_test(weights_are_read_back_to_one_ulp),
      cmocka_unit_test(an_offset_costs_only_the_rounding_of_the_sum),
      cmocka_unit_test(saturated_devices_are_counted_and_held_at_the_edge),
      cmocka_unit_test(a_weight_of_the_whole_window_is_not_saturated),
      cmocka_unit_test(lack_of_memory_leaves_nothing),
      cmocka_unit_test(bad_parameters_are_refused),
      cmocka_unit_test(levels_are_equally_spaced_and_include_both_ends),
      cmocka_unit_test(no_level_lies_outside_the_window),
      cmocka_unit_test(continuous_devices_take_any_value),
      cmocka_unit_test(one_branch_carries_the_current_of_two),
      cmocka_unit_test(a_weak_branch_is_not_rounded_away),
      cmocka_unit_test(equal_sources_stay_as_they_are),
      cmocka_unit_test(the_combined_voltage_may_replace_either),
      cmocka_unit_test(nodes_start_at_zero),
      cmocka_unit_test(nodes_without_memory_leave_nothing),
  };
  return cmocka_run_group_tests_name("coupling", tests, NULL, NULL);
}
