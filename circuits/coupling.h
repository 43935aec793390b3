/* circuits/coupling.h -- dense array of differential conductance pairs
 *
 *   i_k = sum_j (G+_kj - G-_kj) V_j     current into output node k
 *   i_j = sum_k (G+_kj - G-_kj) V_k     the same devices, read the other way
 *
 * A weight sits on one side of its pair: the device of its sign carries
 * g_min + |w|, the other g_min. One array serves both directions, so the
 * coupling is exactly reciprocal.
 *
 * SI units. Matrices are row-major, n_out rows by n_in columns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_COUPLING_H
#define CIRCUIT_COUPLING_H

#include "circuits/programming.h"
#include "sim/error.h"
#include "sim/param.h"

/* The experiment's `chip.coupling` section. */
struct circuit_coupling_params {
  double g_min;     // [S]
  double g_max;     // [S] > g_min
  size_t levels;    // of one device; 0: continuous
  int programming;  // index of the law
  int reciprocity;  // 0: shared
};
#define CIRCUIT_COUPLING_N_PARAMS 5
extern const struct sim_param circuit_coupling_table[CIRCUIT_COUPLING_N_PARAMS];

/* Reject values that are each in range but do not fit together. */
enum sim_status circuit_coupling_check(
    const struct circuit_coupling_params *params,
    const struct sim_config *config, struct sim_error *err);

struct circuit_coupling {
  size_t n_out, n_in;
  double *g_plus;   // [S] (n_out x n_in) owned
  double *g_minus;  // [S] (n_out x n_in) owned
  struct circuit_window window;
  const struct circuit_programming_ops *law;
};

/* All devices start at g_min. On failure nothing is left to finish. */
enum sim_status circuit_coupling_init(
    struct circuit_coupling *array,
    const struct circuit_coupling_params *params, size_t n_out, size_t n_in,
    struct sim_error *err);
void circuit_coupling_finish(struct circuit_coupling *array);

/* Program the weights w (n_out x n_in), differential conductances in units of
 * `unit` [S]; returns how many devices were asked for more than their window
 * holds. */
size_t circuit_coupling_program(struct circuit_coupling *array, double unit,
                                const double *w);

/* What is there: w = (G+ - G-) / unit (n_out x n_in). */
void circuit_coupling_read(const struct circuit_coupling *array, double unit,
                           double *w);

#endif
