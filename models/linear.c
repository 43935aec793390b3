/* models/linear.c -- linear response of any network, sample by sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/hessian.h"
#include "sim/lapack.h"
#include "sim/memory.h"

enum sim_status model_linear_init(struct model_linear *linear,
                                  const struct model_network *net,
                                  struct sim_error *err) {
  const size_t n = net->layout.n_nodes;
  *linear = (struct model_linear){
      .net = net,
      .matrix = sim_alloc_doubles(n * n, err),
      .pivots = sim_alloc(n, sizeof *linear->pivots, err),
      .s = sim_alloc_doubles(n, err),
      .x = sim_alloc_doubles(n, err),
      .anchor = sim_alloc_doubles(net->layout.width[0], err),
      .scratch = sim_alloc_doubles(2 * n, err),
  };
  if (!linear->matrix || !linear->pivots || !linear->s || !linear->x ||
      !linear->anchor || !linear->scratch ||
      model_work_init(&linear->work, &net->layout, 1, err)) {
    model_linear_finish(linear);
    return err->status;
  }
  return SIM_OK;
}

void model_linear_finish(struct model_linear *linear) {
  model_work_finish(&linear->work);
  free(linear->matrix);
  free(linear->pivots);
  free(linear->s);
  free(linear->x);
  free(linear->anchor);
  free(linear->scratch);
  *linear = (struct model_linear){0};
}

/* M at the state in `s`: net currents instead of rates, sign turned. */
static void fill_matrix(struct model_linear *linear,
                        const struct model_drive *wanted) {
  const struct model_network *net = linear->net;
  const struct model_drive drive = {.conductance = wanted->conductance,
                                    .conductances = wanted->conductances,
                                    .anchor = linear->anchor};
  const size_t n = net->layout.n_nodes;
  model_hessian_jacobian(net, &drive, linear->s, linear->matrix, &linear->work,
                         linear->scratch);
  for (size_t i = 0; i < n; i++) {
    const double capacitance = 1.0 / net->inv_capacitance[i];
    for (size_t j = 0; j < n; j++) {
      linear->matrix[i * n + j] *= -capacitance;
    }
  }
}

/* LAPACK counts columns first, so it sees the transpose. False: singular. */
static bool solve_one(struct model_linear *linear, bool is_transposed) {
  const int n = (int)linear->net->layout.n_nodes, one = 1;
  const char which = is_transposed ? 'N' : 'T';
  int info = 0;
  dgetrf_(&n, &n, linear->matrix, &n, linear->pivots, &info);
  if (info != 0) {
    return false;
  }
  dgetrs_(&which, &n, &one, linear->matrix, &n, linear->pivots, linear->x, &n,
          &info, 1);
  return info == 0;
}

static void gather(size_t n, size_t n_lanes, size_t lane, const double *tile,
                   double *x) {
  for (size_t i = 0; i < n; i++) {
    x[i] = tile[i * n_lanes + lane];
  }
}

void model_linear_solve(struct model_linear *linear,
                        const struct model_drive *drive, bool is_transposed,
                        size_t n_lanes, const double *s, const double *b,
                        double *a, enum model_conjugate_end *ends) {
  const size_t n = linear->net->layout.n_nodes;
  for (size_t lane = 0; lane < n_lanes; lane++) {
    gather(n, n_lanes, lane, s, linear->s);
    gather(n, n_lanes, lane, b, linear->x);
    fill_matrix(linear, drive);
    const bool is_solved = solve_one(linear, is_transposed);
    ends[lane] = is_solved ? MODEL_SOLVED : MODEL_UNSOLVED;
    for (size_t i = 0; i < n; i++) {
      a[i * n_lanes + lane] = is_solved ? linear->x[i] : 0.0;
    }
  }
}
