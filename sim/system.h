/* sim/system.h -- the abstract system dy/dt = f(t, y)
 *
 * What an integrator sees: no circuit, no network, only numbers. Time is in
 * whatever unit the owner of the system chose.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_SYSTEM_H
#define SIM_SYSTEM_H

#include <stddef.h>

/* Chance in a system: dy = f dt + b(y) o dW, with independent W and in the
 * sense of Stratonovich: the limit of noise whose bandwidth is finite, as that
 * of a circuit is. In every step, of length h and beginning at y, an
 * integrator calls `advance`, the right-hand side and `amplitude` at y,
 * `normals`, the right-hand side and `amplitude` at the predicted end. */
struct sim_noise {
  /* Let what changes f slowly live through the step; nullable. */
  void (*advance)(double h, void *context);
  /* b (dim) at the state that the right-hand side saw last, in units of y per
   * root of time; nullable with `normals`: no white noise. */
  void (*amplitude)(double *b, void *context);
  /* (dim) fresh independent standard normal numbers; they belong to the owner
   * of the noise and are valid until the next call. */
  const double *(*normals)(void *context);
};

struct sim_system {
  size_t dim;  // numbers in the state
  /* --- required --- */
  /* Write f(t, y) into dydt (dim). Must not allocate. */
  void (*rhs)(double t, const double *y, double *dydt, void *context);
  /* --- optional, NULL when implicit integrators cannot be used --- */
  /* Write df_i/dy_j into dfdy (dim x dim), row-major; df/dt is zero. */
  void (*jacobian)(double t, const double *y, double *dfdy, void *context);
  /* How far y is from rest, in the owner's unit; 0 at an equilibrium. */
  double (*residual)(const double *y, void *context);
  /* Rates k >= 0 [1/time] of a part -k y of f that `heun` takes exactly, one
   * for each of n_rows equal parts of y; NULL: none. */
  const double *decay;
  size_t n_rows;
  const struct sim_noise *noise;  // NULL: none
  void *context;  // handed to all; belongs to the owner of the system
};

/* Index of the first number that is not finite or exceeds the bound in
 * magnitude; n when there is none. */
size_t sim_first_unbounded(size_t n, const double *y, double bound);

#endif
