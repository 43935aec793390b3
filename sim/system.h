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
  void *context;  // handed to all; belongs to the owner of the system
};

/* Index of the first number that is not finite or exceeds the bound in
 * magnitude; n when there is none. */
size_t sim_first_unbounded(size_t n, const double *y, double bound);

#endif
