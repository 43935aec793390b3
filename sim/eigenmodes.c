/* sim/eigenmodes.c -- a linear system as a sum of independent modes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/eigenmodes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dense.h"
#include "sim/lapack.h"
#include "sim/memory.h"

#define MAX_CONDITION 1e10  // of X: six digits are left

enum sim_status sim_eigenmodes_init(struct sim_eigenmodes *modes, size_t n,
                                    struct sim_error *err) {
  const size_t n_work = 1 + 6 * n + 2 * n * n, n_integers = 3 + 5 * n;
  *modes = (struct sim_eigenmodes){
      .n = n,
      .rate = sim_alloc(n, sizeof *modes->rate, err),
      .right = sim_alloc(n * n, sizeof *modes->right, err),
      .left = sim_alloc(n * n, sizeof *modes->left, err),
      .matrix = sim_alloc_doubles(n * n, err),
      .vectors = sim_alloc_doubles(n * n, err),
      .work = sim_alloc_doubles(n_work, err),
      .n_work = (int)n_work,
      .n_integers = (int)n_integers,
      .integers = sim_alloc(n_integers, sizeof *modes->integers, err),
      .scratch = sim_alloc(n * n, sizeof *modes->scratch, err),
  };
  if (!modes->rate || !modes->right || !modes->left || !modes->matrix ||
      !modes->vectors || !modes->work || !modes->integers || !modes->scratch) {
    sim_eigenmodes_finish(modes);
    return err->status;
  }
  return SIM_OK;
}

void sim_eigenmodes_finish(struct sim_eigenmodes *modes) {
  free(modes->rate);
  free(modes->right);
  free(modes->left);
  free(modes->matrix);
  free(modes->vectors);
  free(modes->work);
  free(modes->integers);
  free(modes->scratch);
  *modes = (struct sim_eigenmodes){0};
}

static enum sim_status fail(struct sim_error *err, int info) {
  return sim_error_set(err, SIM_EFAIL,
                       "the modes of a linearised circuit were not found (%d)",
                       info);
}

/* C^1/2 (-J) C^-1/2 = U diag(l) U^T,  X = C^-1/2 U,  X^-1 = U^T C^1/2. */
static enum sim_status find_symmetric(struct sim_eigenmodes *modes,
                                      const double *jacobian,
                                      const double *inv_c,
                                      struct sim_error *err) {
  const size_t n = modes->n;
  const int size = (int)n;
  double *u = modes->matrix, *rate = modes->vectors;
  int info;
  for (size_t i = 0; i < n * n; i++) {
    u[i] = -jacobian[i] * sqrt(inv_c[i % n] / inv_c[i / n]);
  }
  dsyevd_("V", "U", &size, u, &size, rate, modes->work, &modes->n_work,
          modes->integers, &modes->n_integers, &info, 1, 1);
  if (info != 0) {
    return fail(err, info);
  }
  for (size_t m = 0; m < n; m++) {
    modes->rate[m] = rate[m];
    for (size_t i = 0; i < n; i++) {
      modes->right[i * n + m] = u[m * n + i] * sqrt(inv_c[i]);
      modes->left[m * n + i] = u[m * n + i] / sqrt(inv_c[i]);
    }
  }
  return SIM_OK;
}

/* X from LAPACK's real columns; wi tells pairs apart. */
static void unpack(struct sim_eigenmodes *modes, const double *wr,
                   const double *wi) {
  const size_t n = modes->n;
  const double *v = modes->vectors;
  for (size_t m = 0; m < n; m++) {
    const bool is_second = m > 0 && wi[m] < 0;
    const size_t re = is_second ? m - 1 : m;
    const double sign = is_second ? -1.0 : 1.0;
    modes->rate[m] = -(wr[m] + wi[m] * I);
    for (size_t i = 0; i < n; i++) {
      const double im = wi[m] != 0 ? sign * v[(re + 1) * n + i] : 0.0;
      modes->right[i * n + m] = v[re * n + i] + im * I;
    }
  }
}

/* [1] at least the condition number of X. */
static double condition(const struct sim_eigenmodes *modes) {
  double right = 0, left = 0;
  for (size_t i = 0; i < modes->n * modes->n; i++) {
    right += pow(cabs(modes->right[i]), 2);
    left += pow(cabs(modes->left[i]), 2);
  }
  return sqrt(right * left);
}

/* `left` becomes the inverse of X. */
static enum sim_status invert(struct sim_eigenmodes *modes,
                              struct sim_error *err) {
  memcpy(modes->left, modes->right, modes->n * modes->n * sizeof *modes->left);
  if (!sim_dense_invert_complex(modes->n, modes->left, modes->integers,
                                modes->scratch)) {
    return fail(err, 1);
  }
  const double found = condition(modes);
  return found <= MAX_CONDITION
             ? SIM_OK
             : sim_error_set(err, SIM_EFAIL,
                             "the modes of a linearised circuit depend on each "
                             "other: the condition number of their matrix must "
                             "be <= %g, got %.3g",
                             MAX_CONDITION, found);
}

static enum sim_status find_any(struct sim_eigenmodes *modes,
                                const double *jacobian, struct sim_error *err) {
  const size_t n = modes->n;
  const int size = (int)n, one = 1;
  double *wr = modes->work, *wi = wr + n, *work = wi + n;
  const int n_work = modes->n_work - 2 * size;
  int info;
  for (size_t i = 0; i < n * n; i++) {
    modes->matrix[i % n * n + i / n] = jacobian[i];
  }
  dgeev_("N", "V", &size, modes->matrix, &size, wr, wi, NULL, &one,
         modes->vectors, &size, work, &n_work, &info, 1, 1);
  if (info != 0) {
    return fail(err, info);
  }
  unpack(modes, wr, wi);
  return invert(modes, err);
}

enum sim_status sim_eigenmodes_find(struct sim_eigenmodes *modes,
                                    const double *jacobian,
                                    const double *inv_capacitance,
                                    struct sim_error *err) {
  return inv_capacitance ? find_symmetric(modes, jacobian, inv_capacitance, err)
                         : find_any(modes, jacobian, err);
}
