/* sim/lyapunov.c -- stationary covariance of a linear system with white noise
 *
 *   J = U T U^T,   T Y + Y T^T = -U^T Q U,   S = U Y U^T
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/lyapunov.h"

#include <cblas.h>
#include <stdlib.h>

#include "sim/lapack.h"
#include "sim/memory.h"

struct sim_lyapunov {
  int n;
  double *t;   // (n x n) column-major
  double *u;   // (n x n) column-major
  double *wr;  // (n) real parts of the eigenvalues
  double *wi;  // (n) imaginary parts
  double *work;
  int n_work;
  double *half;  // (n x n) between two products
};

static struct sim_lyapunov *allocate(size_t n, struct sim_error *err) {
  struct sim_lyapunov *schur = sim_alloc(1, sizeof *schur, err);
  if (!schur) {
    return NULL;
  }
  *schur = (struct sim_lyapunov){
      .n = (int)n,
      .t = sim_alloc_doubles(n * n, err),
      .u = sim_alloc_doubles(n * n, err),
      .wr = sim_alloc_doubles(n, err),
      .wi = sim_alloc_doubles(n, err),
      .work = sim_alloc_doubles(32 * n, err),
      .n_work = (int)(32 * n),
      .half = sim_alloc_doubles(n * n, err),
  };
  if (!schur->t || !schur->u || !schur->wr || !schur->wi || !schur->work ||
      !schur->half) {
    sim_lyapunov_destroy(schur);
    return NULL;
  }
  return schur;
}

void sim_lyapunov_destroy(struct sim_lyapunov *schur) {
  if (!schur) {
    return;
  }
  free(schur->t);
  free(schur->u);
  free(schur->wr);
  free(schur->wi);
  free(schur->work);
  free(schur->half);
  free(schur);
}

static enum sim_status decompose(struct sim_lyapunov *schur,
                                 const double *jacobian,
                                 struct sim_error *err) {
  const size_t n = (size_t)schur->n;
  int n_selected, info;
  for (size_t i = 0; i < n * n; i++) {
    schur->t[i % n * n + i / n] = jacobian[i];
  }
  dgees_("V", "N", NULL, &schur->n, schur->t, &schur->n, &n_selected, schur->wr,
         schur->wi, schur->u, &schur->n, schur->work, &schur->n_work, NULL,
         &info, 1, 1);
  if (info != 0) {
    return sim_error_set(err, SIM_EFAIL,
                         "the Schur form of a Jacobian was not found (%d)",
                         info);
  }
  for (size_t i = 0; i < n; i++) {
    if (!(schur->wr[i] < 0)) {
      return sim_error_set(err, SIM_EFAIL,
                           "no stationary noise: a mode grows at rate %g",
                           schur->wr[i]);
    }
  }
  return SIM_OK;
}

/* c = op_a(a) op_b(b), column-major. */
static void multiply(const struct sim_lyapunov *schur, CBLAS_TRANSPOSE op_a,
                     const double *a, CBLAS_TRANSPOSE op_b, const double *b,
                     double *c) {
  const int n = schur->n;
  cblas_dgemm(CblasColMajor, op_a, op_b, n, n, n, 1.0, a, n, b, n, 0.0, c, n);
}

enum sim_status sim_lyapunov_create(struct sim_lyapunov **out, size_t n,
                                    const double *jacobian,
                                    struct sim_error *err) {
  *out = NULL;
  struct sim_lyapunov *schur = allocate(n, err);
  if (!schur || decompose(schur, jacobian, err)) {
    sim_lyapunov_destroy(schur);
    return err->status;
  }
  *out = schur;
  return SIM_OK;
}

void sim_lyapunov_covariance(struct sim_lyapunov *schur, const double *q,
                             double *s) {
  const int plus = 1;
  double scale;
  int info;
  multiply(schur, CblasTrans, schur->u, CblasNoTrans, q, schur->half);
  multiply(schur, CblasNoTrans, schur->half, CblasNoTrans, schur->u, s);
  dtrsyl_("N", "T", &plus, &schur->n, &schur->n, schur->t, &schur->n, schur->t,
          &schur->n, s, &schur->n, &scale, &info, 1, 1);
  multiply(schur, CblasNoTrans, schur->u, CblasNoTrans, s, schur->half);
  multiply(schur, CblasNoTrans, schur->half, CblasTrans, schur->u, s);
  for (size_t i = 0; i < (size_t)schur->n * (size_t)schur->n; i++) {
    s[i] /= -scale;
  }
}

enum sim_status sim_lyapunov_solve(size_t n, const double *jacobian,
                                   const double *q, double *s,
                                   struct sim_error *err) {
  struct sim_lyapunov *schur;
  if (sim_lyapunov_create(&schur, n, jacobian, err)) {
    return err->status;
  }
  sim_lyapunov_covariance(schur, q, s);
  sim_lyapunov_destroy(schur);
  return SIM_OK;
}
