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
      .diagonal = sim_alloc_doubles(n, err),
      .residual = sim_alloc_doubles(n, err),
      .direction = sim_alloc_doubles(n, err),
      .product = sim_alloc_doubles(n, err),
      .scratch = sim_alloc_doubles(n, err),
      .lane = sim_alloc_doubles(4 * n_lanes, err),
  };
  if (!solver->curvature || !solver->diagonal || !solver->residual ||
      !solver->direction || !solver->product || !solver->scratch ||
      !solver->lane) {
    model_conjugate_finish(solver);
    return err->status;
  }
  return SIM_OK;
}

void model_conjugate_finish(struct model_conjugate *solver) {
  free(solver->curvature);
  free(solver->diagonal);
  free(solver->residual);
  free(solver->direction);
  free(solver->product);
  free(solver->scratch);
  free(solver->lane);
  *solver = (struct model_conjugate){0};
}

/* sum (n_lanes) = a.b of each lane. */
static void dot(const struct model_conjugate *c, const double *a,
                const double *b, double *sum) {
  memset(sum, 0, c->n_lanes * sizeof *sum);
  for (size_t i = 0; i < c->net->layout.n_nodes; i++) {
    for (size_t k = 0; k < c->n_lanes; k++) {
      sum[k] += a[i * c->n_lanes + k] * b[i * c->n_lanes + k];
    }
  }
}

/* sum (n_lanes) = r.r/diagonal, the preconditioned square of the residual. */
static void dot_preconditioned(const struct model_conjugate *c, double *sum) {
  memset(sum, 0, c->n_lanes * sizeof *sum);
  for (size_t i = 0; i < c->net->layout.n_nodes; i++) {
    for (size_t k = 0; k < c->n_lanes; k++) {
      const size_t at = i * c->n_lanes + k;
      sum[k] += c->residual[at] * c->residual[at] / c->diagonal[at];
    }
  }
}

/* The diagonal of H is positive at a minimum; elsewhere it only has to make
 * a positive preconditioner. */
static void prepare(struct model_conjugate *c, double conductance,
                    const double *s, const struct model_work *work) {
  model_hessian_curvature(c->net, c->n_lanes, s, c->curvature);
  model_hessian_diagonal(c->net, conductance, work, c->curvature, c->diagonal);
  for (size_t i = 0; i < c->net->layout.n_nodes * c->n_lanes; i++) {
    c->diagonal[i] = c->diagonal[i] > 0 ? c->diagonal[i] : 1.0;
  }
}

/* direction <- residual/diagonal + keep direction, keep (n_lanes). */
static void turn(struct model_conjugate *c, const double *keep) {
  for (size_t i = 0; i < c->net->layout.n_nodes; i++) {
    for (size_t k = 0; k < c->n_lanes; k++) {
      const size_t at = i * c->n_lanes + k;
      c->direction[at] =
          c->residual[at] / c->diagonal[at] + keep[k] * c->direction[at];
    }
  }
}

/* a += step direction, residual -= step H direction, step (n_lanes). */
static void move(struct model_conjugate *c, const double *step, double *a) {
  for (size_t i = 0; i < c->net->layout.n_nodes; i++) {
    for (size_t k = 0; k < c->n_lanes; k++) {
      const size_t at = i * c->n_lanes + k;
      a[at] += step[k] * c->direction[at];
      c->residual[at] -= step[k] * c->product[at];
    }
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
  const size_t lanes = c->n_lanes, n = c->net->layout.n_nodes * lanes;
  double *rho = c->lane, *goal = rho + lanes;
  double *value = goal + lanes, *factor = value + lanes;

  prepare(c, conductance, s, work);
  memset(a, 0, n * sizeof *a);
  memcpy(c->residual, b, n * sizeof *b);
  memset(factor, 0, lanes * sizeof *factor);
  dot_preconditioned(c, rho);
  for (size_t k = 0; k < lanes; k++) {
    goal[k] = rho[k] * c->tolerance * c->tolerance;
    ends[k] = MODEL_UNSOLVED;
  }

  for (size_t round = 0; round < c->max_rounds; round++) {
    if (close_solved(c, rho, goal, ends) == 0) {
      return;
    }
    turn(c, factor);
    model_hessian_product(c->net, conductance, work, c->curvature, c->direction,
                          c->product, c->scratch);
    dot(c, c->direction, c->product, value);
    choose_steps(c, rho, value, factor, ends);
    move(c, factor, a);
    dot_preconditioned(c, value);
    for (size_t k = 0; k < lanes; k++) {
      factor[k] = rho[k] > 0 ? value[k] / rho[k] : 0.0;
      rho[k] = value[k];
    }
  }
  (void)close_solved(c, rho, goal, ends);
}
