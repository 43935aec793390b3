/* models/network.h -- currents and energy of a layered network, per tile
 *
 * The chip in model units, where hot loops want it:
 *
 *   Phi(s) = b_0.s_0 + sum_l r(s_l+1).(W_l a_l + b_l+1),
 *            a_0 = s_0, a_l = r(s_l)
 *   E(s)   = sum_i leak_i s_i^2 / 2 - Phi(s)
 *   C_i ds_i/dt = -dE/ds_i + g (anchor_i - s_i) + current_i
 *
 * the last two terms on visible nodes only: the drive (spring and nudge).
 *
 * A tile is a block of samples that are integrated together. Its arrays are
 * (n_nodes x n_lanes), row-major: one row a node, one column (lane) a sample,
 * so that couplings are matrix products and the rest are loops over lanes.
 *
 * The above is the `gradient` neuron of an ideal chip. In general node i puts
 * out a_i, takes its input current c_i (couplings and bias) with a gain of its
 * own and obeys
 *
 *   a_i = A_i r(s_i - o_i)               visible: a_i = A_i (s_i - o_i)
 *   C_i ds_i/dt = k_i r'(s_i - o_i) c_i - leak_i s_i + drive       gradient
 *   C_i ds_i/dt = c_i - leak_i s_i + drive              hopfield and visible
 *
 * and W_l^T of the downward direction may be another matrix (separate arrays).
 * A gradient network with any of these differences has no energy here; an
 * ideal hopfield network has the Lyapunov function of models/hopfield.h.
 *
 * Units: voltages in the chip's voltage unit, time in tau, capacitances in
 * tau times the conductance unit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_NETWORK_H
#define MODEL_NETWORK_H

#include <stdbool.h>

#include "circuits/transfer.h"
#include "models/layout.h"
#include "models/noise.h"
#include "sim/error.h"

struct model_periphery;

enum model_neuron { MODEL_GRADIENT, MODEL_HOPFIELD };

/* Constant while a tile settles. */
struct model_network {
  struct model_layout layout;
  const struct circuit_transfer *transfer;  // of every hidden node
  double *theta;            // [1] (n_parameters) weights and biases, owned
  double *theta_back;       // [1] (weights) of the downward direction, owned;
                            // NULL: the same devices carry both directions
  double *leak;             // [1] (n_nodes) owned
  double *inv_capacitance;  // [1] (n_nodes) 1/C, owned
  enum model_neuron neuron;
  // Amplifiers, owned; all NULL while they are ideal.
  double *gain;        // [1] (n_nodes) A of the output
  double *offset;      // [1] (n_nodes) o of the input
  double *input_gain;  // [1] (n_nodes) k of the input stage, hidden nodes only
  const struct model_periphery *periphery;  // of the chip, NULL: ideal
  struct model_noise *noise;  // of its devices, owned; NULL: it is quiet
};

/* What the controller connects to the visible nodes during a phase. */
struct model_drive {
  double conductance;          // [1] of spring and nudge together
  const double *anchor;        // [1] (n_visible x n_lanes) source voltage
  const double *current;       // [1] (n_visible x n_lanes), or NULL for none
  bool is_clamped;             // visible nodes are held where they are
  const double *conductances;  // [1] (n_visible) instead of the one, or NULL
};

static inline double model_drive_conductance(const struct model_drive *drive,
                                             size_t i) {
  return drive->conductances ? drive->conductances[i] : drive->conductance;
}

/* Work space for one tile. */
struct model_work {
  size_t n_lanes;
  double *r;        // (n_nodes x n_lanes) a_l: outputs, of layer 0 the state
  double *slope;    // (n_nodes x n_lanes) da/ds: r'; 1 in layer 0
  double *current;  // (n_nodes x n_lanes) dPhi/da without the bias
};

/* All zero but inv_capacitance, which is 1. On failure nothing is left. */
enum sim_status model_network_init(struct model_network *net,
                                   const struct model_layout *layout,
                                   const struct circuit_transfer *transfer,
                                   struct sim_error *err);
void model_network_finish(struct model_network *net);

/* Give the downward direction of every coupling weights of its own, at first
 * equal to those of the upward direction. The flow is then not that of an
 * energy. */
enum sim_status model_network_separate(struct model_network *net,
                                       struct sim_error *err);

/* Give every node an amplifier of its own, at first ideal. */
enum sim_status model_network_spread(struct model_network *net,
                                     struct sim_error *err);

/* True when the rates are those of the energy E: the analyses that rest on it
 * (descent, conjugate gradients) then apply. */
bool model_network_has_energy(const struct model_network *net);

/* Weights of layer l + 1 from l; those of l from l + 1 are the transpose of
 * `weight_back`, the same matrix unless the directions are separate. */
const double *model_network_weight(const struct model_network *net, size_t l);
const double *model_network_weight_back(const struct model_network *net,
                                        size_t l);
const double *model_network_bias(const struct model_network *net, size_t l);

enum sim_status model_work_init(struct model_work *work,
                                const struct model_layout *layout,
                                size_t n_lanes, struct sim_error *err);
void model_work_finish(struct model_work *work);

/* rate = ds/dt of all nodes at state s. Fills r, slope and current of `work`
 * for s. */
void model_network_rate(const struct model_network *net,
                        const struct model_drive *drive, const double *s,
                        double *rate, struct model_work *work);

/* The same in plain loops over one lane at a time; the reference for tests.
 * r (n_nodes x n_lanes) is scratch. The drive must not be clamped. */
void model_network_rate_plain(const struct model_network *net,
                              const struct model_drive *drive, size_t n_lanes,
                              const double *s, double *rate, double *r);

/* Gain of node i's input stage where its output has this slope da/ds: slope
 * times `input_ratio`, or 1 where there is none (layer 0, hopfield neurons). */
double model_network_input_gain(const struct model_network *net, size_t i,
                                double slope);
double model_network_input_ratio(const struct model_network *net, size_t i);
bool model_network_has_input_gain(const struct model_network *net, size_t i);

/* Fill r and slope of `work` for state s, without the currents. */
void model_network_outputs(const struct model_network *net, const double *s,
                           struct model_work *work);

/* out = every coupling applied to `in`, in both directions, without transfer
 * curves; both (n_nodes x n_lanes). */
void model_network_couple(const struct model_network *net, size_t n_lanes,
                          const double *in, double *out);

/* The currents of all layers l with l % 2 == parity, from their neighbours. */
void model_network_couple_parity(const struct model_network *net,
                                 size_t n_lanes, size_t parity,
                                 const double *in, double *out);

/* residual (n_lanes): the largest |C ds/dt| of a lane's nodes, that is the
 * net current in units of conductance_unit voltage_unit; NaN if one is. */
void model_network_residual(const struct model_network *net, size_t n_lanes,
                            const double *rate, double *residual);

/* energy (n_lanes): E + g/2 |s_0 - anchor|^2 - current.s_0 at the state for
 * which `work` was filled by model_network_rate. It never rises along a
 * trajectory under this drive. Times conductance_unit voltage_unit^2 it is
 * the circuit's co-content in watts. */
void model_network_energy(const struct model_network *net,
                          const struct model_drive *drive, const double *s,
                          const struct model_work *work, double *energy);

#endif
