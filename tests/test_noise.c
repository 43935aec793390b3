/* tests/test_noise.c -- thermal noise of conductances, alone and on a chip
 *
 * Variances are compared with closed formulas, five standard errors wide: of
 * N independent normal numbers the mean square errs by sqrt(2/N).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <string.h>

#include "circuits/thermal.h"
#include "models/chip.h"
#include "models/phases.h"
#include "sim/lyapunov.h"
#include "sim/normal.h"
#include "tests/check.h"
#include "tests/small_chip.h"

#define ROOM 300.0  // [K]
enum { VISIBLE = 8, HIDDEN = 24, NODES = VISIBLE + HIDDEN, LANES = 64 };

/* --- a passive network --- */

enum { N = 5, N_BRANCHES = 8 };
#define GROUND ((size_t)-1)

static const struct {
  size_t a, b;
  double g;  // [S]
} branches[N_BRANCHES] = {
    {0, GROUND, 1e-6}, {GROUND, 3, 5e-8}, {0, 1, 3e-6}, {1, 2, 2e-7},
    {2, 3, 1e-5},      {4, 0, 7e-7},      {4, 2, 4e-6}, {1, 3, 1e-6},
};
static const double passive_c[N] = {1e-12, 2.5e-12, 1e-13, 4e-12, 6e-13};

/* Add a branch between nodes a and b, one of which may be the ground, to the
 * densities q (n x n) of the currents into nodes. */
static void add_branch(size_t n, size_t a, size_t b, double density,
                       double *q) {
  if (a != GROUND) {
    q[a * n + a] += density;
  }
  if (b != GROUND) {
    q[b * n + b] += density;
  }
  if (a != GROUND && b != GROUND) {
    q[a * n + b] -= density;
    q[b * n + a] -= density;
  }
}

/* G (n x n) [S], and the densities of the noise of its branches. */
static void passive_matrices(double *g, double *q) {
  memset(g, 0, N * N * sizeof *g);
  memset(q, 0, N * N * sizeof *q);
  for (size_t i = 0; i < N_BRANCHES; i++) {
    const double density = circuit_thermal_density(branches[i].g, ROOM);
    add_branch(N, branches[i].a, branches[i].b, density, q);
    // A conductance matrix has the form of a noise density.
    add_branch(N, branches[i].a, branches[i].b, branches[i].g, g);
  }
}

static void a_passive_network_holds_kt_over_c(void **state) {
  (void)state;
  struct sim_error err = {0};
  double g[N * N], q[N * N], s[N * N];
  passive_matrices(g, q);
  for (size_t i = 0; i < N * N; i++) {
    g[i] *= -1 / passive_c[i / N];
    q[i] /= passive_c[i / N] * passive_c[i % N];
  }
  CHECK_OK(sim_lyapunov_solve(N, g, q, s, &err), err);
  for (size_t i = 0; i < N; i++) {
    for (size_t j = 0; j < N; j++) {
      const double want = i == j ? 1.380649e-23 * ROOM / passive_c[i] : 0;
      CHECK_NEAR(s[i * N + j], want, 1e-12 * 1.380649e-23 * ROOM / 1e-13);
    }
  }
}

/* The same in time, in units of 1 us, every branch with one draw. */
struct passive {
  double g[N * N];
  uint64_t step;
  double xi[16 * LANES], into[N * LANES];
};

static void passive_rhs(double t, const double *v, double *f, void *context) {
  (void)t;
  const struct passive *p = context;
  for (size_t i = 0; i < N * LANES; i++) {
    f[i] = 0;
    for (size_t j = 0; j < N; j++) {
      f[i] -= 1e-6 / passive_c[i / LANES] * p->g[i / LANES * N + j] *
              v[j * LANES + i % LANES];
    }
  }
}

static void passive_amplitude(double *b, void *context) {
  (void)context;
  for (size_t i = 0; i < N * LANES; i++) {
    b[i] = sqrt(1e-6) / passive_c[i / LANES];
  }
}

static const double *passive_normals(void *context) {
  struct passive *p = context;
  const struct sim_address at = {.seed = 5, .purpose = SIM_DRAW_THERMAL};
  sim_normal_fill(&at, p->step++, N_BRANCHES, LANES, p->xi);
  memset(p->into, 0, sizeof p->into);
  for (size_t i = 0; i < N_BRANCHES; i++) {
    const double rms = sqrt(circuit_thermal_density(branches[i].g, ROOM));
    for (size_t k = 0; k < LANES; k++) {
      const double current = rms * p->xi[i * LANES + k];
      if (branches[i].a != GROUND) {
        p->into[branches[i].a * LANES + k] += current;
      }
      if (branches[i].b != GROUND) {
        p->into[branches[i].b * LANES + k] -= current;
      }
    }
  }
  return p->into;
}

static void it_does_so_in_time(void **state) {
  (void)state;
  static struct passive passive;
  static double v[N * LANES];
  struct sim_error err = {0};
  double unused[N * N], sum[N * N] = {0};
  const struct sim_noise noise = {.amplitude = passive_amplitude,
                                  .normals = passive_normals};
  const struct sim_system system = {.dim = N * LANES,
                                    .rhs = passive_rhs,
                                    .noise = &noise,
                                    .context = &passive};
  const struct sim_integrator_settings settings = {.step = 1e-3};
  struct sim_integrator *heun;
  const size_t n_looks = 60;
  passive_matrices(passive.g, unused);
  CHECK_OK(sim_integrator_create(&heun, &sim_integrator_heun, N * LANES,
                                 &settings, &err),
           err);
  for (size_t look = 0; look < n_looks + 15; look++) {  // every 3 us
    CHECK_OK(sim_integrator_advance(heun, &system, 0, 3, v, &err), err);
    for (size_t i = 0; look >= 15 && i < N * N; i++) {
      for (size_t k = 0; k < LANES; k++) {
        sum[i] += v[i / N * LANES + k] * v[i % N * LANES + k];
      }
    }
  }
  sim_integrator_destroy(heun);
  // The slowest mode takes 8 us: more than a sixth of the looks count as
  // independent.
  const double samples = (double)(n_looks * LANES) / 6;
  for (size_t i = 0; i < N * N; i++) {
    const double scale =
        1.380649e-23 * ROOM / sqrt(passive_c[i / N] * passive_c[i % N]);
    const double want = i % (N + 1) ? 0 : scale;
    CHECK_NEAR(sum[i] / (double)(n_looks * LANES), want,
               scale * (0.01 + 5 * sqrt(2 / samples)));
  }
}

/* --- nodes of a chip --- */

static struct model_chip_params noisy(void) {
  return (struct model_chip_params){
      .voltage_unit = 0.1,
      .conductance_unit = 1e-6,
      .capacitance = {1, {1e-12}},
      .capacitance_unit = 1e-12,
      .temperature = ROOM,
      .noise = {.thermal = true, .excess = 1},
      .coupling = {.g_min = 0, .g_max = 10e-6},
  };
}

static struct model_network_params layers_of(const char *curve) {
  return (struct model_network_params){.layers = {2, {VISIBLE, HIDDEN}},
                                       .activation = (int)curve_index(curve),
                                       .table = "none"};
}

struct bench {
  struct model_chip *chip;
  struct model_network net;
  struct model_settler settler;
  double anchor[VISIBLE * LANES], s[NODES * LANES];
};

static void bench_open(struct bench *b, const char *curve,
                       const struct model_chip_params *params,
                       const struct model_settling *settling) {
  struct sim_error err = {0};
  const struct model_network_params network = layers_of(curve);
  double theta[VISIBLE * HIDDEN + NODES] = {0};
  memset(b, 0, sizeof *b);
  CHECK_OK(model_chip_create(&b->chip, &network, params, 15, 1, &err), err);
  model_chip_program(b->chip, theta);
  CHECK_OK(model_chip_network(b->chip, &b->net, &err), err);
  CHECK_OK(model_settler_init(&b->settler, settling, &b->net, LANES, &err),
           err);
}

static void bench_close(struct bench *b) {
  model_settler_finish(&b->settler);
  model_network_finish(&b->net);
  model_chip_destroy(b->chip);
}

/* One more phase of this duration [tau]. */
static void bench_run(struct bench *b, double duration) {
  struct sim_error err = {0};
  double time;
  const struct model_drive drive = {.conductance = 15, .anchor = b->anchor};
  b->settler.settling.duration = duration;
  CHECK_OK(model_settler_run(&b->settler, &drive, b->s, 0, &time, &err), err);
}

/* Mean squares [V^2] of visible and hidden nodes, over n_looks looks at least
 * eight time constants apart. */
static void mean_squares(struct bench *b, double apart, size_t n_looks,
                         double *visible, double *hidden) {
  const double unit = b->chip->voltage_unit;
  *visible = *hidden = 0;
  model_settler_begin(&b->settler, MODEL_NOISE_MEASURE, 0, 0);
  bench_run(b, 2 * apart);
  for (size_t look = 0; look < n_looks; look++) {
    bench_run(b, apart);
    for (size_t i = 0; i < NODES * LANES; i++) {
      const double v = unit * b->s[i];
      *(i < VISIBLE * LANES ? visible : hidden) += v * v;
    }
  }
  *visible /= (double)(n_looks * VISIBLE * LANES);
  *hidden /= (double)(n_looks * HIDDEN * LANES);
}

/* 5 standard errors of the mean square of n numbers, relative. */
static double doubt(size_t n) {
  return 5 * sqrt(2 / (double)n);
}

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

/* --- addresses --- */

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

/* --- quiet chips --- */

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

/* --- phases --- */

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

/* --- read-out window --- */

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

/* --- traps --- */

static struct model_chip_params trapped(void) {
  struct model_chip_params params = noisy();
  params.noise = (struct model_noise_params){
      .flicker_current = 1e-10,
      .flicker_band = {2, {1, 100}},
      .traps_per_decade = 8,
      .telegraph_current = 2e-9,
      .telegraph_capture = 0.5e6,
      .telegraph_emission = 1.5e6,
      .trap_energy = 0.5,
  };
  return params;
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

/* --- the step --- */

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
      cmocka_unit_test(a_passive_network_holds_kt_over_c),
      cmocka_unit_test(it_does_so_in_time),
      cmocka_unit_test(a_node_holds_kt_over_c),
      cmocka_unit_test(the_noise_of_couplings_enters_at_the_input),
      cmocka_unit_test(separate_directions_are_noisy_where_they_feed),
      cmocka_unit_test(noise_power_is_proportional_to_temperature),
      cmocka_unit_test(noise_belongs_to_the_sample),
      cmocka_unit_test(held_nodes_do_not_move),
      cmocka_unit_test(a_quiet_run_has_the_bits_of_a_quiet_chip),
      cmocka_unit_test(white_noise_doubles_in_the_difference),
      cmocka_unit_test(averaging_leaves_the_known_share),
      cmocka_unit_test(the_window_is_the_end_of_the_phase),
      cmocka_unit_test(slow_noise_cancels_in_the_difference),
      cmocka_unit_test(a_trap_is_filtered_by_its_node),
      cmocka_unit_test(traps_are_faster_when_it_is_warm),
      cmocka_unit_test(no_source_disturbs_another),
      cmocka_unit_test(the_step_is_half_the_fastest_time_constant),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}
