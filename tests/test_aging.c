/* tests/test_aging.c -- what becomes of a conductance after it was programmed
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/conductances.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pcm_drift_has_the_published_exponents),
      cmocka_unit_test(drift_follows_the_power_law),
      cmocka_unit_test(exponents_spread_and_stay_with_their_device),
      cmocka_unit_test(the_clock_restarts_with_a_write),
      cmocka_unit_test(leakage_is_exponential_and_adds_up),
      cmocka_unit_test(heat_shortens_retention_by_arrhenius),
  };
  return cmocka_run_group_tests_name("aging", tests, NULL, NULL);
}
