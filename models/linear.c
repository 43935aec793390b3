/* models/linear.c -- linear response of any network, sample by sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/linear.h"

#include <stdlib.h>

#include "models/hessian.h"
#include "sim/memory.h"

enum sim_status model_linear_init(struct model_linear *linear,
                                  const struct model_network *net,
                                  struct sim_error *err) {
  const size_t n = net->layout.n_nodes;
  *linear = (struct model_linear){
      .net = net,
      .s = sim_alloc_doubles(n, err),
      .x = sim_alloc_doubles(n, err),
      .anchor = sim_alloc_doubles(net->layout.width[0], err),
      .scratch = sim_alloc_doubles(2 * n, err),
  };
  if (!linear->s || !linear->x || !linear->anchor || !linear->scratch ||
      sim_dense_init(&linear->dense, n, err) ||
      model_work_init(&linear->work, &net->layout, 1, err)) {
    model_linear_finish(linear);
    return err->status;
  }
  return SIM_OK;
}

void model_linear_finish(struct model_linear *linear) {
  model_work_finish(&linear->work);
  sim_dense_finish(&linear->dense);
  free(linear->s);
  free(linear->x);
  free(linear->anchor);
  free(linear->scratch);
  *linear = (struct model_linear){0};
}

/* M at the state in `s`. */
static void fill_matrix(struct model_linear *linear,
                        const struct model_drive *wanted) {
  const struct model_drive drive = {.conductance = wanted->conductance,
                                    .conductances = wanted->conductances,
                                    .anchor = linear->anchor};
  model_hessian_matrix(linear->net, &drive, linear->s, linear->dense.a,
                       &linear->work, linear->scratch);
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
    const bool is_solved = sim_dense_factor(&linear->dense);
    if (is_solved) {
      sim_dense_solve(&linear->dense, is_transposed, 1, linear->x);
    }
    ends[lane] = is_solved ? MODEL_SOLVED : MODEL_UNSOLVED;
    for (size_t i = 0; i < n; i++) {
      a[i * n_lanes + lane] = is_solved ? linear->x[i] : 0.0;
    }
  }
}
