/* tools/noise_params.c -- the experiment's `noise_budget` section
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/noise_params.h"

#include <math.h>

// clang-format off
#define NOISE(f) SIM_FIELD(struct tool_noise_params, f)
const struct sim_param tool_noise_table[TOOL_NOISE_N_PARAMS] = {
    {.name = "samples", .kind = SIM_COUNT, NOISE(samples), SIM_WITHIN(1, 1e9),
     .initial = "64", .help = "that are analysed, the first of an epoch"},
    {.name = "epoch", .kind = SIM_COUNT, NOISE(epoch), SIM_WITHIN(0, 1e15),
     .initial = "0", .help = "epoch whose draws make these samples"},
    {.name = "batch", .kind = SIM_COUNT, NOISE(batch), SIM_WITHIN(1, 1e9),
     .initial = "all", .word = "all",
     .help = "samples of an update, over which noise is averaged"},
    {.name = "target_snr", .kind = SIM_REAL, NOISE(target_snr), SIM_ABOVE(0),
     .initial = "1",
     .help = "norm of the gradient over that of its noise, for which the "
             "averaging time and the bits of the output ADC are sought"},
    {.name = "nudges", .kind = SIM_REALS, NOISE(nudges), SIM_ABOVE(0),
     .min_items = 2, .initial = "auto", .word = "auto",
     .help = "nudges whose bias is measured, rising, as multiples of "
             "learning.nudge; auto: 0.25, 0.5, 1, 2, 4 and 8, without those "
             "that the spring does not hold"},
    {.name = "windows", .kind = SIM_REALS, NOISE(windows), SIM_WITHIN(0, 1e9),
     .min_items = 1, .initial = "[0, 1, 3, 10, 30, 100, 300, 1000]",
     .help = "read-out windows that are tried, rising, in tau; "
             "learning.readout_window is one of them in any case"},
    {.name = "reference", .kind = SIM_TIME, NOISE(reference), SIM_ABOVE(0),
     .initial = "3000 tau",
     .help = "longest settling of an equilibrium, where it is followed in "
             "time"},
    {.name = "until", .kind = SIM_REAL, NOISE(until), SIM_ABOVE(0),
     .initial = "1e-9", .help = "residual at which an equilibrium is settled"},
};
// clang-format on

static enum sim_status check_rise(const struct sim_reals *list, const char *key,
                                  const struct sim_config *config,
                                  struct sim_error *err) {
  const struct sim_where where = sim_config_where(config, key);
  for (size_t i = 1; i < list->n; i++) {
    if (!(list->v[i] > list->v[i - 1])) {
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "must rise, got %g after %g", list->v[i],
                          list->v[i - 1]);
    }
  }
  return SIM_OK;
}

/* What a nudge is to stay below, as a multiple of learning.nudge: a negative
 * one is a conductance taken from that of the spring. */
static double nudge_limit(const struct model_learning *rule) {
  return rule->phases == 3 && rule->nudge_kind == MODEL_QUADRATIC
             ? rule->spring / model_learning_stiffness(rule)
             : INFINITY;
}

size_t tool_noise_nudges(const struct tool_noise_params *params,
                         const struct model_learning *rule, double *nudge) {
  static const struct sim_reals usual = {6, {0.25, 0.5, 1, 2, 4, 8}};
  const struct sim_reals *list = params->nudges.n ? &params->nudges : &usual;
  const double limit = nudge_limit(rule);
  size_t n = 0;
  for (size_t i = 0; i < list->n && list->v[i] < limit; i++) {
    nudge[n++] = list->v[i] * rule->nudge;
  }
  return n;
}

static enum sim_status check_nudges(const struct tool_noise_params *params,
                                    const struct model_learning *rule,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  const struct sim_reals *list = &params->nudges;
  const struct sim_where where =
      sim_config_where(config, "noise_budget.nudges");
  const double limit = nudge_limit(rule);
  if (list->n && !(list->v[list->n - 1] < limit)) {
    return sim_error_at(
        err, SIM_ECONFIG, &where,
        "must be < %.4g times learning.nudge (%g): a negative nudge would be "
        "stronger than the spring, got %g",
        limit, rule->nudge, list->v[list->n - 1]);
  }
  return SIM_OK;
}

enum sim_status tool_noise_params_check(const struct tool_noise_params *params,
                                        const struct model_learning *rule,
                                        size_t n_nodes,
                                        const struct sim_config *config,
                                        struct sim_error *err) {
  if (rule->start != MODEL_FROM_REST) {
    const struct sim_where where = sim_config_where(config, "learning.start");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be rest for a noise budget, got previous");
  }
  if (rule->nudged_states != MODEL_MEASURED) {
    const struct sim_where where =
        sim_config_where(config, "learning.nudged_states");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be measured for a noise budget, got "
                        "small_signal");
  }
  if (n_nodes > TOOL_NOISE_MAX_NODES) {
    const struct sim_where where = sim_config_where(config, "network.layers");
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must have <= %u nodes for a noise budget, got %zu",
                        TOOL_NOISE_MAX_NODES, n_nodes);
  }
  return check_rise(&params->windows, "noise_budget.windows", config, err) ||
                 check_rise(&params->nudges, "noise_budget.nudges", config, err)
             ? err->status
             : check_nudges(params, rule, config, err);
}
