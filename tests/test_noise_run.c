/* tests/test_noise_run.c -- noise through the phases of a tile: what belongs to
 * whom, and what a read-out sees of it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/noisy_chip.h"

/* Samples of a tile of another width, beginning elsewhere, meet the same
 * noise. */
static void noise_belongs_to_the_sample(void **state) {
  (void)state;
  static struct bench b;
  struct sim_error err = {0};
  const struct model_chip_params params = noisy();
  const struct model_settling settling = small_settling("heun", 0.25, 6, 0);
  static double whole[NODES * LANES];
  struct model_settler one;
  bench_open(&b, "silu", &params, &settling);
  model_settler_begin(&b.settler, MODEL_NOISE_MEASURE, 3, 100);
  bench_run(&b, 6);
  memcpy(whole, b.s, sizeof whole);
  CHECK_OK(model_settler_init(&one, &settling, &b.net, 1, &err), err);
  for (size_t lane = 0; lane < LANES; lane += 21) {
    const struct model_drive drive = {.conductance = 15, .anchor = b.anchor};
    double s[NODES] = {0}, time;
    model_settler_begin(&one, MODEL_NOISE_MEASURE, 3, 100 + lane);
    CHECK_OK(model_settler_run(&one, &drive, s, 0, &time, &err), err);
    for (size_t i = 0; i < NODES; i++) {
      CHECK(s[i] == whole[i * LANES + lane]);
    }
  }
  // Another epoch, or generation, meets other noise.
  for (int other = 0; other < 2; other++) {
    memset(b.s, 0, sizeof b.s);
    model_settler_begin(&b.settler,
                        other ? MODEL_NOISE_GENERATE : MODEL_NOISE_MEASURE,
                        other ? 3 : 4, 100);
    bench_run(&b, 6);
    for (size_t i = 0; i < NODES * LANES; i++) {
      CHECK(b.s[i] != whole[i]);
    }
  }
  model_settler_finish(&one);
  bench_close(&b);
}

static void held_nodes_do_not_move(void **state) {
  (void)state;
  static struct bench b;
  struct sim_error err = {0};
  struct model_chip_params params = noisy();
  const struct model_settling settling = small_settling("heun", 0.25, 6, 0);
  const struct model_drive held = {.is_clamped = true};
  double time;
  params.coupling.g_min = 1e-6;
  bench_open(&b, "silu", &params, &settling);
  for (size_t i = 0; i < VISIBLE * LANES; i++) {
    b.s[i] = 0.3;
  }
  model_settler_begin(&b.settler, MODEL_NOISE_MEASURE, 0, 0);
  CHECK_OK(model_settler_run(&b.settler, &held, b.s, 0, &time, &err), err);
  for (size_t i = 0; i < NODES * LANES; i++) {
    CHECK((b.s[i] == 0.3) == (i < VISIBLE * LANES));
  }
  bench_close(&b);
}

static void a_quiet_run_has_the_bits_of_a_quiet_chip(void **state) {
  (void)state;
  static struct bench b;
  static double want[NODES * LANES];
  struct model_settling settling = small_settling("heun", 0.1, 10, 0);
  for (int is_on = 0; is_on < 2; is_on++) {
    struct model_chip_params params = noisy();
    params.noise.thermal = is_on;
    settling.is_quiet = is_on;
    bench_open(&b, "silu", &params, &settling);
    CHECK((b.net.noise != NULL) == is_on);
    for (size_t i = 0; i < VISIBLE * LANES; i++) {
      b.anchor[i] = sin((double)i);
    }
    model_settler_begin(&b.settler, MODEL_NOISE_MEASURE, 0, 0);
    bench_run(&b, 10);
    if (is_on) {
      assert_memory_equal(b.s, want, sizeof want);
    }
    memcpy(want, b.s, sizeof want);
    bench_close(&b);
  }
}

/* On a linear chip what the sources do adds up exactly if each draws the same
 * alone and together with others. */
static void no_source_disturbs_another(void **state) {
  (void)state;
  static struct bench b;
  static double seen[5][NODES * LANES];
  size_t n_moved[2] = {0};
  const struct model_settling settling = small_settling("heun", 0.25, 6, 0);
  for (int which = 0; which < 5; which++) {
    struct model_chip_params params = trapped();
    params.noise.thermal = which == 1 || which == 4;
    params.noise.flicker = which == 2 || which == 4;
    params.noise.telegraph = which == 3 || which == 4;
    params.noise.excess = 1;
    bench_open(&b, "identity", &params, &settling);
    model_settler_begin(&b.settler, MODEL_NOISE_MEASURE, 2, 5);
    bench_run(&b, 6);
    memcpy(seen[which], b.s, sizeof b.s);
    bench_close(&b);
  }
  for (size_t i = 0; i < NODES * LANES; i++) {
    CHECK(seen[0][i] == 0 && seen[1][i] != 0);
    n_moved[0] += seen[2][i] != 0;
    n_moved[1] += seen[3][i] != 0;
    CHECK_NEAR(seen[4][i], seen[1][i] + seen[2][i] + seen[3][i], 1e-15);
  }
  CHECK(2 * n_moved[0] > NODES * LANES && 2 * n_moved[1] > NODES * LANES);
}

/* States (NODES x LANES) at the ends of a plus and a minus phase that are
 * hardly nudged and start from the same stored free state. */
static void nudge_both(const struct bench *b,
                       const struct model_settling *settling, double *plus,
                       double *minus) {
  static double x[LANES * VISIBLE];
  struct sim_error err = {0};
  struct model_phases phases;
  const struct model_learning rule = {.spring = 15,
                                      .scale = 2,
                                      .nudge = 1e-9,
                                      .phases = 3,
                                      .protocol = MODEL_SNAPSHOT};
  const struct model_batch batch = {.n = LANES, .x_t = x, .u = x, .epoch = 7};
  CHECK_OK(model_phases_init(&phases, &rule, settling, &b->net, LANES, &err),
           err);
  model_phases_load(&phases, &batch, 0);
  CHECK_OK(model_phases_free(&phases, &err), err);
  CHECK_OK(model_phases_nudged(&phases, 1, &err), err);
  memcpy(plus, phases.state, NODES * LANES * sizeof *plus);
  CHECK_OK(model_phases_nudged(&phases, -1, &err), err);
  memcpy(minus, phases.state, NODES * LANES * sizeof *minus);
  model_phases_finish(&phases);
}

/* White noise of plus and minus is independent though both start from the
 * stored free state: the variance of their difference is twice kT/C. */
static void white_noise_doubles_in_the_difference(void **state) {
  (void)state;
  static struct bench b;
  static double plus[NODES * LANES], minus[NODES * LANES];
  const struct model_chip_params params = noisy();
  const struct model_settling settling = small_settling("heun", 0.5, 10, 0);
  double square = 0, once = 0;
  bench_open(&b, "silu", &params, &settling);
  nudge_both(&b, &settling, plus, minus);
  for (size_t i = 0; i < NODES * LANES; i++) {
    square += (plus[i] - minus[i]) * (plus[i] - minus[i]);
    once += plus[i] * plus[i];
  }
  const double theta = 1.380649e-23 * ROOM / (1e-12 * 0.01);
  CHECK_REL(square / (NODES * LANES), 2 * theta, doubt(NODES * LANES));
  CHECK_REL(once / (NODES * LANES), theta, doubt(NODES * LANES));
  bench_close(&b);
}

/* Flicker noise of 1 to 100 Hz stands still during phases of 10 us: its
 * variance K ln 100, seen through 16 and 1 conductance units and a hidden
 * node's gain of 1/2, is the same in plus and minus. */
static void slow_noise_cancels_in_the_difference(void **state) {
  (void)state;
  static struct bench b;
  static double plus[NODES * LANES], minus[NODES * LANES];
  struct model_chip_params params = trapped();
  const struct model_settling settling = small_settling("heun", 0.5, 10, 0);
  double change = 0, visible = 0, hidden = 0;
  params.noise.flicker = true;
  bench_open(&b, "silu", &params, &settling);
  nudge_both(&b, &settling, plus, minus);
  for (size_t i = 0; i < NODES * LANES; i++) {
    change += (plus[i] - minus[i]) * (plus[i] - minus[i]);
    *(i < VISIBLE * LANES ? &visible : &hidden) += plus[i] * plus[i];
  }
  const double k = 1e-10 * 1e-10 / (1e-7 * 1e-7) * log(100);
  CHECK_REL(visible / (VISIBLE * LANES), k / 256, doubt(VISIBLE * LANES));
  CHECK_REL(hidden / (HIDDEN * LANES), k / 4, doubt(HIDDEN * LANES) + 2e-3);
  CHECK(change < 0.01 * (visible + hidden));
  bench_close(&b);
}

static void averaging_leaves_the_known_share(void **state) {
  (void)state;
  static struct bench b;
  const double window[] = {1, 5, 10, 100};
  const double want[] = {0.736, 0.321, 0.180, 0.0198};
  const double theta = 1.380649e-23 * ROOM / (1e-12 * 0.01);
  for (size_t i = 0; i < 4; i++) {
    const struct model_chip_params params = noisy();
    struct model_settling settling = small_settling("heun", 0.1, 1, 0);
    settling.window = window[i];
    double square = 0;
    bench_open(&b, "silu", &params, &settling);
    model_settler_begin(&b.settler, MODEL_NOISE_MEASURE, 0, 0);
    bench_run(&b, window[i] + 10);
    const double *seen = model_settler_read(&b.settler, b.s);
    for (size_t k = VISIBLE * LANES; k < NODES * LANES; k++) {
      square += seen[k] * seen[k];
    }
    square /= HIDDEN * LANES;
    CHECK_REL(square, theta * want[i], doubt(HIDDEN * LANES) + 3e-3);
    bench_close(&b);
  }
}

/* Of a decay from 1 that is taken exactly, the mean over the last W of T is
 * (e^-(T - W) - e^-T)/W; outputs are those of the mean. */
static void the_window_is_the_end_of_the_phase(void **state) {
  (void)state;
  static struct bench b;
  struct model_chip_params params = noisy();
  struct model_settling settling = small_settling("heun", 0.01, 1, 0);
  params.noise.thermal = false;
  settling.window = 1.5;
  bench_open(&b, "identity", &params, &settling);
  for (size_t i = 0; i < NODES * LANES; i++) {
    b.s[i] = 1;
  }
  bench_run(&b, 2);
  const double *seen = model_settler_read(&b.settler, b.s);
  for (size_t i = VISIBLE * LANES; i < NODES * LANES; i++) {
    CHECK_NEAR(b.s[i], exp(-2), 1e-12);
    CHECK_NEAR(seen[i], (exp(-0.5) - exp(-2)) / 1.5, 1e-5);
    CHECK(b.settler.work.r[i] == seen[i]);
  }
  bench_close(&b);
}

/* Against the largest eigenvalue of the couplings' matrix, of both signs. */
static void the_step_is_half_the_fastest_time_constant(void **state) {
  (void)state;
  static struct bench b;
  const struct model_chip_params params = noisy();
  struct model_settling settling = small_settling("heun", 0.1, 1, 0);
  double theta[VISIBLE * HIDDEN + NODES] = {0};
  settling.has_auto_step = true;
  bench_open(&b, "tanh", &params, &settling);
  bench_run(&b, 1);
  CHECK_REL(b.settler.integrator->settings.step, 0.5 / 16, 1e-12);
  // One row of weights w couples one hidden node to all visible ones.
  for (size_t j = 0; j < VISIBLE; j++) {
    theta[j] = 0.7;
  }
  model_chip_program(b.chip, theta);
  model_chip_image(b.chip, &b.net);
  model_settler_begin(&b.settler, MODEL_NOISE_MEASURE, 0, 0);
  bench_run(&b, 1);
  CHECK_REL(b.settler.integrator->settings.step,
            0.5 / (16 + 0.7 * sqrt((double)VISIBLE)), 1e-3);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(noise_belongs_to_the_sample),
      cmocka_unit_test(held_nodes_do_not_move),
      cmocka_unit_test(a_quiet_run_has_the_bits_of_a_quiet_chip),
      cmocka_unit_test(no_source_disturbs_another),
      cmocka_unit_test(white_noise_doubles_in_the_difference),
      cmocka_unit_test(slow_noise_cancels_in_the_difference),
      cmocka_unit_test(averaging_leaves_the_known_share),
      cmocka_unit_test(the_window_is_the_end_of_the_phase),
      cmocka_unit_test(the_step_is_half_the_fastest_time_constant),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("noise_run", tests, NULL, NULL);
}
