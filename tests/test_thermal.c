/* tests/test_thermal.c -- thermal noise of a passive network
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <string.h>

#include "circuits/thermal.h"
#include "sim/integrator.h"
#include "sim/lyapunov.h"
#include "sim/normal.h"
#include "tests/check.h"

#define ROOM 300.0  // [K]
#define GROUND ((size_t)-1)
enum { N = 5, N_BRANCHES = 8, LANES = 64 };

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_passive_network_holds_kt_over_c),
      cmocka_unit_test(it_does_so_in_time),
  };
  gsl_set_error_handler_off();
  return cmocka_run_group_tests_name("thermal", tests, NULL, NULL);
}
