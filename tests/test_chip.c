/* tests/test_chip.c -- from experiment keys to devices and to their image
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chip.h"

#include <stdlib.h>

#include "sim/memory.h"
#include "tests/check.h"
#include "tests/config_text.h"
#include "tests/small_chip.h"

enum { VISIBLE = 4, H1 = 6, H2 = 3, NODES = 13 };
enum { WEIGHTS = VISIBLE * H1 + H1 * H2, PARAMETERS = WEIGHTS + NODES };
#define LAMBDA 15.0

static struct model_network_params layers_of(const char *curve) {
  return (struct model_network_params){.layers = {3, {VISIBLE, H1, H2}},
                                       .activation = (int)curve_index(curve),
                                       .table = "none"};
}

static struct model_chip_params ideal(void) {
  return (struct model_chip_params){.voltage_unit = 0.1,
                                    .conductance_unit = 1e-6,
                                    .capacitance = {1, {1e-12}},
                                    .capacitance_unit = 1e-12,
                                    .coupling = {.g_min = 0, .g_max = 10e-6}};
}

static struct model_chip *chip_make(const struct model_chip_params *params,
                                    const char *curve) {
  struct sim_error err = {0};
  struct model_chip *chip;
  const struct model_network_params network = layers_of(curve);
  CHECK_OK(model_chip_create(&chip, &network, params, LAMBDA, 1, &err), err);
  return chip;
}

static void random_theta(unsigned long seed, double sigma, double *theta) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  fill_normal(rng, PARAMETERS, sigma, theta);
  gsl_rng_free(rng);
}

static struct model_network image_of(const struct model_chip *chip) {
  struct sim_error err = {0};
  struct model_network net;
  CHECK_OK(model_chip_network(chip, &net, &err), err);
  return net;
}

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

/* --- capacitances --- */

/* Capacitances [F] of the three layers, and tau [s]. */
static void check_times(const struct model_chip_params *params,
                        const double want[3], double tau) {
  struct model_chip *chip = chip_make(params, "silu");
  struct model_network net = image_of(chip);
  CHECK_REL(chip->tau, tau, 1e-15);
  for (size_t i = 0; i < NODES; i++) {
    const size_t l = i < VISIBLE ? 0 : i < VISIBLE + H1 ? 1 : 2;
    CHECK_REL(chip->nodes.capacitance[i], want[l], 1e-15);
    CHECK_REL(1 / net.inv_capacitance[i], want[l] / want[1], 1e-15);
  }
  model_network_finish(&net);
  model_chip_destroy(chip);
}

static void one_capacitance_is_that_of_all_nodes(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.conductance_unit = 4e-6;
  params.capacitance = (struct sim_reals){1, {2e-12}};
  check_times(&params, (const double[]){2e-12, 2e-12, 2e-12}, 0.5e-6);
}

static void a_capacitance_can_be_given_for_each_layer(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.capacitance = (struct sim_reals){3, {7e-12, 2e-12, 3e-12}};
  check_times(&params, (const double[]){7e-12, 2e-12, 3e-12}, 2e-6);
}

/* All time constants C/(leak + spring) are then equal. */
static void matched_visible_nodes_get_one_plus_spring(void **state) {
  (void)state;
  struct model_chip_params params = ideal();
  params.capacitance = (struct sim_reals){0};
  params.capacitance_unit = 3e-12;
  check_times(&params, (const double[]){48e-12, 3e-12, 3e-12}, 3e-6);
}

static struct model_settling in_seconds(double step, double duration,
                                        double tau) {
  const struct sim_settle_params params = {.step = {step, false},
                                           .duration = {duration, false},
                                           .until = NAN,
                                           .tolerance = 1e-6};
  return model_settling_make(&params, tau);
}

/* Settle a chip's only sample; returns the time it took [s]. */
static double settle(const struct model_chip *chip,
                     const struct model_settling *settling, double *s) {
  struct sim_error err = {0};
  struct model_settler settler;
  struct model_network net = image_of(chip);
  double x_t[VISIBLE], time;
  memcpy(x_t, s, sizeof x_t);
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  CHECK_OK(model_settler_init(&settler, settling, &net, 1, &err), err);
  CHECK_OK(model_settler_run(&settler, &drive, s, 0, &time, &err), err);
  model_settler_finish(&settler);
  model_network_finish(&net);
  return time * chip->tau;
}

static void doubling_all_capacitances_only_doubles_times(void **state) {
  (void)state;
  double theta[PARAMETERS];
  random_theta(5, 0.3, theta);
  for (int integrator = 0; integrator < 2; integrator++) {
    double end[2][NODES], seconds[2];
    for (int k = 0; k < 2; k++) {
      struct model_chip_params params = ideal();
      const double scale = k + 1;
      params.capacitance =
          (struct sim_reals){3, {5e-12 * scale, 1e-12 * scale, 2e-12 * scale}};
      struct model_chip *chip = chip_make(&params, "silu");
      model_chip_program(chip, theta);
      struct model_settling settling =
          in_seconds(0.1e-6 * scale, 3e-6 * scale, chip->tau);
      settling.integrator =
          sim_integrator_find(integrator == 0 ? "euler" : "rkf45");
      for (size_t i = 0; i < NODES; i++) {
        end[k][i] = i < VISIBLE ? 1.0 - 0.3 * (double)i : 0.0;
      }
      seconds[k] = settle(chip, &settling, end[k]);
      model_chip_destroy(chip);
    }
    assert_memory_equal(end[0], end[1], sizeof end[0]);
    CHECK_REL(seconds[0], 3e-6, 1e-14);
    CHECK_REL(seconds[1], 6e-6, 1e-14);
    CHECK(end[0][VISIBLE] != 0);
  }
}

/* --- units --- */

/* Co-content [W] of the chip's own devices at voltages s voltage_unit:
 * every resistor G V^2/2, every coupling and bias -I V, the spring too. */
static double co_content(const struct model_chip *chip, const double *s,
                         const double *x_t) {
  const double unit = chip->voltage_unit, g = LAMBDA * chip->conductance_unit;
  double out[NODES], watts = 0;
  for (size_t i = 0; i < NODES; i++) {
    double slope;
    out[i] = s[i];
    if (i >= VISIBLE) {
      own_curve("tanh", s[i], &out[i], &slope);
    }
    out[i] *= unit;
    watts += chip->nodes.leak[i] * unit * s[i] * unit * s[i] / 2 -
             chip->nodes.bias[i] * out[i];
  }
  for (size_t l = 0, below = 0; l < 2; l++) {
    const struct circuit_coupling *array = &chip->coupling[l];
    const size_t above = below + array->n_in;
    for (size_t k = 0; k < array->n_out; k++) {
      for (size_t j = 0; j < array->n_in; j++) {
        const size_t at = k * array->n_in + j;
        watts -= (array->g_plus[at] - array->g_minus[at]) * out[above + k] *
                 out[below + j];
      }
    }
    below = above;
  }
  for (size_t i = 0; i < VISIBLE; i++) {
    const double stretch = unit * (s[i] - x_t[i]);
    watts += g * stretch * stretch / 2;
  }
  return watts;
}

/* The model's energy of the same state [W]. */
static double model_watts(const struct model_chip *chip, const double *s,
                          const double *x_t) {
  struct sim_error err = {0};
  struct model_network net = image_of(chip);
  struct model_work work;
  double rate[NODES], energy;
  const struct model_drive drive = {LAMBDA, x_t, NULL, false, NULL};
  CHECK_OK(model_work_init(&work, &net.layout, 1, &err), err);
  model_network_rate(&net, &drive, s, rate, &work);
  model_network_energy(&net, &drive, s, &work, &energy);
  model_work_finish(&work);
  model_network_finish(&net);
  return energy * chip->conductance_unit * chip->voltage_unit *
         chip->voltage_unit;
}

static void larger_conductances_only_raise_the_power(void **state) {
  (void)state;
  const double x_t[VISIBLE] = {1, 0.5, -0.5, -1};
  const double k[] = {1, 3.7, 0.01};
  double theta[PARAMETERS], end[3][NODES], watts[3];
  random_theta(6, 0.4, theta);
  for (int i = 0; i < 3; i++) {
    struct model_chip_params params = ideal();
    params.conductance_unit *= k[i];
    params.coupling.g_min = 0.2e-6 * k[i];
    params.coupling.g_max *= k[i];
    struct model_chip *chip = chip_make(&params, "tanh");
    assert_int_equal(model_chip_program(chip, theta), 0);
    CHECK_REL(chip->tau, 1e-6 / k[i], 1e-15);
    const struct model_settling settling = settle_fully();
    memset(end[i], 0, sizeof end[i]);
    memcpy(end[i], x_t, sizeof x_t);
    settle(chip, &settling, end[i]);
    watts[i] = co_content(chip, end[i], x_t);
    CHECK_REL(model_watts(chip, end[i], x_t), watts[i], 1e-12);
    model_chip_destroy(chip);
  }
  for (int i = 1; i < 3; i++) {
    CHECK_REL(watts[i], k[i] * watts[0], 1e-9);
    for (size_t n = 0; n < NODES; n++) {
      CHECK_NEAR(end[i][n], end[0][n], 1e-9);
    }
  }
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

/* --- values that do not fit together --- */

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
  do {  // one of the chip, six of its nodes, three of each array
    model_chip_destroy(chip);
    sim_alloc_refuse_after(n++);
  } while (model_chip_create(&chip, &network, &params, LAMBDA, 1, &err));
  sim_alloc_refuse_after(-1);
  assert_int_equal(n - 1, 1 + 6 + 6);
  model_chip_destroy(chip);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_chip_knows_the_address_of_its_draws),
      cmocka_unit_test(a_new_chip_holds_zeros),
      cmocka_unit_test(what_is_programmed_is_read_back),
      cmocka_unit_test(a_weight_sits_on_the_device_of_its_sign),
      cmocka_unit_test(weights_beyond_the_window_are_counted_and_cut),
      cmocka_unit_test(levels_round_to_the_nearest),
      cmocka_unit_test(programming_twice_leaves_the_second),
      cmocka_unit_test(one_capacitance_is_that_of_all_nodes),
      cmocka_unit_test(a_capacitance_can_be_given_for_each_layer),
      cmocka_unit_test(matched_visible_nodes_get_one_plus_spring),
      cmocka_unit_test(doubling_all_capacitances_only_doubles_times),
      cmocka_unit_test(larger_conductances_only_raise_the_power),
      cmocka_unit_test(a_measured_curve_passes_through_its_points),
      cmocka_unit_test(a_chip_with_a_measured_curve_settles_like_its_formula),
      cmocka_unit_test(a_missing_curve_fails_and_leaves_no_chip),
      cmocka_unit_test(a_chip_of_defaults_is_accepted),
      cmocka_unit_test(capacitances_must_fit_the_layers),
      cmocka_unit_test(a_measured_curve_needs_a_file),
      cmocka_unit_test(a_file_needs_the_measured_curve),
      cmocka_unit_test(more_parameters_than_blas_counts_are_refused),
      cmocka_unit_test(one_level_is_refused),
      cmocka_unit_test(an_empty_window_is_refused),
      cmocka_unit_test(weights_are_seen_through_the_wires),
      cmocka_unit_test(the_image_has_the_nodes_of_the_chip),
      cmocka_unit_test(a_chip_without_memory_is_no_chip),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("chip", tests, NULL, NULL);
}
