/* models/settling.c -- how phases are settled, as the experiment has it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "models/energy.h"
#include "models/settler.h"

/* OpenBLAS multiplies small matrices by a kernel of its own: 56 GF/s at widths
 * 16 to 48, 46 at 64 and more, 52 for large products. */
#define TILE_LANES 32u
/* A pool of that width takes its samples from a longer row (models/pool.h). */
#define OPERATING_POINT_LANES 96u
#define MAX_IMPLICIT_NODES 512u  // a Jacobian of 2 MB
#define DEFAULT_STEP 0.1         // [tau]

static double in_tau(struct sim_time time, double tau) {
  return time.is_tau ? time.value : time.value / tau;
}

struct model_settling model_settling_make(
    const struct sim_settle_params *params, double tau) {
  return (struct model_settling){
      .analysis = (enum sim_analysis)params->analysis,
      .integrator = sim_integrator_registry[params->integrator],
      .settings = {.step = isnan(params->step.value)
                               ? DEFAULT_STEP
                               : in_tau(params->step, tau),
                   .tolerance = params->tolerance,
                   .max_steps = params->max_steps},
      .duration = in_tau(params->duration, tau),
      .until = isnan(params->until) ? 0.0 : params->until,
      .keep_unsettled = params->unsettled == 1,
      .has_auto_step = isnan(params->step.value) &&
                       sim_integrator_registry[params->integrator]->takes_noise,
  };
}

bool model_settling_is_noisy(const struct model_settling *settling,
                             const struct model_network *net) {
  return net->noise && !settling->is_quiet;
}

size_t model_settling_lanes(const struct model_settling *settling) {
  if (settling->meter) {
    return settling->meter->n_lanes;
  }
  if (settling->analysis == SIM_OPERATING_POINT) {
    return OPERATING_POINT_LANES;
  }
  const bool is_implicit = settling->integrator->needs_jacobian;
  return is_implicit ? 1 : TILE_LANES;
}

enum sim_status model_settling_check(const struct model_settling *settling,
                                     size_t n_nodes,
                                     const struct sim_where *where,
                                     struct sim_error *err) {
  if (settling->analysis != SIM_TRANSIENT ||
      !settling->integrator->needs_jacobian || n_nodes <= MAX_IMPLICIT_NODES) {
    return SIM_OK;
  }
  return sim_error_at(err, SIM_ECONFIG, where,
                      "must be explicit for networks of more than %u nodes, "
                      "got %s for %zu nodes",
                      MAX_IMPLICIT_NODES, settling->integrator->name, n_nodes);
}
