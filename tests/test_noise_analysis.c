/* tests/test_noise_analysis.c -- the noise budget against closed formulas and
 * other calculations; repetitions are in test_noise_repetitions.c
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/correlation.h"
#include "models/hessian.h"
#include "sim/lyapunov.h"
#include "tests/noise_bench.h"

#define KT 4.141947e-21  // [J] at 300 K

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
  };
  gsl_set_error_handler_off();
  sim_threads_set(1);
  return cmocka_run_group_tests_name("noise_analysis", tests, NULL, NULL);
}
