/* tools/experiment_check.c -- do the values of an experiment fit together?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "sim/units.h"
#include "tools/experiment_parts.h"
#include "tools/sweep_check.h"

static enum sim_status check_order(const struct sim_config *config,
                                   const char *path,
                                   const struct sim_reals *pair,
                                   struct sim_error *err) {
  if (pair->n != 2 || pair->v[0] < pair->v[1]) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, path);
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must go from low to high, got [%g, %g]", pair->v[0],
                      pair->v[1]);
}

/* Samples are stored under their horizon, to two decimals. */
static enum sim_status check_horizons(const struct sim_reals *horizons,
                                      const struct sim_config *config,
                                      struct sim_error *err) {
  for (size_t i = 0; i < horizons->n; i++) {
    for (size_t j = 0; j < i; j++) {
      if (lround(100 * horizons->v[i]) == lround(100 * horizons->v[j])) {
        const struct sim_where where =
            sim_config_where(config, "generate.horizons");
        return sim_error_at(err, SIM_ECONFIG, &where,
                            "must differ by 0.01 at least, got %g and %g",
                            horizons->v[j], horizons->v[i]);
      }
    }
  }
  return SIM_OK;
}

/* A transient shows measured phases in time. */
static enum sim_status check_recording(const struct tool_experiment *experiment,
                                       const struct sim_config *config,
                                       struct sim_error *err) {
  const bool in_time = experiment->settle.analysis == SIM_TRANSIENT;
  const bool is_measured = experiment->learning.nudged_states == MODEL_MEASURED;
  if ((in_time && is_measured) || experiment->record.transients == 0) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(
      config, in_time ? "learning.nudged_states" : "settle.analysis");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be %s to record transients, got %s",
                      in_time ? "measured" : "transient",
                      in_time ? "small_signal" : "operating_point");
}

/* A netlist's noise has no memory. */
static enum sim_status check_spice_noise(
    const struct tool_experiment *experiment, const struct sim_config *config,
    struct sim_error *err) {
  const struct model_noise_params *noise = &experiment->chip.noise;
  if (!experiment->spice_check.noise ||
      (!noise->flicker && !noise->telegraph)) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(
      config, noise->flicker ? "chip.noise.flicker" : "chip.noise.telegraph");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be false to compare noise (spice_check.noise), of "
                      "which a netlist has the thermal part only, got true");
}

static enum sim_status check_spice(const struct tool_experiment *experiment,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  if (tool_experiment_measured(experiment) == TOOL_SPICE_CHECK &&
      check_spice_noise(experiment, config, err)) {
    return err->status;
  }
  return tool_experiment_measured(experiment) == TOOL_SPICE_CHECK
             ? tool_spice_params_check(
                   &experiment->spice_check, &experiment->settle,
                   model_noise_is_on(&experiment->chip.noise), config, err)
             : SIM_OK;
}

/* The name becomes a folder. */
static enum sim_status check_name(const struct tool_experiment *experiment,
                                  const struct sim_config *config,
                                  struct sim_error *err) {
  const char *name = experiment->name;
  if (name[0] && name[0] != '.' && !strchr(name, '/')) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "name");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be usable as the name of a folder, got \"%s\"",
                      name);
}

static enum sim_status check_source(const struct tool_experiment *experiment,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  const int kind = tool_experiment_measured(experiment);
  const bool has_source = tool_experiment_has_source(experiment);
  const struct sim_where where = sim_config_where(config, "from");
  if (kind == TOOL_DEPLOYMENT && has_source) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be none: a deployment trains its own weights, "
                        "got %s",
                        experiment->from);
  }
  if (kind != TOOL_GENERATE || has_source) {
    return SIM_OK;
  }
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be the folder of a run to generate from, got "
                      "none");
}

static enum sim_status check_integrator(
    const struct tool_experiment *experiment, const struct sim_config *config,
    struct sim_error *err) {
  const struct sim_counts *layers = &experiment->network.layers;
  const struct sim_where where = sim_config_where(config, "settle.integrator");
  const struct model_settling settling =
      model_settling_make(&experiment->settle, 1.0);
  const size_t n_nodes = model_layout_make(layers->n, layers->v).n_nodes;
  return model_settling_check(&settling, n_nodes, &where, err);
}

/* Noise is a process in time, so only what goes through time has it. */
static enum sim_status check_noise(const struct tool_experiment *experiment,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const struct sim_settle_params *settle = &experiment->settle;
  const bool is_in_time = settle->analysis == SIM_TRANSIENT;
  const bool is_measured = experiment->learning.nudged_states == MODEL_MEASURED;
  char until[SIM_UNIT_TEXT];
  const struct {
    bool is_fine;
    const char *key, *wanted, *got;
  } rules[] = {
      {is_in_time, "settle.analysis", "transient", "operating_point"},
      {sim_integrator_registry[settle->integrator]->takes_noise,
       "settle.integrator", "heun",
       sim_integrator_registry[settle->integrator]->name},
      {isnan(settle->until), "settle.until", "never",
       isnan(settle->until) ? "never"
                            : sim_unit_format(settle->until, "1", until)},
      {is_measured, "learning.nudged_states", "measured", "small_signal"},
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    if (!rules[i].is_fine && model_noise_is_on(&experiment->chip.noise)) {
      const struct sim_where where = sim_config_where(config, rules[i].key);
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "must be %s for a chip with noise (chip.noise), got "
                          "%s",
                          rules[i].wanted, rules[i].got);
    }
  }
  return SIM_OK;
}

/* An average over time needs a phase of known length. */
static enum sim_status check_window(const struct tool_experiment *experiment,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  const struct sim_settle_params *settle = &experiment->settle;
  const bool is_measured = experiment->learning.nudged_states == MODEL_MEASURED;
  if (!(experiment->learning.readout_window.value > 0) ||
      (settle->analysis == SIM_TRANSIENT && isnan(settle->until) &&
       is_measured)) {
    return SIM_OK;
  }
  const struct sim_where where =
      sim_config_where(config, "learning.readout_window");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be 0 unless measured phases are transients of "
                      "fixed duration (settle.until: never), got %g %s",
                      experiment->learning.readout_window.value,
                      experiment->learning.readout_window.is_tau ? "tau" : "s");
}

/* A network has as many modes as nodes. */
static enum sim_status check_modes(const struct tool_experiment *experiment,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const struct sim_counts *layers = &experiment->network.layers;
  const size_t n_nodes = model_layout_make(layers->n, layers->v).n_nodes;
  if (experiment->gradient.modes <= n_nodes) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "gradient.modes");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be <= %zu, the nodes of the network, got %zu",
                      n_nodes, experiment->gradient.modes);
}

static enum sim_status check_analysis(const struct tool_experiment *experiment,
                                      const struct sim_config *config,
                                      struct sim_error *err) {
  if (experiment->settle.analysis == SIM_TRANSIENT ||
      model_chip_has_energy(&experiment->network, &experiment->chip)) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "settle.analysis");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be transient for a chip without an energy "
                      "(separate directions, spread amplifiers or hopfield "
                      "neurons), got operating_point");
}

static enum sim_status check_budget(const struct tool_experiment *experiment,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  const struct sim_counts *layers = &experiment->network.layers;
  return tool_experiment_measured(experiment) == TOOL_NOISE_BUDGET
             ? tool_noise_params_check(
                   &experiment->noise_budget, &experiment->learning,
                   model_layout_make(layers->n, layers->v).n_nodes, config, err)
             : SIM_OK;
}

static enum sim_status check_measured(const struct tool_experiment *experiment,
                                      const struct sim_config *config,
                                      struct sim_error *err) {
  if (tool_experiment_measured(experiment) == TOOL_DEVICE) {
    return check_name(experiment, config, err)
               ? err->status
               : circuit_coupling_check(&experiment->chip.coupling, config,
                                        err);
  }
  if (check_name(experiment, config, err) ||
      check_source(experiment, config, err) ||
      check_order(config, "data.range", &experiment->data.range, err) ||
      check_order(config, "data.full_scale", &experiment->data.full_scale,
                  err) ||
      model_chip_check(&experiment->network, &experiment->chip, config, err) ||
      check_integrator(experiment, config, err) ||
      check_analysis(experiment, config, err) ||
      check_noise(experiment, config, err) ||
      check_window(experiment, config, err) ||
      check_modes(experiment, config, err) ||
      check_horizons(&experiment->generate.horizons, config, err) ||
      check_recording(experiment, config, err) ||
      check_spice(experiment, config, err) ||
      check_budget(experiment, config, err)) {
    return err->status;
  }
  return model_learning_check(&experiment->learning, config, err);
}

enum sim_status tool_experiment_check(const struct tool_experiment *experiment,
                                      const struct sim_config *config,
                                      struct sim_error *err) {
  if (experiment->kind != TOOL_SWEEP) {
    return check_measured(experiment, config, err);
  }
  if (tool_sweep_check_measure(experiment, config, err) ||
      check_measured(experiment, config, err)) {
    return err->status;
  }
  return tool_sweep_check(experiment, config, err);
}
