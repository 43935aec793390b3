/* models/small_signal.c -- nudged states in the limit of a vanishing nudge
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/small_signal.h"

#include <stdlib.h>
#include <string.h>

#include "models/hessian.h"
#include "sim/memory.h"

#define MAX_ROUNDS 5000u

static enum sim_status init_solver(struct model_small_signal *signal,
                                   const struct model_network *net,
                                   size_t n_lanes, double tolerance,
                                   struct sim_error *err) {
  return signal->is_symmetric
             ? model_conjugate_init(&signal->solver, net, n_lanes, tolerance,
                                    MAX_ROUNDS, err)
             : model_linear_init(&signal->linear, net, err);
}

enum sim_status model_small_signal_init(struct model_small_signal *signal,
                                        const struct model_network *net,
                                        size_t n_lanes, double tolerance,
                                        struct sim_error *err) {
  const size_t n = net->layout.n_nodes * n_lanes;
  *signal = (struct model_small_signal){
      .is_symmetric = model_hessian_applies(net),
      .b = sim_alloc_doubles(n, err),
      .a = sim_alloc_doubles(n, err),
      .ends = sim_alloc(n_lanes, sizeof *signal->ends, err),
  };
  if (!signal->b || !signal->a || !signal->ends ||
      init_solver(signal, net, n_lanes, tolerance, err)) {
    model_small_signal_finish(signal);
    return err->status;
  }
  return SIM_OK;
}

void model_small_signal_finish(struct model_small_signal *signal) {
  model_conjugate_finish(&signal->solver);
  model_linear_finish(&signal->linear);
  free(signal->b);
  free(signal->a);
  free(signal->ends);
  *signal = (struct model_small_signal){0};
}

/* dC/ds: alpha lambda (v - u) on visible nodes, 0 on hidden ones. */
static void cost_slope(struct model_small_signal *signal,
                       const struct model_phases *phases, size_t n_visible,
                       size_t n) {
  const double gain = model_learning_gain(&phases->rule);
  memset(signal->b, 0, n * sizeof *signal->b);
  for (size_t i = 0; i < n_visible; i++) {
    signal->b[i] = gain * (phases->velocity[i] - phases->u[i]);
  }
}

static void solve(struct model_small_signal *signal,
                  const struct model_phases *phases) {
  const struct model_work *work = &phases->settler.work;
  const double spring = phases->rule.spring;
  if (signal->is_symmetric) {
    model_conjugate_solve(&signal->solver, spring, phases->n_loaded,
                          phases->free_state, work, signal->b, signal->a,
                          signal->ends);
  } else {
    model_linear_solve(&signal->linear, &phases->settler.drive,
                       phases->rule.nudged_states == MODEL_ADJOINT,
                       work->n_lanes, phases->free_state, signal->b, signal->a,
                       signal->ends);
  }
}

/* What an element of a counts for: outputs move by the slope, and a parameter
 * of the true gradient acts through the gain of the input stage. The two are
 * one where there is an energy. */
static double weight_of(const struct model_phases *phases, size_t i) {
  const struct model_network *net = phases->settler.net;
  const struct model_work *work = &phases->settler.work;
  const size_t node = i / work->n_lanes;
  if (phases->rule.nudged_states != MODEL_ADJOINT) {
    return work->slope[i];
  }
  return model_network_input_gain(net, node, work->slope[i]);
}

void model_small_signal_solve(struct model_small_signal *signal,
                              const struct model_phases *phases, double *plus,
                              double *minus) {
  const struct model_work *work = &phases->settler.work;
  const struct model_layout *at = &phases->settler.net->layout;
  const size_t lanes = work->n_lanes, n = at->n_nodes * lanes;
  cost_slope(signal, phases, at->width[0] * lanes, n);
  solve(signal, phases);
  model_phases_outputs(phases, plus);
  memcpy(minus, plus, n * sizeof *minus);
  for (size_t i = 0; i < n; i++) {
    if (i % lanes < phases->n_loaded) {
      const double q = weight_of(phases, i) * signal->a[i];
      plus[i] += q;
      minus[i] -= q;
    }
  }
}
