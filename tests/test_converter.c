/* tests/test_converter.c -- converters and sample-and-holds
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/converter.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <string.h>

#include "circuits/hold.h"
#include "tests/check.h"

enum { N = 200000 };
static double xi[N], in[N], out[N];

static const struct circuit_converter_params ideal = {.range = 1,
                                                      .capacitance = NAN};
static const struct circuit_hold_params ideal_hold = {.capacitance = NAN,
                                                      .leak = NAN};

static void adc_make(struct circuit_converters *adc,
                     const struct circuit_converter_params *params, size_t n) {
  struct sim_error err = {0};
  CHECK_OK(circuit_converters_init(adc, params, CIRCUIT_OUTPUT_ADC, n, 300, 1,
                                   0, &err),
           err);
}

static void fill_normal(unsigned long seed, double *x) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  for (size_t i = 0; i < N; i++) {
    x[i] = gsl_ran_gaussian_ziggurat(rng, 1);
  }
  gsl_rng_free(rng);
}

static double variance(const double *x) {
  double mean = 0, square = 0;
  for (size_t i = 0; i < N; i++) {
    mean += x[i] / N;
  }
  for (size_t i = 0; i < N; i++) {
    square += (x[i] - mean) * (x[i] - mean) / N;
  }
  return square;
}

/* Three bits from -1 V to 1 V: codes -4 to 3 of 0.25 V; 1 unit is 0.5 V. */
static void codes_are_rounded_and_the_last_ones_hold(void **state) {
  (void)state;
  struct circuit_converters adc, dac;
  struct circuit_converter_params params = ideal;
  const double v[] = {0, 0.24, 0.26, -0.74, 1.4, 1.8, -2.3, 1.74};
  const double want[] = {0, 0, 0.5, -0.5, 1.5, 1.5, -2, 1.5};
  double code[8], voltage[8];
  params.bits = 3;
  adc_make(&adc, &params, 1);
  adc_make(&dac, &params, 1);
  assert_int_equal(circuit_adc_read(&adc, 0, 0.5, 8, v, NULL, code), 2);
  assert_int_equal(circuit_dac_set(&dac, 0, 0.5, 8, v, voltage), 2);
  for (size_t i = 0; i < 8; i++) {
    CHECK_NEAR(code[i], want[i], 1e-15);
    CHECK_NEAR(voltage[i], want[i], 1e-15);
  }
  circuit_converters_finish(&adc);
  circuit_converters_finish(&dac);
}

/* Uniform inputs over many steps: the error is uniform over one. Its variance
 * q^2/12 has a standard error of q^2/12 sqrt(4/5/N), a difference's of two
 * q^2/6 sqrt(7/5/N). */
static void a_difference_of_two_reads_is_wrong_by_q_over_root_6(void **state) {
  (void)state;
  static double one[N], two[N];
  struct circuit_converters adc;
  struct circuit_converter_params params = ideal;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  params.bits = 8;
  const double q = 2.0 / 256;
  adc_make(&adc, &params, 1);
  for (size_t i = 0; i < N; i++) {
    in[i] = gsl_ran_flat(rng, -0.9, 0.9);
    two[i] = gsl_ran_flat(rng, -0.9, 0.9);
  }
  assert_int_equal(circuit_adc_read(&adc, 0, 1, N, in, NULL, one), 0);
  assert_int_equal(circuit_adc_read(&adc, 0, 1, N, two, NULL, out), 0);
  for (size_t i = 0; i < N; i++) {
    one[i] -= in[i];
    two[i] = out[i] - two[i] - one[i];
  }
  CHECK_REL(variance(one), q * q / 12, 5 * sqrt(0.8 / N));
  CHECK_REL(variance(two), q * q / 6, 5 * sqrt(1.4 / N));
  circuit_converters_finish(&adc);
  gsl_rng_free(rng);
}

/* 10 fF at 300 K: 643.6 uV. */
static void sampling_noise_is_k_t_over_c(void **state) {
  (void)state;
  struct circuit_converters adc;
  struct circuit_converter_params params = ideal;
  params.capacitance = 10e-15;
  adc_make(&adc, &params, 1);
  CHECK_REL(adc.noise, 643.6e-6, 1e-4);
  fill_normal(5, xi);
  memset(in, 0, sizeof in);
  CHECK(circuit_adc_read(&adc, 0, 0.1, N, in, xi, out) == 0);
  CHECK_REL(variance(out), pow(6.436e-3, 2), 5 * sqrt(2.0 / N) + 2e-4);
  circuit_converters_finish(&adc);
}

/* An ADC errs before it rounds, a DAC after. */
static void errors_of_an_adc_are_rounded_and_those_of_a_dac_are_not(
    void **state) {
  (void)state;
  struct circuit_converters c;
  struct circuit_converter_params params = ideal;
  const double v = 0.5;
  double read, set;
  params.bits = 4;
  params.gain = 0.1;
  params.offset = 0.05;
  adc_make(&c, &params, 100);
  for (size_t i = 0; i < 100; i++) {
    circuit_adc_read(&c, i, 1, 1, &v, NULL, &read);
    circuit_dac_set(&c, i, 1, 1, &v, &set);
    CHECK_NEAR(read, 0.125 * rint((c.gain[i] * v + c.offset[i]) / 0.125),
               1e-15);
    CHECK_NEAR(set, c.gain[i] * v + c.offset[i], 1e-15);
  }
  circuit_converters_finish(&c);
}

static void converters_differ_as_asked_and_bank_by_bank(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct circuit_converters adc, dac;
  struct circuit_converter_params params = ideal;
  params.gain = 0.02;
  params.offset = 3e-3;
  adc_make(&adc, &params, N);
  CHECK_OK(
      circuit_converters_init(&dac, &params, CIRCUIT_DAC, N, 300, 1, 0, &err),
      err);
  CHECK_REL(variance(adc.gain), 0.02 * 0.02, 5 * sqrt(2.0 / N) + 2e-3);
  CHECK_REL(variance(adc.offset), 9e-6, 5 * sqrt(2.0 / N));
  CHECK(memcmp(adc.offset, dac.offset, sizeof in) != 0);
  circuit_converters_finish(&dac);
  params.gain = 0;
  CHECK_OK(circuit_converters_init(&dac, &params, CIRCUIT_OUTPUT_ADC, N, 300, 1,
                                   0, &err),
           err);
  assert_memory_equal(adc.offset, dac.offset, sizeof in);
  circuit_converters_finish(&adc);
  circuit_converters_finish(&dac);
}

static void an_ideal_converter_changes_no_bit(void **state) {
  (void)state;
  struct circuit_converters adc;
  adc_make(&adc, &ideal, 1);
  CHECK(circuit_converter_is_ideal(&ideal));
  fill_normal(6, in);
  circuit_adc_read(&adc, 0, 0.1, N, in, NULL, out);
  assert_memory_equal(in, out, sizeof in);
  circuit_dac_set(&adc, 0, 0.1, N, in, out);
  assert_memory_equal(in, out, sizeof in);
  circuit_converters_finish(&adc);
}

/* --- sample-and-hold --- */

static void holds_make(struct circuit_holds *holds,
                       const struct circuit_hold_params *params, size_t n) {
  struct sim_error err = {0};
  CHECK_OK(circuit_holds_init(holds, params, 1e-6, n, 300, 1, 0, &err), err);
}

/* 100 fF with 1 GOhm: 9.5 % in 10 us, given in seconds or in tau. */
static void a_held_voltage_droops_by_rc(void **state) {
  (void)state;
  struct circuit_holds holds;
  struct circuit_hold_params params = ideal_hold;
  params.capacitance = 100e-15;
  params.leak = 1e9;
  params.time = (struct sim_time){10e-6, false};
  holds_make(&holds, &params, 1);
  CHECK_NEAR(1 - holds.droop, 0.0951626, 1e-7);
  circuit_holds_finish(&holds);
  params.time = (struct sim_time){10, true};
  holds_make(&holds, &params, 1);
  CHECK_NEAR(1 - holds.droop, 0.0951626, 1e-7);
  circuit_holds_finish(&holds);
  params.leak = NAN;
  holds_make(&holds, &params, 1);
  CHECK(holds.droop == 1);
  circuit_holds_finish(&holds);
}

static void sampling_adds_noise_and_charge(void **state) {
  (void)state;
  struct circuit_holds holds;
  struct circuit_hold_params params = ideal_hold;
  params.capacitance = 10e-15;
  params.injection = 1e-16;
  holds_make(&holds, &params, 1);
  fill_normal(7, xi);
  memset(in, 0, sizeof in);
  circuit_hold_sample(&holds, 0, 0.1, N, in, xi, out);
  CHECK_REL(variance(out), pow(6.436e-3, 2), 5 * sqrt(2.0 / N) + 2e-4);
  double mean = 0;
  for (size_t i = 0; i < N; i++) {
    mean += out[i] / N;
  }
  CHECK_NEAR(mean, 10e-3 / 0.1, 5 * 6.436e-3 / sqrt(N));
  circuit_holds_finish(&holds);
}

static void charges_and_gains_spread(void **state) {
  (void)state;
  struct circuit_holds holds;
  struct circuit_hold_params params = ideal_hold;
  params.capacitance = 10e-15;
  params.injection_spread = 2e-17;
  params.gain = 0.01;
  holds_make(&holds, &params, N);
  CHECK_REL(variance(holds.pedestal), 4e-6, 5 * sqrt(2.0 / N));
  CHECK_REL(variance(holds.gain), 1e-4, 5 * sqrt(2.0 / N) + 1e-3);
  circuit_holds_finish(&holds);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(codes_are_rounded_and_the_last_ones_hold),
      cmocka_unit_test(a_difference_of_two_reads_is_wrong_by_q_over_root_6),
      cmocka_unit_test(sampling_noise_is_k_t_over_c),
      cmocka_unit_test(errors_of_an_adc_are_rounded_and_those_of_a_dac_are_not),
      cmocka_unit_test(converters_differ_as_asked_and_bank_by_bank),
      cmocka_unit_test(an_ideal_converter_changes_no_bit),
      cmocka_unit_test(a_held_voltage_droops_by_rc),
      cmocka_unit_test(sampling_adds_noise_and_charge),
      cmocka_unit_test(charges_and_gains_spread),
  };
  return cmocka_run_group_tests_name("converter", tests, NULL, NULL);
}
