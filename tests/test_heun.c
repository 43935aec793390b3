/* tests/test_heun.c -- exponential Heun: orders, exact parts, noise
 *
 * Scalar laws that are known:
 *
 *   rc       dy = -k y dt + sqrt(2 k T) dW        variance T
 *   neuron   dy = -(y - w tanh y) dt + sqrt(2 T) dW, w = 0.8:
 *            density exp(-y^2/2T) cosh(y)^(w/T)
 *   sinh     dy = -y dt + g sqrt(1 + y^2) o dW    y = sinh z, z's density goes
 *            as cosh(z)^-a, a = 2/g^2, so E[1/(1 + y^2)] = a/(a + 1)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_spline.h>
#include <string.h>

#include "sim/integrator.h"
#include "sim/normal.h"
#include "tests/check.h"

enum { LANES = 4096 };

struct law {
  double k, temperature;
  double gain;  // g of sinh
  const double *state;
  uint64_t step;
  size_t n_rows;
  double xi[8 * LANES];
};

static const double *draw(void *context) {
  struct law *law = context;
  const struct sim_address at = {.seed = 1, .purpose = SIM_DRAW_THERMAL};
  sim_normal_fill(&at, law->step++, 1, LANES, law->xi);
  return law->xi;
}

static void rc_rhs(double t, const double *y, double *f, void *context) {
  (void)t;
  const struct law *law = context;
  for (size_t i = 0; i < LANES; i++) {
    f[i] = -law->k * y[i];
  }
}

static void rc_amplitude(double *b, void *context) {
  const struct law *law = context;
  for (size_t i = 0; i < LANES; i++) {
    b[i] = sqrt(2 * law->k * law->temperature);
  }
}

#define SELF 0.8  // w

static void neuron_rhs(double t, const double *y, double *f, void *context) {
  (void)t;
  (void)context;
  for (size_t i = 0; i < LANES; i++) {
    f[i] = -y[i] + SELF * tanh(y[i]);
  }
}

static void sinh_rhs(double t, const double *y, double *f, void *context) {
  (void)t;
  ((struct law *)context)->state = y;
  for (size_t i = 0; i < LANES; i++) {
    f[i] = -y[i];
  }
}

static void sinh_amplitude(double *b, void *context) {
  const struct law *law = context;
  for (size_t i = 0; i < LANES; i++) {
    b[i] = law->gain * sqrt(1 + law->state[i] * law->state[i]);
  }
}

static const struct sim_noise rc_noise = {.amplitude = rc_amplitude,
                                          .normals = draw};
static const struct sim_noise sinh_noise = {.amplitude = sinh_amplitude,
                                            .normals = draw};

static struct sim_integrator *make(size_t dim, double step) {
  struct sim_error err = {0};
  struct sim_integrator *heun;
  const struct sim_integrator_settings settings = {.step = step};
  CHECK_OK(
      sim_integrator_create(&heun, &sim_integrator_heun, dim, &settings, &err),
      err);
  return heun;
}

/* --- without noise --- */

static void spiral_rhs(double t, const double *y, double *f, void *context) {
  (void)t;
  (void)context;
  f[0] = -y[0] + 2 * y[1];
  f[1] = -2 * y[0] - y[1] * y[1] * y[1];
}

/* At t = 1 with n steps, and with rates `decay` taken exactly. */
static void run_spiral(size_t n, const double *decay, double *y) {
  struct sim_error err = {0};
  const struct sim_system system = {
      .dim = 2, .rhs = spiral_rhs, .decay = decay, .n_rows = 2};
  struct sim_integrator *heun = make(2, 1.0 / (double)n);
  y[0] = 1;
  y[1] = 0;
  CHECK_OK(sim_integrator_advance(heun, &system, 0, 1, y, &err), err);
  assert_int_equal(heun->stats.n_steps, n);
  assert_int_equal(heun->stats.n_rhs, 2 * n);
  sim_integrator_destroy(heun);
}

static void without_noise_it_has_order_2(void **state) {
  (void)state;
  const double rates[] = {1, 0.5};
  const double *decays[] = {NULL, rates};
  double exact[2], coarse[2], fine[2];
  run_spiral(20000, NULL, exact);
  for (size_t i = 0; i < 2; i++) {
    run_spiral(400, decays[i], coarse);
    run_spiral(800, decays[i], fine);
    CHECK_NEAR(log2(fabs(coarse[0] - exact[0]) / fabs(fine[0] - exact[0])), 2,
               0.1);
    CHECK_NEAR(log2(fabs(coarse[1] - exact[1]) / fabs(fine[1] - exact[1])), 2,
               0.1);
  }
}

static void leak_rhs(double t, const double *y, double *f, void *context) {
  (void)t;
  (void)context;
  f[0] = -1e4 * (y[0] - 3);
  f[1] = -1e-9 * (y[1] - 3);
}

static void a_leak_is_exact_for_any_step(void **state) {
  (void)state;
  struct sim_error err = {0};
  const double decay[] = {1e4, 1e-9};
  const struct sim_system system = {
      .dim = 2, .rhs = leak_rhs, .decay = decay, .n_rows = 2};
  const double steps[] = {1e-6, 3e-4, 1};
  for (size_t i = 0; i < 3; i++) {
    struct sim_integrator *heun = make(2, steps[i]);
    double y[] = {1, 1};
    CHECK_OK(sim_integrator_advance(heun, &system, 0, steps[i], y, &err), err);
    CHECK_REL(y[0], 3 - 2 * exp(-1e4 * steps[i]), 1e-13);
    CHECK_REL(y[1], 1 - 2 * expm1(-1e-9 * steps[i]), 1e-15);
    sim_integrator_destroy(heun);
  }
}

static void other_rates_count_after_a_reset(void **state) {
  (void)state;
  struct sim_error err = {0};
  double decay[] = {1, 1};
  const struct sim_system system = {
      .dim = 2, .rhs = leak_rhs, .decay = decay, .n_rows = 2};
  struct sim_integrator *heun = make(2, 1);
  double y[] = {3, 3};
  CHECK_OK(sim_integrator_advance(heun, &system, 0, 1, y, &err), err);
  decay[0] = 1e4;
  decay[1] = 1e-9;
  sim_integrator_reset(heun);
  y[0] = y[1] = 1;
  CHECK_OK(sim_integrator_advance(heun, &system, 0, 1, y, &err), err);
  CHECK_NEAR(y[0], 3, 3e-13);
  sim_integrator_destroy(heun);
}

/* --- with noise --- */

/* Mean of g(y) over lanes and over n_looks looks `apart` apart, after
 * `before`; *error becomes its standard error, from the spread of lanes. */
static double stationary_mean(const struct sim_system *system, double step,
                              double before, double apart, size_t n_looks,
                              double (*g)(double), double *error) {
  static double y[LANES], sum[LANES];
  struct sim_error err = {0};
  struct sim_integrator *heun = make(LANES, step);
  memset(y, 0, sizeof y);
  memset(sum, 0, sizeof sum);
  CHECK_OK(sim_integrator_advance(heun, system, 0, before, y, &err), err);
  for (size_t look = 0; look < n_looks; look++) {
    CHECK_OK(sim_integrator_advance(heun, system, 0, apart, y, &err), err);
    for (size_t i = 0; i < LANES; i++) {
      sum[i] += g(y[i]) / (double)n_looks;
    }
  }
  sim_integrator_destroy(heun);
  double mean = 0, square = 0;
  for (size_t i = 0; i < LANES; i++) {
    mean += sum[i] / LANES;
    square += sum[i] * sum[i] / LANES;
  }
  *error = sqrt((square - mean * mean) / LANES);
  return mean;
}

static double square_of(double y) {
  return y * y;
}

static double inverse_of(double y) {
  return 1 / (1 + y * y);
}

/* Whatever the conductance and the step, from a hundredth to a hundred time
 * constants. */
static void an_rc_node_holds_its_temperature_at_any_step(void **state) {
  (void)state;
  static struct law law;
  for (double k = 0.01; k < 200; k *= 100) {
    for (double z = 0.01; z < 200; z *= 10) {
      law = (struct law){.k = k, .temperature = 2.5};
      const struct sim_system system = {.dim = LANES,
                                        .rhs = rc_rhs,
                                        .decay = &law.k,
                                        .n_rows = 1,
                                        .noise = &rc_noise,
                                        .context = &law};
      const double step = z / k, look = fmax(step, 2 / k);
      double error;
      const double mean =
          stationary_mean(&system, step, 8 * look, look, 5, square_of, &error);
      CHECK_NEAR(mean, 2.5, 5 * error);
      CHECK(error < 0.04);
    }
  }
}

/* Without the exact part, Heun's own stationary variance is known: its factor
 * and noise are 1 - z + z^2/2 and 1 - z/2. */
static void plain_heun_has_the_variance_of_its_recursion(void **state) {
  (void)state;
  static struct law law;
  const double step[] = {1, 0.5};
  for (size_t i = 0; i < 2; i++) {
    law = (struct law){.k = 1, .temperature = 1};
    const struct sim_system system = {
        .dim = LANES, .rhs = rc_rhs, .noise = &rc_noise, .context = &law};
    const double z = step[i], factor = 1 - z + z * z / 2;
    const double want =
        2 * z * (1 - z / 2) * (1 - z / 2) / (1 - factor * factor);
    double error;
    const double mean =
        stationary_mean(&system, step[i], 20, 2, 200, square_of, &error);
    CHECK_NEAR(mean, want, 5 * error);
    CHECK(fabs(want - 1) > 10 * error);  // and it is told from the exact one
  }
}

static double neuron_weight(double y, void *context) {
  const double *power_t = context;
  return pow(y, power_t[0]) *
         exp((SELF * log(cosh(y)) - y * y / 2) / power_t[1]);
}

static double neuron_variance(double temperature) {
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(1000);
  double power_t[] = {2, temperature}, part[2], error;
  gsl_function f = {neuron_weight, power_t};
  gsl_integration_qag(&f, -20, 20, 0, 1e-10, 1000, 6, work, &part[0], &error);
  power_t[0] = 0;
  gsl_integration_qag(&f, -20, 20, 0, 1e-10, 1000, 6, work, &part[1], &error);
  gsl_integration_workspace_free(work);
  return part[0] / part[1];
}

/* One step of the integrator from every point of a grid with every node of a
 * Gauss-Hermite rule in place of chance: the exact expectation after a step of
 * whatever is interpolated on the grid. */
enum { GRID = 161, NODES = 24 };
#define REACH 9.0

static double nodes[NODES], node_weights[NODES];

static double grid_point(size_t i) {
  return REACH * (2.0 * (double)i / (GRID - 1) - 1);
}

static void make_nodes(void) {
  gsl_integration_fixed_workspace *rule = gsl_integration_fixed_alloc(
      gsl_integration_fixed_hermite, NODES, 0, 0.5, 0, 0);
  for (size_t q = 0; q < NODES; q++) {
    nodes[q] = gsl_integration_fixed_nodes(rule)[q];
    node_weights[q] = gsl_integration_fixed_weights(rule)[q] / sqrt(2 * M_PI);
  }
  gsl_integration_fixed_free(rule);
}

static const double *every_node(void *context) {
  struct law *law = context;
  for (size_t i = 0; i < LANES; i++) {
    law->xi[i] = nodes[i % NODES];
  }
  return law->xi;
}

static const struct sim_noise node_noise = {.amplitude = rc_amplitude,
                                            .normals = every_node};

/* after (GRID x NODES): where a step of length h leads. */
static void step_everywhere(double h, int is_exponential, double *after) {
  static struct law law;
  static double y[LANES];
  struct sim_error err = {0};
  law = (struct law){.k = 1, .temperature = 0.5};
  const struct sim_system system = {.dim = LANES,
                                    .rhs = neuron_rhs,
                                    .decay = is_exponential ? &law.k : NULL,
                                    .n_rows = 1,
                                    .noise = &node_noise,
                                    .context = &law};
  struct sim_integrator *heun = make(LANES, h);
  for (size_t i = 0; i < LANES; i++) {
    y[i] = grid_point(i / NODES < GRID ? i / NODES : 0);
  }
  CHECK_OK(sim_integrator_advance(heun, &system, 0, h, y, &err), err);
  memcpy(after, y, GRID * NODES * sizeof *y);
  sim_integrator_destroy(heun);
}

/* Stationary variance of the scheme: E[y^2] after many steps from 0. */
static double scheme_variance(double h, int is_exponential) {
  static double after[GRID * NODES];
  double points[GRID], u[GRID];
  gsl_spline *curve = gsl_spline_alloc(gsl_interp_cspline, GRID);
  step_everywhere(h, is_exponential, after);
  for (size_t i = 0; i < GRID; i++) {
    points[i] = grid_point(i);
    u[i] = points[i] * points[i];
  }
  for (double t = 0; t < 25; t += h) {
    gsl_spline_init(curve, points, u, GRID);
    for (size_t i = 0; i < GRID; i++) {
      u[i] = 0;
      for (size_t q = 0; q < NODES; q++) {
        const double y = fmin(fmax(after[i * NODES + q], -REACH), REACH);
        u[i] += node_weights[q] * gsl_spline_eval(curve, y, NULL);
      }
    }
  }
  gsl_spline_free(curve);
  return u[GRID / 2];
}

static void a_nonlinear_law_is_met_with_weak_order_2(void **state) {
  (void)state;
  const double exact = neuron_variance(0.5);
  make_nodes();
  for (int is_exponential = 0; is_exponential < 2; is_exponential++) {
    const double coarse = scheme_variance(0.2, is_exponential) - exact;
    const double fine = scheme_variance(0.1, is_exponential) - exact;
    const double order = log2(fabs(coarse / fine));
    print_message("# variance %.4f, errors %.2e, %.2e: order %.3f\n", exact,
                  coarse, fine, order);
    CHECK(order > 1.85 && fabs(coarse) < 5e-3);
  }
}

/* The sense of Ito would give a/(a + 1) another a: 2/g^2 + 1. */
static void noise_that_depends_on_the_state_is_that_of_stratonovich(
    void **state) {
  (void)state;
  static struct law law;
  law = (struct law){.k = 1, .gain = 1};
  const struct sim_system system = {.dim = LANES,
                                    .rhs = sinh_rhs,
                                    .decay = &law.k,
                                    .n_rows = 1,
                                    .noise = &sinh_noise,
                                    .context = &law};
  double error;
  const double mean =
      stationary_mean(&system, 0.05, 8, 1, 100, inverse_of, &error);
  CHECK_NEAR(mean, 2.0 / 3.0, 5 * error + 1e-3);
  CHECK(5 * error + 1e-3 < 0.01);
}

/* --- what it asks of the system --- */

static size_t n_advanced;
static double advanced_to;

static void note_advance(double h, void *context) {
  (void)context;
  n_advanced++;
  advanced_to += h;
}

static void slow_parts_live_through_every_step(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct sim_noise slow = {.advance = note_advance};
  const struct sim_system system = {
      .dim = 2, .rhs = spiral_rhs, .noise = &slow};
  struct sim_integrator *heun = make(2, 0.3);
  double y[] = {1, 0}, quiet[2];
  n_advanced = 0;
  advanced_to = 0;
  CHECK_OK(sim_integrator_advance(heun, &system, 0, 1, y, &err), err);
  assert_int_equal(n_advanced, 4);
  CHECK_NEAR(advanced_to, 1, 1e-15);
  run_spiral(4, NULL, quiet);
  assert_memory_equal(y, quiet, sizeof y);
  sim_integrator_destroy(heun);
}

static void an_empty_interval_changes_nothing(void **state) {
  (void)state;
  struct sim_error err = {0};
  const struct sim_system system = {.dim = 2, .rhs = spiral_rhs};
  struct sim_integrator *heun = make(2, 0.3);
  double y[] = {1, 0};
  CHECK_OK(sim_integrator_advance(heun, &system, 5, 5, y, &err), err);
  CHECK(y[0] == 1 && y[1] == 0 && heun->stats.n_steps == 0);
  sim_integrator_destroy(heun);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_noise_it_has_order_2),
      cmocka_unit_test(a_leak_is_exact_for_any_step),
      cmocka_unit_test(other_rates_count_after_a_reset),
      cmocka_unit_test(an_rc_node_holds_its_temperature_at_any_step),
      cmocka_unit_test(plain_heun_has_the_variance_of_its_recursion),
      cmocka_unit_test(a_nonlinear_law_is_met_with_weak_order_2),
      cmocka_unit_test(noise_that_depends_on_the_state_is_that_of_stratonovich),
      cmocka_unit_test(slow_parts_live_through_every_step),
      cmocka_unit_test(an_empty_interval_changes_nothing),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("heun", tests, NULL, NULL);
}
