/* models/noise_spread.c -- from currents into the nodes to what is seen of a
 * sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/noise_spread.h"

#include <cblas.h>
#include <string.h>

typedef double complex number;

static void multiply(size_t size, CBLAS_TRANSPOSE op_b, const number *a,
                     const number *x, number *c) {
  const int n = (int)size;
  const number one = 1, zero = 0;
  cblas_zgemm(CblasRowMajor, CblasNoTrans, op_b, n, n, n, &one, a, n, x, n,
              &zero, c, n);
}

void model_noise_spread_currents(struct model_noise_bench *b, bool is_voltage) {
  const size_t n = b->net->layout.n_nodes;
  for (size_t i = 0; i < n; i++) {
    const double inv_c = is_voltage ? 1.0 : b->net->inv_capacitance[i];
    b->strength[i] *= inv_c * inv_c;
  }
  for (size_t i = 0; i < n * n; i++) {
    b->half[i] = b->modes.left[i] * b->strength[i % n];
  }
  multiply(n, CblasConjTrans, b->half, b->modes.left, b->currents);
}

void model_noise_spread_add(struct model_noise_bench *b,
                            const number *moments) {
  const size_t n = b->net->layout.n_nodes;
  for (size_t i = 0; i < n * n; i++) {
    b->product[i] += b->currents[i] * moments[i];
  }
}

void model_noise_spread_clear(struct model_noise_bench *b) {
  const size_t n = b->net->layout.n_nodes;
  memset(b->product, 0, n * n * sizeof *b->product);
}

void model_noise_spread(struct model_noise_bench *b) {
  multiply(b->net->layout.n_nodes, CblasNoTrans, b->modes.right, b->product,
           b->half);
}

void model_noise_spread_one(struct model_noise_bench *b,
                            const number *moments) {
  model_noise_spread_clear(b);
  model_noise_spread_add(b, moments);
  model_noise_spread(b);
}

double model_noise_spread_variance(const struct model_noise_bench *b,
                                   size_t i) {
  const size_t n = b->net->layout.n_nodes;
  double sum = 0;
  for (size_t m = 0; m < n; m++) {
    sum += creal(b->half[i * n + m] * conj(b->modes.right[i * n + m]));
  }
  return sum;
}

/* sum_kj a_k a_j D_kj, j in layer l and k above it. */
static double cross(struct model_noise_bench *b, size_t l) {
  const struct model_layout *at = &b->net->layout;
  const size_t n = at->n_nodes;
  double sum = 0;
  memset(b->column, 0, n * sizeof *b->column);
  for (size_t j = at->node_at[l]; j < at->node_at[l] + at->width[l]; j++) {
    for (size_t m = 0; m < n; m++) {
      b->column[m] += b->seen[j] * b->gain[j] * conj(b->modes.right[j * n + m]);
    }
  }
  for (size_t k = at->node_at[l + 1]; k < at->node_at[l + 1] + at->width[l + 1];
       k++) {
    double row = 0;
    for (size_t m = 0; m < n; m++) {
      row += creal(b->half[k * n + m] * b->column[m]);
    }
    sum += b->seen[k] * b->gain[k] * row;
  }
  return sum;
}

static double sum_layer(const struct model_layout *at, size_t l,
                        const double *x, const double *weight) {
  double sum = 0;
  for (size_t i = at->node_at[l]; i < at->node_at[l] + at->width[l]; i++) {
    sum += x[i] * (weight ? weight[i] : 1.0);
  }
  return sum;
}

void model_noise_spread_gradient(struct model_noise_bench *b,
                                 const double *output, bool has_cross,
                                 double *gradient) {
  const struct model_layout *at = &b->net->layout;
  const size_t n_weights = at->n_layers - 1;
  const double f = model_learning_factor(b->rule), square = f * f;
  for (size_t l = 0; l < n_weights; l++) {
    const double low = sum_layer(at, l, b->seen, b->seen);
    const double high = sum_layer(at, l + 1, b->seen, b->seen);
    double sum = low * sum_layer(at, l + 1, output, NULL) +
                 high * sum_layer(at, l, output, NULL);
    sum += has_cross ? 2.0 * cross(b, l) : 0.0;
    gradient[l] += square * sum;
  }
  for (size_t l = 0; l < at->n_layers; l++) {
    gradient[n_weights + l] += square * sum_layer(at, l, output, NULL);
  }
}

void model_noise_spread_steady(struct model_noise_bench *b,
                               enum model_phase_view view, double *p) {
  const size_t n = b->net->layout.n_nodes;
  model_phase_noise_view(&b->phases, view);
  model_phase_noise_steady(&b->phases, b->column);
  for (size_t i = 0; i < n * n; i++) {
    b->half[i] = b->modes.right[i] * b->column[i % n];
  }
  multiply(n, CblasNoTrans, b->half, b->modes.left, b->product);
  for (size_t i = 0; i < n * n; i++) {
    p[i] = creal(b->product[i]) * b->net->inv_capacitance[i % n];
  }
}
