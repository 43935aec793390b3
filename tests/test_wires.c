/* tests/test_wires.c -- line resistance against the whole nodal matrix
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/wires.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/tiles.h"
#include "tests/check.h"

enum { N_OUT = 6, N_IN = 4, SIZE = N_OUT * N_IN };

/* Every node and resistor of the crossbar, stamped one by one and solved by
 * dense elimination: currents i (n_out) for input voltages v (n_in), or, driven
 * from the other side, currents i (n_in) for voltages v (n_out). */
struct crossbar {
  size_t n_out, n_in;
  double r;
  const double *g;
};

static void stamp(gsl_matrix *a, size_t i, size_t j, double y) {
  *gsl_matrix_ptr(a, i, i) += y;
  *gsl_matrix_ptr(a, j, j) += y;
  *gsl_matrix_ptr(a, i, j) -= y;
  *gsl_matrix_ptr(a, j, i) -= y;
}

static void solve_crossbar(const struct crossbar *c, int from_outputs,
                           const double *v, double *i) {
  const size_t cells = c->n_out * c->n_in, n = 2 * cells;
  const double y = 1 / c->r;
  gsl_matrix *a = gsl_matrix_calloc(n, n);
  gsl_vector *x = gsl_vector_calloc(n), *b = gsl_vector_calloc(n);
  gsl_permutation *order = gsl_permutation_alloc(n);
  int sign;
  for (size_t k = 0; k < c->n_out; k++) {
    for (size_t j = 0; j < c->n_in; j++) {
      const size_t in = k * c->n_in + j, out = cells + in;
      stamp(a, in, out, c->g[in]);
      if (k + 1 < c->n_out) {
        stamp(a, in, in + c->n_in, y);
      }
      if (j + 1 < c->n_in) {
        stamp(a, out, out + 1, y);
      }
      if (k == 0) {
        *gsl_matrix_ptr(a, in, in) += y;
        *gsl_vector_ptr(b, in) += from_outputs ? 0 : y * v[j];
      }
      if (j == 0) {
        *gsl_matrix_ptr(a, out, out) += y;
        *gsl_vector_ptr(b, out) += from_outputs ? y * v[k] : 0;
      }
    }
  }
  gsl_linalg_LU_decomp(a, order, &sign);
  gsl_linalg_LU_solve(a, order, b, x);
  for (size_t k = 0; k < (from_outputs ? c->n_in : c->n_out); k++) {
    i[k] = y * gsl_vector_get(x, from_outputs ? k : cells + k * c->n_in);
  }
  gsl_matrix_free(a);
  gsl_vector_free(x);
  gsl_vector_free(b);
  gsl_permutation_free(order);
}

static void fill(gsl_rng *rng, size_t n, double low, double high, double *x) {
  for (size_t i = 0; i < n; i++) {
    x[i] = gsl_ran_flat(rng, low, high);
  }
}

static void reduce(double r, size_t n_out, size_t n_in, double *g) {
  struct sim_error err = {0};
  struct circuit_wires *wires;
  CHECK_OK(circuit_wires_create(&wires, r, n_out, n_in, &err), err);
  circuit_wires_reduce(wires, n_out, n_in, g);
  circuit_wires_destroy(wires);
}

/* From wires that hardly matter to wires worse than the devices. */
static void reduced_currents_are_those_of_the_whole_crossbar(void **state) {
  (void)state;
  static const size_t sizes[][2] = {{6, 4}, {4, 6}, {1, 5}, {5, 1}, {12, 9}};
  static const double resistance[] = {1, 100, 1e4, 1e6};
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    for (size_t q = 0; q < 4; q++) {
      const size_t n_out = sizes[s][0], n_in = sizes[s][1];
      double g[108], effective[108], v[12], want[12], largest = 0;
      fill(rng, n_out * n_in, 0, 1e-5, g);
      memcpy(effective, g, sizeof g);
      reduce(resistance[q], n_out, n_in, effective);
      const struct crossbar c = {n_out, n_in, resistance[q], g};
      fill(rng, n_in, -1, 1, v);
      solve_crossbar(&c, 0, v, want);
      for (size_t k = 0; k < n_out; k++) {
        largest = fmax(largest, fabs(want[k]));
      }
      for (size_t k = 0; k < n_out; k++) {
        double i = 0;
        for (size_t j = 0; j < n_in; j++) {
          i += effective[k * n_in + j] * v[j];
        }
        CHECK_NEAR(i, want[k], 1e-10 * largest);
      }
    }
  }
  gsl_rng_free(rng);
}

static void driven_from_the_other_side_it_is_the_transpose(void **state) {
  (void)state;
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  double g[SIZE], effective[SIZE], v[N_OUT], want[N_IN];
  fill(rng, SIZE, 0, 1e-5, g);
  fill(rng, N_OUT, -1, 1, v);
  memcpy(effective, g, sizeof g);
  reduce(1e4, N_OUT, N_IN, effective);
  const struct crossbar c = {N_OUT, N_IN, 1e4, g};
  solve_crossbar(&c, 1, v, want);
  for (size_t j = 0; j < N_IN; j++) {
    double i = 0;
    for (size_t k = 0; k < N_OUT; k++) {
      i += effective[k * N_IN + j] * v[k];
    }
    CHECK_NEAR(i, want[j], 1e-10 * fabs(want[j]) + 1e-18);
  }
  gsl_rng_free(rng);
}

/* One cell is three resistors in a row. */
static void one_cell_is_a_series_circuit(void **state) {
  (void)state;
  double g = 1e-4;
  reduce(1e3, 1, 1, &g);
  CHECK_REL(g, 1 / (1e4 + 2e3), 1e-14);
}

/* Without resistance nothing is lost: to first order a cell loses the drops of
 * the segments before it, here r (j + 1 + k + 1) shared by equal devices. */
static void good_wires_lose_little(void **state) {
  (void)state;
  double g[SIZE];
  for (size_t i = 0; i < SIZE; i++) {
    g[i] = 1e-6;
  }
  reduce(1e-6, N_OUT, N_IN, g);
  for (size_t i = 0; i < SIZE; i++) {
    CHECK_NEAR(g[i] / 1e-6, 1, 1e-9);
    CHECK(g[i] < 1e-6 * (1 + 1e-15));
  }
}

/* A 128 x 128 array of 10 uS cells with 2.97 Ohm a cell (32 nm): an array as
 * large as the digits chip's stays symmetric, and the far corner reads low. */
static void a_large_array_is_solved(void **state) {
  (void)state;
  enum { N = 128 };
  struct sim_error err = {0};
  double *g = sim_alloc_doubles(N * N, &err);
  for (size_t i = 0; i < N * N; i++) {
    g[i] = 10e-6;
  }
  reduce(2.97, N, N, g);
  CHECK(g[0] > g[N - 1] && g[N - 1] > g[N * N - 1] && g[N * N - 1] > 0);
  CHECK(g[N * N - 1] < 0.8 * 10e-6);
  for (size_t i = 0; i < N; i++) {
    for (size_t j = 0; j < i; j++) {
      CHECK_REL(g[i * N + j], g[j * N + i], 1e-11);
    }
  }
  free(g);
}

static void cold_wires_conduct_better(void **state) {
  (void)state;
  const struct circuit_wires_params params = {.resistance = 2, .tempco = 4e-3};
  CHECK_REL(circuit_wires_resistance(&params, 300), 2.0, 1e-15);
  CHECK_REL(circuit_wires_resistance(&params, 350), 2.4, 1e-15);
  CHECK_REL(circuit_wires_resistance(&params, 250), 1.6, 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reduced_currents_are_those_of_the_whole_crossbar),
      cmocka_unit_test(driven_from_the_other_side_it_is_the_transpose),
      cmocka_unit_test(one_cell_is_a_series_circuit),
      cmocka_unit_test(good_wires_lose_little),
      cmocka_unit_test(a_large_array_is_solved),
      cmocka_unit_test(cold_wires_conduct_better),
  };
  sim_threads_set(1);
  return cmocka_run_group_tests_name("wires", tests, NULL, NULL);
}
