/* tests/test_chip_params.c -- values of a chip that do not fit together
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chip.h"
#include "tests/check.h"
#include "tests/config_text.h"

struct both {
  struct model_network_params network;
  struct model_chip_params chip;
};
static const struct sim_param both_table[] = {
    {.name = "network",
     .kind = SIM_SECTION,
     SIM_FIELD(struct both, network),
     .section = model_network_table,
     .n_section = MODEL_NETWORK_N_PARAMS},
    {.name = "chip",
     .kind = SIM_SECTION,
     SIM_FIELD(struct both, chip),
     .section = model_chip_table,
     .n_section = MODEL_CHIP_N_PARAMS},
};

static enum sim_status check_text(const char *text, struct sim_error *err) {
  struct both both = {0};
  struct sim_config *config = parse(text);
  CHECK_OK(sim_config_read(config, both_table, 2, SIM_USE_ALL, &both, err),
           *err);
  const enum sim_status status =
      model_chip_check(&both.network, &both.chip, config, err);
  sim_config_destroy(config);
  return status;
}

static void a_chip_of_defaults_is_accepted(void **state) {
  (void)state;
  struct sim_error err = {0};
  CHECK_OK(check_text("network: {layers: [4, 3]}\n"
                      "chip: {capacitance: matched}\n",
                      &err),
           err);
  CHECK_OK(check_text("network: {layers: [4, 3]}\n"
                      "chip: {capacitance: [1 pF, 2 pF]}\n",
                      &err),
           err);
  CHECK_OK(check_text("network: {layers: [4, 3], activation: table,\n"
                      "          table: curve.txt}\n"
                      "chip: {}\n",
                      &err),
           err);
}

static void capacitances_must_fit_the_layers(void **state) {
  (void)state;
  struct sim_error err = {0};
  CHECK_FAILS(check_text("network: {layers: [4, 3, 2]}\n"
                         "chip:\n"
                         "  capacitance: [1 pF, 2 pF]\n",
                         &err),
              err, SIM_ECONFIG,
              "digits.yaml:3: chip.capacitance: must be one value or one for "
              "each of the 3 layers, got 2 values");
}

static void a_measured_curve_needs_a_file(void **state) {
  (void)state;
  struct sim_error err = {0};
  CHECK_FAILS(check_text("network:\n"
                         "  layers: [4, 3]\n"
                         "  activation: table\n"
                         "chip: {}\n",
                         &err),
              err, SIM_ECONFIG,
              "digits.yaml:1: network.table: must name a file when "
              "`activation: table`, got none");
}

static void a_file_needs_the_measured_curve(void **state) {
  (void)state;
  struct sim_error err = {0};
  CHECK_FAILS(check_text("network:\n"
                         "  layers: [4, 3]\n"
                         "  table: curve.txt\n"
                         "chip: {}\n",
                         &err),
              err, SIM_ECONFIG,
              "digits.yaml:3: network.table: is used with `activation: table` "
              "only, got experiments/curve.txt");
}

static void more_parameters_than_blas_counts_are_refused(void **state) {
  (void)state;
  struct sim_error err = {0};
  // 65536 x 32767 weights and 98303 biases are 2^31 - 1 + 32768.
  CHECK_FAILS(check_text("network: {layers: [65536, 32767]}\n"
                         "chip: {capacitance: matched}\n",
                         &err),
              err, SIM_ECONFIG,
              "digits.yaml:1: network.layers: must give <= 2147483647 "
              "parameters, got 2147516415");
  CHECK_OK(check_text("network: {layers: [65536, 32766]}\n"
                      "chip: {capacitance: matched}\n",
                      &err),
           err);
}

static void one_level_is_refused(void **state) {
  (void)state;
  struct sim_error err = {0};
  CHECK_FAILS(check_text("network: {layers: [4, 3]}\n"
                         "chip:\n"
                         "  coupling:\n"
                         "    levels: 1\n",
                         &err),
              err, SIM_ECONFIG,
              "digits.yaml:4: chip.coupling.levels: must be >= 2, got 1");
}

static void an_empty_window_is_refused(void **state) {
  (void)state;
  struct sim_error err = {0};
  CHECK_FAILS(check_text("network: {layers: [4, 3]}\n"
                         "chip:\n"
                         "  coupling:\n"
                         "    g_min: 5 uS\n"
                         "    g_max: 5 uS\n",
                         &err),
              err, SIM_ECONFIG,
              "digits.yaml:5: chip.coupling.g_max: must be > g_min (5 uS), "
              "got 5 uS");
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_chip_of_defaults_is_accepted),
      cmocka_unit_test(capacitances_must_fit_the_layers),
      cmocka_unit_test(a_measured_curve_needs_a_file),
      cmocka_unit_test(a_file_needs_the_measured_curve),
      cmocka_unit_test(more_parameters_than_blas_counts_are_refused),
      cmocka_unit_test(one_level_is_refused),
      cmocka_unit_test(an_empty_window_is_refused),
  };
  return cmocka_run_group_tests_name("chip_params", tests, NULL, NULL);
}
