/* models/modes.h -- slowest settling modes around operating points
 *
 * Near an equilibrium s* the circuit is linear,
 *
 *   C d(s - s*)/dt = -H (s - s*),   H = d2(E + g/2 |s_0 - anchor|^2)/ds2,
 *
 * and settles as a sum of modes exp(-mu t) v with
 *
 *   H v = mu C v,   v.C v = 1:
 *
 * the poles -mu of the circuit (all real, H being symmetric). 1/mu is the time
 * constant of a mode; mu < 0 means that s* is no minimum and grows away. The
 * share of node i in a mode is C_i v_i^2, and these add up to 1; a change of
 * its capacitance moves the pole by dmu/dC_i = -mu v_i^2.
 *
 * C^-1/2 H C^-1/2 is symmetric with the same mu, and sim/lanczos.h finds the
 * smallest ones.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_MODES_H
#define MODEL_MODES_H

#include "models/network.h"

struct model_modes {
  size_t n;        // samples
  size_t n_modes;  // of each sample
  double *rate;    // [1/tau] (n x n_modes) mu, rising; NAN: not found
  double *share;   // [1] (n, n_modes, n_layers) of each layer in the mode
};

/* SIM_ECONFIG for a network whose modes are not of this form: one without an
 * energy, or with springs of their own. */
enum sim_status model_modes_check(const struct model_network *net,
                                  size_t n_modes, struct sim_error *err);

/* The n_modes (1 to n_nodes) slowest modes at each of n states
 * (n x n_nodes, one row a sample) under a drive of this conductance. Of modes
 * with equal rates one is found. Fails as model_modes_check does. The caller
 * finishes *modes; on failure nothing is left to finish. */
enum sim_status model_modes_find(struct model_modes *modes,
                                 const struct model_network *net,
                                 double conductance, size_t n,
                                 const double *states, size_t n_modes,
                                 struct sim_error *err);
void model_modes_finish(struct model_modes *modes);

#endif
