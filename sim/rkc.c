/* sim/rkc.c -- Runge-Kutta-Chebyshev as a GSL step type
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/rkc.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/vmath.h"

#define DAMPING (2.0 / 13.0)
#define MAX_STAGES 1000u
#define MIN_STAGES 2u
#define RADIUS_SAFETY 1.2     // the power iteration comes from below
#define RADIUS_ACCURACY 0.01  // relative change that ends it
#define RADIUS_ROUNDS 30u     // at most
#define STEPS_PER_RADIUS 4u   // accepted steps until it is looked at again
#define NORM_PARTS 32u

struct rkc {
  double radius;     // spectral radius with safety, 0: unknown
  unsigned n_since;  // steps since it was estimated
  double last_t;     // start of the newest step, to notice a repetition
  double *v;         // (dim) direction of the power iteration
  double *f;         // (dim) right-hand side
  double *f0;        // (dim) right-hand side at the start, if not given
  double *stage[3];  // (dim) Y_j, Y_(j-1), Y_(j-2)
  double *block;     // all of the above
};

double sim_rkc_stability(unsigned n_stages) {
  const double s2 = (double)n_stages * n_stages;
  return 2.0 / 3.0 * (s2 - 1.0) * (1.0 - 2.0 / 15.0 * DAMPING);
}

unsigned sim_rkc_stages(double h_rho) {
  const double reach = 2.0 / 3.0 * (1.0 - 2.0 / 15.0 * DAMPING);
  const double s = ceil(sqrt(1.0 + h_rho / reach));
  return s > MIN_STAGES ? (unsigned)fmin(s, 1e9) : MIN_STAGES;
}

static void *rkc_alloc(size_t dim) {
  struct sim_error err;
  struct rkc *rkc = sim_alloc(1, sizeof *rkc, &err);
  if (!rkc) {
    return NULL;
  }
  rkc->block = sim_alloc_doubles(6 * dim, &err);
  if (!rkc->block) {
    free(rkc);
    return NULL;
  }
  double **parts[] = {&rkc->v,        &rkc->f,        &rkc->f0,
                      &rkc->stage[0], &rkc->stage[1], &rkc->stage[2]};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    *parts[i] = rkc->block + i * dim;
  }
  return rkc;
}

static void rkc_free(void *state) {
  struct rkc *rkc = state;
  free(rkc->block);
  free(rkc);
}

/* The next trajectory must not depend on this one. */
static int rkc_reset(void *state, size_t dim) {
  (void)dim;
  struct rkc *rkc = state;
  rkc->radius = 0;
  rkc->n_since = 0;
  rkc->last_t = NAN;
  return GSL_SUCCESS;
}

static unsigned rkc_order(void *state) {
  (void)state;
  return 2;
}

/* --- spectral radius --- */

/* |x|, summed in parts that can be added side by side. */
SIM_VECTORISED static double norm(size_t n, const double *x) {
  double part[NORM_PARTS] = {0}, sum = 0;
  size_t i = 0;
  for (; i + NORM_PARTS <= n; i += NORM_PARTS) {
    for (size_t k = 0; k < NORM_PARTS; k++) {
      part[k] += x[i + k] * x[i + k];
    }
  }
  for (size_t k = 0; k < NORM_PARTS; k++) {
    sum += part[k];
  }
  for (; i < n; i++) {
    sum += x[i] * x[i];
  }
  return sqrt(sum);
}

/* A direction without preference: signs and sizes from a Weyl sequence. */
static void any_direction(size_t n, double *v) {
  double x = 0.5;
  for (size_t i = 0; i < n; i++) {
    x += 0.61803398874989485;
    x -= floor(x);
    v[i] = x - 0.5;
  }
}

/* sum = y + scale v */
SIM_VECTORISED static void add_scaled(size_t n, const double *restrict y,
                                      double scale, const double *restrict v,
                                      double *restrict sum) {
  for (size_t i = 0; i < n; i++) {
    sum[i] = y[i] + scale * v[i];
  }
}

/* v = f - f0 */
SIM_VECTORISED static void subtract(size_t n, const double *restrict f,
                                    const double *restrict f0,
                                    double *restrict v) {
  for (size_t i = 0; i < n; i++) {
    v[i] = f[i] - f0[i];
  }
}

/* |f(y + d v) - f(y)|/d for d small, v turning towards the fastest mode. Once
 * v points there, one more turn keeps up with the state. */
static int estimate_radius(struct rkc *rkc, size_t n, double t, const double *y,
                           const double *f0, const gsl_odeiv2_system *sys) {
  const double length = sqrt(DBL_EPSILON) * fmax(norm(n, y), 1.0);
  const unsigned n_rounds = rkc->radius == 0 ? RADIUS_ROUNDS : 1;
  double radius = 0, change = INFINITY;
  if (rkc->radius == 0) {
    any_direction(n, rkc->v);
  }
  double size = norm(n, rkc->v);
  for (unsigned i = 0; i < n_rounds && change > RADIUS_ACCURACY; i++) {
    add_scaled(n, y, length / size, rkc->v, rkc->stage[0]);
    if (GSL_ODEIV_FN_EVAL(sys, t, rkc->stage[0], rkc->f) != GSL_SUCCESS) {
      return GSL_FAILURE;
    }
    subtract(n, rkc->f, f0, rkc->v);
    size = norm(n, rkc->v);
    const double newest = size / length;
    if (newest == 0) {
      any_direction(n, rkc->v);  // f does not depend on y here
      break;
    }
    change = fabs(newest - radius) / newest;
    radius = newest;
  }
  rkc->radius = fmax(RADIUS_SAFETY * radius, DBL_MIN);
  rkc->n_since = 0;
  return GSL_SUCCESS;
}

/* --- one step --- */

/* T_j, T_j' and T_j'' at w0, by their recurrences. */
struct chebyshev {
  double t, t1, t2;
};

static struct chebyshev next_chebyshev(double w0, struct chebyshev last,
                                       struct chebyshev before) {
  return (struct chebyshev){
      2.0 * w0 * last.t - before.t,
      2.0 * w0 * last.t1 - before.t1 + 2.0 * last.t,
      2.0 * w0 * last.t2 - before.t2 + 4.0 * last.t1,
  };
}

static double damping_point(unsigned s) {
  return 1.0 + DAMPING / ((double)s * s);
}

/* w1 = T_s'/T_s''. */
static double stretch(unsigned s, double w0) {
  struct chebyshev before = {1, 0, 0}, last = {w0, 1, 0};
  for (unsigned j = 2; j <= s; j++) {
    const struct chebyshev next = next_chebyshev(w0, last, before);
    before = last;
    last = next;
  }
  return last.t1 / last.t2;
}

struct weights {
  double y0, y1, y2, f, f0;  // of y, Y_(j-1), Y_(j-2), f(Y_(j-1)), f(y)
};

SIM_VECTORISED static void combine(size_t n, const struct weights *w,
                                   const double *y0, const double *y1,
                                   const double *y2, const double *f,
                                   const double *f0, double *restrict y) {
  const struct weights k = *w;
  for (size_t i = 0; i < n; i++) {
    y[i] =
        k.y0 * y0[i] + k.y1 * y1[i] + k.y2 * y2[i] + k.f * f[i] + k.f0 * f0[i];
  }
}

/* What one stage hands to the next; j is the stage to come. */
struct stages {
  double w0, w1;
  struct chebyshev last, next;  // at j - 1 and j
  double b1, b2;                // b_(j-1), b_(j-2)
  double c1, c2;                // times of Y_(j-1), Y_(j-2), in h
};

/* Before stage 2; b_0 = b_1 = b_2. */
static struct stages first_stage(unsigned s) {
  const double w0 = damping_point(s), w1 = stretch(s, w0);
  const struct chebyshev before = {1, 0, 0}, last = {w0, 1, 0};
  const struct chebyshev next = next_chebyshev(w0, last, before);
  const double b = next.t2 / (next.t1 * next.t1);
  return (struct stages){w0, w1, last, next, b, b, b * w1, 0};
}

/* Weights of stage j; `p` moves on to stage j + 1. */
static struct weights next_weights(struct stages *p, double h) {
  const double b = p->next.t2 / (p->next.t1 * p->next.t1);
  const double mu = 2.0 * b * p->w0 / p->b1, nu = -b / p->b2;
  const double kappa = 2.0 * b * p->w1 / p->b1;
  const double gamma = -(1.0 - p->b1 * p->last.t) * kappa;
  const double c = mu * p->c1 + nu * p->c2 + kappa + gamma;
  const struct chebyshev next = next_chebyshev(p->w0, p->next, p->last);
  *p = (struct stages){p->w0, p->w1, p->next, next, b, p->b1, c, p->c1};
  return (struct weights){1.0 - mu - nu, mu, nu, kappa * h, gamma * h};
}

/* Y_(j-1) becomes Y_(j-2) and so on; stage[0] is free for the next. */
static void rotate_stages(struct rkc *rkc) {
  double *oldest = rkc->stage[2];
  rkc->stage[2] = rkc->stage[1];
  rkc->stage[1] = rkc->stage[0];
  rkc->stage[0] = oldest;
}

/* Run the stages; the result is in stage[0]. */
static int run_stages(struct rkc *rkc, size_t n, unsigned s, double t, double h,
                      const double *y0, const double *f0,
                      const gsl_odeiv2_system *sys) {
  struct stages at = first_stage(s);
  add_scaled(n, y0, at.c1 * h, f0, rkc->stage[0]);
  for (unsigned j = 2; j <= s; j++) {
    rotate_stages(rkc);
    if (GSL_ODEIV_FN_EVAL(sys, t + at.c1 * h, rkc->stage[1], rkc->f) !=
        GSL_SUCCESS) {
      return GSL_FAILURE;
    }
    const struct weights w = next_weights(&at, h);
    const double *y2 = j == 2 ? y0 : rkc->stage[2];
    combine(n, &w, y0, rkc->stage[1], y2, rkc->f, f0, rkc->stage[0]);
  }
  return GSL_SUCCESS;
}

SIM_VECTORISED static void estimate_error(size_t n, double h, const double *y0,
                                          const double *y, const double *f0,
                                          const double *f,
                                          double *restrict error) {
  for (size_t i = 0; i < n; i++) {
    error[i] = 0.8 * (y0[i] - y[i]) + 0.4 * h * (f0[i] + f[i]);
  }
}

/* The radius is looked at again when it is old or when the step before was
 * rejected, which shows as a second step from the same time. */
static int has_old_radius(const struct rkc *rkc, double t) {
  return rkc->radius == 0 || rkc->n_since >= STEPS_PER_RADIUS ||
         (t == rkc->last_t && rkc->n_since > 0);
}

static int rkc_apply(void *state, size_t dim, double t, double h, double y[],
                     double yerr[], const double dydt_in[], double dydt_out[],
                     const gsl_odeiv2_system *sys) {
  struct rkc *rkc = state;
  const double *f0 = dydt_in ? dydt_in : rkc->f0;
  if (!dydt_in && GSL_ODEIV_FN_EVAL(sys, t, y, rkc->f0) != GSL_SUCCESS) {
    return GSL_FAILURE;
  }
  if (has_old_radius(rkc, t) &&
      estimate_radius(rkc, dim, t, y, f0, sys) != GSL_SUCCESS) {
    return GSL_FAILURE;
  }
  rkc->n_since++;
  rkc->last_t = t;

  const unsigned s = sim_rkc_stages(fabs(h) * rkc->radius);
  if (s > MAX_STAGES) {
    return GSL_FAILURE;  // the step is cut and tried again
  }
  double *f1 = dydt_out ? dydt_out : rkc->f;
  if (run_stages(rkc, dim, s, t, h, y, f0, sys) != GSL_SUCCESS ||
      GSL_ODEIV_FN_EVAL(sys, t + h, rkc->stage[0], f1) != GSL_SUCCESS) {
    return GSL_FAILURE;
  }
  estimate_error(dim, h, y, rkc->stage[0], f0, f1, yerr);
  memcpy(y, rkc->stage[0], dim * sizeof *y);
  return GSL_SUCCESS;
}

static int rkc_set_driver(void *state, const gsl_odeiv2_driver *driver) {
  (void)state;
  (void)driver;
  return GSL_SUCCESS;
}

static const gsl_odeiv2_step_type rkc_type = {
    "rkc",          1,         1,         rkc_alloc, rkc_apply,
    rkc_set_driver, rkc_reset, rkc_order, rkc_free};

const gsl_odeiv2_step_type *sim_odeiv2_step_rkc = &rkc_type;
