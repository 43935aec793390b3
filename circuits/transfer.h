/* circuits/transfer.h -- transfer curve of a neuron's amplifier
 *
 *   r(v), r'(v), r''(v)    output, gain and change of gain, in model units
 *
 *   silu          L tanh(s(v)/L), s(v) = v/(1 + e^-v), L = 10: soft-limited,
 *                 so that the energy stays bounded below
 *   tanh          tanh(v)
 *   sigmoid       1/(1 + e^-v)
 *   softplus      ln(1 + e^v)
 *   hard_sigmoid  v limited to [0, 1]; slope 1 at 0 and 1 themselves
 *   identity      v
 *   table         points that were measured, or simulated by SPICE, joined by
 *                 Steffen's monotone cubic (A&A 239, 443, 1990) and continued
 *                 as straight lines
 *
 * 1 unit is the chip's voltage unit. Every call covers a whole array.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_TRANSFER_H
#define CIRCUIT_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

struct circuit_transfer;

struct circuit_transfer_ops {
  const char *name;      // value of `network.activation`
  bool is_increasing;    // strictly: r has an inverse
  double max_curvature;  // largest |r''| of a formula
  /* r (n) of v (n). */
  void (*value)(const struct circuit_transfer *curve, size_t n, const double *v,
                double *r);
  /* r (n) and r' (n) of v (n). */
  void (*slope)(const struct circuit_transfer *curve, size_t n, const double *v,
                double *r, double *slope);
  /* r'' (n) of v (n). */
  void (*curvature)(const struct circuit_transfer *curve, size_t n,
                    const double *v, double *curvature);
  /* --- optional --- */
  /* r, r' and r'' (n) at once, where that saves work; the same bits. */
  void (*all)(const struct circuit_transfer *curve, size_t n, const double *v,
              double *r, double *slope, double *curvature);
};

struct circuit_transfer {
  const struct circuit_transfer_ops *ops;
  double max_curvature;  // largest |r''| between its kinks
  void *points;          // of a measured curve, owned; NULL for a formula
};

/* Names of all curves, NULL-terminated, in the order of their index. */
extern const char *const circuit_transfer_names[];

/* True when curve number `index` is strictly increasing whatever its file. */
bool circuit_transfer_is_increasing(size_t index);

/* Set up curve number `index`. `table_file` is read when the curve is
 * `table`: two columns, input and output [V], increasing input, `#` comments;
 * or a raw file of SPICE with one sweep of one output. Both are divided by
 * `voltage_unit` [V]. Fails with SIM_ECONFIG or SIM_EIO. */
enum sim_status circuit_transfer_init(struct circuit_transfer *curve,
                                      size_t index, const char *table_file,
                                      double voltage_unit,
                                      struct sim_error *err);
void circuit_transfer_finish(struct circuit_transfer *curve);

/* r, r' and r'' (n) of v (n). */
void circuit_transfer_all(const struct circuit_transfer *curve, size_t n,
                          const double *v, double *r, double *slope,
                          double *curvature);

/* The measured curve, in a file of its own. */
extern const struct circuit_transfer_ops circuit_transfer_table;
enum sim_status circuit_transfer_table_load(struct circuit_transfer *curve,
                                            const char *file,
                                            double voltage_unit,
                                            struct sim_error *err);
void circuit_transfer_table_free(struct circuit_transfer *curve);

/* The points v, r [1] of a measured curve, owned by it; returns how many. */
size_t circuit_transfer_table_points(const struct circuit_transfer *curve,
                                     const double **v, const double **r);

#endif
