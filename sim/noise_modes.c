/* sim/noise_modes.c -- noise of a reciprocal circuit, mode by mode
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/noise_modes.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "sim/eigenmodes.h"
#include "sim/memory.h"

#define APART 1e-6  // relative distance of two rates that are not the same

struct sim_noise_modes {
  size_t n;
  double *rate;  // (n) l
  double *b;     // (n x n) X^T, one row a mode
  double *p;     // (n x n)
  double *half;  // (n x n)
};

void sim_noise_modes_destroy(struct sim_noise_modes *modes) {
  if (!modes) {
    return;
  }
  free(modes->rate);
  free(modes->b);
  free(modes->p);
  free(modes->half);
  free(modes);
}

static struct sim_noise_modes *allocate(size_t n, struct sim_error *err) {
  struct sim_noise_modes *modes = sim_alloc(1, sizeof *modes, err);
  if (!modes) {
    return NULL;
  }
  modes->n = n;
  modes->rate = sim_alloc_doubles(n, err);
  modes->b = sim_alloc_doubles(n * n, err);
  modes->p = sim_alloc_doubles(n * n, err);
  modes->half = sim_alloc_doubles(n * n, err);
  if (!modes->rate || !modes->b || !modes->p || !modes->half) {
    sim_noise_modes_destroy(modes);
    return NULL;
  }
  return modes;
}

/* Rates and B of `found`, which are real. */
static enum sim_status take_modes(struct sim_noise_modes *modes,
                                  const struct sim_eigenmodes *found,
                                  struct sim_error *err) {
  const size_t n = modes->n;
  double slowest = INFINITY;
  for (size_t m = 0; m < n; m++) {
    modes->rate[m] = creal(found->rate[m]);
    slowest = fmin(slowest, modes->rate[m]);
    for (size_t i = 0; i < n; i++) {
      modes->b[m * n + i] = creal(found->right[i * n + m]);
    }
  }
  return slowest > 0
             ? SIM_OK
             : sim_error_set(err, SIM_EFAIL,
                             "no stationary noise: a mode decays at rate %g",
                             slowest);
}

enum sim_status sim_noise_modes_create(struct sim_noise_modes **out, size_t n,
                                       const double *jacobian,
                                       const double *inv_capacitance,
                                       struct sim_error *err) {
  *out = NULL;
  struct sim_eigenmodes found;
  struct sim_noise_modes *modes = allocate(n, err);
  if (!modes || sim_eigenmodes_init(&found, n, err)) {
    sim_noise_modes_destroy(modes);
    return err->status;
  }
  if (sim_eigenmodes_find(&found, jacobian, inv_capacitance, err) ||
      take_modes(modes, &found, err)) {
    sim_noise_modes_destroy(modes);
    modes = NULL;
  }
  sim_eigenmodes_finish(&found);
  *out = modes;
  return err->status;
}

double sim_noise_average(double rate, double window) {
  const double x = rate * window;
  if (x < 1e-3) {
    return 1.0 - x / 3 + x * x / 12 - x * x * x / 60;
  }
  return 2.0 / x * (1.0 + expm1(-x) / x);
}

/* E[a_m a_n] for one unit of strength in both. */
static double instant(double a, double b, double rate) {
  return isinf(rate) ? 1.0 / (a + b)
                     : (1.0 / (rate + a) + 1.0 / (rate + b)) / (a + b);
}

/* Half of the averaged E[a_m(t) a_n(t')], the part with t > t': mode m (rate
 * a) goes on by itself and by the current that mode n (rate b) has seen. */
static double averaged_half(double a, double b, double rate, double window) {
  const double own = instant(a, b, rate) * sim_noise_average(a, window);
  if (isinf(rate)) {
    return 0.5 * own;
  }
  const double g = fabs(rate - a) < APART * a ? a * (1.0 + APART) : rate;
  const double fed =
      (sim_noise_average(g, window) - sim_noise_average(a, window)) / (a - g);
  return 0.5 * (own + fed / (g + b));
}

static double shape(double a, double b, double rate, double window) {
  return window > 0 ? averaged_half(a, b, rate, window) +
                          averaged_half(b, a, rate, window)
                    : instant(a, b, rate);
}

static void multiply(size_t size, CBLAS_TRANSPOSE op_a, const double *a,
                     CBLAS_TRANSPOSE op_b, const double *b, double *c) {
  const int n = (int)size;
  cblas_dgemm(CblasRowMajor, op_a, op_b, n, n, n, 1.0, a, n, b, n, 0.0, c, n);
}

void sim_noise_modes_covariance(struct sim_noise_modes *modes,
                                const double *strength, double rate,
                                double window, double *s) {
  const size_t n = modes->n;
  for (size_t i = 0; i < n * n; i++) {
    modes->half[i] = modes->b[i] * strength[i % n];
  }
  multiply(n, CblasNoTrans, modes->half, CblasTrans, modes->b, modes->p);
  for (size_t i = 0; i < n * n; i++) {
    modes->p[i] *= shape(modes->rate[i / n], modes->rate[i % n], rate, window);
  }
  multiply(n, CblasNoTrans, modes->p, CblasNoTrans, modes->b, modes->half);
  multiply(n, CblasTrans, modes->b, CblasNoTrans, modes->half, s);
}
