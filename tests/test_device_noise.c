/* tests/test_device_noise.c -- errors of devices in the noise budget, against a
 * formula and against 10,000 chips that were written and read anew
 *
 * A variance of 10,000 repetitions errs by 1.4 %; the budget has to be right
 * within 5 %. Errors are small, so that first order is enough.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/correlation.h"
#include "tests/noise_bench.h"

enum { N_REPEAT = 10000 };

static struct model_chip_params erring_chip(void) {
  struct model_chip_params params = quiet_chip();
  params.coupling.g_min = 1e-7;
  params.coupling.reference = NAN;
  params.coupling.write_noise.proportional = 1e-3;
  params.coupling.read_noise =
      (struct circuit_read_noise_params){.absolute = 6e-10,
                                         .flicker = 3e-4,
                                         .flicker_power = 0.1,
                                         .flicker_limit = 0.2,
                                         .read_time = 1e-6};
  params.coupling.drift.t0 = 1;
  return params;
}

/* --- a formula --- */

/* Identity outputs: nodes of conductance 5 and 1, one weight between them. */
struct pair {
  double w, b0, b1, x_t, u;
};

static void gradient_of_pair(const struct pair *p, double *s, double *g) {
  const double gain = 6, det = 5 - p->w * p->w;
  s[0] = (4 * p->x_t + p->b0 + p->w * p->b1) / det;
  s[1] = p->w * s[0] + p->b1;
  const double c = gain * (gain * (s[0] - p->x_t) - p->u);
  const double z[] = {-c / det, -c * p->w / det};
  g[0] = -(z[0] * s[1] + s[0] * z[1]);
  g[1] = -z[0];
  g[2] = -z[1];
}

/* What an error of the weight does, by differences of the formula. */
static void a_pair_errs_as_the_formula_says(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  const size_t width[] = {1, 1};
  params.coupling.g_min = 1e-7;
  params.coupling.read_noise.absolute = 1e-9;
  open_bench_with(&b, &params, "identity", 2, width, 0.7);
  b.has_errors = true;
  b.duration = 60;
  analyse(&b);
  const double h = 1e-5, variance = 2 * 1e-6;  // both devices, in uS
  const double *theta = b.net.theta;
  struct pair p = {theta[0] + h, theta[1], theta[2], b.x_t[0], b.u[0]};
  double high[2], low[2], g_high[3], g_low[3];
  gradient_of_pair(&p, high, g_high);
  p.w -= 2 * h;
  gradient_of_pair(&p, low, g_low);
  for (size_t i = 0; i < 2; i++) {
    const double moved = (high[i] - low[i]) / (2 * h);
    CHECK_REL(b.found.node[i], variance * moved * moved, 1e-6);
    CHECK_REL(b.found.read[i], variance * moved * moved, 1e-6);
  }
  CHECK_REL(b.found.velocity[0], 36 * b.found.node[0], 1e-9);
  for (size_t i = 0; i < 3; i++) {
    const double moved = (g_high[i] - g_low[i]) / (2 * h);
    CHECK_REL(b.found.gradient[i], variance * moved * moved, 1e-6);
    CHECK_REL(b.found.shared[i], variance * moved * moved, 1e-6);
  }
  close_bench(&b);
}

/* --- weights --- */

/* 100,000 writes and reads: five standard errors of a variance are 2.2 %. */
static void weights_vary_as_their_devices_do(void **state) {
  (void)state;
  enum { N_WRITES = 100000, N_WEIGHTS = 8 };
  struct bench b;
  struct sim_error err = {0};
  struct model_chip_params params = erring_chip();
  double first[N_WEIGHTS], sum[N_WEIGHTS] = {0}, square[N_WEIGHTS] = {0};
  open_bench(&b, &params, 3, six, 0.6);
  CHECK_OK(model_device_variances_init(&b.devices, b.chip, &err), err);
  memcpy(first, b.net.theta, sizeof first);
  for (size_t k = 0; k < N_WRITES; k++) {
    model_chip_program(b.chip, b.theta);
    model_chip_image(b.chip, &b.net);
    for (size_t i = 0; i < N_WEIGHTS; i++) {
      const double moved = b.net.theta[i] - first[i];
      sum[i] += moved;
      square[i] += moved * moved;
    }
  }
  for (size_t i = 0; i < N_WEIGHTS; i++) {
    double want = 0;
    for (int k = 0; k < MODEL_N_DEVICE_ERRORS; k++) {
      want += b.devices.up[k][i];
    }
    const double got = (square[i] - sum[i] * sum[i] / N_WRITES) / N_WRITES;
    print_message("# weight %zu: %+.2f %%\n", i, 100 * (want / got - 1));
    CHECK_REL(got, want, 5 * sqrt(2.0 / N_WRITES));
  }
  close_bench(&b);
}

/* --- sums --- */

/* Each kind alone is what it is among others. */
static void kinds_of_errors_add_up(void **state) {
  (void)state;
  struct bench all;
  struct model_chip_params params = erring_chip();
  open_bench(&all, &params, 3, six, 0.6);
  all.has_errors = true;
  all.batch.n = MAX_SAMPLES;
  analyse(&all);
  assert_int_equal(all.found.n_sources, 3);
  const size_t n = all.found.n_blocks;
  for (size_t block = 0; block < n; block++) {
    double gradient = 0, shared = 0;
    for (int k = 0; k < MODEL_N_DEVICE_ERRORS; k++) {
      struct model_device_variances whole = all.devices;
      for (int other = 0; other < MODEL_N_DEVICE_ERRORS; other++) {
        whole.is_on[other] = other == k;
      }
      struct bench one = all;
      struct sim_error err = {0};
      const struct model_noise_task task = {.net = &all.net,
                                            .rule = &all.rule,
                                            .devices = &whole,
                                            .duration = all.duration,
                                            .batch = &all.batch,
                                            .states = all.state};
      CHECK_OK(model_noise_analyse(&one.found, &task, &err), err);
      assert_int_equal(one.found.n_sources, 1);
      gradient += one.found.gradient[block];
      shared += one.found.shared[block];
      model_noise_analysis_finish(&one.found);
    }
    CHECK_REL(gradient, total(&all, all.found.gradient, n, block), 1e-9);
    CHECK_REL(shared, total(&all, all.found.shared, n, block), 1e-9);
  }
  close_bench(&all);
}

/* --- repetitions --- */

struct moments {
  double sum, square;
};

static void add(struct moments *m, double x) {
  m->sum += x;
  m->square += x * x;
}

static double variance_of(const struct moments *m) {
  return (m->square - m->sum * m->sum / N_REPEAT) / (N_REPEAT - 1);
}

struct repeated {
  size_t n;
  struct moments node[MAX_N * MAX_SAMPLES], read[MAX_N * MAX_SAMPLES];
  struct moments velocity[MAX_N * MAX_SAMPLES], output[MAX_N * MAX_SAMPLES];
  struct moments parameter[MAX_SAMPLES][MAX_PARAMETERS], mean[MAX_PARAMETERS];
};

/* Outputs (nodes x samples) of the two phases that are compared; moments about
 * those of the first repetition, so that squares do not lose digits. */
static void add_gradients(const struct bench *b, const double *plus,
                          const double *minus, struct repeated *seen) {
  const struct model_layout *at = &b->net.layout;
  const size_t samples = b->batch.n;
  static double first[MAX_SAMPLES][MAX_PARAMETERS];
  double mean[MAX_PARAMETERS] = {0}, p[MAX_N], m[MAX_N], g[MAX_PARAMETERS];
  const double factor = model_learning_factor(&b->rule);
  for (size_t k = 0; k < samples; k++) {
    for (size_t i = 0; i < at->n_nodes; i++) {
      p[i] = plus[i * samples + k];
      m[i] = minus[i * samples + k];
      add(&seen->output[i * samples + k], p[i] - m[i]);
    }
    model_correlation_gradient(at, 1, 1, p, m, factor, g);
    if (seen->n == 0) {
      memcpy(first[k], g, sizeof g);
    }
    for (size_t i = 0; i < at->n_parameters; i++) {
      g[i] -= first[k][i];
      add(&seen->parameter[k][i], g[i]);
      mean[i] += g[i] / (double)samples;
    }
  }
  for (size_t i = 0; i < at->n_parameters; i++) {
    add(&seen->mean[i], mean[i]);
  }
  seen->n++;
}

static void add_free(const struct bench *b, const struct model_phases *phases,
                     struct repeated *seen) {
  const size_t samples = b->batch.n, n = b->net.layout.n_nodes;
  const double *read = model_settler_read(&phases->settler, phases->free_state);
  for (size_t i = 0; i < n * samples; i++) {
    const double rest = b->state[i % samples * n + i / samples];
    add(&seen->node[i], phases->free_state[i] - rest);
    add(&seen->read[i], read[i] - rest);
  }
  for (size_t i = 0; i < b->net.layout.width[0] * samples; i++) {
    add(&seen->velocity[i], phases->velocity[i]);
  }
}

/* Write, read, and let all samples go through their phases. */
static void repeat(struct bench *b, struct repeated *seen) {
  struct sim_error err = {0};
  double plus[MAX_N * MAX_SAMPLES], minus[MAX_N * MAX_SAMPLES];
  struct model_phases phases;
  struct model_settling settling =
      small_settling("heun", b->step, b->duration, 0);
  settling.window = b->window;
  memset(seen, 0, sizeof *seen);
  CHECK_OK(model_phases_init(&phases, &b->rule, &settling, &b->net, b->batch.n,
                             &err),
           err);
  for (size_t k = 0; k < N_REPEAT; k++) {
    model_chip_program(b->chip, b->theta);
    model_chip_image(b->chip, &b->net);
    model_phases_load(&phases, &b->batch, 0);
    CHECK_OK(model_phases_free(&phases, &err), err);
    add_free(b, &phases, seen);
    model_phases_read(&phases, minus);
    CHECK_OK(model_phases_nudged(&phases, 1, &err), err);
    model_phases_read(&phases, plus);
    if (b->rule.phases == 3) {
      CHECK_OK(model_phases_nudged(&phases, -1, &err), err);
      model_phases_read(&phases, minus);
    }
    add_gradients(b, plus, minus, seen);
  }
  model_phases_finish(&phases);
}

static void compare(const char *what, double got, double want) {
  print_message("# %-12s linear %.4e, repeated %.4e: %+.1f %%\n", what, got,
                want, 100 * (got / want - 1));
  CHECK_REL(got, want, 0.05);
}

static double mean_variance(const struct bench *b, const struct moments *m) {
  double sum = 0;
  for (size_t k = 0; k < b->batch.n; k++) {
    sum += variance_of(&m[k]) / (double)b->batch.n;
  }
  return sum;
}

static void compare_gradients(const struct bench *b,
                              const struct repeated *seen) {
  const struct model_noise_analysis *f = &b->found;
  for (size_t block = 0, next = 0; block < f->n_blocks; block++) {
    double one = 0, mean = 0;
    for (size_t k = 0; k < model_layout_block(&b->net.layout, block).n; k++) {
      for (size_t sample = 0; sample < b->batch.n; sample++) {
        one += variance_of(&seen->parameter[sample][next]) / (double)b->batch.n;
      }
      mean += variance_of(&seen->mean[next++]);
    }
    compare("gradient", total(b, f->gradient, f->n_blocks, block), one);
    compare("mean", total(b, f->shared, f->n_blocks, block), mean);
  }
}

static void check_repetitions(struct bench *b, const char *name) {
  static struct repeated seen;
  const struct model_noise_analysis *f = &b->found;
  const size_t n = f->n_nodes ? f->n_nodes : b->net.layout.n_nodes;
  print_message("# --- %s\n", name);
  b->has_errors = true;
  b->step = 0.1;  // phases settle, whatever the step
  analyse(b);
  repeat(b, &seen);
  for (size_t i = 0; i < n; i++) {
    const size_t row = i * b->batch.n;
    compare("node", total(b, f->node, n, i), mean_variance(b, seen.node + row));
    compare("read", total(b, f->read, n, i), mean_variance(b, seen.read + row));
    compare("output", total(b, f->output, n, i),
            mean_variance(b, seen.output + row));
  }
  for (size_t i = 0; i < f->n_visible; i++) {
    compare("velocity", total(b, f->velocity, f->n_visible, i),
            mean_variance(b, seen.velocity + i * b->batch.n));
  }
  compare_gradients(b, &seen);
  close_bench(b);
}

static void devices_err_as_10000_chips_do(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = erring_chip();
  open_bench(&b, &params, 3, six, 0.6);
  b.duration = 12;
  check_repetitions(&b, "one sample");
}

static void all_samples_meet_the_same_errors(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = erring_chip();
  open_bench(&b, &params, 3, six, 0.6);
  b.batch.n = MAX_SAMPLES;
  b.duration = 12;
  check_repetitions(&b, "three samples");
}

/* Directions, amplifiers and converters of their own, averaged. */
static void a_chip_without_an_energy_errs_too(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = erring_chip();
  params.coupling.reciprocity = CIRCUIT_SEPARATE;
  params.node.area = 1;
  params.node.gain = 0.1;
  params.periphery.velocity_adc.gain = params.periphery.output_adc.gain = 0.2;
  params.periphery.output_adc.offset = 20e-3;
  open_bench(&b, &params, 3, six, 0.6);
  b.batch.n = 2;
  b.duration = 14;
  b.window = 2;
  check_repetitions(&b, "no energy");
}

static void two_phases_err_as_10000_chips_do(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = erring_chip();
  open_bench(&b, &params, 3, six, 0.6);
  b.rule.phases = 2;
  b.rule.nudge = 1e-3;
  b.duration = 24;
  check_repetitions(&b, "two phases");
}

/* Devices at the lower end of their window err upwards alone. */
static void windows_bound_what_devices_err_by(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = erring_chip();
  params.coupling.g_min = 0;
  params.coupling.read_noise.absolute = 1e-9;
  params.coupling.read_noise.flicker = 0;
  params.coupling.write_noise.proportional = 0;
  open_bench(&b, &params, 3, six, 0.6);
  b.duration = 12;
  check_repetitions(&b, "windows");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pair_errs_as_the_formula_says),
      cmocka_unit_test(weights_vary_as_their_devices_do),
      cmocka_unit_test(kinds_of_errors_add_up),
      cmocka_unit_test(devices_err_as_10000_chips_do),
      cmocka_unit_test(all_samples_meet_the_same_errors),
      cmocka_unit_test(a_chip_without_an_energy_errs_too),
      cmocka_unit_test(two_phases_err_as_10000_chips_do),
      cmocka_unit_test(windows_bound_what_devices_err_by),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("device_noise", tests, NULL, NULL);
}
