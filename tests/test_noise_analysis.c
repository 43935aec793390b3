/* tests/test_noise_analysis.c -- the noise budget against closed formulas and
 * against 10,000 noisy repetitions of the phases
 *
 * The repetitions are those of training: models/phases.c with the noise of
 * models/noise_run.c. A variance of 10,000 repetitions errs by 1.4 %; the
 * budget has to be right within 5 %.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/chip.h"
#include "models/correlation.h"
#include "models/equilibrium.h"
#include "models/hessian.h"
#include "models/noise_analysis.h"
#include "sim/lyapunov.h"
#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"
#include "tests/small_chip.h"

#define KT 4.141947e-21  // [J] at 300 K
#define VOLT 0.1
enum { N_REPEAT = 10000, LANES = 100, MAX_N = 8, MAX_PARAMETERS = 40 };

struct bench {
  struct model_chip *chip;
  struct model_network net;
  struct model_learning rule;
  double duration, window, step;  // [tau]
  double x_t[MAX_N], u[MAX_N], state[MAX_N];
  struct model_batch batch;
  struct model_noise_analysis found;
};

static struct model_chip_params quiet_chip(void) {
  return (struct model_chip_params){
      .voltage_unit = VOLT,
      .conductance_unit = 1e-6,
      .capacitance = {1, {1e-12}},
      .capacitance_unit = 1e-12,
      .temperature = 300,
      .noise = {.excess = 1.5,
                .flicker_current = 2e-10,
                .flicker_band = {2, {1e4, 1e6}},
                .traps_per_decade = 4,
                .telegraph_current = 2e-9,
                .telegraph_capture = 3e5,
                .telegraph_emission = 1e5},
      .coupling = {.g_max = 10e-6},
      .periphery = {.dac = {.range = 1},
                    .velocity_adc = {.range = 1},
                    .output_adc = {.range = 1}},
  };
}

/* The free equilibrium, by the analysis that training has for it. */
static void settle(struct bench *b) {
  struct sim_error err = {0};
  struct model_equilibria rest;
  struct model_settling settling = small_settling("rkc", 1, 300, 1e-10);
  settling.settings.tolerance = 1e-8;
  settling.is_quiet = true;
  CHECK_OK(model_equilibria_find(&rest, &b->net, &b->rule, &settling, &b->batch,
                                 &err),
           err);
  memcpy(b->state, rest.state, b->net.layout.n_nodes * sizeof(double));
  model_equilibria_finish(&rest);
}

/* Random weights times `gain`, one sample. */
static void open_bench(struct bench *b, const struct model_chip_params *params,
                       size_t n_layers, const size_t *width, double gain) {
  struct sim_error err = {0};
  double theta[MAX_PARAMETERS];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  struct model_network_params network = {.activation = (int)curve_index("silu"),
                                         .table = "none"};
  network.layers.n = n_layers;
  memcpy(network.layers.v, width, n_layers * sizeof *width);
  memset(b, 0, sizeof *b);
  b->rule = (struct model_learning){
      .spring = 4, .scale = 1.5, .nudge = 5e-3, .phases = 3};
  b->duration = 5;
  b->step = 0.05;
  CHECK_OK(model_chip_create(&b->chip, &network, params, 4, 3, &err), err);
  fill_normal(rng, b->chip->layout.n_parameters, gain, theta);
  fill_normal(rng, width[0], 1, b->x_t);
  fill_normal(rng, width[0], 1, b->u);
  model_chip_program(b->chip, theta);
  CHECK_OK(model_chip_network(b->chip, &b->net, &err), err);
  b->batch = (struct model_batch){.n = 1, .x_t = b->x_t, .u = b->u};
  gsl_rng_free(rng);
}

static void analyse(struct bench *b) {
  struct sim_error err = {0};
  settle(b);
  CHECK_OK(
      model_noise_analyse(&b->found, &b->net, &b->rule, b->duration, b->window,
                          &b->batch, b->state, 1, &b->window, &err),
      err);
}

static void close_bench(struct bench *b) {
  model_noise_analysis_finish(&b->found);
  model_network_finish(&b->net);
  model_chip_destroy(b->chip);
}

/* Row of a source by its name. */
static size_t row_of(const struct bench *b, const char *name) {
  size_t k = 0;
  while (strcmp(b->found.source[k].name, name) != 0) {
    CHECK(++k < b->found.n_sources);
  }
  return k;
}

static double total(const struct bench *b, const double *values, size_t n,
                    size_t i) {
  double sum = 0;
  for (size_t k = 0; k < b->found.n_sources; k++) {
    sum += values[k * n + i];
  }
  return sum;
}

/* --- closed formulas --- */

static const size_t two[] = {1, 1};

/* A spring of 4 and a leak of 1 on node 0, which has three times the
 * capacitance, a leak of 1 on node 1: each with kT/C at rest, from which a
 * phase of T is away by e^(-2 T/tau). White noise is new in each phase. */
static void a_lone_node_holds_kt_over_c(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.noise.thermal = true;
  params.capacitance = (struct sim_reals){2, {3e-12, 1e-12}};
  open_bench(&b, &params, 2, two, 0);
  b.duration = 0.7;
  analyse(&b);
  const double c[] = {3e-12, 1e-12}, rate[] = {5.0 / 3, 1};
  for (size_t i = 0; i < 2; i++) {
    const double at_rest =
        KT / (c[i] * VOLT * VOLT) * (1 - exp(-2 * rate[i] * b.duration));
    CHECK_REL(total(&b, b.found.node, 2, i), at_rest, 1e-6);
    const double slope = i == 0 ? 1 : 0.5;  // silu'(0)
    CHECK_REL(total(&b, b.found.output, 2, i), slope * slope * 2 * at_rest,
              1e-6);
  }
  const double leak = b.found.node[row_of(&b, "thermal_leak") * 2];
  CHECK_REL(leak, total(&b, b.found.node, 2, 0) / 5, 1e-9);
  CHECK_REL(b.found.velocity[row_of(&b, "thermal_spring")], 6 * 6 * 4 * leak,
            1e-9);
  close_bench(&b);
}

/* What plus and minus begin with is part of their difference while phases are
 * short. With e = e^(-T/tau) and S = kT/C: a stored or a fresh state leaves
 * 2 S (1 - e^2), a free phase of their own 2 S (1 - e^4), and without memory
 * y(2T) - y(3T) is that of a process that began at 0. */
static void protocols_differ_by_what_phases_begin_with(void **state) {
  (void)state;
  for (int protocol = MODEL_SNAPSHOT; protocol <= MODEL_RESET; protocol++) {
    struct bench b;
    struct model_chip_params params = quiet_chip();
    params.noise.thermal = true;
    open_bench(&b, &params, 2, two, 0);
    b.duration = 0.4;
    b.rule.protocol = protocol;
    analyse(&b);
    const double e = exp(-b.duration), kt_c = KT / (1e-12 * VOLT * VOLT);
    const double going_on = (1 - pow(e, 4)) * (1 - 2 * e) + (1 - pow(e, 6));
    const double want = protocol == MODEL_RERUN        ? 2 * (1 - pow(e, 4))
                        : protocol == MODEL_SEQUENTIAL ? going_on
                                                       : 2 * (1 - e * e);
    CHECK_REL(total(&b, b.found.output, 2, 1), 0.25 * kt_c * want, 1e-6);
    close_bench(&b);
  }
}

static void averaging_leaves_the_known_share(void **state) {
  (void)state;
  const double window[] = {1, 5, 10, 100};  // hidden node, tau 1
  const double share[] = {0.736, 0.321, 0.180, 0.0198};
  for (size_t k = 0; k < 4; k++) {
    struct bench b;
    struct model_chip_params params = quiet_chip();
    params.noise.thermal = true;
    open_bench(&b, &params, 2, two, 0);
    b.duration = window[k] + 20;
    b.window = window[k];
    analyse(&b);
    const double w = window[k], node = total(&b, b.found.node, 2, 1);
    const double want = 2 / w * (1 - (1 - exp(-w)) / w);
    CHECK_REL(want, share[k], 2e-3);
    CHECK_REL(total(&b, b.found.read, 2, 1) / node, want, 1e-9);
    CHECK_REL(total(&b, b.found.output, 2, 1) / (0.25 * node), 2 * want, 1e-8);
    close_bench(&b);
  }
}

/* v/(l (l + g)) of a current of variance v and rate g. */
static void a_trap_adds_what_the_formula_says(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.noise.telegraph = true;
  open_bench(&b, &params, 2, two, 0);
  b.duration = 40;
  analyse(&b);
  const double step = 2e-9 / (1e-6 * VOLT), p = 0.75, g = 0.4;
  const double v = step * step * p * (1 - p);
  CHECK_REL(b.found.node[0], v / (5 * (5 + g)), 1e-3);
  CHECK_REL(b.found.node[1], 0.25 * v / (1 + g), 1e-3);
  close_bench(&b);
}

/* A slow trap is the same in plus and minus; a fast one is not. */
static void slow_noise_cancels_in_the_difference(void **state) {
  (void)state;
  const double rate[] = {1e2, 1e4, 1e8};  // [Hz]
  double part[3];
  for (size_t k = 0; k < 3; k++) {
    struct bench b;
    struct model_chip_params params = quiet_chip();
    params.noise.telegraph = true;
    params.noise.telegraph_capture = params.noise.telegraph_emission = rate[k];
    open_bench(&b, &params, 2, two, 0);
    analyse(&b);
    part[k] = b.found.output[0] / b.found.node[0];
    close_bench(&b);
  }
  // Of a rate g: 2 (1 - e^-gT) but for what happens within a time constant.
  CHECK_REL(part[0], 2 * 2e-4 * 5, 0.1);
  CHECK_REL(part[1], 2 * (1 - exp(-0.1)), 0.1);
  CHECK_REL(part[2], 2.0, 0.01);
}

/* What is left of the stored voltage counts if it is not the same twice. */
static void a_hold_capacitor_counts_as_far_as_it_droops(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.periphery.memory = (struct circuit_hold_params){
      .capacitance = 1e-13, .leak = 1e8, .time = {2e-6, false}};
  open_bench(&b, &params, 2, two, 0);
  b.duration = 0.5;
  analyse(&b);
  const double droop = exp(-2e-6 / (1e8 * 1e-13)), rate[] = {5, 1};
  for (size_t i = 0; i < 2; i++) {
    const double slope = i == 0 ? 1 : 0.5;
    const double left = slope * (1 - droop) * exp(-rate[i] * b.duration);
    CHECK_REL(b.found.output[i], KT / (1e-13 * VOLT * VOLT) * left * left,
              1e-6);
    CHECK(b.found.node[i] == 0);
  }
  close_bench(&b);
}

static void converters_add_their_own(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  params.periphery.velocity_adc = (struct circuit_converter_params){
      .bits = 8, .range = 1, .capacitance = 1e-15};
  params.periphery.output_adc = params.periphery.velocity_adc;
  open_bench(&b, &params, 2, two, 0);
  analyse(&b);
  const double sampled = KT / (1e-15 * VOLT * VOLT);
  const double stepped = pow(2.0 / 256 / VOLT, 2) / 12;
  CHECK_REL(b.found.velocity[row_of(&b, "velocity_adc_sampling")], 36 * sampled,
            1e-6);
  CHECK_REL(b.found.velocity[row_of(&b, "velocity_adc_step")], 36 * stepped,
            1e-6);
  CHECK_REL(b.found.output[2 * row_of(&b, "output_adc_sampling")], 2 * sampled,
            1e-6);
  CHECK_REL(b.found.output[2 * row_of(&b, "output_adc_step")], 2 * stepped,
            1e-6);
  close_bench(&b);
}

/* --- a coupled chip --- */

static const size_t six[] = {2, 2, 2};

/* In long phases the nodes have the stationary covariance of the Lyapunov
 * equation. */
static void long_phases_are_stationary(void **state) {
  (void)state;
  struct bench b;
  struct sim_error err = {0};
  struct model_chip_params params = quiet_chip();
  enum { N = 6 };
  double jacobian[N * N], q[N * N] = {0}, s[N * N], scratch[2 * N];
  struct model_work work;
  params.noise.thermal = true;
  open_bench(&b, &params, 3, six, 0.6);
  b.duration = 60;
  analyse(&b);
  CHECK_OK(model_work_init(&work, &b.net.layout, 1, &err), err);
  const struct model_drive drive = {.conductance = 4, .anchor = b.x_t};
  model_hessian_jacobian(&b.net, &drive, b.state, jacobian, &work, scratch);
  for (size_t i = 0; i < N; i++) {
    const double gain = i < 2 ? 1 : work.slope[i];
    const double g = 1 + (i < 2 ? 4 : 0) + gain * gain * b.net.noise->input[i];
    q[i * N + i] = 2 * b.net.noise->theta * g;
  }
  CHECK_OK(sim_lyapunov_solve(N, jacobian, q, s, &err), err);
  for (size_t i = 0; i < N; i++) {
    CHECK_REL(total(&b, b.found.node, N, i), s[i * N + i], 1e-9);
  }
  model_work_finish(&work);
  close_bench(&b);
}

static void switch_all_on(struct model_chip_params *params) {
  params->noise.thermal = params->noise.flicker = params->noise.telegraph =
      true;
  params->periphery.memory = (struct circuit_hold_params){
      .capacitance = 1e-12, .leak = 4e7, .time = {5, true}};
  params->periphery.velocity_adc = params->periphery.output_adc =
      (struct circuit_converter_params){
          .bits = 14, .range = 1, .capacitance = 1e-12};
}

static void contributions_add_up(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  switch_all_on(&params);
  open_bench(&b, &params, 3, six, 0.6);
  b.window = 1.5;
  analyse(&b);
  double sum = 0;
  for (size_t i = 0; i < b.found.n_blocks; i++) {
    sum += total(&b, b.found.gradient, b.found.n_blocks, i);
  }
  CHECK_REL(sum, b.found.window[0], 1e-9);
  close_bench(&b);
}

/* The general modes, of a chip whose two directions happen to agree. */
static void reciprocal_or_not_it_is_the_same_noise(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct bench one, other;
  struct model_chip_params params = quiet_chip();
  switch_all_on(&params);
  open_bench(&one, &params, 3, six, 0.6);
  open_bench(&other, &params, 3, six, 0.6);
  CHECK_OK(model_network_separate(&other.net, &err), err);
  one.window = other.window = 1;
  analyse(&one);
  analyse(&other);
  for (size_t i = 0; i < one.found.n_sources * one.found.n_blocks; i++) {
    CHECK_REL(other.found.gradient[i], one.found.gradient[i], 1e-6);
  }
  close_bench(&one);
  close_bench(&other);
}

/* The mean gradient is that of a small nudge in phases that are long enough. */
static void the_signal_is_the_measured_gradient(void **state) {
  (void)state;
  struct bench b;
  struct model_chip_params params = quiet_chip();
  double gradient[MAX_PARAMETERS];
  open_bench(&b, &params, 3, six, 0.6);
  b.duration = 4;
  b.window = 1;
  analyse(&b);
  struct model_settling settling = small_settling("heun", 0.01, 300, 0);
  b.rule.nudge = 1e-4;
  struct model_learning rule = b.rule;
  rule.protocol = MODEL_SNAPSHOT;
  // The free phase settles, the nudged ones are as short as in the analysis.
  struct sim_error err = {0};
  struct model_phases phases;
  double plus[6], minus[6];
  CHECK_OK(model_phases_init(&phases, &rule, &settling, &b.net, 1, &err), err);
  model_phases_load(&phases, &b.batch, 0);
  CHECK_OK(model_phases_free(&phases, &err), err);
  model_phases_finish(&phases);
  settling.duration = b.duration;
  settling.window = b.window;
  CHECK_OK(model_phases_init(&phases, &rule, &settling, &b.net, 1, &err), err);
  model_phases_load(&phases, &b.batch, 0);
  memcpy(phases.free_state, b.state, sizeof plus);
  for (size_t i = 0; i < 2; i++) {
    phases.velocity[i] = 6 * (b.state[i] - b.x_t[i]);
  }
  CHECK_OK(model_phases_nudged(&phases, 1, &err), err);
  model_phases_read(&phases, plus);
  CHECK_OK(model_phases_nudged(&phases, -1, &err), err);
  model_phases_read(&phases, minus);
  model_phases_finish(&phases);
  model_correlation_gradient(&b.net.layout, 1, 1, plus, minus, 0.5 / 1e-4,
                             gradient);
  for (size_t block = 0, next = 0; block < b.found.n_blocks; block++) {
    double square = 0;
    for (size_t k = 0; k < model_layout_block(&b.net.layout, block).n; k++) {
      square += gradient[next] * gradient[next];
      next++;
    }
    CHECK_REL(b.found.signal[block], square, 2e-3);
    CHECK_REL(b.found.signal_sample[block], square, 2e-3);
  }
  close_bench(&b);
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
      cmocka_unit_test(a_lone_node_holds_kt_over_c),
      cmocka_unit_test(protocols_differ_by_what_phases_begin_with),
      cmocka_unit_test(averaging_leaves_the_known_share),
      cmocka_unit_test(a_trap_adds_what_the_formula_says),
      cmocka_unit_test(slow_noise_cancels_in_the_difference),
      cmocka_unit_test(a_hold_capacitor_counts_as_far_as_it_droops),
      cmocka_unit_test(converters_add_their_own),
      cmocka_unit_test(long_phases_are_stationary),
      cmocka_unit_test(contributions_add_up),
      cmocka_unit_test(reciprocal_or_not_it_is_the_same_noise),
      cmocka_unit_test(the_signal_is_the_measured_gradient),
      cmocka_unit_test(thermal_noise_is_that_of_10000_repetitions),
      cmocka_unit_test(averaged_it_is_too),
      cmocka_unit_test(traps_are_those_of_10000_repetitions),
      cmocka_unit_test(two_phases_are_those_of_10000_repetitions),
      cmocka_unit_test(a_chip_that_is_not_reciprocal_is_analysed_too),
      cmocka_unit_test(everything_together_is_too),
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("noise_analysis", tests, NULL, NULL);
}
