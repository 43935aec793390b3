/* tests/test_lyapunov.c -- stationary noise of linear circuits
 *
 * The two ways to find it, general and mode by mode, against closed formulas
 * and against each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

#include "sim/lyapunov.h"
#include "sim/memory.h"
#include "sim/noise_modes.h"
#include "tests/check.h"

enum { MAX = 40 };

static struct sim_noise_modes *modes_of(size_t n, const double *h,
                                        const double *inv_c) {
  struct sim_error err = {0};
  struct sim_noise_modes *modes;
  double j[MAX * MAX];
  for (size_t i = 0; i < n * n; i++) {
    j[i] = -h[i] * inv_c[i / n];
  }
  CHECK_OK(sim_noise_modes_create(&modes, n, j, inv_c, &err), err);
  return modes;
}

/* A random symmetric positive definite h (n x n), 1/C and densities. */
static void draw_circuit(size_t n, unsigned long seed, double *h, double *inv_c,
                         double *q) {
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, seed);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j <= i; j++) {
      h[i * n + j] = h[j * n + i] =
          gsl_ran_gaussian(rng, 0.3 / sqrt((double)n)) + 1.5 * (i == j);
    }
    inv_c[i] = gsl_ran_flat(rng, 0.1, 3);
    q[i] = gsl_ran_flat(rng, 0.1, 2);
  }
  gsl_rng_free(rng);
}

/* --- white noise --- */

/* Two nodes of leak 0.7 and coupling 0.45, noise of the leaks only, in units
 * of kT/C: the currents' density is 2 kT g. */
static void an_active_pair_has_more_noise_than_kt_over_c(void **state) {
  (void)state;
  struct sim_error err = {0};
  const double j[] = {-0.7, 0.45, 0.45, -0.7}, q[] = {1.4, 0, 0, 1.4};
  const double h[] = {0.7, -0.45, -0.45, 0.7}, one[] = {1, 1};
  const double density[] = {1.4, 1.4};
  double s[4];
  CHECK_OK(sim_lyapunov_solve(2, j, q, s, &err), err);
  CHECK_NEAR(s[0], 1.7043, 5e-5);
  CHECK_NEAR(s[1], 1.0957, 5e-5);
  CHECK_NEAR(s[0], 0.7 / 2 * (1 / 0.25 + 1 / 1.15), 1e-14);
  CHECK_NEAR(s[2], 0.7 / 2 * (1 / 0.25 - 1 / 1.15), 1e-14);
  struct sim_noise_modes *modes = modes_of(2, h, one);
  sim_noise_modes_covariance(modes, density, INFINITY, 0, s);
  CHECK_NEAR(s[3], 0.7 / 2 * (1 / 0.25 + 1 / 1.15), 1e-14);
  CHECK_NEAR(s[1], 0.7 / 2 * (1 / 0.25 - 1 / 1.15), 1e-14);
  sim_noise_modes_destroy(modes);
}

/* J S + S J^T + Q = 0 for a J with complex eigenvalues, written out. */
static void any_stable_system_is_solved(void **state) {
  (void)state;
  struct sim_error err = {0};
  const size_t n = MAX;
  static double j[MAX * MAX], q[MAX * MAX], s[MAX * MAX];
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t i = 0; i < n * n; i++) {
    j[i] =
        gsl_ran_gaussian(rng, 1 / sqrt((double)n)) - 2.5 * (i % (n + 1) == 0);
  }
  for (size_t a = 0; a < n; a++) {
    for (size_t b = 0; b <= a; b++) {
      q[a * n + b] = q[b * n + a] = gsl_ran_gaussian(rng, 1);
    }
  }
  CHECK_OK(sim_lyapunov_solve(n, j, q, s, &err), err);
  for (size_t a = 0; a < n; a++) {
    for (size_t b = 0; b < n; b++) {
      double sum = q[a * n + b];
      for (size_t k = 0; k < n; k++) {
        sum += j[a * n + k] * s[k * n + b] + s[a * n + k] * j[b * n + k];
      }
      CHECK_NEAR(sum, 0, 1e-12);
      CHECK_NEAR(s[a * n + b], s[b * n + a], 1e-13);
    }
  }
  gsl_rng_free(rng);
}

static void both_ways_agree(void **state) {
  (void)state;
  struct sim_error err = {0};
  static double h[MAX * MAX], inv_c[MAX], q[MAX], j[MAX * MAX],
      density[MAX * MAX], s[2][MAX * MAX];
  const size_t n = MAX;
  draw_circuit(n, 1, h, inv_c, q);
  for (size_t i = 0; i < n * n; i++) {
    j[i] = -h[i] * inv_c[i / n];
    density[i] = i / n == i % n ? q[i / n] * inv_c[i / n] * inv_c[i / n] : 0;
  }
  CHECK_OK(sim_lyapunov_solve(n, j, density, s[0], &err), err);
  struct sim_noise_modes *modes = modes_of(n, h, inv_c);
  sim_noise_modes_covariance(modes, q, INFINITY, 0, s[1]);
  for (size_t i = 0; i < n * n; i++) {
    CHECK_NEAR(s[1][i], s[0][i], 1e-12);
  }
  sim_noise_modes_destroy(modes);
}

static void contributions_of_sources_add_up(void **state) {
  (void)state;
  enum { N = 12 };
  double h[N * N], inv_c[N], q[N], one[N], total[N * N], part[N * N],
      sum[N * N] = {0};
  draw_circuit(N, 3, h, inv_c, q);
  struct sim_noise_modes *modes = modes_of(N, h, inv_c);
  sim_noise_modes_covariance(modes, q, INFINITY, 2, total);
  for (size_t source = 0; source < N; source++) {
    memset(one, 0, sizeof one);
    one[source] = q[source];
    sim_noise_modes_covariance(modes, one, INFINITY, 2, part);
    for (size_t i = 0; i < N * N; i++) {
      sum[i] += part[i];
    }
  }
  for (size_t i = 0; i < N * N; i++) {
    CHECK_NEAR(sum[i], total[i], 1e-9 * total[0]);
  }
  sim_noise_modes_destroy(modes);
}

/* --- noise with a memory --- */

/* Every current gets a state of its own: d i/dt = -g i + sqrt(2 g v) xi. */
static void a_current_with_memory_is_one_more_state(void **state) {
  (void)state;
  struct sim_error err = {0};
  enum { N = 6, ALL = 2 * N };
  double h[N * N], inv_c[N], v[N], s[N * N];
  double j[ALL * ALL], q[ALL * ALL], whole[ALL * ALL];
  const double rates[] = {1e-3, 0.3, 1, 40};
  draw_circuit(N, 5, h, inv_c, v);
  struct sim_noise_modes *modes = modes_of(N, h, inv_c);
  for (size_t r = 0; r < 4; r++) {
    memset(j, 0, sizeof j);
    memset(q, 0, sizeof q);
    for (size_t a = 0; a < N; a++) {
      for (size_t b = 0; b < N; b++) {
        j[a * ALL + b] = -h[a * N + b] * inv_c[a];
      }
      j[a * ALL + N + a] = inv_c[a];
      j[(N + a) * ALL + N + a] = -rates[r];
      q[(N + a) * ALL + N + a] = 2 * rates[r] * v[a];
    }
    CHECK_OK(sim_lyapunov_solve(ALL, j, q, whole, &err), err);
    sim_noise_modes_covariance(modes, v, rates[r], 0, s);
    for (size_t a = 0; a < N; a++) {
      for (size_t b = 0; b < N; b++) {
        CHECK_NEAR(s[a * N + b], whole[a * ALL + b], 1e-12);
      }
    }
  }
  sim_noise_modes_destroy(modes);
}

/* A fast current of variance q g/2 is a white one of density q. */
static void a_fast_current_is_white(void **state) {
  (void)state;
  enum { N = 6 };
  double h[N * N], inv_c[N], q[N], v[N], white[N * N], fast[N * N];
  const double rate = 1e6;
  draw_circuit(N, 7, h, inv_c, q);
  for (size_t i = 0; i < N; i++) {
    v[i] = q[i] * rate / 2;
  }
  struct sim_noise_modes *modes = modes_of(N, h, inv_c);
  for (double window = 0; window < 6; window += 2.5) {
    sim_noise_modes_covariance(modes, q, INFINITY, window, white);
    sim_noise_modes_covariance(modes, v, rate, window, fast);
    for (size_t i = 0; i < N * N; i++) {
      CHECK_NEAR(fast[i], white[i], 1e-5 * white[0]);
    }
  }
  sim_noise_modes_destroy(modes);
}

/* --- averaging --- */

static void averaging_an_rc_node_has_the_known_factors(void **state) {
  (void)state;
  const double window[] = {1, 5, 10, 100};
  const double want[] = {0.736, 0.321, 0.180, 0.0198};
  const double one = 1, two = 2;
  struct sim_noise_modes *modes = modes_of(1, &one, &one);
  for (size_t i = 0; i < 4; i++) {
    double s;
    sim_noise_modes_covariance(modes, &two, INFINITY, window[i], &s);
    CHECK_NEAR(s, want[i], i == 3 ? 5e-5 : 5e-4);
    const double w = window[i];
    CHECK_NEAR(s, 2 / w * (1 - (1 - exp(-w)) / w), 1e-14);
  }
  CHECK_NEAR(sim_noise_average(1, 1e-9), 1, 1e-9);
  CHECK_NEAR(sim_noise_average(1e-4, 9.999999),
             sim_noise_average(1e-4, 10.000001), 1e-9);
  sim_noise_modes_destroy(modes);
}

/* Autocorrelation of one node (l = 1, C = 1) fed by a current of rate g. */
struct process {
  double g, window;
};

static double weighted(double t, void *context) {
  const struct process *p = context;
  const double c =
      (p->g * exp(-t) - exp(-p->g * t)) / ((p->g - 1) * (p->g + 1));
  return 2 * (p->window - t) / (p->window * p->window) * c;
}

static void averaging_a_current_with_memory_is_the_double_integral(
    void **state) {
  (void)state;
  const double one = 1, rates[] = {0.01, 0.5, 0.99999999, 3, 50};
  gsl_integration_workspace *work = gsl_integration_workspace_alloc(1000);
  struct sim_noise_modes *modes = modes_of(1, &one, &one);
  for (size_t i = 0; i < 5; i++) {
    struct process p = {rates[i], 4};
    gsl_function f = {weighted, &p};
    double want, error, got;
    if (fabs(p.g - 1) < 1e-4) {
      p.g = 1.001;  // the formula above has no limit there; see below
    }
    gsl_integration_qag(&f, 0, p.window, 0, 1e-10, 1000, 6, work, &want,
                        &error);
    sim_noise_modes_covariance(modes, &one, p.g, p.window, &got);
    CHECK_REL(got, want, 1e-8);
  }
  // Through g = 1, where two modes meet, it is smooth.
  double left, at, right;
  sim_noise_modes_covariance(modes, &one, 1 - 1e-4, 4, &left);
  sim_noise_modes_covariance(modes, &one, 1, 4, &at);
  sim_noise_modes_covariance(modes, &one, 1 + 1e-4, 4, &right);
  CHECK_REL(at, (left + right) / 2, 1e-5);
  sim_noise_modes_destroy(modes);
  gsl_integration_workspace_free(work);
}

/* --- what has no stationary noise --- */

static void a_growing_mode_is_reported(void **state) {
  (void)state;
  struct sim_error err = {0};
  const double j[] = {-1, 2, 2, -1}, one[] = {1, 1};
  const double q[] = {1, 0, 0, 1};
  double s[4];
  struct sim_noise_modes *modes;
  CHECK_FAILS(sim_lyapunov_solve(2, j, q, s, &err), err, SIM_EFAIL,
              "no stationary noise: a mode grows at rate 1");
  CHECK_FAILS(sim_noise_modes_create(&modes, 2, j, one, &err), err, SIM_EFAIL,
              "no stationary noise: a mode decays at rate -1");
  assert_null(modes);
}

static void lack_of_memory_is_reported(void **state) {
  (void)state;
  const double one = 1, minus = -1;
  double s;
  enum sim_status status = SIM_EFAIL;
  for (long k = 0; status != SIM_OK; k++) {
    struct sim_error err = {0};
    sim_alloc_refuse_after(k);
    status = sim_lyapunov_solve(1, &minus, &one, &s, &err);
    sim_alloc_refuse_after(-1);
    CHECK(status == err.status);
  }
  CHECK_NEAR(s, 0.5, 1e-15);
  status = SIM_EFAIL;
  for (long k = 0; status != SIM_OK; k++) {
    struct sim_error err = {0};
    struct sim_noise_modes *modes;
    sim_alloc_refuse_after(k);
    status = sim_noise_modes_create(&modes, 1, &minus, &one, &err);
    sim_alloc_refuse_after(-1);
    CHECK((status == SIM_OK) == (modes != NULL));
    sim_noise_modes_destroy(modes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_active_pair_has_more_noise_than_kt_over_c),
      cmocka_unit_test(any_stable_system_is_solved),
      cmocka_unit_test(both_ways_agree),
      cmocka_unit_test(contributions_of_sources_add_up),
      cmocka_unit_test(a_current_with_memory_is_one_more_state),
      cmocka_unit_test(a_fast_current_is_white),
      cmocka_unit_test(averaging_an_rc_node_has_the_known_factors),
      cmocka_unit_test(averaging_a_current_with_memory_is_the_double_integral),
      cmocka_unit_test(a_growing_mode_is_reported),
      cmocka_unit_test(lack_of_memory_is_reported),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("lyapunov", tests, NULL, NULL);
}
