/* tests/test_bank.c -- programmable conductances as they left the factory
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/conductances.h"

static void the_window_spreads_as_asked(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.g_min = 2 * US;
  params.spread.g_min = 0.1;
  params.spread.g_max = 0.05;
  struct circuit_coupling array = make(&params);
  double *low = numbers(), *high = numbers();
  for (size_t i = 0; i < N; i++) {
    low[i] = array.bank[0].device[i].low;
    high[i] = array.bank[0].device[i].high;
    CHECK(array.g_plus[i] == low[i]);
  }
  check_normal(low, 2 * US, 0.2 * US);
  check_normal(high, 25 * US, 1.25 * US);
  free(low);
  free(high);
  circuit_coupling_finish(&array);
}

static void gains_spread_as_asked(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.spread.step = 0.1;
  params.spread.asymmetry = 0.02;
  params.pulse.asymmetry = 0.05;
  double *sum = numbers(), *half = numbers();
  for (int law = 0; law < 2; law++) {
    params.spread.step_law = law;
    struct circuit_coupling array = make(&params);
    for (size_t i = 0; i < N; i++) {
      const double *gain = array.bank[1].device[i].gain;
      const double mean = 0.5 * (gain[0] + gain[1]);
      sum[i] = law == 0 ? mean : log(mean);
      half[i] = 0.5 * (gain[0] - gain[1]);
    }
    check_normal(sum, law == 0 ? 1 : 0, 0.1);
    check_normal(half, 0.05, 0.02);
    circuit_coupling_finish(&array);
  }
  free(sum);
  free(half);
}

static void stuck_devices_stay_where_they_are(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.g_min = 1 * US;
  params.stuck =
      (struct circuit_stuck_params){.low = 0.05, .high = 0.03, .open = 0.02};
  struct circuit_coupling array = make(&params);
  double *w = constant(7);
  const size_t n_outside = circuit_coupling_program(&array, UNIT, w);
  size_t n[3] = {0};
  for (size_t i = 0; i < N; i++) {
    n[0] += array.g_plus[i] == 1 * US;
    n[1] += array.g_plus[i] == 25 * US;
    n[2] += array.g_plus[i] == 0;
  }
  const double parts[] = {0.05, 0.03, 0.02};
  for (int k = 0; k < 3; k++) {
    CHECK_NEAR((double)n[k], parts[k] * N,
               5 * sqrt(N * parts[k] * (1 - parts[k])));
  }
  size_t n_minus = 0;  // g_min is wanted there: a device stuck low is right
  for (size_t i = 0; i < N; i++) {
    n_minus += array.g_minus[i] != 1 * US;
  }
  assert_int_equal(n_outside, n[0] + n[1] + n[2] + n_minus);
  free(w);
  circuit_coupling_finish(&array);
}

static void chips_seeds_arrays_and_sides_differ(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.spread.g_max = 0.1;
  double *want = numbers();
  for (int k = 0; k < 4; k++) {
    struct circuit_site at = site;
    struct sim_error err = {0};
    struct circuit_coupling array;
    at.seed += k == 1;
    at.chip += k == 2;
    at.array += k == 3;
    CHECK_OK(circuit_coupling_init(&array, &params, &at, N_OUT, N_IN, &err),
             err);
    size_t n_equal = 0;
    for (size_t i = 0; i < N; i++) {
      const double high = array.bank[0].device[i].high;
      CHECK(high != array.bank[1].device[i].high);
      n_equal += high == want[i];
      want[i] = k == 0 ? high : want[i];
    }
    assert_int_equal(n_equal, 0);
    circuit_coupling_finish(&array);
  }
  free(want);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_window_spreads_as_asked),
      cmocka_unit_test(gains_spread_as_asked),
      cmocka_unit_test(stuck_devices_stay_where_they_are),
      cmocka_unit_test(chips_seeds_arrays_and_sides_differ),
  };
  return cmocka_run_group_tests_name("bank", tests, NULL, NULL);
}
