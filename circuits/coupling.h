/* circuits/coupling.h -- dense array of differential conductance pairs
 *
 *   i_k = sum_j (G+_kj - G-_kj) V_j     current into output node k
 *   i_j = sum_k (G+_kj - G-_kj) V_k     the same devices, read the other way
 *
 * A weight sits on one side of its pair: the device of its sign carries
 * g_min + |w|, the other g_min. Or the pair is balanced: (g_min + g_max)/2
 * + w/2 and - w/2. One array serves both directions, so the coupling is
 * exactly reciprocal; or each direction has its own (`reciprocity: separate`),
 * and what the downward one holds is multiplied by 1 + mismatch xi.
 *
 * Training starts an update from the weights that are read back (`master:
 * devices`) or from those that were asked for (`controller`). The controller
 * then also knows what its writes have asked of the devices so far: ideal
 * leaves a device alone whose level stays the same, and open_loop carries the
 * part of a change that is less than a pulse to the next update.
 *
 * The time of a write is that of its pulses, whose width the law says
 * (circuits/pulse.h), and not of the readings between them. With t_kj the time
 * of all pulses of a pair's side, one after the other,
 *
 *   device  sum_kj t_kj     row  sum_k max_j t_kj     array  max_kj t_kj
 *
 * (`at_once`), where max_j looks at both sides of a pair, which share a row and
 * have columns of their own. Directions that are separate are written at the
 * same time.
 *
 * SI units. Matrices are row-major, n_out rows by n_in columns.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_COUPLING_H
#define CIRCUIT_COUPLING_H

#include "circuits/programming.h"

/* Which array of which chip, and where that is. */
struct circuit_site {
  uint64_t seed;
  uint32_t chip;
  uint64_t array;
  double temperature;  // [K]
};

#define CIRCUIT_MAX_BANKS 4u  // plus, minus; of the downward direction too

struct circuit_coupling {
  size_t n_out, n_in;
  double *g_plus;   // [S] (n_out x n_in) of bank[0], as of the last write
  double *g_minus;  // [S] (n_out x n_in) of bank[1]
  size_t n_banks;   // 2, or 4 when the directions are separate
  struct circuit_bank bank[CIRCUIT_MAX_BANKS];
  struct circuit_programming *programming;  // owned
  double *row_time;    // [s] (directions x n_out) of the last write, owned
  double *written[2];  // [S] (n_out x n_in) what writes asked so far of each
                       // direction, owned; NULL unless the controller is
                       // master (and there is that direction)
  uint64_t n_writes;   // done so far; addresses the draws of the next
  struct circuit_effort effort;  // of the last write
};

/* All devices start at their lowest conductance. On failure nothing is left
 * to finish. */
enum sim_status circuit_coupling_init(
    struct circuit_coupling *array,
    const struct circuit_coupling_params *params,
    const struct circuit_site *site, size_t n_out, size_t n_in,
    struct sim_error *err);
void circuit_coupling_finish(struct circuit_coupling *array);

/* Program the weights w (n_out x n_in), differential conductances in units of
 * `unit` [S]; returns how many devices were asked for more than their window
 * holds. The rest is in array->effort. */
size_t circuit_coupling_program(struct circuit_coupling *array, double unit,
                                const double *w);

/* [S] of device i of bank k as one reading finds it: aged, with the read noise
 * of this write and, downwards, the mismatch. It is what carries the currents
 * of a phase. */
double circuit_coupling_conductance(const struct circuit_coupling *array,
                                    size_t k, size_t i);

/* The devices as one reading finds them: plus and minus (n_out x n_in) [S],
 * aged and with the read noise of this write. */
void circuit_coupling_devices(const struct circuit_coupling *array,
                              double *plus, double *minus);

/* What is there when it is used: w = (G+ - G-) / unit (n_out x n_in), aged and
 * with the read noise of this write. */
void circuit_coupling_read(const struct circuit_coupling *array, double unit,
                           double *w);

/* The same of the downward direction, which must be separate. */
void circuit_coupling_read_back(const struct circuit_coupling *array,
                                double unit, double *w);

#endif
