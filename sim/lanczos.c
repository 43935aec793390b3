/* sim/lanczos.c -- smallest eigenvalues of many symmetric operators
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/lanczos.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/lapack.h"
#include "sim/memory.h"
#include "sim/vmath.h"

#define LOOK_EVERY 10u  // steps between two looks at T
#define NOTHING 1e-12   // of |A|: what is left is rounding
#define GOLDEN 0.6180339887498949

enum sim_status sim_lanczos_init(struct sim_lanczos *l, size_t n,
                                 size_t n_lanes, size_t n_wanted,
                                 size_t max_steps, double tolerance,
                                 struct sim_error *err) {
  assert(n_wanted >= 1 && n_wanted <= n && max_steps >= 1 && max_steps <= n);
  *l = (struct sim_lanczos){
      .n = n,
      .n_lanes = n_lanes,
      .n_wanted = n_wanted,
      .max_steps = max_steps,
      .tolerance = tolerance,
      .basis = sim_alloc_doubles((max_steps + 1) * n * n_lanes, err),
      .alpha = sim_alloc_doubles(n_lanes * max_steps, err),
      .beta = sim_alloc_doubles(n_lanes * max_steps, err),
      .norm = sim_alloc_doubles(n_lanes, err),
      .factor = sim_alloc_doubles(n_lanes, err),
      .length = sim_alloc(n_lanes, sizeof *l->length, err),
      .diagonal = sim_alloc_doubles(max_steps, err),
      .beside = sim_alloc_doubles(max_steps, err),
      .root = sim_alloc_doubles(max_steps, err),
      .z = sim_alloc_doubles(n_lanes * n_wanted * max_steps, err),
      .work = sim_alloc_doubles(5 * max_steps, err),
      .whole = sim_alloc(6 * max_steps, sizeof *l->whole, err),
      .value = sim_alloc_doubles(n_wanted * n_lanes, err),
      .vector = sim_alloc_doubles(n_wanted * n * n_lanes, err),
  };
  if (!l->basis || !l->alpha || !l->beta || !l->norm || !l->factor ||
      !l->length || !l->diagonal || !l->beside || !l->root || !l->z ||
      !l->work || !l->whole || !l->value || !l->vector) {
    sim_lanczos_finish(l);
    return err->status;
  }
  return SIM_OK;
}

void sim_lanczos_finish(struct sim_lanczos *l) {
  free(l->basis);
  free(l->alpha);
  free(l->beta);
  free(l->norm);
  free(l->factor);
  free(l->length);
  free(l->diagonal);
  free(l->beside);
  free(l->root);
  free(l->z);
  free(l->work);
  free(l->whole);
  free(l->value);
  free(l->vector);
  *l = (struct sim_lanczos){0};
}

/* --- vectors, lane by lane --- */

/* sum (n_lanes) = a.b of each lane. */
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

/* y += sign c x, c (n_lanes). */
SIM_VECTORISED static void add(size_t n, size_t n_lanes, double sign,
                               const double *restrict c,
                               const double *restrict x, double *restrict y) {
  for (size_t i = 0; i < n * n_lanes; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      y[i + k] += sign * c[k] * x[i + k];
    }
  }
}

/* y <- c y. */
SIM_VECTORISED static void scale(size_t n, size_t n_lanes,
                                 const double *restrict c, double *restrict y) {
  for (size_t i = 0; i < n * n_lanes; i += n_lanes) {
    for (size_t k = 0; k < n_lanes; k++) {
      y[i + k] *= c[k];
    }
  }
}

static double *vector_at(const struct sim_lanczos *l, size_t step) {
  return l->basis + step * l->n * l->n_lanes;
}

/* --- one step --- */

/* factor = 1/|v|, v <- v/|v|. */
static void normalise(struct sim_lanczos *l, double *v) {
  dot(l->n, l->n_lanes, v, v, l->factor);
  for (size_t k = 0; k < l->n_lanes; k++) {
    l->factor[k] = 1.0 / sqrt(l->factor[k]);
  }
  scale(l->n, l->n_lanes, l->factor, v);
}

/* Any vector will do that no eigenvector is at right angles to: elements
 * spread evenly over -0.5 to 0.5, without a pattern. */
static void begin(struct sim_lanczos *l) {
  double *v = vector_at(l, 0);
  for (size_t i = 0; i < l->n; i++) {
    const double element = fmod((double)(i + 1) * GOLDEN, 1.0) - 0.5;
    for (size_t k = 0; k < l->n_lanes; k++) {
      v[i * l->n_lanes + k] = element;
    }
  }
  normalise(l, v);
  for (size_t k = 0; k < l->n_lanes; k++) {
    l->length[k] = l->max_steps;
    l->norm[k] = 0;
  }
}

/* Take out of w what it has of the first n vectors; the factors of the newest
 * one are the diagonal of T. */
static void orthogonalise(struct sim_lanczos *l, size_t n, double *w) {
  for (size_t i = n; i-- > 0;) {
    dot(l->n, l->n_lanes, vector_at(l, i), w, l->factor);
    add(l->n, l->n_lanes, -1.0, l->factor, vector_at(l, i), w);
    for (size_t k = 0; k < l->n_lanes; k++) {
      l->alpha[k * l->max_steps + n - 1] += i + 1 == n ? l->factor[k] : 0.0;
    }
  }
}

/* Length of w into T, and w <- w/|w|. A lane of which only rounding is left
 * has seen all it can: its vectors are 0 from now on. */
static void close_step(struct sim_lanczos *l, size_t step, double *w) {
  dot(l->n, l->n_lanes, w, w, l->factor);
  for (size_t k = 0; k < l->n_lanes; k++) {
    const size_t at = k * l->max_steps + step;
    l->beta[at] = sqrt(l->factor[k]);
    l->norm[k] = fmax(l->norm[k], fabs(l->alpha[at]) + l->beta[at]);
    const bool is_over =
        step >= l->length[k] || !(l->beta[at] > NOTHING * l->norm[k]);
    if (is_over && step < l->length[k]) {
      l->length[k] = step + 1;
    }
    l->beta[at] = is_over ? 0.0 : l->beta[at];
    l->factor[k] = is_over ? 0.0 : 1.0 / l->beta[at];
  }
  scale(l->n, l->n_lanes, l->factor, w);
}

/* Rounding leaves in w some of the vectors that have converged, so all are
 * taken out twice. */
static void take_step(struct sim_lanczos *l, size_t step,
                      sim_lanczos_product *product, void *context) {
  double *w = vector_at(l, step + 1);
  product(vector_at(l, step), w, context);
  for (size_t k = 0; k < l->n_lanes; k++) {
    l->alpha[k * l->max_steps + step] = 0.0;
  }
  orthogonalise(l, step + 1, w);
  orthogonalise(l, step + 1, w);
  close_step(l, step, w);
}

/* --- eigenvalues of T --- */

/* Smallest eigenvalues of a lane's T after n steps, into root, and their
 * vectors, into the lane's rows of z; how many there are. */
static size_t solve(struct sim_lanczos *l, size_t lane, size_t n) {
  const size_t at = lane * l->max_steps;
  const double none = 0;
  const int size = (int)n, first = 1, stride = (int)l->max_steps;
  const int last = (int)(n < l->n_wanted ? n : l->n_wanted);
  int n_found = 0, info = 0;
  memcpy(l->diagonal, l->alpha + at, n * sizeof *l->alpha);
  memcpy(l->beside, l->beta + at, n * sizeof *l->beta);
  dstevx_("V", "I", &size, l->diagonal, l->beside, &none, &none, &first, &last,
          &none, &n_found, l->root, l->z + at * l->n_wanted, &stride, l->work,
          l->whole, l->whole + 5 * l->max_steps, &info, 1, 1);
  return info == 0 ? (size_t)n_found : 0;
}

/* How many of a lane's eigenvalues, smallest first, are accurate after n
 * steps; they are in root and z. */
static size_t count_found(struct sim_lanczos *l, size_t lane, size_t n) {
  const size_t length = n < l->length[lane] ? n : l->length[lane];
  const double beta = l->beta[lane * l->max_steps + length - 1];
  const double limit = l->tolerance * l->norm[lane];
  const size_t n_roots = solve(l, lane, length);
  const double *z = l->z + lane * l->max_steps * l->n_wanted;
  size_t n_found = 0;
  while (n_found < n_roots &&
         beta * fabs(z[n_found * l->max_steps + length - 1]) <= limit) {
    n_found++;
  }
  return n_found;
}

/* True when no lane can gain by another step. */
static bool is_done(struct sim_lanczos *l, size_t n) {
  for (size_t k = 0; k < l->n_lanes; k++) {
    if (n < l->length[k] && count_found(l, k, n) < l->n_wanted) {
      return false;
    }
  }
  return true;
}

/* --- what was found --- */

/* y = V z of one eigenvalue of one lane. */
static void assemble(const struct sim_lanczos *l, size_t lane, size_t n,
                     const double *z, double *y) {
  for (size_t step = 0; step < n; step++) {
    const double *v = vector_at(l, step);
    for (size_t i = lane; i < l->n * l->n_lanes; i += l->n_lanes) {
      y[i] += z[step] * v[i];
    }
  }
}

static void deliver(struct sim_lanczos *l, size_t n) {
  const size_t size = l->n * l->n_lanes;
  memset(l->vector, 0, l->n_wanted * size * sizeof *l->vector);
  for (size_t k = 0; k < l->n_lanes; k++) {
    const size_t length = n < l->length[k] ? n : l->length[k];
    const size_t n_found = count_found(l, k, n);
    const double *z = l->z + k * l->max_steps * l->n_wanted;
    for (size_t j = 0; j < l->n_wanted; j++) {
      l->value[j * l->n_lanes + k] = j < n_found ? l->root[j] : (double)NAN;
      if (j < n_found) {
        assemble(l, k, length, z + j * l->max_steps, l->vector + j * size);
      }
    }
  }
}

size_t sim_lanczos_run(struct sim_lanczos *l, sim_lanczos_product *product,
                       void *context) {
  size_t n = 0;
  bool is_over = false;
  begin(l);
  while (!is_over) {
    take_step(l, n++, product, context);
    is_over = n == l->max_steps || (n % LOOK_EVERY == 0 && is_done(l, n));
  }
  deliver(l, n);
  return n;
}
