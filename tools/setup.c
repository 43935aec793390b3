/* tools/setup.c -- data, chip and network of an experiment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/setup.h"

#include <stdlib.h>
#include <string.h>

#include "models/assignment.h"
#include "models/initial.h"
#include "models/modes.h"
#include "models/noise_sample.h"
#include "sim/file.h"
#include "sim/memory.h"
#include "tools/network_file.h"
#include "tools/spice_sample.h"
#include "tools/transients.h"

static const char *name_or_null(const char *name) {
  return strcmp(name, "none") == 0 ? NULL : name;
}

static enum sim_status load_data(struct tool_setup *setup,
                                 struct sim_error *err) {
  const struct tool_data_params *data = &setup->experiment->data;
  const size_t width = setup->experiment->network.layers.v[0];
  const struct model_dataset_source source = {
      .file = data->file,
      .labels_file = name_or_null(data->labels_file),
      .images = data->images,
      .labels = strcmp(data->labels, "labels") == 0 ? NULL : data->labels,
      .dim = width,
      .has_full_scale = data->full_scale.n == 2,
      .full_scale = {data->full_scale.v[0], data->full_scale.v[1]},
      .range = {data->range.v[0], data->range.v[1]},
  };
  const enum sim_status status = model_dataset_load(&setup->data, &source, err);
  // A data file that does not fit is a mistake in the experiment: nothing has
  // been written yet.
  if (status != SIM_EIO) {
    return status;
  }
  err->status = SIM_ECONFIG;
  return SIM_ECONFIG;
}

static enum sim_status load_weights(const struct tool_setup *setup,
                                    double *theta, struct sim_error *err) {
  char *path = sim_path_join(setup->experiment->from, "run.h5", err);
  if (!path) {
    return err->status;
  }
  const enum sim_status status =
      tool_network_read(path, &setup->chip->layout, theta, err);
  free(path);
  if (status != SIM_ECONFIG) {
    return status;
  }
  const struct sim_error reason = *err;
  return sim_error_set(err, SIM_ECONFIG, "%.480s %.480s",
                       setup->experiment->from, reason.message);
}

static enum sim_status program_first(struct tool_setup *setup,
                                     struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  double *theta = sim_alloc_doubles(setup->chip->layout.n_parameters, err);
  if (!theta) {
    return err->status;
  }
  enum sim_status status = SIM_OK;
  if (tool_experiment_has_source(e)) {
    status = load_weights(setup, theta, err);
  } else {
    model_initial_draw(&setup->chip->layout, e->network.init_gain, e->seed,
                       theta);
  }
  if (!status) {
    setup->n_saturated = model_chip_program(setup->chip, theta);
  }
  free(theta);
  return status;
}

/* A batch cannot have more samples than there are. */
static enum sim_status check_batch(const struct tool_setup *setup,
                                   struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  const char *key = "train.batch";
  size_t wanted = e->train.batch;
  if (e->kind == TOOL_GRADIENT) {
    key = "gradient.samples";
    wanted = e->gradient.samples;
  } else if (e->kind == TOOL_SPICE_CHECK) {
    key = "spice_check.samples";
    wanted = e->spice_check.samples;
  } else if (e->kind == TOOL_NOISE_BUDGET) {
    key = "noise_budget.samples";
    wanted = e->noise_budget.samples;
  }
  if (wanted <= setup->data.n) {
    return SIM_OK;
  }
  return tool_experiment_fail(e, key, err,
                              "must be <= %zu, the samples in %s, got %zu",
                              setup->data.n, e->data.file, wanted);
}

/* Optimal transport pairs all samples at once. */
static enum sim_status check_transport(const struct tool_setup *setup,
                                       struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  if (e->kind == TOOL_GENERATE || e->flow.coupling != MODEL_OPTIMAL_TRANSPORT ||
      setup->data.n <= MODEL_ASSIGNMENT_MAX_ROWS) {
    return SIM_OK;
  }
  return tool_experiment_fail(e, "flow.coupling", err,
                              "must be independent for more than %u samples, "
                              "got optimal_transport for the %zu in %s",
                              MODEL_ASSIGNMENT_MAX_ROWS, setup->data.n,
                              e->data.file);
}

/* Modes and operating points are those of an energy. */
static enum sim_status check_states(const struct tool_setup *setup,
                                    struct sim_error *err) {
  const struct tool_experiment *e = setup->experiment;
  if (e->kind != TOOL_GRADIENT) {
    return SIM_OK;
  }
  if (e->gradient.compare_transient && !model_network_has_energy(&setup->net)) {
    return sim_error_set(err, SIM_ECONFIG,
                         "gradient.compare_transient: must be false for a chip "
                         "without an energy, got true");
  }
  return e->gradient.modes > 0
             ? model_modes_check(&setup->net, e->gradient.modes, err)
             : SIM_OK;
}

/* A budget of nothing has no best nudge. */
static enum sim_status check_sources(const struct tool_setup *setup,
                                     struct sim_error *err) {
  struct model_source sources[MODEL_MAX_SOURCES];
  const size_t n_nodes = setup->net.layout.n_nodes;
  if (setup->experiment->kind != TOOL_NOISE_BUDGET) {
    return SIM_OK;
  }
  const bool has_errors = model_device_errors_any(setup->chip);
  if (!has_errors && model_source_list(&setup->net, NULL, sources) == 0) {
    return sim_error_set(err, SIM_ECONFIG,
                         "chip.noise: must have a source for a noise budget, "
                         "unless converters, memory or devices are noisy, got "
                         "none");
  }
  if (has_errors && n_nodes > TOOL_NOISE_MAX_ERRING) {
    return sim_error_set(err, SIM_ECONFIG,
                         "network.layers: must have <= %u nodes for a noise "
                         "budget of a chip whose devices err, got %zu",
                         TOOL_NOISE_MAX_ERRING, n_nodes);
  }
  return SIM_OK;
}

static enum sim_status set_window(struct tool_setup *setup,
                                  struct sim_error *err) {
  const struct sim_time *window = &setup->experiment->learning.readout_window;
  const double in_tau =
      window->is_tau ? window->value : window->value / setup->chip->tau;
  setup->settling.window = in_tau;
  if (in_tau <= setup->settling.duration) {
    return SIM_OK;
  }
  return sim_error_set(err, SIM_ECONFIG,
                       "learning.readout_window: must be <= settle.duration, "
                       "%.6g tau, got %.6g tau",
                       setup->settling.duration, in_tau);
}

/* Where an error begins with the name of a file that a key asked for, put the
 * place of that key before it. */
static enum sim_status blame_key(const struct tool_experiment *e,
                                 struct sim_error *err) {
  const struct {
    const char *key, *file;
  } keys[] = {
      {"data.labels_file", e->data.labels_file},
      {"data.file", e->data.file},
      {"network.table", e->network.table},
      {"chip.coupling.pulse.table", e->chip.coupling.pulse.table},
  };
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const size_t n = strlen(keys[i].file);
    if (n > 0 && strncmp(err->message, keys[i].file, n) == 0 &&
        err->message[n] == ':') {
      const struct sim_error inner = *err;
      tool_experiment_fail(e, keys[i].key, err, "%s", inner.message);
      err->status = inner.status;
      break;
    }
  }
  return err->status;
}

/* Devices without a network: one is made, so that what it needs is there. */
static enum sim_status try_device(const struct tool_experiment *e,
                                  struct sim_error *err) {
  const struct circuit_site site = {e->seed, (uint32_t)e->chip.number, 0,
                                    e->chip.temperature};
  struct circuit_coupling one;
  if (circuit_coupling_init(&one, &e->chip.coupling, &site, 1, 1, err)) {
    return blame_key(e, err);
  }
  circuit_coupling_finish(&one);
  return SIM_OK;
}

enum sim_status tool_setup_init(struct tool_setup *setup,
                                const struct tool_experiment *experiment,
                                struct sim_error *err) {
  *setup = (struct tool_setup){.experiment = experiment};
  if (experiment->kind == TOOL_DEVICE) {
    return try_device(experiment, err);
  }
  if (load_data(setup, err) || check_batch(setup, err) ||
      check_transport(setup, err) ||
      model_chip_create(&setup->chip, &experiment->network, &experiment->chip,
                        experiment->learning.spring, experiment->seed, err) ||
      program_first(setup, err) ||
      model_chip_network(setup->chip, &setup->net, err)) {
    tool_setup_finish(setup);
    return blame_key(experiment, err);
  }
  setup->settling = model_settling_make(&experiment->settle, setup->chip->tau);
  if (set_window(setup, err) || tool_transients_check(setup, err) ||
      check_states(setup, err) || check_sources(setup, err)) {
    tool_experiment_locate(experiment, err);
    tool_setup_finish(setup);
    return err->status;
  }
  return SIM_OK;
}

void tool_setup_finish(struct tool_setup *setup) {
  model_network_finish(&setup->net);
  model_chip_destroy(setup->chip);
  model_dataset_finish(&setup->data);
  setup->chip = NULL;
}

size_t tool_setup_batch(const struct tool_setup *setup, size_t wanted) {
  return wanted == 0 ? setup->data.n : wanted;
}
