/* models/controller.h -- the phases of a whole batch, and what they measure
 *
 * Cuts a batch into tiles, lets threads take them, on all ranks if it is shared
 * (sim/ranks.h), and turns the outputs seen
 * in the nudged phases into a gradient (rule: models/learning.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODEL_CONTROLLER_H
#define MODEL_CONTROLLER_H

#include "models/learning.h"
#include "models/phases.h"
#include "models/settler.h"

/* Tiles of chips, when samples start where the ones before ended: lane k of
 * tiles c, c + MODEL_CHAINS, c + 2 MODEL_CHAINS, ... is one chip that takes
 * these samples in turn. A constant, so that results do not depend on threads;
 * more threads than this find nothing to do. */
#define MODEL_CHAINS 8u

struct model_measurement {
  double loss;            // [1] mean over samples and pixels of (v - u)^2
  double residual;        // [1] mean over samples, at the end of free
  double worst_residual;  // [1] largest of them
  double settling_time;   // [tau] mean over samples, of the free phase
  // Of small-signal nudged states:
  size_t n_not_minimum;  // samples whose Hessian is not positive definite
  size_t n_unsolved;     // samples whose linear system was not solved
  // Numbers beyond the range of a converter, by enum circuit_converter_role.
  size_t n_clipped[CIRCUIT_N_CONVERTERS];
};

struct model_controller;

/* A controller for batches of up to `max_samples` and for the threads in use
 * now. The network is not owned and may be reprogrammed between two calls.
 * The caller destroys *out. */
enum sim_status model_controller_create(struct model_controller **out,
                                        const struct model_learning *rule,
                                        const struct model_settling *settling,
                                        const struct model_network *net,
                                        size_t max_samples,
                                        struct sim_error *err);
void model_controller_destroy(struct model_controller *controller);

/* From now on divide the tiles among all ranks. Each has to measure the same
 * batches with the same network; rank 0 alone gets gradient and measurement. */
void model_controller_share(struct model_controller *controller);

/* Run all phases of a batch and fill gradient (n_parameters). Ends between
 * two tiles with the interrupt's status when the user interrupts. */
enum sim_status model_controller_measure(struct model_controller *controller,
                                         const struct model_batch *batch,
                                         double *gradient,
                                         struct model_measurement *measurement,
                                         struct sim_error *err);

/* The part of one phase in the newest gradient, of a batch of n: gradient
 * (n_parameters) = part of plus + part of minus. */
void model_controller_phase(const struct model_controller *controller, size_t n,
                            bool is_plus, double *gradient);

#endif
