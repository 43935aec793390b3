/* tests/test_chip.c -- from experiment keys to devices and to their image
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chip.h"

#include "sim/memory.h"
#include "tests/check.h"
#include "tests/layer_chip.h"

/* --- fabrication --- */

static void a_chip_knows_the_address_of_its_draws(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_chip_params params = ideal();
  const struct model_network_params network = layers_of("silu");
  struct model_chip *chip;
  params.number = UINT32_MAX;
  CHECK_OK(
      model_chip_create(&chip, &network, &params, LAMBDA, UINT64_MAX, &err),
      err);
  CHECK(chip->seed == UINT64_MAX && chip->number == UINT32_MAX);
  model_chip_destroy(chip);
}

/* --- programming --- */

static void a_new_chip_holds_zeros(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.coupling.g_min = 1e-7;
  struct model_chip *chip = chip_make(&params, "silu");
  struct model_network net = image_of(chip);
  assert_int_equal(net.layout.n_parameters, PARAMETERS);
  for (size_t i = 0; i < PARAMETERS; i++) {
    CHECK(net.theta[i] == 0);
  }
  for (size_t i = 0; i < NODES; i++) {
    CHECK(net.leak[i] == 1 && net.inv_capacitance[i] == 1);
  }
  model_network_finish(&net);
  model_chip_destroy(chip);
}

/* Without a lowest conductance a weight survives the way through siemens to
 * the last digit or two; beside g_min it loses what g_min rounds away. */
static void what_is_programmed_is_read_back(void **state) {
  (void)state;
  double theta[PARAMETERS];
  random_theta(1, 1.0, theta);
  for (int has_floor = 0; has_floor < 2; has_floor++) {
    struct model_chip_params params = ideal();
    params.coupling.g_min = has_floor ? 2e-6 : 0;
    struct model_chip *chip = chip_make(&params, "silu");
    assert_int_equal(model_chip_program(chip, theta), 0);
    struct model_network net = image_of(chip);
    for (size_t i = 0; i < PARAMETERS; i++) {
      CHECK_NEAR(net.theta[i], theta[i],
                 4e-16 * fabs(theta[i]) + (has_floor ? 2e-15 : 0));
    }
    model_network_finish(&net);
    model_chip_destroy(chip);
  }
}

static void a_weight_sits_on_the_device_of_its_sign(void **state) {
  (void)state;
  double theta[PARAMETERS];
  random_theta(2, 1.0, theta);
  struct model_chip_params params = ideal();
  params.coupling.g_min = 1e-7;
  struct model_chip *chip = chip_make(&params, "silu");
  model_chip_program(chip, theta);
  for (size_t i = 0; i < VISIBLE * H1; i++) {
    const double w = 1e-6 * theta[i];
    CHECK_REL(chip->coupling[0].g_plus[i], 1e-7 + fmax(w, 0), 1e-15);
    CHECK_REL(chip->coupling[0].g_minus[i], 1e-7 + fmax(-w, 0), 1e-15);
  }
  for (size_t i = 0; i < NODES; i++) {
    CHECK_REL(chip->nodes.bias[i], theta[WEIGHTS + i] * 1e-6 * 0.1, 1e-15);
  }
  model_chip_destroy(chip);
}

/* g_min 1 uS and g_max 3 uS hold weights up to +-2. */
static void weights_beyond_the_window_are_counted_and_cut(void **state) {
  (void)state;
  double theta[PARAMETERS] = {2.5, -3, 2 * (1 - 1e-12), -2.5, 1};
  theta[PARAMETERS - 1] = 1e3;  // a bias is a current, without a window
  struct model_chip_params params = ideal();
  params.coupling.g_min = 1e-6;
  params.coupling.g_max = 3e-6;
  struct model_chip *chip = chip_make(&params, "silu");
  assert_int_equal(model_chip_program(chip, theta), 3);
  struct model_network net = image_of(chip);
  const double want[] = {2, -2, 2, -2, 1, 0};
  for (size_t i = 0; i < 6; i++) {
    CHECK_NEAR(net.theta[i], want[i], 1e-11);
  }
  CHECK_REL(net.theta[PARAMETERS - 1], 1e3, 1e-15);
  model_network_finish(&net);
  model_chip_destroy(chip);
}

/* Five levels over 4 uS: steps of 1.0, and never further than half a step. */
static void levels_round_to_the_nearest(void **state) {
  (void)state;
  const double theta[PARAMETERS] = {0.4, 0.6, -1.4, -1.6, 3.7, 9};
  const double want[] = {0, 1, -1, -2, 4, 4};
  struct model_chip_params params = ideal();
  params.coupling.g_max = 4e-6;
  params.coupling.levels = 5;
  struct model_chip *chip = chip_make(&params, "silu");
  assert_int_equal(model_chip_program(chip, theta), 1);
  struct model_network net = image_of(chip);
  for (size_t i = 0; i < 6; i++) {
    CHECK_NEAR(net.theta[i], want[i], 1e-15);
  }
  model_network_finish(&net);
  model_chip_destroy(chip);
}

static void programming_twice_leaves_the_second(void **state) {
  (void)state;
  double first[PARAMETERS], second[PARAMETERS];
  random_theta(3, 1.0, first);
  random_theta(4, 1.0, second);
  const struct model_chip_params params = ideal();
  struct model_chip *twice = chip_make(&params, "silu");
  struct model_chip *once = chip_make(&params, "silu");
  model_chip_program(twice, first);
  model_chip_program(twice, second);
  model_chip_program(once, second);
  struct model_network a = image_of(twice), b = image_of(once);
  assert_memory_equal(a.theta, b.theta, sizeof second);
  model_network_finish(&a);
  model_network_finish(&b);
  model_chip_destroy(twice);
  model_chip_destroy(once);
}

/* Steps of 0.1 uS, one microsecond each, a row at a time. */
static void arrays_are_written_at_the_same_time(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  double theta[PARAMETERS] = {0};
  params.coupling.programming = CIRCUIT_OPEN_LOOP;
  params.coupling.at_once = CIRCUIT_ROW;
  params.coupling.max_pulses = 100;
  params.coupling.pulse.origin = 0.5;
  params.coupling.pulse.side[CIRCUIT_UP] =
      (struct circuit_pulse_side){.step = 1e-7, .width = 1e-6};
  params.coupling.pulse.side[CIRCUIT_DOWN] =
      params.coupling.pulse.side[CIRCUIT_UP];
  struct model_chip *chip = chip_make(&params, "silu");
  theta[chip->layout.weight_at[0]] = 2;   // 20 pulses in the first array
  theta[chip->layout.weight_at[1]] = -3;  // 30 in two rows of the second
  theta[chip->layout.weight_at[1] + chip->layout.width[1]] = 3;
  model_chip_program(chip, theta);
  assert_int_equal(chip->effort.n_pulses, 80);
  CHECK_REL(chip->effort.time, 60e-6, 1e-12);
  CHECK_REL(chip->coupling[0].effort.time, 20e-6, 1e-12);
  model_chip_destroy(chip);
}

/* --- a measured transfer curve --- */

static void a_measured_curve_passes_through_its_points(void **state) {
  (void)state;
  struct sim_error err = {0};
  char folder[64], path[256];
  folder_make(folder);
  write_table(folder_path(path, folder, "curve.txt"));
  struct model_network_params network = layers_of("table");
  struct model_chip_params params = ideal();
  struct model_chip *chip;
  snprintf(network.table, sizeof network.table, "%s", path);
  params.voltage_unit = TABLE_VOLT;
  CHECK_OK(model_chip_create(&chip, &network, &params, LAMBDA, 1, &err), err);
  folder_remove(folder);

  double v[TABLE_POINTS + 2], r[TABLE_POINTS + 2], slope[TABLE_POINTS + 2];
  for (size_t i = 0; i < TABLE_POINTS; i++) {
    v[i] = table_point(i);
  }
  v[TABLE_POINTS] = v[TABLE_POINTS - 1] + 3;
  v[TABLE_POINTS + 1] = v[0] - 3;
  chip->transfer.ops->slope(&chip->transfer, TABLE_POINTS + 2, v, r, slope);
  for (size_t i = 0; i < TABLE_POINTS; i++) {
    CHECK_NEAR(r[i], tanh(v[i]), 1e-15);
  }
  const size_t last = TABLE_POINTS - 1;
  CHECK_NEAR(r[last + 1], r[last] + 3 * slope[last], 1e-15);
  CHECK_NEAR(r[last + 2], r[0] - 3 * slope[0], 1e-15);
  model_chip_destroy(chip);
}

static void a_chip_with_a_measured_curve_settles_like_its_formula(
    void **state) {
  (void)state;
  struct small measured, formula;
  const size_t width[] = {VISIBLE, H1, H2};
  small_make(&measured, 3, width, "table", 1.5, 3);
  small_make(&formula, 3, width, "tanh", 1.5, 3);
  const struct model_settling settling = settle_fully();
  double end[2][NODES];
  for (int k = 0; k < 2; k++) {
    struct sim_error err = {0};
    struct model_settler settler;
    const double x_t[VISIBLE] = {1, 0.5, -0.5, -1};
    const struct model_drive drive = {2, x_t, NULL, false, NULL};
    double time;
    memset(end[k], 0, sizeof end[k]);
    CHECK_OK(model_settler_init(&settler, &settling,
                                k == 0 ? &measured.net : &formula.net, 1, &err),
             err);
    CHECK_OK(model_settler_run(&settler, &drive, end[k], 0, &time, &err), err);
    model_settler_finish(&settler);
  }
  // The cubic is off by up to 0.01 between points 0.5 apart.
  for (size_t i = 0; i < NODES; i++) {
    CHECK_NEAR(end[0][i], end[1][i], 0.03);
  }
  small_finish(&measured);
  small_finish(&formula);
}

static void a_missing_curve_fails_and_leaves_no_chip(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_network_params network = layers_of("table");
  const struct model_chip_params params = ideal();
  struct model_chip *chip;
  snprintf(network.table, sizeof network.table, "nowhere/curve.txt");
  CHECK_FAILS(model_chip_create(&chip, &network, &params, LAMBDA, 1, &err), err,
              SIM_ECONFIG,
              "nowhere/curve.txt: cannot be read: No such file or directory");
  assert_null(chip);
}

/* --- imperfections --- */

static void weights_are_seen_through_the_wires(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_chip_params params = ideal();
  struct circuit_wires *wires;
  double theta[PARAMETERS], *w = theta;
  params.coupling.g_min = 1e-6;
  params.wires.resistance = 1e4;
  params.wires.tempco = 4e-3;
  params.temperature = 350;
  struct model_chip *chip = chip_make(&params, "silu");
  random_theta(3, 1, theta);
  model_chip_program(chip, theta);
  struct model_network net = image_of(chip);
  CHECK_OK(circuit_wires_create(&wires, 1.2e4, H1, H1, &err), err);
  for (size_t l = 0; l < 2; l++) {
    const size_t n_out = l == 0 ? H1 : H2, n_in = l == 0 ? VISIBLE : H1;
    double plus[H1 * H1], minus[H1 * H1];
    for (size_t i = 0; i < n_out * n_in; i++) {
      plus[i] = 1e-6 + 1e-6 * fmax(w[i], 0);
      minus[i] = 1e-6 + 1e-6 * fmax(-w[i], 0);
    }
    circuit_wires_reduce(wires, n_out, n_in, plus);
    circuit_wires_reduce(wires, n_out, n_in, minus);
    for (size_t i = 0; i < n_out * n_in; i++) {
      CHECK_NEAR(model_network_weight(&net, l)[i], (plus[i] - minus[i]) / 1e-6,
                 1e-12);
    }
    w += n_out * n_in;
  }
  CHECK(fabs(net.theta[0]) < 0.99 * fabs(theta[0]));
  circuit_wires_destroy(wires);
  model_network_finish(&net);
  model_chip_destroy(chip);
}

static void the_image_has_the_nodes_of_the_chip(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.node = (struct circuit_node_params){.area = 1,
                                             .capacitance = 0.1,
                                             .leak = 0.1,
                                             .gain = 0.1,
                                             .input_gain = 0.1,
                                             .offset = 5e-3};
  struct model_chip *chip = chip_make(&params, "silu");
  struct model_network net = image_of(chip);
  CHECK(!model_network_has_energy(&net));
  CHECK_REL(chip->tau, 1e-6, 1e-15);
  for (size_t i = 0; i < NODES; i++) {
    CHECK_REL(net.leak[i], chip->nodes.leak[i] / 1e-6, 1e-15);
    CHECK_REL(net.inv_capacitance[i], 1e-12 / chip->nodes.capacitance[i],
              1e-15);
    CHECK(net.gain[i] == chip->nodes.gain[i] && net.gain[i] != 1);
    CHECK(net.input_gain[i] == chip->nodes.input_gain[i]);
    CHECK_REL(net.offset[i], chip->nodes.offset[i] / 0.1, 1e-15);
  }
  model_network_finish(&net);
  model_chip_destroy(chip);
}

static void a_chip_without_memory_is_no_chip(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct model_network_params network = layers_of("silu");
  const struct model_chip_params params = ideal();
  struct model_chip *chip = NULL;
  long n = 0;
  do {  // one of the chip, six of its nodes, four of each array
    model_chip_destroy(chip);
    sim_alloc_refuse_after(n++);
  } while (model_chip_create(&chip, &network, &params, LAMBDA, 1, &err));
  sim_alloc_refuse_after(-1);
  assert_int_equal(n - 1, 1 + 6 + 8);
  model_chip_destroy(chip);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_chip_knows_the_address_of_its_draws),
      cmocka_unit_test(a_new_chip_holds_zeros),
      cmocka_unit_test(what_is_programmed_is_read_back),
      cmocka_unit_test(a_weight_sits_on_the_device_of_its_sign),
      cmocka_unit_test(weights_beyond_the_window_are_counted_and_cut),
      cmocka_unit_test(levels_round_to_the_nearest),
      cmocka_unit_test(programming_twice_leaves_the_second),
      cmocka_unit_test(arrays_are_written_at_the_same_time),
      cmocka_unit_test(a_measured_curve_passes_through_its_points),
      cmocka_unit_test(a_chip_with_a_measured_curve_settles_like_its_formula),
      cmocka_unit_test(a_missing_curve_fails_and_leaves_no_chip),
      cmocka_unit_test(weights_are_seen_through_the_wires),
      cmocka_unit_test(the_image_has_the_nodes_of_the_chip),
      cmocka_unit_test(a_chip_without_memory_is_no_chip),
  };
  return cmocka_run_group_tests_name("chip", tests, NULL, NULL);
}
