/* tests/test_coupling_directions.c -- devices of each direction of an array
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/conductances.h"

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

/* Of weights of one sign the conductance is the weight. */
static void conductances_are_what_currents_flow_through(void **state) {
  (void)state;
  struct circuit_coupling_params params = ideal();
  params.reciprocity = CIRCUIT_SEPARATE;
  params.mismatch = 0.03;
  params.drift.nu = (struct sim_reals){1, {0.05}};
  params.drift.spread = (struct sim_reals){1, {0.01}};
  params.age = DAY;
  double *w = constant(12.5), *up = numbers(), *down = numbers();
  struct circuit_coupling array = make(&params);
  circuit_coupling_program(&array, UNIT, w);
  circuit_coupling_read(&array, UNIT, up);
  circuit_coupling_read_back(&array, UNIT, down);
  for (size_t i = 0; i < N; i++) {
    CHECK_REL(circuit_coupling_conductance(&array, 0, i), UNIT * up[i], 1e-12);
    CHECK_REL(circuit_coupling_conductance(&array, 2, i), UNIT * down[i],
              1e-12);
    CHECK(circuit_coupling_conductance(&array, 1, i) == 0);
    CHECK(up[i] < 12.5 && up[i] != down[i]);
  }
  circuit_coupling_finish(&array);
  free(w);
  free(up);
  free(down);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(separate_directions_have_devices_of_their_own),
      cmocka_unit_test(conductances_are_what_currents_flow_through),
      cmocka_unit_test(mismatch_is_of_the_downward_direction),
  };
  return cmocka_run_group_tests_name("coupling_directions", tests, NULL, NULL);
}
