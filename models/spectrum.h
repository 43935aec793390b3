/* models/spectrum.h -- spectral density of node voltages, by linear response
 *
 *   (M + j 2 pi f C) v = i,   M = -d(C dv/dt)/dv at an operating point
 *   S_v,i(f) = sum_k |[(M + j 2 pi f C)^-1]_ik|^2 S_i,k
 *
 * for independent white currents into the nodes; it is what .noise of a SPICE
 * program finds. Densities are one-sided: a conductance G gives 4 k T G.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_SPECTRUM_H
#define MODEL_SPECTRUM_H

#include "models/chip.h"
#include "models/network.h"

/* Thermal noise currents at state s (n_nodes) [1]: leak and drive at the node,
 * the devices of its pairs at its input, through the slope r'. strength
 * (n_nodes) [A^2/Hz]; of `drive` only the conductances count; temperature [K].
 */
enum sim_status model_spectrum_thermal(const struct model_chip *chip,
                                       const struct model_network *net,
                                       const struct model_drive *drive,
                                       const double *s, double temperature,
                                       double *strength, struct sim_error *err);

/* density (n_frequencies x n_nodes) [V^2/Hz] at `frequency` [Hz]. */
enum sim_status model_spectrum_density(const struct model_chip *chip,
                                       const struct model_network *net,
                                       const struct model_drive *drive,
                                       const double *s, const double *strength,
                                       size_t n_frequencies,
                                       const double *frequency, double *density,
                                       struct sim_error *err);

/* [S] of all devices whose noise enters at the input of a node, times the
 * excess of their noise. */
double model_spectrum_conductance(const struct model_chip *chip, size_t node);

#endif
