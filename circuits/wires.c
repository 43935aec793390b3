/* circuits/wires.c -- line resistance of a conductance array
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/wires.h"

#include <assert.h>
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "circuits/temperature.h"
#include "sim/lapack.h"
#include "sim/memory.h"

// clang-format off
#define FIELD(f) SIM_FIELD(struct circuit_wires_params, f)
const struct sim_param circuit_wires_table[CIRCUIT_WIRES_N_PARAMS] = {
    {.name = "resistance", .kind = SIM_REAL, FIELD(resistance),
     .unit = "Ohm", SIM_AT_LEAST(0), .initial = "0 Ohm",
     .help = "of a line from cell to cell, at 300 K; 0: no wires; needs "
             "chip.coupling.master: controller and reciprocity: shared"},
    {.name = "tempco", .kind = SIM_REAL, FIELD(tempco), .unit = "1/K",
     SIM_WITHIN(0, 0.01), .initial = "3.9e-3 1/K",
     .help = "relative change of the resistance with temperature"},
};
// clang-format on

double circuit_wires_resistance(const struct circuit_wires_params *params,
                                double temperature) {
  return params->resistance *
         (1 + params->tempco * (temperature - CIRCUIT_REFERENCE_TEMPERATURE));
}

struct circuit_wires {
  double resistance;  // [Ohm]
  double *inverse;    // [Ohm] (n_in x n_in) A_k^-1
  double *x;          // [1] (n_in x n_in) D_(k+1) + r S_k
  double *t;          // [1] (n_in x n_in) I + x, then T_k
  double *d;          // [1] (n_in x n_in) D_(k+1)
  double *rows;       // [S] (n_out x n_in) the lines done so far
  double *product;    // [S] (n_out x n_in)
};

enum sim_status circuit_wires_create(struct circuit_wires **out,
                                     double resistance, size_t n_out,
                                     size_t n_in, struct sim_error *err) {
  *out = NULL;
  struct circuit_wires *w = sim_alloc(1, sizeof *w, err);
  if (!w) {
    return err->status;
  }
  w->resistance = resistance;
  w->inverse = sim_alloc_doubles(n_in * n_in, err);
  w->x = sim_alloc_doubles(n_in * n_in, err);
  w->t = sim_alloc_doubles(n_in * n_in, err);
  w->d = sim_alloc_doubles(n_in * n_in, err);
  w->rows = sim_alloc_doubles(n_out * n_in, err);
  w->product = sim_alloc_doubles(n_out * n_in, err);
  if (!w->inverse || !w->x || !w->t || !w->d || !w->rows || !w->product) {
    circuit_wires_destroy(w);
    return err->status;
  }
  *out = w;
  return SIM_OK;
}

void circuit_wires_destroy(struct circuit_wires *w) {
  if (!w) {
    return;
  }
  free(w->inverse);
  free(w->x);
  free(w->t);
  free(w->d);
  free(w->rows);
  free(w->product);
  free(w);
}

/* Inverse of a symmetric positive definite matrix (n x n), in place. LAPACK
 * fills one triangle; the other follows. */
static void invert(size_t n, double *a) {
  const int order = (int)n;
  int info = 0;
  dpotrf_("U", &order, a, &order, &info, 1);
  assert(info == 0);
  dpotri_("U", &order, a, &order, &info, 1);
  assert(info == 0);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < i; j++) {
      a[j * n + i] = a[i * n + j];  // what LAPACK calls upper is lower here
    }
  }
}

/* A_k of an output line: a segment to the neighbour on each side, of the first
 * cell to the sense amplifier, none beyond the last; and the device. */
static void fill_line(size_t n, double y, const double *g, double *a) {
  memset(a, 0, n * n * sizeof *a);
  for (size_t j = 0; j < n; j++) {
    a[j * n + j] = y + (j + 1 < n ? y : 0) + g[j];
    if (j > 0) {
      a[j * n + j - 1] = a[(j - 1) * n + j] = -y;
    }
  }
}

/* x <- D + r S, and t <- I + x. */
static void add_line(struct circuit_wires *w, size_t n, const double *g) {
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      const double own = i == j ? g[i] : 0.0;
      const double s = own - g[i] * w->inverse[i * n + j] * g[j];
      w->x[i * n + j] = w->d[i * n + j] + w->resistance * s;
      w->t[i * n + j] = w->x[i * n + j] + (i == j ? 1.0 : 0.0);
    }
  }
}

/* c (m x n) = a (m x n) b (n x n). */
static void multiply(size_t m, size_t n, const double *a, const double *b,
                     double *c) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)n,
              1.0, a, (int)n, b, (int)n, 0.0, c, (int)n);
}

/* The far end first: the voltages of line k are T_k times those of the line
 * before it, and so are all lines behind it. */
void circuit_wires_reduce(struct circuit_wires *w, size_t n_out, size_t n_in,
                          double *g) {
  const double y = 1.0 / w->resistance;
  memset(w->d, 0, n_in * n_in * sizeof *w->d);
  for (size_t k = n_out; k-- > 0;) {
    const double *g_k = g + k * n_in;
    double *rows = w->rows + k * n_in;
    fill_line(n_in, y, g_k, w->inverse);
    invert(n_in, w->inverse);
    add_line(w, n_in, g_k);
    invert(n_in, w->t);
    multiply(n_in, n_in, w->t, w->x, w->d);
    for (size_t j = 0; j < n_in; j++) {
      rows[j] = y * w->inverse[j] * g_k[j];
    }
    multiply(n_out - k, n_in, rows, w->t, w->product + k * n_in);
    memcpy(rows, w->product + k * n_in, (n_out - k) * n_in * sizeof *rows);
  }
  memcpy(g, w->rows, n_out * n_in * sizeof *g);
}
