/* circuits/conductance_noise.h -- errors of writing and of reading a device
 *
 * Writing (what is left after program-and-verify), drawn at each write:
 *   sigma^2 = absolute^2 + (proportional G)^2 + (sum_k polynomial_k r^k)^2
 * Reading, drawn once for each image of the chip, that is, each epoch:
 *   G (1 + Q(r) L xi) + sqrt(absolute^2 + (proportional G)^2) xi',
 *   Q(r) = min(flicker / max(r^power, 1e-3), limit),
 *   L = sqrt(ln((t + t_read)/(2 t_read)))
 * the second line being 1/f noise S_G/G^2 = Q^2/f gathered from 1/t to
 * 1/(2 t_read), t after the write (Nandakumar et al., ICECS 2019). r =
 * G/reference.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_CONDUCTANCE_NOISE_H
#define CIRCUIT_CONDUCTANCE_NOISE_H

#include "sim/param.h"

/* The experiment's `chip.coupling.write_noise` section. */
struct circuit_write_noise_params {
  double absolute;              // [S]
  double proportional;          // [1]
  struct sim_reals polynomial;  // [S] coefficients of r^0, r^1, ...
};
#define CIRCUIT_WRITE_NOISE_N_PARAMS 3
extern const struct sim_param
    circuit_write_noise_table[CIRCUIT_WRITE_NOISE_N_PARAMS];

/* The experiment's `chip.coupling.read_noise` section. */
struct circuit_read_noise_params {
  double absolute;       // [S]
  double proportional;   // [1]
  double flicker;        // [1] Q at r = 1
  double flicker_power;  // [1]
  double flicker_limit;  // [1]
  double read_time;      // [s]
};
#define CIRCUIT_READ_NOISE_N_PARAMS 6
extern const struct sim_param
    circuit_read_noise_table[CIRCUIT_READ_NOISE_N_PARAMS];

bool circuit_write_noise_is_on(const struct circuit_write_noise_params *p);
bool circuit_read_noise_is_on(const struct circuit_read_noise_params *p);

/* Standard deviation [S] of a write to g [S]. */
double circuit_write_noise_sigma(const struct circuit_write_noise_params *p,
                                 double reference, double g);

/* Standard deviation [S] of the white part of a reading of g [S]. */
double circuit_read_noise_white(const struct circuit_read_noise_params *p,
                                double g);
/* Q(r) [1]. */
double circuit_read_noise_flicker(const struct circuit_read_noise_params *p,
                                  double reference, double g);
/* Variance [S^2] of a normal number about `mean` that is moved to the nearest
 * end where it lies outside [low, high] [S]; high may be INFINITY. */
double circuit_clamped_variance(double mean, double sigma, double low,
                                double high);

/* L [1], t [s] after the write; 0 before 1/f noise has gathered. */
double circuit_read_noise_gathered(const struct circuit_read_noise_params *p,
                                   double t);

#endif
