/* tests/test_conductance_noise.c -- errors of writing and of reading a device
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/conductances.h"

static double polynomial(const struct sim_reals *c, double reference,
                         double g) {
  const struct circuit_write_noise_params p = {.polynomial = *c};
  return circuit_write_noise_sigma(&p, reference * US, g * US) / US;
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pcm_write_noise_has_the_published_values),
      cmocka_unit_test(other_write_noises_have_the_published_values),
      cmocka_unit_test(write_noises_add_as_squares),
      cmocka_unit_test(pcm_read_noise_has_the_published_values),
      cmocka_unit_test(read_noise_is_drawn_for_each_write),
      cmocka_unit_test(gathered_flicker_has_the_published_rms),
  };
  return cmocka_run_group_tests_name("conductance_noise", tests, NULL, NULL);
}
