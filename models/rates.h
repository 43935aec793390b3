/* models/rates.h -- how fast a network can change
 *
 *   rate = max_i (leak_i + g_i)/C_i + a^2 |C^-1/2 W C^-1/2|
 *
 * where g is the drive's conductance on visible nodes, W all couplings and a
 * the steepest slope of the transfer curve: the fastest time constant is
 * 1/rate. The norm is that of a power iteration, which comes up to it from
 * below; of the curvature of the transfer curve nothing is known here.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_RATES_H
#define MODEL_RATES_H

#include "models/network.h"

/* a: largest |r'| within +-20 voltage units. */
double model_rates_steepest(const struct circuit_transfer *curve);

/* [1/tau] the second term for a = 1; scratch (2 n_nodes). */
double model_rates_coupling(const struct model_network *net, double *scratch);

/* [1/tau] the first term. */
double model_rates_ground(const struct model_network *net,
                          const struct model_drive *drive);

#endif
