/* models/correlation.c -- local correlations and the gradient they measure
 *
 * A task is a panel of rows of one weight matrix; it takes all tiles in their
 * order. Plus and minus are added tile by tile, so that what cancels between
 * them cancels early.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/correlation.h"

#include <cblas.h>
#include <string.h>

#define PANEL_ROWS 64u

struct sums {
  const struct model_layout *layout;
  size_t n_tiles, n_lanes;
  const double *plus, *minus;
  double factor;
  double *gradient;
};

/* panel (n_rows x n_in) += factor a_out a_in^T of one tile. */
static void add_outer(const struct sums *sums, size_t l, size_t row,
                      size_t n_rows, double factor, const double *a) {
  const struct model_layout *at = sums->layout;
  const size_t n_in = at->width[l];
  const double *a_out = a + (at->node_at[l + 1] + row) * sums->n_lanes;
  const double *a_in = a + at->node_at[l] * sums->n_lanes;
  double *panel = sums->gradient + at->weight_at[l] + row * n_in;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n_rows, (int)n_in,
              (int)sums->n_lanes, factor, a_out, (int)sums->n_lanes, a_in,
              (int)sums->n_lanes, 1.0, panel, (int)n_in);
}

static void sum_panel(const struct sums *sums, size_t l, size_t row) {
  const size_t left = sums->layout->width[l + 1] - row;
  const size_t n_rows = left < PANEL_ROWS ? left : PANEL_ROWS;
  const size_t tile = sums->layout->n_nodes * sums->n_lanes;
  for (size_t k = 0; k < sums->n_tiles; k++) {
    if (sums->plus) {
      add_outer(sums, l, row, n_rows, -sums->factor, sums->plus + k * tile);
    }
    if (sums->minus) {
      add_outer(sums, l, row, n_rows, sums->factor, sums->minus + k * tile);
    }
  }
}

/* Of the outputs of a node in both phases, or in one. */
static double difference(const double *plus, const double *minus, size_t i) {
  return plus && minus ? plus[i] - minus[i] : plus ? plus[i] : -minus[i];
}

static void sum_bias(const struct sums *sums, size_t node) {
  const size_t tile = sums->layout->n_nodes * sums->n_lanes;
  double sum = 0;
  for (size_t k = 0; k < sums->n_tiles; k++) {
    const size_t at = k * tile + node * sums->n_lanes;
    const double *plus = sums->plus ? sums->plus + at : NULL;
    const double *minus = sums->minus ? sums->minus + at : NULL;
    for (size_t i = 0; i < sums->n_lanes; i++) {
      sum += difference(plus, minus, i);
    }
  }
  sums->gradient[sums->layout->bias_at[0] + node] = -sums->factor * sum;
}

void model_correlation_gradient(const struct model_layout *layout,
                                size_t n_tiles, size_t n_lanes,
                                const double *plus, const double *minus,
                                double factor, double *gradient) {
  const struct sums sums = {layout, n_tiles, n_lanes, plus,
                            minus,  factor,  gradient};
  memset(gradient, 0, layout->n_parameters * sizeof *gradient);
#pragma omp parallel
  {
    for (size_t l = 0; l + 1 < layout->n_layers; l++) {
#pragma omp for schedule(dynamic) nowait
      for (size_t row = 0; row < layout->width[l + 1]; row += PANEL_ROWS) {
        sum_panel(&sums, l, row);
      }
    }
#pragma omp for schedule(static)
    for (size_t node = 0; node < layout->n_nodes; node++) {
      sum_bias(&sums, node);
    }
  }
}
