/* models/conjugate.c -- H a = b for all lanes of a tile at once
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/conjugate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/hessian.h"
#include "sim/lanes.h"
#include "sim/memory.h"
#include "sim/vmath.h"

enum { EVEN, ODD };

/* --- birth and death --- */

/* All arrays and their sizes, for n_nodes x n_lanes and the pool's width. */
#define N_ARRAYS 13
struct array {
  double **at;
  size_t n;
};

static void list_arrays(struct model_conjugate *c, size_t n_nodes, size_t width,
                        struct array *list) {
  const size_t tile = n_nodes * c->n_lanes, pool = n_nodes * width;
  const struct array arrays[N_ARRAYS] = {
      {&c->inverse, tile},      {&c->factor, tile},
      {&c->rest, tile},         {&c->goal, c->n_lanes},
      {&c->at.factor, pool},    {&c->at.residual, pool},
      {&c->at.direction, pool}, {&c->at.solution, pool},
      {&c->at.product, pool},   {&c->at.norm, width},
      {&c->at.bend, width},     {&c->at.step, width},
      {&c->at.n_rounds, width},
  };
  memcpy(list, arrays, sizeof arrays);
}

enum sim_status model_conjugate_init(struct model_conjugate *c,
                                     const struct model_network *net,
                                     size_t n_lanes, double tolerance,
                                     size_t max_rounds, struct sim_error *err) {
  struct array list[N_ARRAYS];
  *c = (struct model_conjugate){.net = net,
                                .n_lanes = n_lanes,
                                .tolerance = tolerance,
                                .max_rounds = max_rounds};
  list_arrays(c, net->layout.n_nodes, model_pool_width(n_lanes), list);
  bool is_whole = model_pool_init(&c->pool, err) == SIM_OK;
  for (size_t i = 0; is_whole && i < N_ARRAYS; i++) {
    *list[i].at = sim_alloc_doubles(list[i].n, err);
    is_whole = *list[i].at != NULL;
  }
  if (!is_whole) {
    model_conjugate_finish(c);
    return err->status;
  }
  return SIM_OK;
}

void model_conjugate_finish(struct model_conjugate *c) {
  struct array list[N_ARRAYS];
  list_arrays(c, 0, 0, list);
  for (size_t i = 0; i < N_ARRAYS; i++) {
    free(*list[i].at);
  }
  model_pool_finish(&c->pool);
  *c = (struct model_conjugate){0};
}

/* --- loops over the nodes of all layers of one parity --- */

/* Elements first to last - 1 of an array (n_nodes x n_lanes). */
struct rows {
  size_t first, last;
};

static struct rows rows_of(const struct model_conjugate *c, size_t n_lanes,
                           size_t l) {
  const struct model_layout *at = &c->net->layout;
  return (struct rows){at->node_at[l] * n_lanes,
                       (at->node_at[l] + at->width[l]) * n_lanes};
}

#define FOR_ROWS(c, n_lanes, parity, at)                               \
  for (size_t l_ = (parity); l_ < (c)->net->layout.n_layers; l_ += 2)  \
    for (struct rows at = rows_of(c, n_lanes, l_); at.first < at.last; \
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

/* y = a o (x + slope o y) */
SIM_VECTORISED static void add_coupled(struct rows at, const double *restrict a,
                                       const double *restrict x,
                                       const double *restrict slope,
                                       double *restrict y) {
  for (size_t i = at.first; i < at.last; i++) {
    y[i] = a[i] * (x[i] + slope[i] * y[i]);
  }
}

/* inverse becomes its root, factor = slope o root; or slope^2 o inverse. */
SIM_VECTORISED static void scale_odd(struct rows at,
                                     const double *restrict slope,
                                     double *restrict inverse,
                                     double *restrict factor) {
  for (size_t i = at.first; i < at.last; i++) {
    inverse[i] = sqrt(inverse[i]);
    factor[i] = slope[i] * inverse[i];
  }
}

SIM_VECTORISED static void scale_even(struct rows at,
                                      const double *restrict slope,
                                      const double *restrict inverse,
                                      double *restrict factor) {
  for (size_t i = at.first; i < at.last; i++) {
    factor[i] = slope[i] * slope[i] * inverse[i];
  }
}

/* direction <- r + keep direction, scaled = factor o direction. */
SIM_VECTORISED static void turn(struct rows at, size_t n_lanes,
                                const double *restrict keep,
                                const double *restrict r,
                                const double *restrict factor,
                                double *restrict direction,
                                double *restrict scaled) {
  for (size_t i = at.first; i < at.last; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      direction[i + k] = r[i + k] + keep[k] * direction[i + k];
      scaled[i + k] = factor[i + k] * direction[i + k];
    }
  }
}

/* product <- x - factor o product; bend (n_lanes) += x.product */
SIM_VECTORISED static void finish_product(struct rows at, size_t n_lanes,
                                          const double *restrict factor,
                                          const double *restrict x,
                                          double *restrict product,
                                          double *restrict bend) {
  for (size_t i = at.first; i < at.last; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      const double y = x[i + k] - factor[i + k] * product[i + k];
      product[i + k] = y;
      bend[k] += x[i + k] * y;
    }
  }
}

/* z += step x, r -= step product, norm += |r|^2; step, norm (n_lanes). */
SIM_VECTORISED static void move(struct rows at, size_t n_lanes,
                                const double *restrict step,
                                const double *restrict x,
                                const double *restrict product,
                                double *restrict z, double *restrict r,
                                double *restrict norm) {
  for (size_t i = at.first; i < at.last; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      z[i + k] += step[k] * x[i + k];
      r[i + k] -= step[k] * product[i + k];
      norm[k] += r[i + k] * r[i + k];
    }
  }
}

/* --- the whole tile --- */

/* Inverse diagonals of H. A lane with a diagonal that is not positive is at no
 * minimum. */
static void invert_diagonal(struct model_conjugate *c, double conductance,
                            const double *s, const struct model_work *work,
                            enum model_conjugate_end *ends) {
  const size_t lanes = c->n_lanes;
  model_hessian_curvature(c->net, lanes, s, c->factor);
  model_hessian_diagonal(c->net, conductance, work, c->factor, c->inverse);
  for (size_t k = 0; k < lanes; k++) {
    ends[k] = MODEL_UNSOLVED;
  }
  for (size_t i = 0; i < c->net->layout.n_nodes * lanes; i++) {
    const bool is_positive = c->inverse[i] > 0;
    c->inverse[i] = is_positive ? 1.0 / c->inverse[i] : 1.0;
    if (!is_positive) {
      ends[i % lanes] = MODEL_NOT_MINIMUM;
    }
  }
}

/* goal (n_lanes) = tolerance^2 b.b, weighted. */
static void set_goal(struct model_conjugate *c, const double *b) {
  const size_t n = c->net->layout.n_nodes * c->n_lanes;
  memset(c->goal, 0, c->n_lanes * sizeof *c->goal);
  add_weighted((struct rows){0, n}, c->n_lanes, c->inverse, b, c->goal);
  for (size_t k = 0; k < c->n_lanes; k++) {
    c->goal[k] *= c->tolerance * c->tolerance;
  }
}

/* rest = D_o^-1/2 (b_o + S^T D_e^-1 b_e), and the two factors. */
static void reduce(struct model_conjugate *c, const struct model_work *work,
                   const double *b) {
  const size_t lanes = c->n_lanes;
  FOR_ROWS(c, lanes, EVEN, at) {
    multiply(at, c->inverse, b, c->rest);
    multiply(at, work->slope, c->rest, c->rest);
    scale_even(at, work->slope, c->inverse, c->factor);
  }
  model_network_couple_parity(c->net, lanes, ODD, c->rest, c->rest);
  FOR_ROWS(c, lanes, ODD, at) {
    scale_odd(at, work->slope, c->inverse, c->factor);
    add_coupled(at, c->inverse, b, work->slope, c->rest);
  }
}

/* a_o = D_o^-1/2 z (which a holds), a_e = D_e^-1 (b_e + S a_o) */
static void expand(struct model_conjugate *c, const struct model_work *work,
                   const double *b, double *a) {
  const size_t lanes = c->n_lanes;
  FOR_ROWS(c, lanes, ODD, at) {
    multiply(at, c->inverse, a, a);
    multiply(at, work->slope, a, c->rest);
  }
  model_network_couple_parity(c->net, lanes, EVEN, c->rest, a);
  FOR_ROWS(c, lanes, EVEN, at) {
    add_coupled(at, c->inverse, b, work->slope, a);
  }
}

/* --- the pool --- */

/* Lane `from` of the odd layers of x into lane `to` of y. */
static void copy_odd(const struct model_conjugate *c, const double *x,
                     size_t n_from, size_t from, double *y, size_t n_to,
                     size_t to) {
  const struct model_layout *at = &c->net->layout;
  for (size_t l = ODD; l < at->n_layers; l += 2) {
    sim_lanes_copy(at->width[l], x + at->node_at[l] * n_from, n_from, from,
                   y + at->node_at[l] * n_to, n_to, to);
  }
}

static void load(struct model_conjugate *c, size_t sample, size_t lane) {
  const struct model_conjugate_lanes *at = &c->at;
  const size_t lanes = c->pool.n_lanes;
  sim_lanes_copy(c->net->layout.n_nodes, c->factor, c->n_lanes, sample,
                 at->factor, lanes, lane);
  copy_odd(c, c->rest, c->n_lanes, sample, at->residual, lanes, lane);
  at->norm[lane] = at->step[lane] = at->n_rounds[lane] = 0.0;
  FOR_ROWS(c, lanes, ODD, rows) {
    for (size_t i = rows.first + lane; i < rows.last; i += lanes) {
      at->norm[lane] += at->residual[i] * at->residual[i];
      at->direction[i] = at->solution[i] = 0.0;
    }
  }
}

/* Samples that are still to come into idle lanes. Those without a minimum, or
 * solved by nothing, need none. */
static void refill(struct model_conjugate *c, enum model_conjugate_end *ends) {
  size_t lane, sample;
  while (model_pool_take(&c->pool, &lane, &sample)) {
    load(c, sample, lane);
    if (ends[sample] == MODEL_UNSOLVED && c->at.norm[lane] <= c->goal[sample]) {
      ends[sample] = MODEL_SOLVED;
    }
    if (ends[sample] != MODEL_UNSOLVED || c->max_rounds == 0) {
      model_pool_release(&c->pool, lane);
    }
  }
}

/* product_o = (1 - G^T P G) direction; bend = direction.product. `step` holds
 * how much of the direction before stays in it. */
static void apply(struct model_conjugate *c) {
  const struct model_conjugate_lanes *at = &c->at;
  const size_t lanes = c->pool.n_lanes;
  FOR_ROWS(c, lanes, ODD, rows) {
    turn(rows, lanes, at->step, at->residual, at->factor, at->direction,
         at->product);
  }
  model_network_couple_parity(c->net, lanes, EVEN, at->product, at->product);
  FOR_ROWS(c, lanes, EVEN, rows) {
    multiply(rows, at->factor, at->product, at->product);
  }
  model_network_couple_parity(c->net, lanes, ODD, at->product, at->product);
  memset(at->bend, 0, lanes * sizeof *at->bend);
  FOR_ROWS(c, lanes, ODD, rows) {
    finish_product(rows, lanes, at->factor, at->direction, at->product,
                   at->bend);
  }
}

static void release(struct model_conjugate *c, size_t lane,
                    enum model_conjugate_end end, double *a,
                    enum model_conjugate_end *ends) {
  const size_t sample = c->pool.sample[lane];
  ends[sample] = end;
  c->all_rounds += (size_t)c->at.n_rounds[lane];
  copy_odd(c, c->at.solution, c->pool.n_lanes, lane, a, c->n_lanes, sample);
  model_pool_release(&c->pool, lane);
}

/* Lengths of the steps of busy lanes. */
static void choose_steps(struct model_conjugate *c, double *a,
                         enum model_conjugate_end *ends) {
  const struct model_conjugate_lanes *at = &c->at;
  for (size_t k = 0; k < c->pool.n_lanes; k++) {
    if (model_pool_is_busy(&c->pool, k) && !(at->bend[k] > 0)) {
      release(c, k, MODEL_NOT_MINIMUM, a, ends);
    }
    at->step[k] =
        model_pool_is_busy(&c->pool, k) ? at->norm[k] / at->bend[k] : 0.0;
  }
}

/* Take the steps, let go who has arrived; what stays of the directions. */
static void take_steps(struct model_conjugate *c, double *a,
                       enum model_conjugate_end *ends) {
  const struct model_conjugate_lanes *at = &c->at;
  const size_t lanes = c->pool.n_lanes;
  double *norm = at->bend;
  memset(norm, 0, lanes * sizeof *norm);
  FOR_ROWS(c, lanes, ODD, rows) {
    move(rows, lanes, at->step, at->direction, at->product, at->solution,
         at->residual, norm);
  }
  for (size_t k = 0; k < lanes; k++) {
    at->step[k] = at->norm[k] > 0 ? norm[k] / at->norm[k] : 0.0;
    at->norm[k] = norm[k];
    at->n_rounds[k] += 1;
    const bool is_busy = model_pool_is_busy(&c->pool, k);
    if (is_busy && norm[k] <= c->goal[c->pool.sample[k]]) {
      release(c, k, MODEL_SOLVED, a, ends);
    } else if (is_busy && at->n_rounds[k] >= (double)c->max_rounds) {
      release(c, k, MODEL_UNSOLVED, a, ends);
    }
  }
}

/* Close up when that makes the pool narrower; false when it is empty. */
static bool close_up(struct model_conjugate *c) {
  const struct model_conjugate_lanes *at = &c->at;
  const size_t width = model_pool_choose(&c->pool);
  if (width == c->pool.n_lanes || width == 0) {
    return width > 0;
  }
  double *const arrays[] = {at->factor, at->residual, at->direction,
                            at->solution};
  double *const lanes[] = {at->norm, at->step, at->n_rounds};
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
    model_pool_pack_array(&c->pool, c->net->layout.n_nodes, width, arrays[i]);
  }
  for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
    model_pool_pack_array(&c->pool, 1, width, lanes[i]);
  }
  model_pool_pack(&c->pool, width);
  return true;
}

void model_conjugate_solve(struct model_conjugate *c, double conductance,
                           size_t n_samples, const double *s,
                           const struct model_work *work, const double *b,
                           double *a, enum model_conjugate_end *ends) {
  invert_diagonal(c, conductance, s, work, ends);
  set_goal(c, b);
  reduce(c, work, b);
  memset(a, 0, c->net->layout.n_nodes * c->n_lanes * sizeof *a);
  model_pool_start(&c->pool, n_samples);
  for (refill(c, ends); close_up(c); refill(c, ends)) {
    apply(c);
    choose_steps(c, a, ends);
    take_steps(c, a, ends);
  }
  expand(c, work, b, a);
}
