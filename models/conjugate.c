/* models/conjugate.c -- H a = b for all lanes of a tile at once
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/conjugate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/hessian.h"
#include "sim/memory.h"
#include "sim/vmath.h"

enum sim_status model_conjugate_init(struct model_conjugate *solver,
                                     const struct model_network *net,
                                     size_t n_lanes, double tolerance,
                                     size_t max_rounds, struct sim_error *err) {
  const size_t n = net->layout.n_nodes * n_lanes;
  *solver = (struct model_conjugate){
      .net = net,
      .n_lanes = n_lanes,
      .tolerance = tolerance,
      .max_rounds = max_rounds,
      .curvature = sim_alloc_doubles(n, err),
      .preconditioner = sim_alloc_doubles(n, err),
      .residual = sim_alloc_doubles(n, err),
      .direction = sim_alloc_doubles(n, err),
      .product = sim_alloc_doubles(n, err),
      .scratch = sim_alloc_doubles(n, err),
      .lane = sim_alloc_doubles(4 * n_lanes, err),
  };
  if (!solver->curvature || !solver->preconditioner || !solver->residual ||
      !solver->direction || !solver->product || !solver->scratch ||
      !solver->lane) {
    model_conjugate_finish(solver);
    return err->status;
  }
  return SIM_OK;
}

void model_conjugate_finish(struct model_conjugate *solver) {
  free(solver->curvature);
  free(solver->preconditioner);
  free(solver->residual);
  free(solver->direction);
  free(solver->product);
  free(solver->scratch);
  free(solver->lane);
  *solver = (struct model_conjugate){0};
}

/* sum (n_lanes) = a.b of each lane, over n nodes. */
SIM_VECTORISED static void dot(size_t n, size_t n_lanes,
                               const double *restrict a,
                               const double *restrict b, double *restrict sum) {
  memset(sum, 0, n_lanes * sizeof *sum);
  for (size_t i = 0; i < n * n_lanes; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      sum[k] += a[i + k] * b[i + k];
    }
  }
}

/* sum (n_lanes) = r.P r, the preconditioned square of the residual. */
SIM_VECTORISED static void dot_preconditioned(size_t n, size_t n_lanes,
                                              const double *restrict r,
                                              const double *restrict p,
                                              double *restrict sum) {
  memset(sum, 0, n_lanes * sizeof *sum);
  for (size_t i = 0; i < n * n_lanes; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      sum[k] += r[i + k] * r[i + k] * p[i + k];
    }
  }
}

/* direction <- P r + keep direction, keep (n_lanes). */
SIM_VECTORISED static void turn(size_t n, size_t n_lanes,
                                const double *restrict keep,
                                const double *restrict r,
                                const double *restrict p,
                                double *restrict direction) {
  for (size_t i = 0; i < n * n_lanes; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      direction[i + k] = r[i + k] * p[i + k] + keep[k] * direction[i + k];
    }
  }
}

/* y += factor step x, step (n_lanes). */
SIM_VECTORISED static void move(size_t n, size_t n_lanes, double factor,
                                const double *restrict step,
                                const double *restrict x, double *restrict y) {
  for (size_t i = 0; i < n * n_lanes; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      y[i + k] += factor * step[k] * x[i + k];
    }
  }
}

/* P = 1/diagonal of H. The diagonal is positive at a minimum; elsewhere it
 * only has to make a positive preconditioner. */
static void prepare(struct model_conjugate *c, double conductance,
                    const double *s, const struct model_work *work) {
  model_hessian_curvature(c->net, c->n_lanes, s, c->curvature);
  model_hessian_diagonal(c->net, conductance, work, c->curvature,
                         c->preconditioner);
  for (size_t i = 0; i < c->net->layout.n_nodes * c->n_lanes; i++) {
    const double diagonal = c->preconditioner[i];
    c->preconditioner[i] = diagonal > 0 ? 1.0 / diagonal : 1.0;
  }
}

/* Lanes still open after comparing residuals with the goal; closes the rest
 * as solved. */
static size_t close_solved(const struct model_conjugate *c, const double *norm,
                           const double *goal, enum model_conjugate_end *ends) {
  size_t n_open = 0;
  for (size_t k = 0; k < c->n_lanes; k++) {
    if (ends[k] == MODEL_UNSOLVED && norm[k] <= goal[k]) {
      ends[k] = MODEL_SOLVED;
    }
    n_open += ends[k] == MODEL_UNSOLVED;
  }
  return n_open;
}

/* Lengths of the step of open lanes; closed lanes stay where they are. */
static void choose_steps(const struct model_conjugate *c, const double *rho,
                         const double *bend, double *step,
                         enum model_conjugate_end *ends) {
  for (size_t k = 0; k < c->n_lanes; k++) {
    if (ends[k] == MODEL_UNSOLVED && !(bend[k] > 0)) {
      ends[k] = MODEL_NOT_MINIMUM;
    }
    step[k] = ends[k] == MODEL_UNSOLVED ? rho[k] / bend[k] : 0.0;
  }
}

void model_conjugate_solve(struct model_conjugate *c, double conductance,
                           const double *s, const struct model_work *work,
                           const double *b, double *a,
                           enum model_conjugate_end *ends) {
  const size_t lanes = c->n_lanes, n_nodes = c->net->layout.n_nodes;
  const size_t n = n_nodes * lanes;
  double *rho = c->lane, *goal = rho + lanes;
  double *value = goal + lanes, *factor = value + lanes;

  prepare(c, conductance, s, work);
  memset(a, 0, n * sizeof *a);
  memcpy(c->residual, b, n * sizeof *b);
  memset(factor, 0, lanes * sizeof *factor);
  dot_preconditioned(n_nodes, lanes, c->residual, c->preconditioner, rho);
  for (size_t k = 0; k < lanes; k++) {
    goal[k] = rho[k] * c->tolerance * c->tolerance;
    ends[k] = MODEL_UNSOLVED;
  }

  for (size_t round = 0; round < c->max_rounds; round++) {
    if (close_solved(c, rho, goal, ends) == 0) {
      return;
    }
    turn(n_nodes, lanes, factor, c->residual, c->preconditioner, c->direction);
    model_hessian_product(c->net, conductance, work, c->curvature, c->direction,
                          c->product, c->scratch);
    dot(n_nodes, lanes, c->direction, c->product, value);
    choose_steps(c, rho, value, factor, ends);
    move(n_nodes, lanes, 1.0, factor, c->direction, a);
    move(n_nodes, lanes, -1.0, factor, c->product, c->residual);
    dot_preconditioned(n_nodes, lanes, c->residual, c->preconditioner, value);
    for (size_t k = 0; k < lanes; k++) {
      factor[k] = rho[k] > 0 ? value[k] / rho[k] : 0.0;
      rho[k] = value[k];
    }
  }
  (void)close_solved(c, rho, goal, ends);
}
