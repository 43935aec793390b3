/* tests/test_noise_repetitions.c -- the noise budget against 10,000 noisy
 * repetitions of the phases
 *
 * The repetitions are those of training: models/phases.c with the noise of
 * models/noise_run.c. A variance of 10,000 repetitions errs by 1.4 %; the
 * budget has to be right within 5 %.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/correlation.h"
#include "tests/noise_bench.h"

enum { N_REPEAT = 10000, LANES = 100 };

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
  struct moments node[MAX_N], read[MAX_N], velocity[MAX_N], output[MAX_N];
  struct moments parameter[MAX_PARAMETERS];
};

/* Gradient of one repetition, about one far from 0 so that squares do not lose
 * digits. */
static void add_gradient(const struct bench *b, const double *plus,
                         const double *minus, size_t lane,
                         struct repeated *seen) {
  const struct model_layout *at = &b->net.layout;
  double p[MAX_N], m[MAX_N], gradient[MAX_PARAMETERS];
  for (size_t i = 0; i < at->n_nodes; i++) {
    p[i] = plus[i * LANES + lane];
    m[i] = minus[i * LANES + lane];
    add(&seen->output[i], p[i] - m[i]);
  }
  const double factor = (b->rule.phases == 3 ? 0.5 : 1) / b->rule.nudge;
  model_correlation_gradient(at, 1, 1, p, m, factor, gradient);
  for (size_t i = 0; i < at->n_parameters; i++) {
    add(&seen->parameter[i], gradient[i]);
  }
}

static void add_free(const struct bench *b, const struct model_phases *phases,
                     struct repeated *seen) {
  const size_t n = b->net.layout.n_nodes, visible = b->net.layout.width[0];
  const double *read = model_settler_read(&phases->settler, phases->free_state);
  for (size_t i = 0; i < n * LANES; i++) {
    add(&seen->node[i / LANES], phases->free_state[i] - b->state[i / LANES]);
    add(&seen->read[i / LANES], read[i] - b->state[i / LANES]);
  }
  for (size_t i = 0; i < visible * LANES; i++) {
    add(&seen->velocity[i / LANES], phases->velocity[i]);
  }
}

static void repeat(struct bench *b, struct repeated *seen) {
  struct sim_error err = {0};
  static double x_t[N_REPEAT * MAX_N], u[N_REPEAT * MAX_N];
  static double plus[MAX_N * LANES], minus[MAX_N * LANES];
  const size_t visible = b->net.layout.width[0];
  const struct model_batch batch = {.n = N_REPEAT, .x_t = x_t, .u = u};
  struct model_phases phases;
  struct model_settling settling =
      small_settling("heun", b->step, b->duration, 0);
  settling.window = b->window;
  memset(seen, 0, sizeof *seen);
  for (size_t i = 0; i < N_REPEAT * visible; i++) {
    x_t[i] = b->x_t[i % visible];
    u[i] = b->u[i % visible];
  }
  CHECK_OK(
      model_phases_init(&phases, &b->rule, &settling, &b->net, LANES, &err),
      err);
  for (size_t first = 0; first < N_REPEAT; first += LANES) {
    model_phases_load(&phases, &batch, first);
    CHECK_OK(model_phases_free(&phases, &err), err);
    add_free(b, &phases, seen);
    model_phases_read(&phases, minus);
    CHECK_OK(model_phases_nudged(&phases, 1, &err), err);
    model_phases_read(&phases, plus);
    if (b->rule.phases == 3) {
      CHECK_OK(model_phases_nudged(&phases, -1, &err), err);
      model_phases_read(&phases, minus);
    }
    for (size_t k = 0; k < LANES; k++) {
      add_gradient(b, plus, minus, k, seen);
    }
  }
  model_phases_finish(&phases);
}

static void compare(const char *what, double got, double want) {
  print_message("# %-12s linear %.4e, repeated %.4e: %+.1f %%\n", what, got,
                want, 100 * (got / want - 1));
  CHECK_REL(got, want, 0.05);
}

static void check_repetitions(struct bench *b, const char *name) {
  static struct repeated seen;
  const struct model_noise_analysis *f = &b->found;
  const struct model_layout *at = &b->net.layout;
  const size_t n = at->n_nodes, visible = at->width[0];
  print_message("# --- %s\n", name);
  analyse(b);
  repeat(b, &seen);
  for (size_t i = 0; i < n; i++) {
    compare("node", total(b, f->node, n, i), variance_of(&seen.node[i]));
    compare("read", total(b, f->read, n, i), variance_of(&seen.read[i]));
    compare("output", total(b, f->output, n, i), variance_of(&seen.output[i]));
  }
  for (size_t i = 0; i < visible; i++) {
    compare("velocity", total(b, f->velocity, visible, i),
            variance_of(&seen.velocity[i]));
  }
  for (size_t block = 0, next = 0; block < f->n_blocks; block++) {
    double sum = 0;
    for (size_t k = 0; k < model_layout_block(at, block).n; k++) {
      sum += variance_of(&seen.parameter[next++]);
    }
    compare("gradient", total(b, f->gradient, f->n_blocks, block), sum);
  }
  close_bench(b);
}

static void thermal_noise_is_that_of_10000_repetitions(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.noise.thermal = true;
  open_bench(&b, &params, 3, six, 0.6);
  b.duration = 7;
  check_repetitions(&b, "thermal");
}

static void averaged_it_is_too(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.noise.thermal = true;
  open_bench(&b, &params, 3, six, 0.6);
  b.window = 2;
  b.duration = 7;
  b.rule.protocol = MODEL_RERUN;
  check_repetitions(&b, "thermal, rerun, averaged");
}

static void traps_are_those_of_10000_repetitions(void **state) {
  (void)state;
  for (int protocol = MODEL_SNAPSHOT; protocol <= MODEL_RESET; protocol++) {
    struct bench b;
    struct model_chip_params params = quiet_chip();
    params.noise.telegraph = true;
    params.noise.flicker = protocol == MODEL_SNAPSHOT;
    open_bench(&b, &params, 3, six, 0.6);
    b.duration = 8;
    b.window = protocol == MODEL_SNAPSHOT || protocol == MODEL_RESET ? 1 : 0;
    b.rule.protocol = protocol;
    check_repetitions(&b, "traps");
  }
}

static void two_phases_are_those_of_10000_repetitions(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.noise.thermal = params.noise.telegraph = true;
  open_bench(&b, &params, 3, six, 0.6);
  b.rule.phases = 2;
  b.rule.nudge = 1e-3;
  b.duration = 8;
  b.window = 0.5;
  check_repetitions(&b, "two phases");
}

/* Directions of their own: no energy, and modes that are not orthogonal. */
static void a_chip_that_is_not_reciprocal_is_analysed_too(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.noise.thermal = params.noise.telegraph = true;
  params.coupling.reciprocity = CIRCUIT_SEPARATE;
  params.coupling.write_noise.proportional = 0.3;
  params.noise.telegraph_current = 3e-10;
  open_bench(&b, &params, 3, six, 0.6);
  b.window = 0.5;
  b.duration = 10;
  CHECK(!model_network_has_energy(&b.net));
  check_repetitions(&b, "not reciprocal");
}

static void everything_together_is_too(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  switch_all_on(&params);
  params.periphery.velocity_adc.gain = params.periphery.output_adc.gain = 0.2;
  params.periphery.output_adc.offset = 20e-3;
  params.periphery.sources.spring_spread = 0.2;
  open_bench(&b, &params, 3, six, 0.6);
  b.duration = 6;
  check_repetitions(&b, "everything");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(thermal_noise_is_that_of_10000_repetitions),
      cmocka_unit_test(averaged_it_is_too),
      cmocka_unit_test(traps_are_those_of_10000_repetitions),
      cmocka_unit_test(two_phases_are_those_of_10000_repetitions),
      cmocka_unit_test(a_chip_that_is_not_reciprocal_is_analysed_too),
      cmocka_unit_test(everything_together_is_too),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("noise_repetitions", tests, NULL, NULL);
}
