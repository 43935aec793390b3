/* models/quality_frechet.c -- distance of two fitted normal distributions
 *
 * tr (S1 S2)^(1/2) is the sum of the square roots of the eigenvalues of the
 * symmetric matrix R S2 R with R = S1^(1/2).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

#include "models/distance.h"
#include "models/quality.h"
#include "sim/memory.h"
#include "sim/tiles.h"

#define BLOCK_ROWS 256u  // points centred at a time

/* All of them dim x dim or dim. */
struct moments {
  size_t dim;
  double *mean[2];        // (dim) of a, of b
  double *covariance[2];  // (dim x dim)
  double *root;           // (dim x dim)
  double *product;        // (dim x dim)
  double *eigenvalues;    // (dim)
  double *centred;        // (BLOCK_ROWS x dim)
  gsl_eigen_symmv_workspace *eigen;
};

static gsl_matrix_view square(double *m, size_t dim) {
  return gsl_matrix_view_array(m, dim, dim);
}

static void fit_mean(const double *x, size_t n, size_t dim, double *mean) {
  for (size_t k = 0; k < dim; k++) {
    mean[k] = 0;
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < dim; k++) {
      mean[k] += x[i * dim + k];
    }
  }
  for (size_t k = 0; k < dim; k++) {
    mean[k] /= (double)n;
  }
}

static void mirror_lower(double *m, size_t dim) {
  for (size_t i = 0; i < dim; i++) {
    for (size_t k = 0; k < i; k++) {
      m[k * dim + i] = m[i * dim + k];
    }
  }
}

/* S = sum_i (x_i - m)(x_i - m)^T / (n - 1), block by block. */
static void fit_covariance(const double *x, size_t n, size_t dim,
                           const double *mean, double *centred, double *s) {
  gsl_matrix_view sum = square(s, dim);
  gsl_matrix_set_zero(&sum.matrix);
  for (size_t first = 0; first < n; first += BLOCK_ROWS) {
    const size_t n_rows = n - first < BLOCK_ROWS ? n - first : BLOCK_ROWS;
    for (size_t k = 0; k < n_rows * dim; k++) {
      centred[k] = x[first * dim + k] - mean[k % dim];
    }
    gsl_matrix_view block = gsl_matrix_view_array(centred, n_rows, dim);
    gsl_blas_dsyrk(CblasLower, CblasTrans, 1 / (double)(n - 1), &block.matrix,
                   1, &sum.matrix);
  }
  mirror_lower(s, dim);
}

/* Eigenvalues of the symmetric m (destroyed), eigenvectors as columns. */
static enum sim_status decompose(struct moments *w, double *m, double *vectors,
                                 struct sim_error *err) {
  gsl_matrix_view matrix = square(m, w->dim), columns = square(vectors, w->dim);
  gsl_vector_view values = gsl_vector_view_array(w->eigenvalues, w->dim);
  if (gsl_eigen_symmv(&matrix.matrix, &values.vector, &columns.matrix,
                      w->eigen)) {
    return sim_error_set(err, SIM_EFAIL,
                         "eigenvalues of a covariance were not found");
  }
  return SIM_OK;
}

static double root_of(double eigenvalue) {
  return eigenvalue > 0 ? sqrt(eigenvalue) : 0;  // rounding may leave -1e-16
}

/* w->product = S1^(1/2) S2 S1^(1/2), using up both covariances. */
static enum sim_status multiply_roots(struct moments *w,
                                      struct sim_error *err) {
  const size_t dim = w->dim;
  if (decompose(w, w->covariance[0], w->root, err)) {
    return err->status;
  }
  // R = Q sqrt(L) Q^T, as (Q L^(1/4)) times its transpose
  for (size_t k = 0; k < dim * dim; k++) {
    w->root[k] *= sqrt(root_of(w->eigenvalues[k % dim]));
  }
  gsl_matrix_view q = square(w->root, dim), s2 = square(w->covariance[1], dim),
                  r = square(w->covariance[0], dim),
                  p = square(w->product, dim);
  gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1, &q.matrix, &q.matrix, 0,
                 &r.matrix);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1, &r.matrix, &s2.matrix, 0,
                 &q.matrix);
  gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1, &q.matrix, &r.matrix, 0,
                 &p.matrix);
  return SIM_OK;
}

static enum sim_status compare(struct moments *w, double *distance,
                               struct sim_error *err) {
  const size_t dim = w->dim;
  double sum = 0;
  for (size_t k = 0; k < dim; k++) {
    const double difference = w->mean[0][k] - w->mean[1][k];
    sum += difference * difference + w->covariance[0][k * dim + k] +
           w->covariance[1][k * dim + k];
  }
  if (multiply_roots(w, err) || decompose(w, w->product, w->root, err)) {
    return err->status;
  }
  for (size_t k = 0; k < dim; k++) {
    sum -= 2 * root_of(w->eigenvalues[k]);
  }
  *distance = sum > 0 ? sum : 0;
  return SIM_OK;
}

static double *take(double **block, size_t n) {
  double *part = *block;
  *block += n;
  return part;
}

static void hand_out(struct moments *w, double *block) {
  const size_t dim = w->dim;
  for (int set = 0; set < 2; set++) {
    w->mean[set] = take(&block, dim);
    w->covariance[set] = take(&block, dim * dim);
  }
  w->root = take(&block, dim * dim);
  w->product = take(&block, dim * dim);
  w->eigenvalues = take(&block, dim);
  w->centred = take(&block, BLOCK_ROWS * dim);
}

enum sim_status model_quality_frechet(const double *a, size_t n_a,
                                      const double *b, size_t n_b, size_t dim,
                                      double *distance, struct sim_error *err) {
  if (n_a < 2 || n_b < 2) {
    return sim_error_set(err, SIM_ECONFIG,
                         "the Frechet distance needs at least 2 points in "
                         "each set, got %zu and %zu",
                         n_a, n_b);
  }
  struct moments w = {.dim = dim};
  double *block = sim_alloc(4 * dim + 3 + BLOCK_ROWS, dim * sizeof *block, err);
  w.eigen = block ? gsl_eigen_symmv_alloc(dim) : NULL;
  enum sim_status status = SIM_EFAIL;
  if (w.eigen) {
    hand_out(&w, block);
    sim_blas_use_one_thread();
    fit_mean(a, n_a, dim, w.mean[0]);
    fit_mean(b, n_b, dim, w.mean[1]);
    fit_covariance(a, n_a, dim, w.mean[0], w.centred, w.covariance[0]);
    fit_covariance(b, n_b, dim, w.mean[1], w.centred, w.covariance[1]);
    status = compare(&w, distance, err);
    gsl_eigen_symmv_free(w.eigen);
  } else if (block) {
    sim_error_set(err, SIM_EFAIL, "out of memory for eigenvalues");
  }
  free(block);
  return status;
}
