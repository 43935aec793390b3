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

enum { EVEN, ODD };

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
      .diagonal = sim_alloc_doubles(n, err),
      .inverse = sim_alloc_doubles(n, err),
      .residual = sim_alloc_doubles(n, err),
      .direction = sim_alloc_doubles(n, err),
      .product = sim_alloc_doubles(n, err),
      .scratch = sim_alloc_doubles(n, err),
      .lane = sim_alloc_doubles(4 * n_lanes, err),
  };
  if (!solver->diagonal || !solver->inverse || !solver->residual ||
      !solver->direction || !solver->product || !solver->scratch ||
      !solver->lane) {
    model_conjugate_finish(solver);
    return err->status;
  }
  return SIM_OK;
}

void model_conjugate_finish(struct model_conjugate *solver) {
  free(solver->diagonal);
  free(solver->inverse);
  free(solver->residual);
  free(solver->direction);
  free(solver->product);
  free(solver->scratch);
  free(solver->lane);
  *solver = (struct model_conjugate){0};
}

/* --- loops over the nodes of all layers of one parity --- */

/* Elements first to last - 1 of an array (n_nodes x n_lanes). */
struct rows {
  size_t first, last;
};

static struct rows rows_of(const struct model_conjugate *c, size_t l) {
  const struct model_layout *at = &c->net->layout;
  return (struct rows){at->node_at[l] * c->n_lanes,
                       (at->node_at[l] + at->width[l]) * c->n_lanes};
}

#define FOR_ROWS(c, parity, at)                                       \
  for (size_t l_ = (parity); l_ < (c)->net->layout.n_layers; l_ += 2) \
    for (struct rows at = rows_of(c, l_); at.first < at.last;         \
         at.first = at.last)

/* sum (n_lanes) += x.W x of each lane. */
SIM_VECTORISED static void add_weighted(struct rows at, size_t n_lanes,
                                        const double *restrict weight,
                                        const double *restrict x,
                                        double *restrict sum) {
  for (size_t i = at.first; i < at.last; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      sum[k] += x[i + k] * x[i + k] * weight[i + k];
    }
  }
}

/* product = a o b */
SIM_VECTORISED static void multiply(struct rows at, const double *a,
                                    const double *b, double *product) {
  for (size_t i = at.first; i < at.last; i++) {
    product[i] = a[i] * b[i];
  }
}

/* y = x + slope o y */
SIM_VECTORISED static void add_coupled(struct rows at, const double *restrict x,
                                       const double *restrict slope,
                                       double *restrict y) {
  for (size_t i = at.first; i < at.last; i++) {
    y[i] = x[i] + slope[i] * y[i];
  }
}

/* y = slope o slope o inverse o y: the even nodes answer a current. */
SIM_VECTORISED static void answer(struct rows at, const double *restrict slope,
                                  const double *restrict inverse,
                                  double *restrict y) {
  for (size_t i = at.first; i < at.last; i++) {
    y[i] = slope[i] * slope[i] * inverse[i] * y[i];
  }
}

/* direction <- P r + keep direction, keep (n_lanes). */
SIM_VECTORISED static void turn(struct rows at, size_t n_lanes,
                                const double *restrict keep,
                                const double *restrict r,
                                const double *restrict p,
                                double *restrict direction) {
  for (size_t i = at.first; i < at.last; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      direction[i + k] = r[i + k] * p[i + k] + keep[k] * direction[i + k];
    }
  }
}

/* product = diagonal o x - slope o product; bend (n_lanes) += x.product */
SIM_VECTORISED static void finish_product(struct rows at, size_t n_lanes,
                                          const double *restrict diagonal,
                                          const double *restrict slope,
                                          const double *restrict x,
                                          double *restrict product,
                                          double *restrict bend) {
  for (size_t i = at.first; i < at.last; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      const double y =
          diagonal[i + k] * x[i + k] - slope[i + k] * product[i + k];
      product[i + k] = y;
      bend[k] += x[i + k] * y;
    }
  }
}

/* a += step x, r -= step product, norm += r.P r; step, norm (n_lanes). */
SIM_VECTORISED static void move(struct rows at, size_t n_lanes,
                                const double *restrict step,
                                const double *restrict x,
                                const double *restrict product,
                                const double *restrict p, double *restrict a,
                                double *restrict r, double *restrict norm) {
  for (size_t i = at.first; i < at.last; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      a[i + k] += step[k] * x[i + k];
      r[i + k] -= step[k] * product[i + k];
      norm[k] += r[i + k] * r[i + k] * p[i + k];
    }
  }
}

/* --- the reduced system --- */

static void clear(const struct model_conjugate *c, double *lanes) {
  memset(lanes, 0, c->n_lanes * sizeof *lanes);
}

/* Diagonals of H and their inverses. A lane with a diagonal that is not
 * positive is at no minimum. */
static void prepare(struct model_conjugate *c, double conductance,
                    const double *s, const struct model_work *work,
                    enum model_conjugate_end *ends) {
  const size_t lanes = c->n_lanes;
  model_hessian_curvature(c->net, lanes, s, c->scratch);
  model_hessian_diagonal(c->net, conductance, work, c->scratch, c->diagonal);
  for (size_t k = 0; k < lanes; k++) {
    ends[k] = MODEL_UNSOLVED;
  }
  for (size_t i = 0; i < c->net->layout.n_nodes * lanes; i++) {
    const bool is_positive = c->diagonal[i] > 0;
    c->inverse[i] = is_positive ? 1.0 / c->diagonal[i] : 1.0;
    if (!is_positive) {
      ends[i % lanes] = MODEL_NOT_MINIMUM;
    }
  }
}

/* residual_o = b_o + S^T D_e^-1 b_e */
static void reduce(struct model_conjugate *c, const struct model_work *work,
                   const double *b) {
  FOR_ROWS(c, EVEN, at) {
    multiply(at, c->inverse, b, c->scratch);
    multiply(at, work->slope, c->scratch, c->scratch);
  }
  model_network_couple_parity(c->net, c->n_lanes, ODD, c->scratch, c->residual);
  FOR_ROWS(c, ODD, at) {
    add_coupled(at, b, work->slope, c->residual);
  }
}

/* product_o = (D_o - S^T D_e^-1 S) direction_o; bend = direction.product */
static void apply(struct model_conjugate *c, const struct model_work *work,
                  double *bend) {
  clear(c, bend);
  FOR_ROWS(c, ODD, at) {
    multiply(at, work->slope, c->direction, c->scratch);
  }
  model_network_couple_parity(c->net, c->n_lanes, EVEN, c->scratch, c->scratch);
  FOR_ROWS(c, EVEN, at) {
    answer(at, work->slope, c->inverse, c->scratch);
  }
  model_network_couple_parity(c->net, c->n_lanes, ODD, c->scratch, c->product);
  FOR_ROWS(c, ODD, at) {
    finish_product(at, c->n_lanes, c->diagonal, work->slope, c->direction,
                   c->product, bend);
  }
}

/* a_e = D_e^-1 (b_e + S a_o) */
static void expand(struct model_conjugate *c, const struct model_work *work,
                   const double *b, double *a) {
  FOR_ROWS(c, ODD, at) {
    multiply(at, work->slope, a, c->scratch);
  }
  model_network_couple_parity(c->net, c->n_lanes, EVEN, c->scratch, a);
  FOR_ROWS(c, EVEN, at) {
    add_coupled(at, b, work->slope, a);
    multiply(at, c->inverse, a, a);
  }
}

/* --- conjugate gradients --- */

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

/* goal (n_lanes) = tolerance^2 b.b, weighted. */
static void set_goal(const struct model_conjugate *c, const double *b,
                     double *goal) {
  const size_t n = c->net->layout.n_nodes * c->n_lanes;
  clear(c, goal);
  add_weighted((struct rows){0, n}, c->n_lanes, c->inverse, b, goal);
  for (size_t k = 0; k < c->n_lanes; k++) {
    goal[k] *= c->tolerance * c->tolerance;
  }
}

void model_conjugate_solve(struct model_conjugate *c, double conductance,
                           const double *s, const struct model_work *work,
                           const double *b, double *a,
                           enum model_conjugate_end *ends) {
  const size_t lanes = c->n_lanes;
  double *rho = c->lane, *goal = rho + lanes;
  double *value = goal + lanes, *factor = value + lanes;

  prepare(c, conductance, s, work, ends);
  set_goal(c, b, goal);
  reduce(c, work, b);
  clear(c, rho);
  clear(c, factor);
  memset(a, 0, c->net->layout.n_nodes * lanes * sizeof *a);
  FOR_ROWS(c, ODD, at) {
    add_weighted(at, lanes, c->inverse, c->residual, rho);
  }
  for (size_t round = 0; close_solved(c, rho, goal, ends) > 0; round++) {
    if (round == c->max_rounds) {
      break;
    }
    FOR_ROWS(c, ODD, at) {
      turn(at, lanes, factor, c->residual, c->inverse, c->direction);
    }
    apply(c, work, value);
    choose_steps(c, rho, value, factor, ends);
    clear(c, value);
    FOR_ROWS(c, ODD, at) {
      move(at, lanes, factor, c->direction, c->product, c->inverse, a,
           c->residual, value);
    }
    for (size_t k = 0; k < lanes; k++) {
      factor[k] = rho[k] > 0 ? value[k] / rho[k] : 0.0;
      rho[k] = value[k];
    }
  }
  expand(c, work, b, a);
}
