/* tests/test_energy.c -- heat, work and stored energy, against closed formulas
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "models/chip.h"
#include "models/energy.h"
#include "sim/memory.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 8, HIDDEN = 16, NODES = 40, LANES = 3 };
static const size_t width[] = {VISIBLE, HIDDEN, HIDDEN};

/* --- metered transients --- */

static double sum_of(const struct model_energy *meter,
                     enum model_energy_row row, size_t lane) {
  return meter->sum[(size_t)row * meter->n_lanes + lane];
}

static void meter_init(struct model_energy *meter,
                       const struct model_network *net, size_t n_lanes) {
  struct sim_error err = {0};
  CHECK_OK(model_energy_init(meter, &net->layout, n_lanes, &err), err);
}

/* Settle s (n_nodes x n_lanes) for this long, as the meter wants it or by the
 * settings given. */
static void run_by(struct model_energy *meter, const struct model_network *net,
                   const struct model_drive *drive,
                   const struct model_settling *settling, double *s) {
  struct sim_error err = {0};
  struct model_settler settler;
  double time;
  CHECK_OK(model_settler_init(&settler, settling, net, meter->n_lanes, &err),
           err);
  CHECK_OK(model_settler_run(&settler, drive, s, 0, &time, &err), err);
  CHECK(meter->time == time);
  model_settler_finish(&settler);
}

static void run(struct model_energy *meter, const struct model_network *net,
                const struct model_drive *drive, double duration, double *s) {
  const struct model_settling plain = small_settling("euler", 0.1, duration, 0);
  const struct model_settling own = model_energy_settling(&plain, 1e-9, meter);
  run_by(meter, net, drive, &own, s);
}

/* One visible and one hidden node with the identity curve and this weight. */
static void two_nodes(struct small *small, double weight) {
  static const size_t two[] = {1, 1};
  small_make(small, 2, two, "identity", 0, 1);
  memset(small->net.theta, 0, 3 * sizeof *small->net.theta);
  small->net.theta[0] = weight;
}

/* --- closed formulas --- */

static void charging_a_capacitor_heats_by_half_c_v_squared(void **state) {
  (void)state;
  struct small small;
  struct model_energy meter;
  const double v = 1.5, c = 3;
  two_nodes(&small, 0);
  small.net.leak[0] = 0;
  small.net.inv_capacitance[0] = 1 / c;
  for (double g = 0.5; g < 20; g *= 3) {  // whatever the resistor
    double s[2] = {0, 0};
    const struct model_drive drive = {.conductance = g, .anchor = &v};
    meter_init(&meter, &small.net, 1);
    run(&meter, &small.net, &drive, 40 * c / g, s);
    CHECK_NEAR(s[0], v, 1e-9);
    CHECK_REL(sum_of(&meter, MODEL_HEAT_SOURCE, 0), c * v * v / 2, 1e-8);
    CHECK_REL(sum_of(&meter, MODEL_WORK_SOURCE, 0), c * v * v, 1e-8);
    CHECK_REL(meter.stored[0], c * v * v / 2, 1e-8);
    CHECK(sum_of(&meter, MODEL_HEAT_LEAK, 0) == 0);
    assert_int_equal(meter.n_runs, 1);
    model_energy_finish(&meter);
  }
  small_finish(&small);
}

static void a_divider_at_rest_turns_all_work_into_heat(void **state) {
  (void)state;
  struct small small;
  struct model_energy meter;
  const double v = 2, g = 4, leak = 1, t = 7, middle = v * g / (g + leak);
  const struct model_drive drive = {.conductance = g, .anchor = &v};
  double s[2] = {middle, 0};
  two_nodes(&small, 0);
  meter_init(&meter, &small.net, 1);
  run(&meter, &small.net, &drive, t, s);
  CHECK_REL(sum_of(&meter, MODEL_HEAT_LEAK, 0), leak * middle * middle * t,
            1e-11);
  CHECK_REL(sum_of(&meter, MODEL_HEAT_SOURCE, 0),
            g * (v - middle) * (v - middle) * t, 1e-11);
  CHECK_REL(sum_of(&meter, MODEL_WORK_SOURCE, 0), v * g * (v - middle) * t,
            1e-11);
  CHECK_NEAR(meter.stored[0], 0, 1e-9);
  model_energy_finish(&meter);
  small_finish(&small);
}

/* x held; the hidden node goes to y(t) = w x (1 - e^-t). */
static void a_held_node_charges_another_through_a_coupling(void **state) {
  (void)state;
  struct small small;
  struct model_energy meter;
  const double x = 0.8, w = 1.7, t = 3, y = w * x;
  const double load[2] = {5, 0.25}, bias = 0.3;
  const struct model_drive drive = {.anchor = &x, .is_clamped = true};
  const double e = exp(-t);
  const double first = t - (1 - e);                         // int 1 - e^-t
  const double second = t - 2 * (1 - e) + (1 - e * e) / 2;  // its square
  double s[2] = {x, 0};
  two_nodes(&small, w);
  small.net.theta[small.net.layout.bias_at[0]] = bias;
  meter_init(&meter, &small.net, 1);
  memcpy(meter.load, load, sizeof load);
  run(&meter, &small.net, &drive, t, s);
  CHECK(s[0] == x);
  CHECK_REL(s[1], y * (1 - e), 1e-8);
  CHECK_REL(sum_of(&meter, MODEL_HEAT_COUPLING, 0),
            load[0] * x * x * t + load[1] * y * y * second, 1e-8);
  CHECK_REL(sum_of(&meter, MODEL_HEAT_LEAK, 0), x * x * t + y * y * second,
            1e-8);
  CHECK_REL(sum_of(&meter, MODEL_WORK_INPUT, 0),
            x * w * y * first + y * y * first, 1e-8);
  CHECK_REL(sum_of(&meter, MODEL_WORK_BIAS, 0), x * bias * t, 1e-8);
  CHECK_REL(sum_of(&meter, MODEL_WORK_SOURCE, 0),
            x * (x - bias) * t - x * w * y * first, 1e-8);
  CHECK_REL(meter.stored[0], y * y * (1 - e) * (1 - e) / 2, 1e-8);
  model_energy_finish(&meter);
  small_finish(&small);
}

/* --- the balance of a transient --- */

/* Work that is neither heat nor stored, over the heat without that of the
 * couplings, which is in the balance on both sides; the largest of all lanes.
 */
static double imbalance(const struct model_energy *meter) {
  double worst = 0;
  for (size_t k = 0; k < meter->n_lanes; k++) {
    const double heat =
        sum_of(meter, MODEL_HEAT_LEAK, k) + sum_of(meter, MODEL_HEAT_SOURCE, k);
    const double work = sum_of(meter, MODEL_WORK_SOURCE, k) +
                        sum_of(meter, MODEL_WORK_BIAS, k) +
                        sum_of(meter, MODEL_WORK_INPUT, k);
    CHECK(heat > 0);
    worst = fmax(worst, fabs(work - heat - meter->stored[k]) / heat);
  }
  return worst;
}

/* Anchors and currents of the drive, and a tile at rest on them. */
struct scene {
  double anchor[VISIBLE * LANES], current[VISIBLE * LANES];
  double conductances[VISIBLE];
  double s[NODES * LANES];
};

static void scene_make(struct scene *scene, gsl_rng *rng) {
  fill_normal(rng, VISIBLE * LANES, 1.0, scene->anchor);
  fill_normal(rng, VISIBLE * LANES, 0.5, scene->current);
  fill_between(rng, VISIBLE, 10, 20, scene->conductances);
  memset(scene->s, 0, sizeof scene->s);
  memcpy(scene->s, scene->anchor, sizeof scene->anchor);
}

static void loads(struct model_energy *meter, gsl_rng *rng) {
  fill_between(rng, NODES, 1, 5, meter->load);
}

/* Every kind of chip, under every kind of drive. */
static void work_is_heat_and_stored_energy(void **state) {
  (void)state;
  for (unsigned kind = 0; kind < 16; kind++) {
    const char *curve = kind & 8 ? "tanh" : "silu";
    struct small small;
    struct scene scene;
    struct model_energy meter;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, kind + 1);
    small_make(&small, 3, width, curve, 2.0, 21 + kind);
    small_spread(&small, rng);
    if (kind & 1) {
      small_amplifiers(&small, rng);
    }
    if (kind & 2) {
      small_separate(&small, 0.1, rng);
    }
    small.net.neuron = kind & 8 ? MODEL_HOPFIELD : MODEL_GRADIENT;
    scene_make(&scene, rng);
    const struct model_drive drives[] = {
        {.conductance = 15, .anchor = scene.anchor},
        {.conductance = 15, .anchor = scene.anchor, .current = scene.current},
        {.conductances = scene.conductances, .anchor = scene.anchor},
        {.anchor = scene.anchor, .is_clamped = true},
    };
    meter_init(&meter, &small.net, LANES);
    loads(&meter, rng);
    for (size_t d = 0; d < 4; d++) {
      model_energy_clear(&meter);
      run(&meter, &small.net, &drives[d], 5, scene.s);
      CHECK(imbalance(&meter) < 1e-8);
    }
    model_energy_finish(&meter);
    small_finish(&small);
    gsl_rng_free(rng);
  }
}

/* The imbalance of a transient of this integrator. */
static double imbalance_by(const char *integrator, double step) {
  struct small small;
  struct scene scene;
  struct model_energy meter;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 3);
  small_make(&small, 3, width, "silu", 2.0, 21);
  scene_make(&scene, rng);
  meter_init(&meter, &small.net, LANES);
  loads(&meter, rng);
  struct model_settling settling = small_settling(integrator, step, 5, 0);
  settling.meter = &meter;
  const struct model_drive drive = {.conductance = 15, .anchor = scene.anchor};
  run_by(&meter, &small.net, &drive, &settling, scene.s);
  const double result = imbalance(&meter);
  model_energy_finish(&meter);
  small_finish(&small);
  gsl_rng_free(rng);
  return result;
}

static void adaptive_integrators_close_the_balance(void **state) {
  (void)state;
  size_t n = 0;
  for (size_t i = 0; sim_integrator_names[i]; i++) {
    const struct sim_integrator_ops *ops = sim_integrator_registry[i];
    if (ops->is_adaptive && !ops->needs_jacobian) {
      const double off = imbalance_by(ops->name, 0.01);
      CHECK_NEAR(off, 0, 1e-6);
      n++;
    }
  }
  CHECK(n >= 6);
}

/* By the order of the method: a step of a half leaves a half, or a quarter and
 * less. */
static void fixed_steps_close_it_as_far_as_their_order_goes(void **state) {
  (void)state;
  const double euler = imbalance_by("euler", 0.002);
  const double heun = imbalance_by("heun", 0.002);
  CHECK_NEAR(euler / imbalance_by("euler", 0.001), 2, 0.1);
  CHECK(heun / imbalance_by("heun", 0.001) > 3.9);
  CHECK(heun < 1e-4 && euler < 1e-1);
}

/* --- the devices of a chip --- */

/* A third of the devices are stuck, so that directions differ. */
static struct model_chip *chip_make(int reciprocity) {
  struct sim_error err = {0};
  struct model_chip *chip;
  const struct model_network_params network = {
      .layers = {3, {VISIBLE, HIDDEN, HIDDEN}},
      .activation = (int)curve_index("silu"),
      .table = "none"};
  const struct model_chip_params params = {
      .voltage_unit = 0.2,
      .conductance_unit = 2e-6,
      .capacitance = {1, {1e-12}},
      .capacitance_unit = 1e-12,
      .coupling = {.g_min = 1e-7,
                   .g_max = 10e-6,
                   .reciprocity = reciprocity,
                   .stuck = {.high = 0.3}}};
  CHECK_OK(model_chip_create(&chip, &network, &params, 15, 1, &err), err);
  return chip;
}

/* Watts in every device of the arrays, each direction driven by its outputs. */
static double plain_watts(const struct model_chip *chip, const double *a) {
  double watts = 0;
  for (size_t l = 0; l + 1 < chip->layout.n_layers; l++) {
    const struct circuit_coupling *c = &chip->coupling[l];
    for (size_t k = 0; k < c->n_out; k++) {
      for (size_t j = 0; j < c->n_in; j++) {
        const size_t kj = k * c->n_in + j;
        const double g_up = c->bank[0].g[kj] + c->bank[1].g[kj];
        const double g_down =
            c->n_banks == 2 ? g_up : c->bank[2].g[kj] + c->bank[3].g[kj];
        const double up = chip->voltage_unit * a[chip->layout.node_at[l] + j];
        const double down =
            chip->voltage_unit * a[chip->layout.node_at[l + 1] + k];
        watts += g_up * up * up + g_down * down * down;
      }
    }
  }
  return watts;
}

static void check_devices(int reciprocity) {
  struct sim_error err = {0};
  struct model_chip *chip = chip_make(reciprocity);
  struct model_network net;
  struct model_energy meter;
  struct model_work work;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double theta[NODES * NODES], s[NODES], rate[NODES];
  double powers[MODEL_ENERGY_ROWS + 2 * NODES + VISIBLE];
  const double anchor[VISIBLE] = {0};
  gsl_rng_set(rng, 9);
  fill_normal(rng, chip->layout.n_parameters, 0.3, theta);
  fill_normal(rng, NODES, 1.0, s);
  model_chip_program(chip, theta);
  CHECK_OK(model_chip_network(chip, &net, &err), err);
  meter_init(&meter, &net, 1);
  model_energy_load(chip, meter.load);
  CHECK_OK(model_work_init(&work, &net.layout, 1, &err), err);
  const struct model_drive drive = {.conductance = 15, .anchor = anchor};
  model_network_rate(&net, &drive, s, rate, &work);
  model_energy_powers(&meter, &net, &drive, s, &work, powers);
  const double unit =
      chip->conductance_unit * chip->voltage_unit * chip->voltage_unit;
  CHECK_REL(unit * powers[MODEL_HEAT_COUPLING], plain_watts(chip, work.r),
            1e-13);
  model_work_finish(&work);
  model_energy_finish(&meter);
  model_network_finish(&net);
  model_chip_destroy(chip);
  gsl_rng_free(rng);
}

static void every_device_of_a_pair_sees_the_whole_output(void **state) {
  (void)state;
  check_devices(CIRCUIT_SHARED);
  check_devices(CIRCUIT_SEPARATE);
}

int main(void) {
  gsl_set_error_handler_off();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(charging_a_capacitor_heats_by_half_c_v_squared),
      cmocka_unit_test(a_divider_at_rest_turns_all_work_into_heat),
      cmocka_unit_test(a_held_node_charges_another_through_a_coupling),
      cmocka_unit_test(work_is_heat_and_stored_energy),
      cmocka_unit_test(adaptive_integrators_close_the_balance),
      cmocka_unit_test(fixed_steps_close_it_as_far_as_their_order_goes),
      cmocka_unit_test(every_device_of_a_pair_sees_the_whole_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
