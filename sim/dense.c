/* sim/dense.c -- dense systems of linear equations
 *
 * LAPACK counts columns first, so it sees A^T, and a row of x as a column.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/dense.h"

#include <stdlib.h>
#include <string.h>

#include "sim/lapack.h"
#include "sim/memory.h"

enum sim_status sim_dense_init(struct sim_dense *dense, size_t n,
                               struct sim_error *err) {
  *dense = (struct sim_dense){
      .n = n,
      .a = sim_alloc_doubles(n * n, err),
      .pivots = sim_alloc(n, sizeof *dense->pivots, err),
  };
  if (!dense->a || !dense->pivots) {
    sim_dense_finish(dense);
    return err->status;
  }
  return SIM_OK;
}

void sim_dense_finish(struct sim_dense *dense) {
  free(dense->a);
  free(dense->pivots);
  *dense = (struct sim_dense){0};
}

bool sim_dense_factor(struct sim_dense *dense) {
  const int n = (int)dense->n;
  int info = 0;
  dgetrf_(&n, &n, dense->a, &n, dense->pivots, &info);
  return info == 0;
}

void sim_dense_solve(const struct sim_dense *dense, bool is_transposed,
                     size_t n_right, double *x) {
  const int n = (int)dense->n, columns = (int)n_right;
  int info = 0;
  dgetrs_(is_transposed ? "N" : "T", &n, &columns, dense->a, &n, dense->pivots,
          x, &n, &info, 1);
}

/* Row i of the inverse is what A^T makes of unit vector i. */
void sim_dense_invert(const struct sim_dense *dense, double *inverse) {
  const size_t n = dense->n;
  memset(inverse, 0, n * n * sizeof *inverse);
  for (size_t i = 0; i < n; i++) {
    inverse[i * n + i] = 1;
  }
  sim_dense_solve(dense, true, n, inverse);
}

bool sim_dense_invert_complex(size_t n, double complex *a, int *pivots,
                              double complex *scratch) {
  const int size = (int)n, n_work = (int)(n * n);
  int info = 0;
  zgetrf_(&size, &size, a, &size, pivots, &info);
  if (info == 0) {
    zgetri_(&size, a, &size, pivots, scratch, &n_work, &info);
  }
  return info == 0;
}
