/* circuits/transfer.c -- transfer curves given by a formula
 *
 * Long arrays are worked through in blocks that stay in the first cache; the
 * exponentials come from sim/vmath.h, the rest are plain loops.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/transfer.h"

#include <math.h>

#include "sim/vmath.h"

#define BLOCK 256u
#define SILU_LIMIT 10.0

/* Call `body` for blocks [i, i + m) of the n elements. */
#define FOR_BLOCKS(i, m, n)                                  \
  for (size_t i = 0, m = (n) < BLOCK ? (n) : BLOCK; i < (n); \
       i += m, m = (n)-i < BLOCK ? (n)-i : BLOCK)

/* e (m) = exp(scale v). */
SIM_VECTORISED static void scale_into(size_t m, double scale, const double *v,
                                      double *e) {
  for (size_t i = 0; i < m; i++) {
    e[i] = scale * v[i];
  }
}

static void exp_scaled(size_t m, double scale, const double *v, double *e) {
  scale_into(m, scale, v, e);
  sim_vexp(m, e, e);
}

/* sigma (m) = 1/(1 + e^-v). */
SIM_VECTORISED static void one_over_one_plus(size_t m, double *e) {
  for (size_t i = 0; i < m; i++) {
    e[i] = 1.0 / (1.0 + e[i]);
  }
}

static void sigma_of(size_t m, const double *v, double *sigma) {
  exp_scaled(m, -1.0, v, sigma);
  one_over_one_plus(m, sigma);
}

/* --- silu --- */

/* sigma = 1/(1 + e), s = v sigma and argument = 2 s/L of the tanh, where sigma
 * holds e = e^-v. */
SIM_VECTORISED static void silu_start(size_t m, const double *v, double *sigma,
                                      double *argument) {
  for (size_t i = 0; i < m; i++) {
    sigma[i] = 1.0 / (1.0 + sigma[i]);
    const double s = v[i] * sigma[i];
    argument[i] = 2.0 / SILU_LIMIT * s;
  }
}

/* e (m) = e^(2s/L) for s = v sigma, and sigma (m).
 *
 * tanh(s/L) = 1 - 2/(e + 1): s >= -0.28, so nothing cancels that matters beside
 * 1, and the exponential may overflow to infinity. */
static void silu_parts(size_t m, const double *v, double *sigma, double *e) {
  exp_scaled(m, -1.0, v, sigma);
  silu_start(m, v, sigma, e);
  sim_vexp(m, e, e);
}

static inline double tanh_from_exp(double e) {
  return 1.0 - 2.0 / (e + 1.0);
}

static inline double silu_first(double v, double sigma) {
  return sigma * (1.0 + v * (1.0 - sigma));
}

/* r'' where the soft limit is at t = tanh(s/L). */
static inline double silu_second(double v, double sigma, double t) {
  const double s1 = silu_first(v, sigma);
  const double s2 = sigma * (1.0 - sigma) * (2.0 + v * (1.0 - 2.0 * sigma));
  return (1.0 - t * t) * (s2 - 2.0 * t / SILU_LIMIT * s1 * s1);
}

SIM_VECTORISED static void silu_limit(size_t m, const double *e, double *r) {
  for (size_t i = 0; i < m; i++) {
    r[i] = SILU_LIMIT * tanh_from_exp(e[i]);
  }
}

SIM_VECTORISED static void silu_finish(size_t m, const double *v,
                                       const double *sigma, const double *e,
                                       double *r, double *slope) {
  for (size_t i = 0; i < m; i++) {
    const double t = tanh_from_exp(e[i]);
    r[i] = SILU_LIMIT * t;
    slope[i] = (1.0 - t * t) * silu_first(v[i], sigma[i]);
  }
}

SIM_VECTORISED static void silu_bend(size_t m, const double *v,
                                     const double *sigma, const double *e,
                                     double *curvature) {
  for (size_t i = 0; i < m; i++) {
    curvature[i] = silu_second(v[i], sigma[i], tanh_from_exp(e[i]));
  }
}

SIM_VECTORISED static void silu_finish_all(size_t m, const double *restrict v,
                                           const double *restrict sigma,
                                           const double *restrict e,
                                           double *restrict r,
                                           double *restrict slope,
                                           double *restrict curvature) {
  for (size_t i = 0; i < m; i++) {
    const double t = tanh_from_exp(e[i]);
    r[i] = SILU_LIMIT * t;
    slope[i] = (1.0 - t * t) * silu_first(v[i], sigma[i]);
    curvature[i] = silu_second(v[i], sigma[i], t);
  }
}

static void silu_value(const struct circuit_transfer *curve, size_t n,
                       const double *v, double *r) {
  (void)curve;
  double sigma[BLOCK], e[BLOCK];
  FOR_BLOCKS(i, m, n) {
    silu_parts(m, v + i, sigma, e);
    silu_limit(m, e, r + i);
  }
}

static void silu_slope(const struct circuit_transfer *curve, size_t n,
                       const double *v, double *r, double *slope) {
  (void)curve;
  double sigma[BLOCK], e[BLOCK];
  FOR_BLOCKS(i, m, n) {
    silu_parts(m, v + i, sigma, e);
    silu_finish(m, v + i, sigma, e, r + i, slope + i);
  }
}

static void silu_curvature(const struct circuit_transfer *curve, size_t n,
                           const double *v, double *curvature) {
  (void)curve;
  double sigma[BLOCK], e[BLOCK];
  FOR_BLOCKS(i, m, n) {
    silu_parts(m, v + i, sigma, e);
    silu_bend(m, v + i, sigma, e, curvature + i);
  }
}

static void silu_all(const struct circuit_transfer *curve, size_t n,
                     const double *v, double *r, double *slope,
                     double *curvature) {
  (void)curve;
  double sigma[BLOCK], e[BLOCK];
  FOR_BLOCKS(i, m, n) {
    silu_parts(m, v + i, sigma, e);
    silu_finish_all(m, v + i, sigma, e, r + i, slope + i, curvature + i);
  }
}

/* --- tanh --- */

static void tanh_value(const struct circuit_transfer *curve, size_t n,
                       const double *v, double *r) {
  (void)curve;
  sim_vtanh(n, v, r);
}

SIM_VECTORISED static void tanh_gain(size_t n, const double *r, double *slope) {
  for (size_t i = 0; i < n; i++) {
    slope[i] = 1.0 - r[i] * r[i];
  }
}

static void tanh_slope(const struct circuit_transfer *curve, size_t n,
                       const double *v, double *r, double *slope) {
  tanh_value(curve, n, v, r);
  tanh_gain(n, r, slope);
}

static void tanh_curvature(const struct circuit_transfer *curve, size_t n,
                           const double *v, double *curvature) {
  tanh_value(curve, n, v, curvature);
  for (size_t i = 0; i < n; i++) {
    const double r = curvature[i];
    curvature[i] = -2.0 * r * (1.0 - r * r);
  }
}

/* --- sigmoid --- */

static void sigmoid_value(const struct circuit_transfer *curve, size_t n,
                          const double *v, double *r) {
  (void)curve;
  sigma_of(n, v, r);
}

SIM_VECTORISED static void sigmoid_gain(size_t n, const double *r,
                                        double *slope) {
  for (size_t i = 0; i < n; i++) {
    slope[i] = r[i] * (1.0 - r[i]);
  }
}

static void sigmoid_slope(const struct circuit_transfer *curve, size_t n,
                          const double *v, double *r, double *slope) {
  sigmoid_value(curve, n, v, r);
  sigmoid_gain(n, r, slope);
}

static void sigmoid_curvature(const struct circuit_transfer *curve, size_t n,
                              const double *v, double *curvature) {
  sigmoid_value(curve, n, v, curvature);
  for (size_t i = 0; i < n; i++) {
    const double q = curvature[i];
    curvature[i] = q * (1.0 - q) * (1.0 - 2.0 * q);
  }
}

/* --- softplus: max(v, 0) + ln(1 + e^-|v|) --- */

SIM_VECTORISED static void minus_magnitude(size_t m, const double *v,
                                           double *e) {
  for (size_t i = 0; i < m; i++) {
    e[i] = v[i] < 0 ? v[i] : -v[i];
  }
}

SIM_VECTORISED static void add_positive_part(size_t m, const double *v,
                                             const double *e, double *r) {
  for (size_t i = 0; i < m; i++) {
    r[i] = (v[i] > 0 ? v[i] : 0.0) + e[i];
  }
}

static void softplus_value(const struct circuit_transfer *curve, size_t n,
                           const double *v, double *r) {
  (void)curve;
  double e[BLOCK];
  FOR_BLOCKS(i, m, n) {
    minus_magnitude(m, v + i, e);
    sim_vexp(m, e, e);
    sim_vlog1p(m, e, e);
    add_positive_part(m, v + i, e, r + i);
  }
}

static void softplus_slope(const struct circuit_transfer *curve, size_t n,
                           const double *v, double *r, double *slope) {
  softplus_value(curve, n, v, r);
  sigma_of(n, v, slope);
}

static void softplus_curvature(const struct circuit_transfer *curve, size_t n,
                               const double *v, double *curvature) {
  (void)curve;
  sigma_of(n, v, curvature);
  sigmoid_gain(n, curvature, curvature);
}

/* --- hard_sigmoid: a corner has the slope between them, else a node at rest
 * (v = 0) would never move --- */

SIM_VECTORISED static void hard_value(const struct circuit_transfer *curve,
                                      size_t n, const double *v, double *r) {
  (void)curve;
  for (size_t i = 0; i < n; i++) {
    r[i] = v[i] < 0 ? 0.0 : v[i] > 1 ? 1.0 : v[i];
  }
}

static void hard_slope(const struct circuit_transfer *curve, size_t n,
                       const double *v, double *r, double *slope) {
  hard_value(curve, n, v, r);
  for (size_t i = 0; i < n; i++) {
    slope[i] = v[i] >= 0 && v[i] <= 1 ? 1.0 : 0.0;
  }
}

static void no_curvature(const struct circuit_transfer *curve, size_t n,
                         const double *v, double *curvature) {
  (void)curve;
  (void)v;
  for (size_t i = 0; i < n; i++) {
    curvature[i] = 0.0;
  }
}

/* --- identity --- */

static void identity_value(const struct circuit_transfer *curve, size_t n,
                           const double *v, double *r) {
  (void)curve;
  scale_into(n, 1.0, v, r);
}

static void identity_slope(const struct circuit_transfer *curve, size_t n,
                           const double *v, double *r, double *slope) {
  identity_value(curve, n, v, r);
  for (size_t i = 0; i < n; i++) {
    slope[i] = 1.0;
  }
}

/* --- registry --- */

// silu alone has |r''| <= 1/2; the soft limit takes away from that.
static const struct circuit_transfer_ops formulas[] = {
    {"silu", false, 0.5, silu_value, silu_slope, silu_curvature, silu_all},
    {"tanh", true, 0.7699, tanh_value, tanh_slope, tanh_curvature, NULL},
    {"sigmoid", true, 0.0963, sigmoid_value, sigmoid_slope, sigmoid_curvature,
     NULL},
    {"softplus", true, 0.25, softplus_value, softplus_slope, softplus_curvature,
     NULL},
    {"hard_sigmoid", false, 0.0, hard_value, hard_slope, no_curvature, NULL},
    {"identity", true, 0.0, identity_value, identity_slope, no_curvature, NULL},
};
#define N_FORMULAS (sizeof formulas / sizeof formulas[0])

const char *const circuit_transfer_names[] = {
    "silu",         "tanh",     "sigmoid", "softplus",
    "hard_sigmoid", "identity", "table",   NULL};

bool circuit_transfer_is_increasing(size_t index) {
  return index < N_FORMULAS && formulas[index].is_increasing;
}

enum sim_status circuit_transfer_init(struct circuit_transfer *curve,
                                      size_t index, const char *table_file,
                                      double voltage_unit,
                                      struct sim_error *err) {
  curve->points = NULL;
  if (index < N_FORMULAS) {
    curve->ops = &formulas[index];
    curve->max_curvature = curve->ops->max_curvature;
    return SIM_OK;
  }
  curve->ops = &circuit_transfer_table;
  return circuit_transfer_table_load(curve, table_file, voltage_unit, err);
}

void circuit_transfer_all(const struct circuit_transfer *curve, size_t n,
                          const double *v, double *r, double *slope,
                          double *curvature) {
  if (curve->ops->all) {
    curve->ops->all(curve, n, v, r, slope, curvature);
    return;
  }
  curve->ops->slope(curve, n, v, r, slope);
  curve->ops->curvature(curve, n, v, curvature);
}

void circuit_transfer_finish(struct circuit_transfer *curve) {
  circuit_transfer_table_free(curve);
}
