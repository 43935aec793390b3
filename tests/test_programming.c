/* tests/test_programming.c -- fabrication, writing, aging and reading of
 * arrays
 *
 * Statistics are of N devices with a fixed seed: means within 5 standard
 * errors, standard deviations within 5 sigma/sqrt(2N).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "circuits/coupling.h"
#include "tests/check.h"
#include "tests/config_text.h"

#define N_OUT 100u
#define N_IN 200u
#define N (N_OUT * N_IN)
#define UNIT 1e-6
#define US 1e-6  // [S] of a microsiemens
#define DAY 86400.0

static const struct circuit_site site = {
    .seed = 7, .chip = 3, .array = 2, .temperature = 300};

/* Ideal devices of 0 to 25 uS; everything else is off. */
static struct circuit_coupling_params ideal(void) {
  return (struct circuit_coupling_params){
      .g_max = 25 * US,
      .reference = NAN,
      .tolerance = 0.01,
      .max_pulses = 1000,
      .pulse = {.origin = 0.5,
                .side = {{.step = 0.25 * US, .voltage = 1, .width = 1e-6},
                         {.step = 0.25 * US, .voltage = 2, .width = 1e-6}}},
      .drift = {.nu = {1, {0}}, .spread = {1, {0}}, .t0 = 20},
      .retention = {.time = NAN},
      .read_noise = {.flicker_limit = 0.2, .read_time = 250e-9},
  };
}

static struct circuit_coupling make(
    const struct circuit_coupling_params *params) {
  struct sim_error err = {0};
  struct circuit_coupling array;
  CHECK_OK(circuit_coupling_init(&array, params, &site, N_OUT, N_IN, &err),
           err);
  return array;
}

static double *numbers(void) {
  double *x = calloc(N, sizeof *x);
  CHECK(x);
  return x;
}

static double *constant(double value) {
  double *x = numbers();
  for (size_t i = 0; i < N; i++) {
    x[i] = value;
  }
  return x;
}

static double *some_weights(double largest) {
  double *w = numbers();
  for (size_t i = 0; i < N; i++) {
    w[i] = largest * sin(0.37 * (double)i * (double)i);
  }
  return w;
}

static double mean_of(const double *x) {
  double sum = 0;
  for (size_t i = 0; i < N; i++) {
    sum += x[i];
  }
  return sum / N;
}

static double deviation_of(const double *x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (size_t i = 0; i < N; i++) {
    sum += (x[i] - mean) * (x[i] - mean);
  }
  return sqrt(sum / (N - 1));
}

static void check_normal(const double *x, double mean, double sigma) {
  CHECK_NEAR(mean_of(x), mean, 5 * sigma / sqrt(N));
  CHECK_NEAR(deviation_of(x), sigma, 5 * sigma / sqrt(2.0 * N));
}

/* --- fits of the literature --- */

static double polynomial(const struct sim_reals *c, double reference,
                         double g) {
  const struct circuit_write_noise_params p = {.polynomial = *c};
  return circuit_write_noise_sigma(&p, reference * US, g * US) / US;
}

static struct sim_reals microsiemens(size_t n, const double *v) {
  struct sim_reals list = {.n = n};
  for (size_t k = 0; k < n; k++) {
    list.v[k] = v[k] * US;
  }
  return list;
}

/* Nandakumar, ICECS 2019; as aihwkit has it. */
static void pcm_write_noise_has_the_published_values(void **state) {
  (void)state;
  const struct sim_reals c =
      microsiemens(3, (double[]){0.26348, 1.9650, -1.1731});
  const double want[][2] = {
      {0, 0.2635}, {5, 0.6096}, {12.5, 0.9527}, {25, 1.0554}};
  for (size_t i = 0; i < 4; i++) {
    CHECK_NEAR(polynomial(&c, 25, want[i][0]), want[i][1], 5.1e-5);
  }
}

/* Wan, Nature 2022, after 1 s (aihwkit); Joshi 2020 and Milo 2021
 * (CrossSim, polynomials of G in uS: reference 1 uS). */
static void other_write_noises_have_the_published_values(void **state) {
  (void)state;
  const struct sim_reals wan =
      microsiemens(5, (double[]){0.348, 16.030, -43.853, 45.393, -16.815});
  const struct sim_reals wan_day =
      microsiemens(5, (double[]){0.701, 22.086, -50.773, 47.095, -16.458});
  const double after[][2] = {{0.348, 0.701},
                             {2.2583, 3.7208},
                             {2.0229, 3.9090},
                             {1.5330, 3.3665},
                             {1.1030, 2.6510}};
  for (int k = 0; k < 5; k++) {
    CHECK_NEAR(polynomial(&wan, 40, 10 * k), after[k][0], 6e-5);
    CHECK_NEAR(polynomial(&wan_day, 40, 10 * k), after[k][1], 6e-5);
  }
  const struct sim_reals cubic =
      microsiemens(4, (double[]){1.053, 0.2374, -0.01167, 1.536e-4});
  CHECK_NEAR(polynomial(&cubic, 1, 0), 1.053, 6e-5);
  CHECK_NEAR(polynomial(&cubic, 1, 10), 2.4136, 6e-5);
  CHECK_NEAR(polynomial(&cubic, 1, 39.26), 1.6806, 6e-5);
  const struct sim_reals joshi =
      microsiemens(3, (double[]){0.28638599, 0.07585724, -0.00178767});
  CHECK_NEAR(polynomial(&joshi, 1, 0), 0.2864, 5.1e-5);
  CHECK_NEAR(polynomial(&joshi, 1, 12.5), 0.9553, 5.1e-5);
  CHECK_NEAR(polynomial(&joshi, 1, 25), 1.0655, 5.1e-5);
  const struct sim_reals milo =
      microsiemens(2, (double[]){4.782321, -0.009107});
  const double want[][2] = {
      {50, 4.327}, {100, 3.8716}, {150, 3.4163}, {225, 2.7332}};
  for (size_t i = 0; i < 4; i++) {
    CHECK_NEAR(polynomial(&milo, 1, want[i][0]), want[i][1], 6e-5);
  }
}

static void write_noises_add_as_squares(void **state) {
  (void)state;
  const struct circuit_write_noise_params p = {
      .absolute = 3 * US, .proportional = 0.4, .polynomial = {2, {0, 12 * US}}};
  CHECK_REL(circuit_write_noise_sigma(&p, 10 * US, 10 * US), 13 * US, 1e-14);
}

static const struct sim_reals pcm_nu = {4, {-0.0155, 0.0244, 0.049, 0.1}};
static const struct sim_reals pcm_nu_spread = {
    4, {-0.0125, -0.0059, 0.008, 0.045}};

static void pcm_drift_has_the_published_exponents(void **state) {
  (void)state;
  CHECK_NEAR(circuit_aging_fit(&pcm_nu, 1.0 / 25), 0.0743, 5.1e-5);
  CHECK_NEAR(circuit_aging_fit(&pcm_nu, 5.0 / 25), 0.0493, 5.1e-5);
  CHECK_NEAR(circuit_aging_fit(&pcm_nu, 0.5), 0.0490, 5.1e-5);
  CHECK_NEAR(circuit_aging_fit(&pcm_nu_spread, 1.0 / 25), 0.0343, 5.1e-5);
  CHECK_NEAR(circuit_aging_fit(&pcm_nu_spread, 5.0 / 25), 0.0142, 5.1e-5);
  CHECK_NEAR(circuit_aging_fit(&pcm_nu_spread, 0.5), 0.0080, 5.1e-5);
  CHECK(circuit_aging_fit(&pcm_nu, 0) == 0.1);
}

static void pcm_read_noise_has_the_published_values(void **state) {
  (void)state;
  const struct circuit_read_noise_params p = {.flicker = 0.0088,
                                              .flicker_power = 0.65,
                                              .flicker_limit = 0.2,
                                              .read_time = 250e-9};
  const double want[][3] = {{1, 0.0713, 0.363},
                            {5, 0.0251, 0.127},
                            {12.5, 0.0138, 0.0702},
                            {25, 0.0088, 0.0448}};
  const double gathered = circuit_read_noise_gathered(&p, DAY + 20);
  for (size_t i = 0; i < 4; i++) {
    const double q = circuit_read_noise_flicker(&p, 25 * US, want[i][0] * US);
    CHECK_NEAR(q, want[i][1], 5.1e-5);
    CHECK_REL(q * gathered, want[i][2], 4e-3);  // of three digits
  }
  CHECK(circuit_read_noise_flicker(&p, 25 * US, 0) == 0.2);
  CHECK(circuit_read_noise_gathered(&p, 1e-7) == 0);
}

/* --- fabrication --- */

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

/* --- writing --- */

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

/* --- after programming --- */

static struct circuit_coupling_params pcm(void) {
  struct circuit_coupling_params params = ideal();
  params.drift.nu = pcm_nu;
  params.age = DAY;
  return params;
}

static void drift_follows_the_power_law(void **state) {
  (void)state;
  struct circuit_coupling_params params = pcm();
  struct circuit_coupling array = make(&params);
  double *w = constant(25), *back = numbers();
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  CHECK_NEAR(back[0], 16.588, 5.1e-4);  // published mean after a day
  CHECK(array.g_plus[0] == 25 * US);
  free(w);
  free(back);
  circuit_coupling_finish(&array);
}

static void exponents_spread_and_stay_with_their_device(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.drift.nu = (struct sim_reals){1, {0.05}};
  params.drift.spread = (struct sim_reals){1, {0.008}};
  params.age = DAY;
  struct circuit_coupling array = make(&params);
  double *w = constant(20), *first = numbers(), *second = numbers();
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, first);
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, second);
  assert_memory_equal(first, second, N * sizeof *first);
  for (size_t i = 0; i < N; i++) {
    first[i] = -log(first[i] / 20) / log1p(DAY / 20);
  }
  check_normal(first, 0.05, 0.008);
  free(w);
  free(first);
  free(second);
  circuit_coupling_finish(&array);
}

/* What is not written again goes on aging. */
static void the_clock_restarts_with_a_write(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.drift.nu = (struct sim_reals){1, {0.1}};
  params.age = 100;
  params.master = CIRCUIT_MASTER_CONTROLLER;
  struct circuit_coupling array = make(&params);
  double *w = constant(20), *back = numbers();
  circuit_coupling_program(&array, UNIT, w);
  for (size_t i = 0; i < N; i += 2) {
    w[i] = 10;
  }
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  CHECK_REL(back[0], 10 * pow(1 + 100.0 / 20, -0.1), 1e-12);
  CHECK_REL(back[1], 20 * pow(1 + 200.0 / 20, -0.1), 1e-12);
  free(w);
  free(back);
  circuit_coupling_finish(&array);
}

static void leakage_is_exponential_and_adds_up(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.programming = CIRCUIT_OPEN_LOOP;
  params.master = CIRCUIT_MASTER_CONTROLLER;
  params.retention =
      (struct circuit_retention_params){.time = 1000, .rest = 2 * US};
  params.age = 100;
  struct circuit_coupling array = make(&params);
  double *w = constant(20), *back = numbers();
  for (int k = 0; k < 3; k++) {
    circuit_coupling_program(&array, UNIT, w);
  }
  circuit_coupling_read(&array, UNIT, back);
  // Both sides decay to `rest`, so only their difference is left.
  CHECK_REL(back[0], 20 * exp(-0.3), 1e-12);
  CHECK_REL(
      circuit_programming_present(array.programming, &array.bank[0], 0, 100),
      (2 + 18 * exp(-0.3)) * US, 1e-12);
  w[0] = 25;  // 20 pulses of 0.25 on what is left
  circuit_coupling_program(&array, UNIT, w);
  CHECK_REL(array.g_plus[0], (2 + 18 * exp(-0.3) + 5) * US, 1e-12);
  free(w);
  free(back);
  circuit_coupling_finish(&array);
}

static void heat_shortens_retention_by_arrhenius(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.retention =
      (struct circuit_retention_params){.time = 1e6, .activation_energy = 0.5};
  params.age = 1000;
  struct circuit_site hot = site;
  struct sim_error err = {0};
  struct circuit_coupling array;
  hot.temperature = 358.15;
  CHECK_OK(circuit_coupling_init(&array, &params, &hot, N_OUT, N_IN, &err),
           err);
  double *w = constant(20), *back = numbers();
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  const double k = 8.617333e-5;  // [eV/K]
  const double tau = 1e6 * exp(0.5 / k * (1 / 358.15 - 1 / 300.0));
  CHECK_REL(back[0], 20 * exp(-1000 / tau), 1e-6);
  free(w);
  free(back);
  circuit_coupling_finish(&array);
}

static void read_noise_is_drawn_for_each_write(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.read_noise.absolute = 0.3 * US;
  params.read_noise.proportional = 0.02;
  struct circuit_coupling array = make(&params);
  double *w = constant(20), *first = numbers(), *second = numbers();
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, first);
  circuit_coupling_read(&array, UNIT, second);
  assert_memory_equal(first, second, N * sizeof *first);
  for (size_t i = 0; i < N; i++) {
    CHECK(array.g_plus[i] == 20 * US && array.g_minus[i] == 0);
  }
  // The other side, at 0, reads 0 or above: half a normal distribution.
  const double plus = hypot(0.3, 0.4), minus = 0.3 * sqrt(0.5 - 0.5 / M_PI);
  const double sigma = hypot(plus, minus);
  CHECK_NEAR(mean_of(first), 20 - 0.3 / sqrt(2 * M_PI), 5 * sigma / sqrt(N));
  CHECK_NEAR(deviation_of(first), sigma, 5 * sigma / sqrt(2.0 * N));
  free(w);
  free(first);
  free(second);
  circuit_coupling_finish(&array);
}

static void gathered_flicker_has_the_published_rms(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.read_noise.flicker = 0.0088;
  params.read_noise.flicker_power = 0.65;
  params.age = DAY;
  struct circuit_coupling array = make(&params);
  double *w = constant(12.5), *back = numbers();
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, back);
  check_normal(back, 12.5, 12.5 * 0.0702);
  free(w);
  free(back);
  circuit_coupling_finish(&array);
}

/* --- draws --- */

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

/* --- separate directions --- */

static void separate_directions_have_devices_of_their_own(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.reciprocity = CIRCUIT_SEPARATE;
  params.write_noise.absolute = 0.3 * US;
  double *w = constant(12.5), *up = numbers(), *down = numbers();
  double *alone = numbers();
  struct circuit_coupling array = make(&params);
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, up);
  circuit_coupling_read_back(&array, UNIT, down);
  check_normal(array.bank[2].g, 12.5 * US, 0.3 * US);
  for (size_t i = 0; i < N; i++) {
    CHECK(array.bank[2].g[i] != array.g_plus[i]);
    CHECK(down[i] == (array.bank[2].g[i] - array.bank[3].g[i]) / UNIT);
  }
  circuit_coupling_finish(&array);
  // The upward devices are those of the shared array.
  params.reciprocity = CIRCUIT_SHARED;
  array = make(&params);
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, alone);
  assert_memory_equal(alone, up, N * sizeof *up);
  circuit_coupling_finish(&array);
  free(w);
  free(up);
  free(down);
  free(alone);
}

static void mismatch_is_of_the_downward_direction(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.reciprocity = CIRCUIT_SEPARATE;
  params.mismatch = 0.03;
  params.programming = CIRCUIT_OPEN_LOOP;
  params.master = CIRCUIT_MASTER_CONTROLLER;
  double *w = constant(12.5), *up = numbers(), *down = numbers();
  struct circuit_coupling array = make(&params);
  for (int k = 0; k < 2; k++) {  // fixed in the factory
    circuit_coupling_program(&array, UNIT, w);
    circuit_coupling_read(&array, UNIT, up);
    circuit_coupling_read_back(&array, UNIT, down);
    for (size_t i = 0; i < N; i++) {
      CHECK_REL(up[i], 12.5, 1e-12);
    }
    check_normal(down, 12.5, 12.5 * 0.03);
    CHECK(array.effort.n_pulses == (k == 0 ? 2 * 50 * N : 0));
  }
  circuit_coupling_finish(&array);
  free(w);
  free(up);
  free(down);
}

/* --- parameters --- */

static void parameters_that_do_not_fit_are_refused(void **state) {
  (void)state;
  const struct {
    const char *text, *message;
  } cases[] = {
      {"write_noise: {absolute: 1 uS}\n    programming: open_loop",
       "digits.yaml:3: chip.coupling.write_noise: is used with `programming: "
       "ideal` only, got open_loop (the error of pulses is pulse.noise_step)"},
      {"levels: 4\n    programming: open_loop",
       "digits.yaml:3: chip.coupling.levels: must be 0 with `programming: "
       "open_loop`, got 4"},
      {"mismatch: 0.1",
       "digits.yaml:3: chip.coupling.mismatch: must be 0 with `reciprocity: "
       "shared`, got 0.1"},
      {"stuck: {low: 0.6, open: 0.5}",
       "digits.yaml:3: chip.coupling.stuck: low, high, open and anywhere "
       "together must be <= 1, got 1.1"},
      {"drift: {nu: [1, 2]}",
       "digits.yaml:3: chip.coupling.drift.nu: must be one number or four, got "
       "2"},
      {"drift: {spread: [1, 2, 0.3, 0.2]}",
       "digits.yaml:3: chip.coupling.drift.spread: the limits must go from low "
       "to high, got 0.3, 0.2"},
  };
  static const struct sim_param coupling = {
      .name = "coupling",
      .kind = SIM_SECTION,
      .section = circuit_coupling_table,
      .n_section = CIRCUIT_COUPLING_N_PARAMS};
  static const struct sim_param chip = {.name = "chip",
                                        .kind = SIM_SECTION,
                                        .section = &coupling,
                                        .n_section = 1};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct sim_error err = {0};
    struct circuit_coupling_params params;
    char text[512];
    snprintf(text, sizeof text, "chip:\n  coupling:\n    %s\n", cases[i].text);
    struct sim_config *config = parse(text);
    CHECK_OK(sim_config_read(config, &chip, 1, SIM_USE_ALL, &params, &err),
             err);
    CHECK_FAILS(circuit_coupling_check(&params, config, &err), err, SIM_ECONFIG,
                cases[i].message);
    sim_config_destroy(config);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pcm_write_noise_has_the_published_values),
      cmocka_unit_test(other_write_noises_have_the_published_values),
      cmocka_unit_test(write_noises_add_as_squares),
      cmocka_unit_test(pcm_drift_has_the_published_exponents),
      cmocka_unit_test(pcm_read_noise_has_the_published_values),
      cmocka_unit_test(the_window_spreads_as_asked),
      cmocka_unit_test(gains_spread_as_asked),
      cmocka_unit_test(stuck_devices_stay_where_they_are),
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
      cmocka_unit_test(drift_follows_the_power_law),
      cmocka_unit_test(exponents_spread_and_stay_with_their_device),
      cmocka_unit_test(the_clock_restarts_with_a_write),
      cmocka_unit_test(leakage_is_exponential_and_adds_up),
      cmocka_unit_test(heat_shortens_retention_by_arrhenius),
      cmocka_unit_test(read_noise_is_drawn_for_each_write),
      cmocka_unit_test(gathered_flicker_has_the_published_rms),
      cmocka_unit_test(imperfections_that_are_off_change_no_bit),
      cmocka_unit_test(an_effect_changes_no_other_draw),
      cmocka_unit_test(chips_seeds_arrays_and_sides_differ),
      cmocka_unit_test(separate_directions_have_devices_of_their_own),
      cmocka_unit_test(mismatch_is_of_the_downward_direction),
      cmocka_unit_test(parameters_that_do_not_fit_are_refused),
  };
  return cmocka_run_group_tests_name("programming", tests, NULL, NULL);
}
