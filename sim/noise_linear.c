/* sim/noise_linear.c -- noise of any stable circuit, reciprocal or not
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/noise_linear.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dense.h"
#include "sim/lapack.h"
#include "sim/lyapunov.h"
#include "sim/memory.h"

#define APART 1e-6  // relative distance of two rates that are not the same

/* Matrices are (n x n), row-major. */
struct sim_noise_linear {
  size_t n;
  double window;
  struct sim_lyapunov *lyapunov;
  double *jacobian;
  double *inv_capacitance;  // (n)
  double *average;          // F(J W); not used without a window
  double *x;                // E[y i^T]
  double *half;
  struct sim_dense shifted;
};

void sim_noise_linear_destroy(struct sim_noise_linear *noise) {
  if (!noise) {
    return;
  }
  sim_lyapunov_destroy(noise->lyapunov);
  free(noise->jacobian);
  free(noise->inv_capacitance);
  free(noise->average);
  free(noise->x);
  free(noise->half);
  sim_dense_finish(&noise->shifted);
  free(noise);
}

static struct sim_noise_linear *allocate(size_t n, struct sim_error *err) {
  struct sim_noise_linear *noise = sim_alloc(1, sizeof *noise, err);
  if (!noise) {
    return NULL;
  }
  *noise = (struct sim_noise_linear){
      .n = n,
      .jacobian = sim_alloc_doubles(n * n, err),
      .inv_capacitance = sim_alloc_doubles(n, err),
      .average = sim_alloc_doubles(n * n, err),
      .x = sim_alloc_doubles(n * n, err),
      .half = sim_alloc_doubles(n * n, err),
  };
  if (!noise->jacobian || !noise->inv_capacitance || !noise->average ||
      !noise->x || !noise->half || sim_dense_init(&noise->shifted, n, err)) {
    sim_noise_linear_destroy(noise);
    return NULL;
  }
  return noise;
}

/* c = a b */
static void multiply(const struct sim_noise_linear *noise, const double *a,
                     const double *b, double *c) {
  const int n = (int)noise->n;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, a, n, b,
              n, 0.0, c, n);
}

/* x = (sign J + shift)^-1 x; columns of x are rows on the way through. */
static enum sim_status solve(struct sim_noise_linear *noise, double sign,
                             double shift, double *x, struct sim_error *err) {
  const size_t n = noise->n;
  for (size_t i = 0; i < n * n; i++) {
    noise->shifted.a[i] =
        sign * noise->jacobian[i] + (i / n == i % n ? shift : 0.0);
    noise->half[i % n * n + i / n] = x[i];
  }
  if (!sim_dense_factor(&noise->shifted)) {
    return sim_error_set(err, SIM_EFAIL,
                         "no stationary noise: the circuit is singular");
  }
  sim_dense_solve(&noise->shifted, false, n, noise->half);
  for (size_t i = 0; i < n * n; i++) {
    x[i] = noise->half[i % n * n + i / n];
  }
  return SIM_OK;
}

/* F of a number, without cancellation. */
static double share(double z) {
  return fabs(z) < 1e-3 ? 0.5 + z / 6 + z * z / 24 + z * z * z / 120
                        : (expm1(z) - z) / (z * z);
}

/* F(J W) = (J W)^-2 (e^(J W) - 1 - J W) */
static enum sim_status make_average(struct sim_noise_linear *noise,
                                    struct sim_error *err) {
  const size_t n = noise->n;
  const double w = noise->window;
  for (size_t i = 0; i < n * n; i++) {
    noise->half[i] = w * noise->jacobian[i];
  }
  gsl_matrix_const_view z = gsl_matrix_const_view_array(noise->half, n, n);
  gsl_matrix_view f = gsl_matrix_view_array(noise->average, n, n);
  if (gsl_linalg_exponential_ss(&z.matrix, &f.matrix, GSL_PREC_DOUBLE)) {
    return sim_error_set(err, SIM_EFAIL, "the window's average was not found");
  }
  for (size_t i = 0; i < n * n; i++) {
    noise->average[i] -= noise->half[i] + (i / n == i % n ? 1.0 : 0.0);
    noise->average[i] /= w * w;
  }
  return solve(noise, 1, 0, noise->average, err) ||
                 solve(noise, 1, 0, noise->average, err)
             ? err->status
             : SIM_OK;
}

enum sim_status sim_noise_linear_create(struct sim_noise_linear **out, size_t n,
                                        const double *jacobian,
                                        const double *inv_capacitance,
                                        double window, struct sim_error *err) {
  *out = NULL;
  struct sim_noise_linear *noise = allocate(n, err);
  if (!noise) {
    return err->status;
  }
  noise->window = window;
  memcpy(noise->jacobian, jacobian, n * n * sizeof *jacobian);
  memcpy(noise->inv_capacitance, inv_capacitance, n * sizeof *inv_capacitance);
  if (sim_lyapunov_create(&noise->lyapunov, n, jacobian, err) ||
      (window > 0 && make_average(noise, err))) {
    sim_noise_linear_destroy(noise);
    return err->status;
  }
  *out = noise;
  return SIM_OK;
}

/* x = (g - J)^-1 B diag(v) of traps, half of B diag(q) B's factor of white
 * currents: in both cases q = X B + B X^T. */
static enum sim_status correlate(struct sim_noise_linear *noise,
                                 const double *strength, double rate,
                                 struct sim_error *err) {
  const size_t n = noise->n;
  const double factor = isinf(rate) ? 0.5 : 1.0;
  memset(noise->x, 0, n * n * sizeof *noise->x);
  for (size_t i = 0; i < n; i++) {
    noise->x[i * n + i] = factor * noise->inv_capacitance[i] * strength[i];
  }
  return isinf(rate) ? SIM_OK : solve(noise, -1, rate, noise->x, err);
}

/* a = F S, and the part that the currents go on to feed. */
static enum sim_status average(struct sim_noise_linear *noise, double rate,
                               const double *s, double *a,
                               struct sim_error *err) {
  const size_t n = noise->n;
  multiply(noise, noise->average, s, a);
  if (isinf(rate)) {
    return SIM_OK;
  }
  // Next to a pole of the circuit the quotient is a slope, which a small
  // distance approximates.
  const double g = rate * (1.0 + APART), f = share(-g * noise->window);
  for (size_t i = 0; i < n * n; i++) {
    const size_t row = i / n, column = i % n;
    noise->half[i] =
        noise->inv_capacitance[row] * noise->x[column * n + row];  // B X^T
  }
  double *fed = noise->x;  // no longer needed
  multiply(noise, noise->average, noise->half, fed);
  for (size_t i = 0; i < n * n; i++) {
    fed[i] -= f * noise->half[i];
  }
  if (solve(noise, 1, g, fed, err)) {
    return err->status;
  }
  for (size_t i = 0; i < n * n; i++) {
    a[i] += fed[i];
  }
  return SIM_OK;
}

enum sim_status sim_noise_linear_covariance(struct sim_noise_linear *noise,
                                            const double *strength, double rate,
                                            double *s, double *a,
                                            struct sim_error *err) {
  const size_t n = noise->n;
  if (correlate(noise, strength, rate, err)) {
    return err->status;
  }
  for (size_t i = 0; i < n * n; i++) {
    const size_t row = i / n, column = i % n;
    s[i] = noise->x[i] * noise->inv_capacitance[column] +
           noise->x[column * n + row] * noise->inv_capacitance[row];
  }
  sim_lyapunov_covariance(noise->lyapunov, s, s);
  if (!(noise->window > 0)) {
    memcpy(a, s, n * n * sizeof *a);
    return SIM_OK;
  }
  if (average(noise, rate, s, a, err)) {
    return err->status;
  }
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j <= i; j++) {
      a[i * n + j] += i == j ? a[i * n + i] : a[j * n + i];
      a[j * n + i] = a[i * n + j];
    }
  }
  return SIM_OK;
}
