/* tests/test_instruments.c -- reads and memory of a whole chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/instruments.h"

#include "sim/memory.h"
#include "sim/normal.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

enum { VISIBLE = 3, NODES = 10, SAMPLES = 300 };
enum { PARAMETERS = 3 * 4 + 4 * 3 + NODES };
static const size_t width[] = {VISIBLE, 4, 3};
#define VOLT 0.1

static const struct model_learning rule = {
    .spring = 4, .scale = 1.5, .nudge = 1e-2, .phases = 3};

static const struct model_periphery_params every = {
    .sources = {.spring_spread = 0.1,
                .nudge_spread = 0.2,
                .nudge_offset = 10e-3},
    .dac = {.range = 1, .gain = 0.1, .offset = 1e-3},
    .velocity_adc = {.range = 1, .gain = 0.1, .offset = 1e-3},
    .output_adc = {.range = 1, .gain = 0.1, .offset = 1e-3},
    .memory = {.capacitance = 1e-13, .gain = 0.1, .injection_spread = 1e-16},
};

static struct model_periphery *make(const struct model_periphery_params *p) {
  struct sim_error err = {0};
  struct model_periphery *periphery;
  const struct model_layout layout = model_layout_make(3, width);
  const struct model_periphery_site site = {
      .voltage_unit = VOLT, .tau = 1e-6, .temperature = 300, .seed = 1};
  CHECK_OK(model_periphery_create(&periphery, p, &layout, &site, &err), err);
  return periphery;
}

static int same(size_t n, const double *a, const double *b) {
  return memcmp(a, b, n * sizeof *a) == 0;
}

/* Each part of the periphery switched on alone has the draws that it has
 * beside all others. */
static void no_part_changes_the_draws_of_another(void **state) {
  (void)state;
  struct model_periphery *all = make(&every);
  for (int part = 0; part < 5; part++) {
    struct model_periphery_params params = {0};
    if (part == 0) {
      params.sources = every.sources;
    }
    if (part == 1) {
      params.dac = every.dac;
    }
    if (part == 2) {
      params.velocity_adc = every.velocity_adc;
    }
    if (part == 3) {
      params.output_adc = every.output_adc;
    }
    if (part == 4) {
      params.memory = every.memory;
    }
    struct model_periphery *one = make(&params);
    const int is_same[] = {
        same(VISIBLE, one->sources.spring, all->sources.spring) &&
            same(VISIBLE, one->sources.nudge, all->sources.nudge) &&
            same(VISIBLE, one->sources.offset, all->sources.offset),
        same(VISIBLE, one->dac.gain, all->dac.gain) &&
            same(VISIBLE, one->dac.offset, all->dac.offset),
        same(VISIBLE, one->velocity_adc.gain, all->velocity_adc.gain) &&
            same(VISIBLE, one->velocity_adc.offset, all->velocity_adc.offset),
        same(NODES, one->output_adc.gain, all->output_adc.gain) &&
            same(NODES, one->output_adc.offset, all->output_adc.offset),
        same(NODES, one->memory.gain, all->memory.gain) &&
            same(NODES, one->memory.pedestal, all->memory.pedestal)};
    for (int i = 0; i < 5; i++) {
      assert_int_equal(is_same[i], i == part);
    }
    model_periphery_destroy(one);
  }
  model_periphery_destroy(all);
}

/* --- a batch on a small chip --- */

struct bench {
  struct small small;
  struct model_batch batch;
  double x_t[SAMPLES * VISIBLE], u[SAMPLES * VISIBLE];
};

static void bench_make(struct bench *b,
                       const struct model_periphery_params *params) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  small_make(&b->small, 3, width, "tanh", 1.5, 32);
  b->small.net.periphery = params ? make(params) : NULL;
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, b->x_t);
  fill_normal(rng, SAMPLES * VISIBLE, 1.0, b->u);
  b->batch =
      (struct model_batch){.n = SAMPLES, .x_t = b->x_t, .u = b->u, .epoch = 4};
  gsl_rng_free(rng);
}

static void bench_finish(struct bench *b) {
  model_periphery_destroy((struct model_periphery *)b->small.net.periphery);
  small_finish(&b->small);
}

static struct model_measurement measure(const struct bench *b, int states,
                                        double duration, double *gradient) {
  struct model_learning asked = rule;
  const struct model_settling settling =
      small_settling("euler", duration < 0.05 ? duration : 0.05, duration, 0);
  asked.nudged_states = states;
  return small_measure(&b->small.net, &asked, &settling, &b->batch, gradient);
}

/* Read noise sigma on the displacement adds n = alpha lambda sigma xi to every
 * velocity: the loss grows by the mean of 2 e n + n^2, e = v - u, that is by
 * (alpha lambda sigma)^2 on average. */
static void read_noise_adds_its_square_to_the_loss(void **state) {
  (void)state;
  const struct model_periphery_params params = {
      .velocity_adc = {.range = 1, .capacitance = 1e-18}};
  struct bench quiet, noisy;
  double unused[PARAMETERS];
  bench_make(&quiet, NULL);
  bench_make(&noisy, &params);
  const double loss = measure(&quiet, MODEL_MEASURED, 10, unused).loss;
  const double seen = measure(&noisy, MODEL_MEASURED, 10, unused).loss;
  const double sigma = noisy.small.net.periphery->velocity_adc.noise / VOLT;
  const double n = rule.scale * rule.spring * sigma;
  const double error =
      sqrt((4 * loss * n * n + 2 * pow(n, 4)) / (SAMPLES * VISIBLE));
  CHECK(n * n > 5 * error);
  CHECK_NEAR(seen - loss, n * n, 5 * error);
  const double exact = measure(&quiet, MODEL_ADJOINT, 10, unused).loss;
  CHECK(measure(&noisy, MODEL_ADJOINT, 10, unused).loss == exact);
  bench_finish(&quiet);
  bench_finish(&noisy);
}

/* A phase that lasts no time shows the state it began with: x_t after the
 * store, and what is left of it at the start of minus. The gradient of the
 * visible bias is -(plus - minus)/(2 beta). */
static void minus_starts_from_a_voltage_that_has_drooped(void **state) {
  (void)state;
  struct model_periphery_params params = {0};
  params.memory.capacitance = 1e-6;  // no noise to speak of
  params.memory.leak = 1;
  params.memory.time = (struct sim_time){0.1, true};
  struct bench b;
  double gradient[PARAMETERS];
  bench_make(&b, &params);
  const struct model_layout *at = &b.small.net.layout;
  measure(&b, MODEL_MEASURED, 1e-9, gradient);
  for (size_t i = 0; i < VISIBLE; i++) {
    double mean = 0;
    for (size_t k = 0; k < SAMPLES; k++) {
      mean += b.x_t[k * VISIBLE + i] / SAMPLES;
    }
    CHECK_NEAR(gradient[at->bias_at[0] + i],
               -mean * (1 - exp(-0.1)) / (2 * rule.nudge), 2e-5);
  }
  bench_finish(&b);
}

static void a_memory_samples_with_addressed_noise(void **state) {
  (void)state;
  enum { LANES = 5 };
  struct sim_error err = {0};
  struct model_instruments seen;
  struct model_periphery *p = make(&every);
  double s[NODES * LANES], held[NODES * LANES], back[NODES * LANES];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double *xi = sim_alloc_doubles(sim_normal_rows(NODES) * LANES, &err);
  fill_normal(rng, NODES * LANES, 1, s);
  CHECK_OK(model_instruments_init(&seen, p, NODES, LANES, &err), err);
  model_instruments_begin(&seen, 4, 64);
  model_instruments_store(&seen, s, held);
  sim_normal_fill(&(struct sim_address){.seed = 1,
                                        .purpose = SIM_DRAW_MEMORY_NOISE,
                                        .epoch = 4,
                                        .sample = 64},
                  0, NODES, LANES, xi);
  const double noise = sqrt(1.380649e-23 * 300 / 1e-13) / VOLT;
  for (size_t i = 0; i < NODES * LANES; i++) {
    CHECK_NEAR(held[i],
               p->memory.gain[i / LANES] * s[i] +
                   p->memory.pedestal[i / LANES] / VOLT + noise * xi[i],
               1e-8);
  }
  model_instruments_recall(&seen, false, held, back);
  assert_memory_equal(held, back, sizeof held);
  model_instruments_finish(&seen);
  model_periphery_destroy(p);
  gsl_rng_free(rng);
  free(xi);
}

/* Two reads of the same output differ by their noise and no more. */
static void every_read_is_a_read_of_its_own(void **state) {
  (void)state;
  enum { LANES = 4 };
  struct sim_error err = {0};
  struct model_instruments seen;
  const struct model_periphery_params params = {
      .output_adc = {.range = 1, .capacitance = 1e-15}};
  struct model_periphery *p = make(&params);
  double one[NODES * LANES] = {0}, two[NODES * LANES] = {0};
  double again[NODES * LANES] = {0};
  CHECK_OK(model_instruments_init(&seen, p, NODES, LANES, &err), err);
  model_instruments_begin(&seen, 0, 0);
  model_instruments_outputs(&seen, LANES, one);
  model_instruments_outputs(&seen, LANES, two);
  model_instruments_begin(&seen, 0, 0);
  model_instruments_outputs(&seen, LANES, again);
  assert_memory_equal(one, again, sizeof one);
  for (size_t i = 0; i < NODES * LANES; i++) {
    CHECK(one[i] != 0 && one[i] != two[i]);
  }
  model_instruments_finish(&seen);
  model_periphery_destroy(p);
}

static void saturation_is_counted_once_a_number(void **state) {
  (void)state;
  const struct model_periphery_params params = {
      .dac = {.bits = 8, .range = 0.1}};
  struct bench b;
  double gradient[PARAMETERS];
  size_t want = 0;
  bench_make(&b, &params);
  const double highest = 127.0 / 128, half = 0.5 / 128;  // of 1 unit
  const double gain = rule.scale * rule.spring;
  for (size_t i = 0; i < SAMPLES * VISIBLE; i++) {
    const double x = b.x_t[i], target = x + b.u[i] / gain;
    want += 3 * (x > highest + half || x < -1 - half);
    want += 2 * (target > highest + half || target < -1 - half);
  }
  const struct model_measurement seen =
      measure(&b, MODEL_MEASURED, 1, gradient);
  CHECK(want > 100);
  assert_int_equal(seen.n_clipped[CIRCUIT_DAC], want);
  assert_int_equal(seen.n_clipped[CIRCUIT_VELOCITY_ADC], 0);
  assert_int_equal(seen.n_clipped[CIRCUIT_OUTPUT_ADC], 0);
  bench_finish(&b);
}

static void noise_has_the_same_bits_for_any_threads(void **state) {
  (void)state;
  struct bench b;
  double gradient[2][PARAMETERS];
  bench_make(&b, &every);
  for (size_t k = 0; k < 2; k++) {
    sim_threads_set(k + 1);
    measure(&b, MODEL_MEASURED, 2, gradient[k]);
  }
  sim_threads_set(1);
  assert_memory_equal(gradient[0], gradient[1], sizeof gradient[0]);
  bench_finish(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_part_changes_the_draws_of_another),
      cmocka_unit_test(read_noise_adds_its_square_to_the_loss),
      cmocka_unit_test(minus_starts_from_a_voltage_that_has_drooped),
      cmocka_unit_test(a_memory_samples_with_addressed_noise),
      cmocka_unit_test(every_read_is_a_read_of_its_own),
      cmocka_unit_test(saturation_is_counted_once_a_number),
      cmocka_unit_test(noise_has_the_same_bits_for_any_threads),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("instruments", tests, NULL, NULL);
}
