/* tests/test_coupling_params.c -- keys of arrays that do not fit together
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "circuits/coupling.h"
#include "tests/check.h"
#include "tests/config_text.h"

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
      cmocka_unit_test(parameters_that_do_not_fit_are_refused),
  };
  return cmocka_run_group_tests_name("coupling_params", tests, NULL, NULL);
}
