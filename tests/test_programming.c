/* tests/test_programming.c -- ideal, verified and open-loop writes of arrays
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/conductances.h"

static void ideal_writes_scatter_by_the_write_noise(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.write_noise.polynomial =
      microsiemens(3, (double[]){0.26348, 1.9650, -1.1731});
  struct circuit_coupling array = make(&params);
  double *w = constant(12.5), *first = numbers();
  circuit_coupling_program(&array, UNIT, w);
  check_normal(array.g_plus, 12.5 * US, 0.9526975 * US);
  memcpy(first, array.g_plus, N * sizeof *first);
  circuit_coupling_program(&array, UNIT, w);
  size_t n_equal = 0;
  for (size_t i = 0; i < N; i++) {
    n_equal += first[i] == array.g_plus[i];
    CHECK(array.g_minus[i] >= 0 && array.g_minus[i] < 2 * US);
  }
  assert_int_equal(n_equal, 0);  // each write has draws of its own
  free(w);
  free(first);
  circuit_coupling_finish(&array);
}

/* A controller that knows what it wrote leaves unchanged levels alone. */
static void a_level_that_stays_is_not_written_again(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.levels = 26;  // 1 uS apart
  params.master = CIRCUIT_MASTER_CONTROLLER;
  params.write_noise.absolute = 0.1 * US;
  struct circuit_coupling array = make(&params);
  double *w = constant(12), *first = numbers();
  circuit_coupling_program(&array, UNIT, w);
  check_normal(array.g_plus, 12 * US, 0.1 * US);
  memcpy(first, array.g_plus, N * sizeof *first);
  for (size_t i = 0; i < N; i++) {
    w[i] += i % 2 ? 0.4 : 0.6;
  }
  circuit_coupling_program(&array, UNIT, w);
  for (size_t i = 0; i < N; i++) {
    CHECK((first[i] == array.g_plus[i]) == (i % 2 == 1));
    CHECK_NEAR(array.g_plus[i], (i % 2 ? 12 : 13) * US, 0.6 * US);
  }
  free(w);
  free(first);
  circuit_coupling_finish(&array);
}

static void verified_writes_end_within_the_tolerance(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.programming = CIRCUIT_WRITE_VERIFY;
  params.tolerance = 0.006;
  params.pulse.noise_step = 0.3;
  params.spread.step = 0.2;
  struct circuit_coupling array = make(&params);
  double *w = some_weights(20);
  circuit_coupling_program(&array, UNIT, w);
  double n_expected = 0;
  for (size_t i = 0; i < N; i++) {
    CHECK_NEAR(array.g_plus[i], fmax(w[i], 0) * US, 0.15 * US);
    CHECK_NEAR(array.g_minus[i], fmax(-w[i], 0) * US, 0.15 * US);
    n_expected += fabs(w[i]) / 0.25;
  }
  CHECK(array.effort.n_unverified == 0);
  CHECK_REL((double)array.effort.n_pulses, n_expected, 0.1);
  const uint64_t n_before = array.effort.n_pulses;
  circuit_coupling_program(&array, UNIT, w);
  CHECK(array.effort.n_pulses == 0 && n_before > 0);
  free(w);
  circuit_coupling_finish(&array);
}

static void a_verified_write_gives_up(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.programming = CIRCUIT_WRITE_VERIFY;
  params.max_pulses = 10;
  struct circuit_coupling array = make(&params);
  double *w = constant(20);
  circuit_coupling_program(&array, UNIT, w);
  for (size_t i = 0; i < N; i++) {
    CHECK_NEAR(array.g_plus[i], 2.5 * US, 1e-12 * US);
  }
  assert_int_equal(array.effort.n_unverified, N);
  assert_int_equal(array.effort.n_pulses, 10 * N);
  // 1 V^2 (g + g')/2 1 us, steps of 0.25 uS from 0.
  CHECK_REL(array.effort.energy, N * 0.5 * 10 * 2.5 * US * 1e-6, 1e-9);
  free(w);
  circuit_coupling_finish(&array);
}

/* Linear devices without spread do what an open loop takes them for. */
static void open_loop_pulses_reach_the_nearest_step(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.programming = CIRCUIT_OPEN_LOOP;
  for (int pair = 0; pair < 2; pair++) {
    params.pair = pair;
    struct circuit_coupling array = make(&params);
    double *w = some_weights(20), *back = numbers();
    for (int k = 0; k < 2; k++) {
      circuit_coupling_program(&array, UNIT, w);
      circuit_coupling_read(&array, UNIT, back);
      for (size_t i = 0; i < N; i++) {
        CHECK_NEAR(back[i], w[i], pair == 0 ? 0.1251 : 0.2501);
        w[i] = 0.9 * w[i] - 0.3;
      }
    }
    free(w);
    free(back);
    circuit_coupling_finish(&array);
  }
}

/* Gains that spread by 20 % leave open loops far off, a first write that is
 * verified not; the updates after it are open loops again. */
static void a_first_write_can_be_verified(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.programming = CIRCUIT_OPEN_LOOP;
  params.first_write = CIRCUIT_FIRST_VERIFY;
  params.master = CIRCUIT_MASTER_CONTROLLER;
  params.spread.step = 0.2;
  struct circuit_coupling array = make(&params);
  double *w = constant(12.5), *change = numbers();
  circuit_coupling_program(&array, UNIT, w);
  for (size_t i = 0; i < N; i++) {
    CHECK_NEAR(array.g_plus[i], 12.5 * US, 0.2501 * US);
    change[i] = array.g_plus[i];
    w[i] = 10;
  }
  circuit_coupling_program(&array, UNIT, w);
  for (size_t i = 0; i < N; i++) {
    change[i] = (array.g_plus[i] - change[i]) / -2.5e-6;
  }
  assert_int_equal(array.effort.n_pulses, 10 * N);
  check_normal(change, 1, 0.2);
  free(w);
  free(change);
  circuit_coupling_finish(&array);
}

/* Updates of a tenth of a pulse: lost when each is rounded, kept by a
 * controller, right on average with stochastic rounding. */
static void small_updates_add_up_in_the_controller(void **state) {
  (void)state;
  const double step = 0.025;  // of a pulse of 0.25
  for (int kind = 0; kind < 3; kind++) {
    struct circuit_coupling_params params = ideal();
    params.programming = CIRCUIT_OPEN_LOOP;
    params.master = kind == 1 ? CIRCUIT_MASTER_CONTROLLER : 0;
    params.rounding = kind == 2 ? CIRCUIT_STOCHASTIC : CIRCUIT_NEAREST;
    struct circuit_coupling array = make(&params);
    double *w = constant(5), *back = numbers();
    circuit_coupling_program(&array, UNIT, w);
    for (int k = 1; k <= 104; k++) {
      circuit_coupling_read(&array, UNIT, back);
      for (size_t i = 0; i < N; i++) {
        w[i] = kind == 1 ? w[i] + step : back[i] + step;
      }
      circuit_coupling_program(&array, UNIT, w);
    }
    circuit_coupling_read(&array, UNIT, back);
    const double mean = mean_of(back);
    if (kind == 0) {
      CHECK_NEAR(mean, 5, 1e-9);
    } else if (kind == 1) {
      CHECK_NEAR(mean, 5 + 104 * step, 0.126);
    } else {
      // Binomial: 104 chances of 0.1 for 0.25.
      CHECK_NEAR(mean, 5 + 104 * step, 5 * 0.25 * sqrt(104 * 0.09) / sqrt(N));
    }
    free(w);
    free(back);
    circuit_coupling_finish(&array);
  }
}

/* Gains 1 + a up and 1 - a down. */
static void asymmetry_makes_steps_up_larger(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.programming = CIRCUIT_OPEN_LOOP;
  params.pulse.asymmetry = 0.1;
  params.master = CIRCUIT_MASTER_CONTROLLER;
  struct circuit_coupling array = make(&params);
  double *w = constant(10);
  circuit_coupling_program(&array, UNIT, w);
  CHECK_NEAR(array.g_plus[0], 11 * US, 1e-9 * US);
  w[0] = 5;
  circuit_coupling_program(&array, UNIT, w);
  CHECK_NEAR(array.g_plus[0], (11 - 4.5) * US, 1e-9 * US);
  CHECK_NEAR(array.g_plus[1], 11 * US, 1e-9 * US);
  free(w);
  circuit_coupling_finish(&array);
}

/* Written phase by phase, +h_b and then -h_0, an asymmetry a adds
 * a (h_b + h_0) to the difference; written once it only scales it. */
static void asymmetry_multiplies_what_each_phase_writes(void **state) {
  (void)state;
  const double a = 0.147, h_b = 3.03, h_0 = 3.0, start = 5;
  double got[2];
  for (int per_phase = 0; per_phase < 2; per_phase++) {
    struct circuit_coupling_params params = ideal();
    params.programming = CIRCUIT_OPEN_LOOP;
    params.master = CIRCUIT_MASTER_CONTROLLER;
    params.first_write = CIRCUIT_FIRST_VERIFY;
    params.tolerance = 1e-4;
    params.max_pulses = 100000;
    params.pulse.asymmetry = a;
    params.pulse.side[0].step = params.pulse.side[1].step = 0.001 * US;
    struct circuit_coupling array = make(&params);
    double *w = constant(start);
    circuit_coupling_program(&array, UNIT, w);
    const double before = array.g_plus[0];
    if (per_phase) {
      w[0] = start + h_b;
      circuit_coupling_program(&array, UNIT, w);
    }
    w[0] = start + h_b - h_0;
    circuit_coupling_program(&array, UNIT, w);
    got[per_phase] = (array.g_plus[0] - before) / US;
    free(w);
    circuit_coupling_finish(&array);
  }
  CHECK_NEAR(got[0], (1 + a) * (h_b - h_0), 1e-3);
  CHECK_NEAR(got[1], (h_b - h_0) + a * (h_b + h_0), 1e-3);
}

/* N pulses of spread s each scatter by s sqrt(N). */
static void cycle_noise_adds_up_with_the_pulses(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.programming = CIRCUIT_OPEN_LOOP;
  params.pulse.noise_step = 0.3;
  struct circuit_coupling array = make(&params);
  double *w = constant(12.5);
  circuit_coupling_program(&array, UNIT, w);
  check_normal(array.g_plus, 12.5 * US, 0.3 * 0.25 * US * sqrt(50));
  for (size_t i = 0; i < N; i++) {
    CHECK(array.g_minus[i] == 0);
  }
  free(w);
  circuit_coupling_finish(&array);
}

/* All effects off. */
static void imperfections_that_are_off_change_no_bit(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.age = DAY;
  params.master = CIRCUIT_MASTER_CONTROLLER;
  struct circuit_coupling array = make(&params);
  double *w = some_weights(20), *back = numbers();
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  for (size_t i = 0; i < N; i++) {
    CHECK(array.g_plus[i] == fmax(UNIT * w[i], 0));
    CHECK(array.g_minus[i] == fmax(-UNIT * w[i], 0));
    CHECK(back[i] == (array.g_plus[i] - array.g_minus[i]) / UNIT);
  }
  free(w);
  free(back);
  circuit_coupling_finish(&array);
}

/* Program twice and read; all that came of it. */
static void run(const struct circuit_coupling_params *params, double *g,
                double *back) {
  struct circuit_coupling array = make(params);
  double *w = constant(9.9);
  circuit_coupling_program(&array, UNIT, w);
  w[0] = 3;
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  memcpy(g, array.g_plus, N * sizeof *g);
  free(w);
  circuit_coupling_finish(&array);
}

/* What each effect draws stays the same when another is switched on: the
 * write error in siemens beside read noise, drift and the spread of a window
 * that is not reached. */
static void an_effect_changes_no_other_draw(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  double *g = numbers(), *other = numbers(), *back = numbers();
  params.write_noise.absolute = 0.3 * US;
  run(&params, g, back);
  for (int k = 0; k < 5; k++) {
    struct circuit_coupling_params more = params;
    more.read_noise.absolute = k == 0 ? 0.1 * US : 0;
    more.read_noise.flicker = k == 1 ? 0.01 : 0;
    more.drift.nu.v[0] = k == 2 ? 0.05 : 0;
    more.drift.spread.v[0] = k == 2 ? 0.01 : 0;
    more.spread.g_max = k == 3 ? 0.05 : 0;
    more.spread.step = k == 4 ? 0.5 : 0;
    more.age = 100;
    run(&more, other, back);
    assert_memory_equal(g, other, N * sizeof *g);
  }
  // Faults replace the devices they hit and move no other.
  struct circuit_coupling_params faulty = params;
  faulty.stuck.open = 0.1;
  run(&faulty, other, back);
  size_t n_open = 0;
  for (size_t i = 0; i < N; i++) {
    n_open += other[i] == 0;
    CHECK(other[i] == 0 || other[i] == g[i]);
  }
  CHECK_NEAR((double)n_open, 0.1 * N, 5 * sqrt(0.09 * N));
  free(g);
  free(other);
  free(back);
}

/* --- the time of a write --- */

/* [s] of writing w to new devices and then w2, by what is pulsed at once. */
static void times(struct circuit_coupling_params *params, const double *w,
                  const double *w2, double seconds[2]) {
  struct circuit_coupling array = make(params);
  circuit_coupling_program(&array, UNIT, w);
  seconds[0] = array.effort.time;
  circuit_coupling_program(&array, UNIT, w2);
  seconds[1] = array.effort.time;
  circuit_coupling_finish(&array);
}

/* Steps of 0.25 uS; pulses up last 1 us, down 3 us. */
static struct circuit_coupling_params pulsed(int law, int at_once) {
  struct circuit_coupling_params params = ideal();
  params.programming = law;
  params.at_once = at_once;
  params.tolerance = 0.006;
  params.pulse.side[CIRCUIT_DOWN].width = 3e-6;
  return params;
}

static void equal_devices_take_equal_times(void **state) {
  (void)state;
  static const double n_serial[] = {N, N_OUT, 1};
  double *w = constant(20), *w2 = constant(10), *none = constant(0);
  for (int law = CIRCUIT_WRITE_VERIFY; law <= CIRCUIT_OPEN_LOOP; law++) {
    for (int at_once = 0; at_once < 3; at_once++) {
      struct circuit_coupling_params params = pulsed(law, at_once);
      double seconds[2];
      times(&params, w, w2, seconds);  // 80 pulses up, then 40 down
      CHECK_REL(seconds[0], n_serial[at_once] * 80e-6, 1e-9);
      CHECK_REL(seconds[1], n_serial[at_once] * 120e-6, 1e-9);
      params.reciprocity = CIRCUIT_SEPARATE;  // beside each other
      times(&params, w, w2, seconds);
      CHECK_REL(seconds[1], n_serial[at_once] * 120e-6, 1e-9);
      times(&params, none, none, seconds);
      CHECK(seconds[0] == 0 && seconds[1] == 0);
    }
  }
  struct circuit_coupling_params params = pulsed(CIRCUIT_IDEAL, CIRCUIT_ROW);
  double seconds[2];
  times(&params, w, w2, seconds);
  CHECK(seconds[0] == 0 && seconds[1] == 0);
  free(w);
  free(w2);
  free(none);
}

/* Pulses of a device that goes from g to h, one microsecond up, three down. */
static double device_time(double g, double h) {
  const double n = round((h - g) / 0.25);
  return n > 0 ? 1e-6 * n : -3e-6 * n;
}

/* Weights of whole steps, so that the number of pulses is known. */
static void a_row_waits_for_its_slowest_device(void **state) {
  (void)state;
  double *w = some_weights(20), *w2 = some_weights(10);
  double one = 0, rows = 0, longest = 0;
  for (size_t k = 0; k < N_OUT; k++) {
    double row = 0;
    for (size_t i = k * N_IN; i < (k + 1) * N_IN; i++) {
      w[i] = 0.25 * round(4 * w[i]);
      w2[i] = 0.25 * round(4 * w2[N - 1 - i]);
      const double plus = device_time(fmax(w[i], 0), fmax(w2[i], 0));
      const double minus = device_time(fmax(-w[i], 0), fmax(-w2[i], 0));
      one += plus + minus;
      row = fmax(row, fmax(plus, minus));
    }
    rows += row;
    longest = fmax(longest, row);
  }
  const double want[] = {one, rows, longest};
  CHECK(longest < rows && rows < one);
  for (int at_once = 0; at_once < 3; at_once++) {
    struct circuit_coupling_params params = pulsed(CIRCUIT_OPEN_LOOP, at_once);
    double seconds[2];
    times(&params, w, w2, seconds);
    CHECK_REL(seconds[1], want[at_once], 1e-9);
  }
  free(w);
  free(w2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ideal_writes_scatter_by_the_write_noise),
      cmocka_unit_test(a_level_that_stays_is_not_written_again),
      cmocka_unit_test(verified_writes_end_within_the_tolerance),
      cmocka_unit_test(a_verified_write_gives_up),
      cmocka_unit_test(open_loop_pulses_reach_the_nearest_step),
      cmocka_unit_test(a_first_write_can_be_verified),
      cmocka_unit_test(small_updates_add_up_in_the_controller),
      cmocka_unit_test(asymmetry_makes_steps_up_larger),
      cmocka_unit_test(asymmetry_multiplies_what_each_phase_writes),
      cmocka_unit_test(cycle_noise_adds_up_with_the_pulses),
      cmocka_unit_test(imperfections_that_are_off_change_no_bit),
      cmocka_unit_test(an_effect_changes_no_other_draw),
      cmocka_unit_test(equal_devices_take_equal_times),
      cmocka_unit_test(a_row_waits_for_its_slowest_device),
  };
  return cmocka_run_group_tests_name("programming", tests, NULL, NULL);
}
