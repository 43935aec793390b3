/* tests/test_noise.c -- noise of a chip: nodes, couplings, temperature and
 * traps
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/energy.h"
#include "models/spectrum.h"
#include "sim/lyapunov.h"
#include "tests/noisy_chip.h"

static void a_node_holds_kt_over_c(void **state) {
  (void)state;
  static struct bench b;
  // 300 K: 1 fF, 10 fF, 100 fF, 1 pF.
  const double rms[] = {2.035e-3, 643.6e-6, 203.5e-6, 64.4e-6};
  const double step[] = {0.02, 0.3, 1, 20};
  const double unit[] = {3e-8, 1e-6, 1e-6, 2e-5};
  for (size_t i = 0; i < 4; i++) {
    struct model_chip_params params = noisy();
    params.capacitance.v[0] = 1e-15 * pow(10, (double)i);
    const struct model_settling settling = small_settling("heun", 1, 1, 0);
    const double want = 1.380649e-23 * ROOM / params.capacitance.v[0];
    CHECK_NEAR(sqrt(want), rms[i], 7e-4 * rms[i]);
    for (size_t k = 0; k < 4; k++) {
      const size_t n_looks = 4;
      double visible, hidden;
      params.conductance_unit = unit[(i + k) % 4];
      bench_open(&b, "silu", &params, &settling);
      b.settler.integrator->settings.step = step[k];
      mean_squares(&b, fmax(8, step[k]), n_looks, &visible, &hidden);
      CHECK_REL(visible, want, doubt(n_looks * VISIBLE * LANES));
      CHECK_REL(hidden, want, doubt(n_looks * HIDDEN * LANES));
      bench_close(&b);
    }
  }
}

/* Devices that cancel in the weight do not in the noise. A hidden node's noise
 * enters with its gain r'(0), 1/2 for silu. */
static void the_noise_of_couplings_enters_at_the_input(void **state) {
  (void)state;
  static struct bench b;
  const size_t n_looks = 20;
  const char *const curves[] = {"silu", "identity"};
  const double gain[] = {0.5, 1};
  for (size_t i = 0; i < 2; i++) {
    struct model_chip_params params = noisy();
    const struct model_settling settling = small_settling("heun", 0.1, 1, 0);
    double visible, hidden;
    params.coupling.g_min = 0.4e-6;
    params.noise.excess = 1.5;
    bench_open(&b, curves[i], &params, &settling);
    mean_squares(&b, 8, n_looks, &visible, &hidden);
    const double kt_c = 1.380649e-23 * ROOM / 1e-12;
    const double into_hidden = gain[i] * gain[i] * 1.5 * 0.8 * VISIBLE;
    const double into_visible = 1.5 * 0.8 * HIDDEN;
    CHECK_REL(hidden, kt_c * (1 + into_hidden),
              doubt(n_looks * HIDDEN * LANES));
    CHECK_REL(visible, kt_c * (16 + into_visible) / 16,
              doubt(n_looks * VISIBLE * LANES));
    bench_close(&b);
  }
}

/* Every device of bank d has g[d] [S]; weights are 0 for pairs that are even.
 */
static void set_banks(struct bench *b, const double *g) {
  for (size_t d = 0; d < b->chip->coupling[0].n_banks; d++) {
    for (size_t i = 0; i < VISIBLE * HIDDEN; i++) {
      b->chip->coupling[0].bank[d].g[i] = g[d];
    }
  }
  model_chip_image(b->chip, &b->net);
}

/* Upward devices (banks 0, 1) are noisy in hidden nodes, downward ones (2, 3)
 * in visible nodes, and nowhere else. */
static void separate_directions_are_noisy_where_they_feed(void **state) {
  (void)state;
  static struct bench b;
  const size_t n_looks = 20;
  struct model_chip_params params = noisy();
  const struct model_settling settling = small_settling("heun", 0.1, 1, 0);
  const double kt_c = 1.380649e-23 * ROOM / 1e-12;
  double visible, hidden;
  params.noise.excess = 1.5;
  params.coupling.reciprocity = CIRCUIT_SEPARATE;
  bench_open(&b, "silu", &params, &settling);
  set_banks(&b, (const double[]){0.1e-6, 0.2e-6, 0.7e-6, 0.9e-6});
  for (size_t i = 0; i < NODES; i++) {
    const double want = i < VISIBLE ? HIDDEN * 1.6 : VISIBLE * 0.3;
    CHECK_REL(b.net.noise->input[i], 1.5 * want, 1e-12);
  }
  set_banks(&b, (const double[]){0.3e-6, 0.3e-6, 0.7e-6, 0.7e-6});
  mean_squares(&b, 8, n_looks, &visible, &hidden);
  CHECK_REL(hidden, kt_c * (1 + 0.25 * 1.5 * 0.6 * VISIBLE),
            doubt(n_looks * HIDDEN * LANES));
  CHECK_REL(visible, kt_c * (16 + 1.5 * 1.4 * HIDDEN) / 16,
            doubt(n_looks * VISIBLE * LANES));
  bench_close(&b);
}

/* Weights that differ, and anchors that differ from node to node. */
static void program_some(struct bench *b) {
  double theta[VISIBLE * HIDDEN + NODES] = {0};
  for (size_t i = 0; i < VISIBLE * HIDDEN; i++) {
    theta[i] = 0.3 * sin((double)(i * i));
  }
  model_chip_program(b->chip, theta);
  model_chip_image(b->chip, &b->net);
  for (size_t i = 0; i < VISIBLE * LANES; i++) {
    b->anchor[i] = sin((double)(i / LANES));
  }
}

/* Where the larger device of a pair alone is not at 0, the conductances of a
 * node's pairs are the weights that settle, which have drifted. */
static void couplings_are_as_noisy_and_hot_as_what_settles(void **state) {
  (void)state;
  static struct bench b;
  struct model_chip_params params = noisy();
  const struct model_settling settling = small_settling("heun", 0.1, 1, 0);
  params.noise.excess = 1.5;
  params.coupling.age = 1e5;
  params.coupling.retention.time = NAN;
  params.coupling.drift = (struct circuit_drift_params){
      .nu = {1, {0.06}}, .spread = {1, {0.02}}, .t0 = 1};
  bench_open(&b, "silu", &params, &settling);
  program_some(&b);
  double drifted = 0, written = 0, load[NODES];
  model_energy_load(b.chip, load);
  for (size_t i = 0; i < NODES; i++) {
    const bool is_hidden = i >= VISIBLE;
    const size_t n = is_hidden ? VISIBLE : HIDDEN;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
      const size_t at =
          is_hidden ? (i - VISIBLE) * VISIBLE + j : j * VISIBLE + i;
      sum += fabs(b.net.theta[at]);
      drifted += fabs(b.net.theta[at]);
      written += fabs(0.3 * sin((double)(at * at)));
    }
    CHECK_REL(b.net.noise->input[i], 1.5 * sum, 1e-12);
    CHECK_REL(model_spectrum_conductance(b.chip, i), 1.5e-6 * sum, 1e-12);
    CHECK_REL(load[i], sum, 1e-12);
  }
  CHECK_REL(drifted, written * pow(1e5, -0.06), 0.1);
  bench_close(&b);
}

/* --- amplifiers that differ --- */

/* J (NODES x NODES) by differences of the plain rates, at state s. */
static void differentiate(const struct model_network *net,
                          const struct model_drive *drive, const double *s,
                          double *jacobian) {
  const double step = 1e-4;
  for (size_t j = 0; j < NODES; j++) {
    double at[2][NODES], rate[2][NODES], scratch[NODES];
    for (int side = 0; side < 2; side++) {
      memcpy(at[side], s, sizeof at[side]);
      at[side][j] += side ? step : -step;
      model_network_rate_plain(net, drive, 1, at[side], rate[side], scratch);
    }
    for (size_t i = 0; i < NODES; i++) {
      jacobian[i * NODES + j] = (rate[1][i] - rate[0][i]) / (2 * step);
    }
  }
}

/* Densities (NODES x NODES) of thermal noise [1/tau]: the current of node i's
 * couplings passes k_i r'(s_i - o_i). */
static void fill_densities(const struct bench *b, const double *s, double *q) {
  const double theta = 1.380649e-23 * ROOM / (1e-12 * 0.01);
  memset(q, 0, NODES * NODES * sizeof *q);
  for (size_t i = 0; i < NODES; i++) {
    double r, gain = 1, g = 15;
    if (i >= VISIBLE) {
      own_curve("silu", s[i] - b->chip->nodes.offset[i] / 0.1, &r, &gain);
      gain *= b->chip->nodes.input_gain[i];
      g = 0;
    }
    q[i * (NODES + 1)] =
        2 * theta * (1 + g + gain * gain * b->net.noise->input[i]);
  }
}

/* (NODES) variances over the lanes, in n_looks looks 4 tau apart. */
static void variances(struct bench *b, size_t n_looks, double *variance) {
  static double sum[NODES], square[NODES];
  const double n = (double)(n_looks * LANES);
  model_settler_begin(&b->settler, MODEL_NOISE_MEASURE, 0, 0);
  bench_run(b, 40);
  for (size_t look = 0; look < n_looks; look++) {
    bench_run(b, 4);
    for (size_t i = 0; i < NODES * LANES; i++) {
      sum[i / LANES] += b->s[i];
      square[i / LANES] += b->s[i] * b->s[i];
    }
  }
  for (size_t i = 0; i < NODES; i++) {
    variance[i] = square[i] / n - sum[i] * sum[i] / (n * n);
  }
}

/* A long transient against the Lyapunov equation of the same circuit, whose
 * input stages differ by 40 % and whose outputs differ by 30 %. */
static void noise_passes_the_gain_of_the_input_stage(void **state) {
  (void)state;
  static struct bench b;
  static double jacobian[NODES * NODES], q[NODES * NODES], got[NODES];
  struct sim_error err = {0};
  struct model_chip_params params = noisy();
  struct model_settling settling = small_settling("heun", 0.02, 1, 0);
  double rest[NODES], anchor[VISIBLE];
  const size_t n_looks = 60;
  params.coupling.g_min = 0.4e-6;
  params.noise.excess = 1.5;
  params.node = (struct circuit_node_params){
      .area = 1, .gain = 0.3, .input_gain = 0.4, .offset = 0.02};
  settling.is_quiet = true;
  bench_open(&b, "silu", &params, &settling);
  program_some(&b);
  bench_run(&b, 100);
  for (size_t i = 0; i < NODES; i++) {
    rest[i] = b.s[i * LANES];
  }
  for (size_t i = 0; i < VISIBLE; i++) {
    anchor[i] = b.anchor[i * LANES];
  }
  const struct model_drive drive = {.conductance = 15, .anchor = anchor};
  differentiate(&b.net, &drive, rest, jacobian);
  fill_densities(&b, rest, q);
  CHECK_OK(sim_lyapunov_solve(NODES, jacobian, q, q, &err), err);
  b.settler.settling.is_quiet = false;
  variances(&b, n_looks, got);
  double whole[2] = {0}, want[2] = {0};
  for (size_t i = 0; i < NODES; i++) {
    CHECK_REL(got[i], q[i * (NODES + 1)], doubt(n_looks * LANES / 2));
    whole[i >= VISIBLE] += got[i];
    want[i >= VISIBLE] += q[i * (NODES + 1)];
  }
  print_message("# visible %.4f, hidden %.4f of the linear noise\n",
                whole[0] / want[0], whole[1] / want[1]);
  CHECK_REL(whole[0], want[0], doubt(n_looks * LANES * VISIBLE / 2));
  CHECK_REL(whole[1], want[1], doubt(n_looks * LANES * HIDDEN / 2));
  bench_close(&b);
}

static void noise_power_is_proportional_to_temperature(void **state) {
  (void)state;
  static struct bench b;
  struct model_chip_params params = noisy();
  const struct model_settling settling = small_settling("heun", 0.5, 1, 0);
  double visible, hidden, none;
  params.temperature = 358;
  bench_open(&b, "silu", &params, &settling);
  mean_squares(&b, 8, 8, &visible, &hidden);
  CHECK_NEAR(sqrt(hidden), 1.092 * 64.36e-6,
             64.4e-6 * doubt(8 * HIDDEN * LANES));
  bench_close(&b);
  params.temperature = 0;
  bench_open(&b, "silu", &params, &settling);
  mean_squares(&b, 8, 1, &visible, &none);
  CHECK(none == 0 && visible == 0);
  bench_close(&b);
}

/* Of a current with variance v and rate g, a node of rate l and conductance l
 * sees v/(l (l + g)). */
static void a_trap_is_filtered_by_its_node(void **state) {
  (void)state;
  static struct bench b;
  struct model_chip_params params = trapped();
  const struct model_settling settling = small_settling("heun", 0.05, 1, 0);
  const size_t n_looks = 12;
  double visible, hidden;
  params.noise.telegraph = true;
  bench_open(&b, "identity", &params, &settling);
  CHECK_NEAR(b.net.noise->telegraph.up[0], 0.5, 1e-12);
  CHECK_NEAR(b.net.noise->telegraph.down[0], 1.5, 1e-12);
  mean_squares(&b, 8, n_looks, &visible, &hidden);
  const double v = 2e-9 * 2e-9 * 0.25 * 0.75 / (1e-6 * 1e-6);  // [V^2]
  CHECK_REL(hidden, v / (1 + 2), doubt(n_looks * HIDDEN * LANES) + 2e-3);
  CHECK_REL(visible, v / (16 * (16 + 2)),
            doubt(n_looks * VISIBLE * LANES) + 2e-3);
  bench_close(&b);
}

/* Arrhenius with 0.5 V: 358 K is 22 times as fast as 300 K. */
static void traps_are_faster_when_it_is_warm(void **state) {
  (void)state;
  static struct bench b;
  struct model_chip_params params = trapped();
  const struct model_settling settling = small_settling("heun", 0.5, 1, 0);
  params.temperature = 358;
  params.noise.telegraph = params.noise.flicker = true;
  bench_open(&b, "silu", &params, &settling);
  const double factor =
      exp(0.5 / (1.380649e-23 / 1.602176634e-19) * (1 / 300.0 - 1 / 358.0));
  CHECK(factor > 20 && factor < 25);
  CHECK_REL(b.net.noise->telegraph.up[0], 0.5 * factor, 1e-12);
  const size_t n = b.net.noise->flicker.n;
  assert_int_equal(n, 16);
  CHECK_REL(2 * b.net.noise->flicker.up[n - 1],
            2 * M_PI * 1e-6 * factor * pow(100, 0.5 / 16), 1e-9);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_node_holds_kt_over_c),
      cmocka_unit_test(the_noise_of_couplings_enters_at_the_input),
      cmocka_unit_test(separate_directions_are_noisy_where_they_feed),
      cmocka_unit_test(couplings_are_as_noisy_and_hot_as_what_settles),
      cmocka_unit_test(noise_passes_the_gain_of_the_input_stage),
      cmocka_unit_test(noise_power_is_proportional_to_temperature),
      cmocka_unit_test(a_trap_is_filtered_by_its_node),
      cmocka_unit_test(traps_are_faster_when_it_is_warm),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
