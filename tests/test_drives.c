/* tests/test_drives.c -- springs and nudges of a chip whose sources differ
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/drives.h"

#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10, LANES = 2, SAMPLES = 4 };
enum { PARAMETERS = 3 * 4 + 4 * 3 + NODES };
static const size_t width[] = {VISIBLE, 4, 3};
#define VOLT 0.1

static const struct model_learning rule = {
    .spring = 4, .scale = 1.5, .nudge = 1e-2, .phases = 3};

static const struct circuit_source_params flawed = {.spring_spread = 0.1,
                                                    .nudge_spread = 0.2,
                                                    .nudge_error = 0.3,
                                                    .sign_mismatch = 0.1,
                                                    .nudge_residual = 0.05,
                                                    .nudge_offset = 10e-3};

static struct model_periphery_params ideal_periphery(void) {
  return (struct model_periphery_params){
      .dac.capacitance = NAN,
      .velocity_adc.capacitance = NAN,
      .output_adc.capacitance = NAN,
      .memory = {.capacitance = NAN, .leak = NAN},
  };
}

static struct model_periphery *periphery_make(
    const struct circuit_source_params *sources) {
  struct sim_error err = {0};
  struct model_periphery *periphery;
  struct model_periphery_params params = ideal_periphery();
  params.sources = *sources;
  const struct model_layout layout = model_layout_make(3, width);
  const struct model_periphery_site site = {
      .voltage_unit = VOLT, .tau = 1e-6, .temperature = 300, .seed = 1};
  CHECK_OK(model_periphery_create(&periphery, &params, &layout, &site, &err),
           err);
  return periphery;
}

/* The current of the one branch at voltage x is that of its two parts. */
static void check_branches(const struct model_periphery *p,
                           const struct model_drive *drive, double strength,
                           const double *x_t, const double *u) {
  const double gain = rule.scale * rule.spring;
  const double stiffness = rule.nudge * gain * gain;
  for (size_t i = 0; i < VISIBLE; i++) {
    for (size_t k = i * LANES; k < (i + 1) * LANES; k++) {
      const double x = 0.37;
      const double xhat = x_t[k] + u[k] / gain + p->sources.offset[i] / VOLT;
      const double want =
          rule.spring * p->sources.spring[i] * (x_t[k] - x) +
          strength * stiffness * p->sources.nudge[i] * (xhat - x);
      CHECK_NEAR(model_drive_conductance(drive, i) * (drive->anchor[k] - x),
                 want, 1e-14);
    }
  }
}

static void a_drive_is_its_two_branches(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_periphery *p = periphery_make(&flawed);
  struct model_drives drives;
  const double x_t[VISIBLE * LANES] = {0.1, -1, 2, 0.5, -0.3, 1};
  const double u[VISIBLE * LANES] = {1, 2, -1, 0.3, 0, -2};
  CHECK_OK(model_drives_init(&drives, &rule, p, VISIBLE, LANES, &err), err);
  struct model_drive drive = model_drives_free(&drives, x_t, u);
  check_branches(p, &drive, 0.05, x_t, u);
  drive = model_drives_nudged(&drives, +1, x_t, u, NULL);
  check_branches(p, &drive, 1.3 * 1.05, x_t, u);
  drive = model_drives_nudged(&drives, -1, x_t, u, NULL);
  check_branches(p, &drive, -1.3 * 0.95, x_t, u);
  drive = model_drives_spring(&drives, x_t);
  check_branches(p, &drive, 0, x_t, u);
  model_drives_finish(&drives);
  model_periphery_destroy(p);
}

static void a_linear_nudge_is_a_current(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct model_periphery *p = periphery_make(&flawed);
  struct model_drives drives;
  struct model_learning linear = rule;
  const double x_t[VISIBLE * LANES] = {0.1, -1, 2, 0.5, -0.3, 1};
  const double u[VISIBLE * LANES] = {1, 2, -1, 0.3, 0, -2};
  const double v[VISIBLE * LANES] = {0.5, 1, 0, 0.3, 1, -1};
  linear.nudge_kind = MODEL_LINEAR;
  CHECK_OK(model_drives_init(&drives, &linear, p, VISIBLE, LANES, &err), err);
  const struct model_drive drive = model_drives_nudged(&drives, -1, x_t, u, v);
  check_branches(p, &drive, 0, x_t, u);
  for (size_t k = 0; k < VISIBLE * LANES; k++) {
    const double gain = rule.scale * rule.spring;
    const double offset = p->sources.offset[k / LANES] / VOLT;
    CHECK_NEAR(drive.current[k],
               -1.3 * 0.95 * p->sources.nudge[k / LANES] * rule.nudge * gain *
                   (u[k] - v[k] + gain * offset),
               1e-15);
  }
  model_drives_finish(&drives);
  model_periphery_destroy(p);
}

static void a_minus_phase_needs_a_positive_conductance(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct circuit_source_params strong = {.nudge_error = 9};
  struct model_periphery *p = periphery_make(&strong);
  struct model_drives drives;
  struct model_learning twice = rule;
  twice.nudge = 2e-2;
  CHECK_FAILS(model_drives_init(&drives, &twice, p, VISIBLE, LANES, &err), err,
              SIM_ECONFIG,
              "learning.nudge: must leave a positive conductance in the minus "
              "phase, got -3.2 at visible node 0 of this chip");
  model_periphery_destroy(p);
}

static void ideal_sources_need_no_periphery(void **state) {
  (void)state;
  const struct circuit_source_params nothing = {0};
  CHECK(periphery_make(&nothing) == NULL);
}

/* --- gradients --- */

struct bench {
  struct small small;
  struct model_batch batch;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE];
};

static void bench_make(struct bench *b, struct model_periphery *p) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  small_make(&b->small, 3, width, "tanh", 1.5, 32);
  b->small.net.periphery = p;
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, b->x_t);
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, b->u);
  b->batch = (struct model_batch){.n = SAMPLES, .x_t = b->x_t, .u = b->u};
  gsl_rng_free(rng);
}

/* Loss [sum over pixels of (v - u)^2 / 2] and gradient. */
static double measure(const struct bench *b, double nudge, int states,
                      double *gradient) {
  struct model_learning asked = rule;
  const struct model_settling settling = settle_fully();
  asked.nudge = nudge;
  asked.nudged_states = states;
  const struct model_measurement seen =
      small_measure(&b->small.net, &asked, &settling, &b->batch, gradient);
  return seen.loss * VISIBLE / 2;
}

/* The chip's own loss, residual nudge and all, by five-point differences. */
static void the_adjoint_knows_the_springs(void **state) {
  (void)state;
  struct model_periphery *p = periphery_make(&flawed);
  struct bench b;
  double gradient[PARAMETERS], unused[PARAMETERS];
  const double at[] = {-2, -1, 1, 2}, h = 1e-3;
  bench_make(&b, p);
  measure(&b, rule.nudge, MODEL_ADJOINT, gradient);
  for (size_t i = 0; i < PARAMETERS; i++) {
    double *theta = &b.small.net.theta[i], loss[4];
    const double was = *theta;
    for (int k = 0; k < 4; k++) {
      *theta = was + at[k] * h;
      loss[k] = measure(&b, rule.nudge, MODEL_ADJOINT, unused);
    }
    *theta = was;
    CHECK_NEAR(gradient[i],
               (8 * (loss[2] - loss[1]) - (loss[3] - loss[0])) / (12 * h),
               1e-7);
  }
  small_finish(&b.small);
  model_periphery_destroy(p);
}

/* Nudges 20 % too strong make a gradient 20 % too long, to order beta. */
static void a_strong_nudge_lengthens_the_gradient(void **state) {
  (void)state;
  const struct circuit_source_params strong = {.nudge_error = 0.2};
  struct model_periphery *p = periphery_make(&strong);
  struct bench b;
  double nudged[PARAMETERS], exact[PARAMETERS], largest = 0;
  bench_make(&b, p);
  measure(&b, 1e-4, MODEL_MEASURED, nudged);
  measure(&b, 1e-4, MODEL_ADJOINT, exact);
  for (size_t i = 0; i < PARAMETERS; i++) {
    largest = fmax(largest, fabs(exact[i]));
  }
  for (size_t i = 0; i < PARAMETERS; i++) {
    CHECK_NEAR(nudged[i], 1.2 * exact[i], 1e-5 * largest);
  }
  small_finish(&b.small);
  model_periphery_destroy(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_drive_is_its_two_branches),
      cmocka_unit_test(a_linear_nudge_is_a_current),
      cmocka_unit_test(a_minus_phase_needs_a_positive_conductance),
      cmocka_unit_test(ideal_sources_need_no_periphery),
      cmocka_unit_test(the_adjoint_knows_the_springs),
      cmocka_unit_test(a_strong_nudge_lengthens_the_gradient),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("drives", tests, NULL, NULL);
}
