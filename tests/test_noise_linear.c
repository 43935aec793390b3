/* tests/test_noise_linear.c -- noise of circuits without an energy: against the
 * modes of one that has one, closed formulas, and a larger circuit that holds
 * the traps
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "sim/lyapunov.h"
#include "sim/noise_linear.h"
#include "sim/noise_modes.h"
#include "tests/check.h"

enum { N = 12 };

/* A random stable jacobian, of a reciprocal circuit if `h` (n x n) is wanted,
 * 1/C and strengths. */
static void draw_circuit(double *j, double *h, double *inv_c, double *q) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 7);
  for (size_t i = 0; i < N; i++) {
    inv_c[i] = gsl_ran_flat(rng, 0.1, 3);
    q[i] = gsl_ran_flat(rng, 0.1, 2);
  }
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < N; k++) {
      const double g = gsl_ran_gaussian(rng, 0.1) - 1.5 * (i == k);
      j[i * N + k] = inv_c[i] * g;
      if (h && k <= i) {
        h[i * N + k] = h[k * N + i] = -g;
      }
    }
  }
  for (size_t i = 0; h && i < N * N; i++) {
    j[i] = -inv_c[i / N] * h[i];
  }
  gsl_rng_free(rng);
}

static struct sim_noise_linear *linear_of(size_t n, const double *j,
                                          const double *inv_c, double window) {
  struct sim_error err = {0};
  struct sim_noise_linear *noise;
  CHECK_OK(sim_noise_linear_create(&noise, n, j, inv_c, window, &err), err);
  return noise;
}

/* White noise, traps slower and faster than the circuit, and one at a pole of
 * it. Rates are taken apart by 1e-6. */
static void a_reciprocal_circuit_has_the_noise_of_its_modes(void **state) {
  (void)state;
  struct sim_error err = {0};
  double j[N * N], h[N * N], inv_c[N], q[N];
  double s[N * N], a[N * N], other[N * N];
  const double rates[] = {INFINITY, 0.01, 0.7, 40, 0};
  struct sim_noise_modes *modes;
  draw_circuit(j, h, inv_c, q);
  CHECK_OK(sim_noise_modes_create(&modes, N, j, inv_c, &err), err);
  struct sim_noise_linear *noise = linear_of(N, j, inv_c, 2.5);
  for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++) {
    const double rate = rates[k] > 0 ? rates[k] : 1.5 * inv_c[0];
    CHECK_OK(sim_noise_linear_covariance(noise, q, rate, s, a, &err), err);
    sim_noise_modes_covariance(modes, q, rate, 0, other);
    for (size_t i = 0; i < N * N; i++) {
      CHECK_NEAR(s[i], other[i], 1e-10);
    }
    sim_noise_modes_covariance(modes, q, rate, 2.5, other);
    for (size_t i = 0; i < N * N; i++) {
      CHECK_NEAR(a[i], other[i], 1e-5 * other[i % N * N + i % N] + 1e-9);
    }
  }
  sim_noise_linear_destroy(noise);
  sim_noise_modes_destroy(modes);
}

/* A damped rotation, y' = (-g, -w; w, -g) y, of which y_0 has the
 * autocorrelation q/(2 g) e^(-g t) cos(w t). */
struct rotation {
  double g, w, window;
};

static double weighted(double t, void *context) {
  const struct rotation *r = context;
  return 2.0 / (r->window * r->window) * (r->window - t) * exp(-r->g * t) *
         cos(r->w * t);
}

static void a_rotation_averages_as_its_autocorrelation_says(void **state) {
  (void)state;
  struct sim_error err = {0};
  struct rotation r = {0.3, 2.0, 4.0};
  const double j[] = {-r.g, -r.w, r.w, -r.g}, one[] = {1, 1}, q[] = {0.8, 0.8};
  double s[4], a[4], part, error;
  size_t n_calls;
  const gsl_function f = {weighted, &r};
  gsl_integration_qng(&f, 0, r.window, 0, 1e-12, &part, &error, &n_calls);
  struct sim_noise_linear *noise = linear_of(2, j, one, r.window);
  CHECK_OK(sim_noise_linear_covariance(noise, q, INFINITY, s, a, &err), err);
  CHECK_NEAR(s[0], 0.8 / (2 * r.g), 1e-13);
  CHECK_NEAR(s[1], 0, 1e-13);
  CHECK_REL(a[0], s[0] * part, 1e-10);
  CHECK_REL(a[3], s[0] * part, 1e-10);
  sim_noise_linear_destroy(noise);
}

/* The currents as N more components, z' = -g z + noise of density 2 g v; and an
 * average over W as one more look at the same. */
static void traps_are_components_of_a_larger_circuit(void **state) {
  (void)state;
  struct sim_error err = {0};
  enum { M = 2 * N };
  const double g = 0.9;
  double j[N * N], inv_c[N], v[N], s[N * N], a[N * N];
  static double big[M * M], q[M * M];
  draw_circuit(j, NULL, inv_c, v);
  for (size_t i = 0; i < N; i++) {
    memcpy(big + i * M, j + i * N, N * sizeof *j);
    big[i * M + N + i] = inv_c[i];
    big[(N + i) * M + N + i] = -g;
    q[(N + i) * M + N + i] = 2 * g * v[i];
  }
  CHECK_OK(sim_lyapunov_solve(M, big, q, q, &err), err);
  struct sim_noise_linear *noise = linear_of(N, j, inv_c, 0);
  CHECK_OK(sim_noise_linear_covariance(noise, v, g, s, a, &err), err);
  for (size_t i = 0; i < N * N; i++) {
    CHECK_NEAR(s[i], q[i / N * M + i % N], 1e-12);
    CHECK_NEAR(a[i], s[i], 0);
  }
  sim_noise_linear_destroy(noise);
  // White noise of the larger circuit, averaged: the traps' share in it.
  static double density[M], ones[M], whole[M * M], mean[M * M];
  for (size_t i = 0; i < N; i++) {
    density[N + i] = 2 * g * v[i];
    ones[i] = ones[N + i] = 1;
  }
  struct sim_noise_linear *larger = linear_of(M, big, ones, 3);
  CHECK_OK(
      sim_noise_linear_covariance(larger, density, INFINITY, whole, mean, &err),
      err);
  noise = linear_of(N, j, inv_c, 3);
  CHECK_OK(sim_noise_linear_covariance(noise, v, g, s, a, &err), err);
  for (size_t i = 0; i < N; i++) {
    CHECK_REL(a[i * N + i], mean[i * M + i], 1e-5);
    CHECK(a[i * N + i] < s[i * N + i]);
  }
  sim_noise_linear_destroy(larger);
  sim_noise_linear_destroy(noise);
}

static void a_growing_mode_has_no_stationary_noise(void **state) {
  (void)state;
  struct sim_error err = {0};
  const double j[] = {-1, 0, 0, 0.25}, one[] = {1, 1};
  struct sim_noise_linear *noise;
  CHECK_FAILS(sim_noise_linear_create(&noise, 2, j, one, 0, &err), err,
              SIM_EFAIL, "no stationary noise: a mode grows at rate 0.25");
  assert_null(noise);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_reciprocal_circuit_has_the_noise_of_its_modes),
      cmocka_unit_test(a_rotation_averages_as_its_autocorrelation_says),
      cmocka_unit_test(traps_are_components_of_a_larger_circuit),
      cmocka_unit_test(a_growing_mode_has_no_stationary_noise),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("noise_linear", tests, NULL, NULL);
}
