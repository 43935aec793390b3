/* tools/experiment.c -- everything an experiment file can say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/experiment.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "models/preset_file.h"
#include "sim/file.h"
#include "tools/experiment_parts.h"

int tool_experiment_measured(const struct tool_experiment *experiment) {
  return experiment->kind == TOOL_SWEEP ? experiment->sweep.measure
                                        : experiment->kind;
}

unsigned tool_experiment_use(const struct tool_experiment *experiment) {
  return 1u << experiment->kind |
         tool_kind_use(tool_experiment_measured(experiment));
}

bool tool_experiment_trains(const struct tool_experiment *experiment) {
  return experiment->kind == TOOL_TRAIN || experiment->kind == TOOL_DEPLOYMENT;
}

double tool_experiment_n_epochs(const struct tool_experiment *experiment) {
  const struct tool_deployment_params *d = &experiment->deployment;
  const double n = (double)experiment->train.epochs;
  return experiment->kind == TOOL_DEPLOYMENT
             ? n + (double)d->chips * (n + (double)d->retune_epochs)
             : n;
}

bool tool_experiment_has_source(const struct tool_experiment *experiment) {
  return experiment->from[0] && strcmp(experiment->from, "none") != 0;
}

/* The kind decides which keys there are, so it is read first, alone; an
 * unknown word is reported by the whole reading. */
static unsigned use_of(const struct sim_config *config) {
  const int kind = tool_kind_find(sim_config_text(config, "experiment"));
  const int measured =
      kind == TOOL_SWEEP
          ? tool_kind_find(sim_config_text(config, "sweep.measure"))
          : kind;
  return kind < 0 || measured < 0 ? SIM_USE_ALL
                                  : 1u << kind | tool_kind_use(measured);
}

/* The path at `key`, for what must be known before all others; "" for none. */
static enum sim_status read_path(const struct sim_config *config,
                                 const char *key, char *path,
                                 struct sim_error *err) {
  const struct sim_node *node = sim_config_find(config, key);
  path[0] = '\0';
  if (!node || !node->text || strcmp(node->text, "none") == 0) {
    return SIM_OK;
  }
  const size_t n = strlen(node->directory);
  const char *slash = n && node->text[0] != '/' ? "/" : "";
  const char *directory = node->text[0] == '/' ? "" : node->directory;
  if ((size_t)snprintf(path, SIM_TEXT_MAX, "%s%s%s", directory, slash,
                       node->text) >= SIM_TEXT_MAX) {
    return sim_error_at(err, SIM_ECONFIG, &node->where, "path is too long");
  }
  return SIM_OK;
}

/* Take what the file leaves out from the run it names. */
static enum sim_status inherit_source(struct sim_config *config,
                                      struct sim_error *err) {
  char folder[SIM_TEXT_MAX];
  if (read_path(config, "from", folder, err)) {
    return err->status;
  }
  if (!folder[0]) {
    return SIM_OK;
  }
  char *file = sim_path_join(folder, "experiment.yaml", err);
  struct sim_config *base = NULL;
  if (!file || sim_config_load(&base, file, err)) {
    char reason[sizeof err->message];
    memcpy(reason, err->message, sizeof reason);
    const struct sim_where where = sim_config_where(config, "from");
    sim_error_at(err, SIM_ECONFIG, &where,
                 "must be the folder of a run, got %s (%.700s)", folder,
                 reason);
  } else {
    sim_config_inherit(config, base, err);
  }
  sim_config_destroy(base);
  free(file);
  return err->status;
}

/* A sweep measures what its base does, unless it says otherwise. */
static enum sim_status inherit_measure(struct sim_config *config,
                                       const struct sim_config *base,
                                       struct sim_error *err) {
  const char *kind = sim_config_text(base, "experiment");
  char assignment[96];
  if (!kind || sim_config_has(config, "sweep.measure")) {
    return SIM_OK;
  }
  snprintf(assignment, sizeof assignment, "sweep.measure=%.64s", kind);
  return sim_config_set(config, assignment, err);
}

/* Take what a sweep leaves out from the experiment it names. */
static enum sim_status inherit_base(struct sim_config *config,
                                    struct sim_error *err) {
  const char *kind = sim_config_text(config, "experiment");
  char file[SIM_TEXT_MAX];
  struct sim_config *base;
  if (!kind || strcmp(kind, "sweep") != 0) {
    return SIM_OK;
  }
  if (read_path(config, "sweep.base", file, err)) {
    return err->status;
  }
  if (!file[0]) {
    return SIM_OK;
  }
  if (sim_config_load(&base, file, err)) {
    const struct sim_where where = sim_config_where(config, "sweep.base");
    const struct sim_error inner = *err;
    return sim_error_at(err, inner.status, &where, "%s", inner.message);
  }
  kind = sim_config_text(base, "experiment");
  if (kind && strcmp(kind, "sweep") == 0) {
    const struct sim_where where = sim_config_where(config, "sweep.base");
    sim_error_at(err, SIM_ECONFIG, &where,
                 "must be the file of an experiment that is no sweep itself, "
                 "got %s",
                 file);
  } else if (inherit_measure(config, base, err) == SIM_OK) {
    sim_config_inherit(config, base, err);
  }
  sim_config_destroy(base);
  return err->status;
}

/* A kind from --set does not fit the file: say so, or the file is blamed. */
static enum sim_status blame_kind(const struct sim_config *config,
                                  struct sim_error *err) {
  const char *kind = sim_config_text(config, "experiment");
  const struct sim_where where = sim_config_where(config, "experiment");
  const struct sim_error inner = *err;
  if (where.file || tool_kind_find(kind) < 0 || inner.status != SIM_ECONFIG) {
    return inner.status;
  }
  return sim_error_set(err, inner.status, "%.900s (--set experiment=%s)",
                       inner.message, kind);
}

/* Values and their checks, beneath them the preset (nullable). */
static enum sim_status read_values(struct tool_experiment *experiment,
                                   const struct sim_config *config,
                                   const struct model_preset *preset,
                                   struct sim_error *err) {
  if (sim_config_read(config, tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                      use_of(config), experiment, err)) {
    return blame_kind(config, err);
  }
  // All that the base of a sweep said is here now.
  strcpy(experiment->sweep.base, "none");
  if (!sim_config_has(config, "sweep.folder")) {
    tool_sweep_place(&experiment->sweep, config);
  }
  tool_experiment_keep_places(experiment, config);
  if (model_preset_check(preset, &experiment->chip, config, err)) {
    return err->status;
  }
  return tool_experiment_check(experiment, config, err);
}

/* Add what the runs and presets hold that the config names. *preset, that of
 * the experiment or else of the run, is for its ranges. */
static enum sim_status gather(struct sim_config *config,
                              struct model_preset **preset,
                              struct sim_error *err) {
  *preset = NULL;
  if (inherit_base(config, err) || model_preset_apply(preset, config, err) ||
      inherit_source(config, err)) {
    return err->status;
  }
  return *preset ? SIM_OK : model_preset_apply(preset, config, err);
}

enum sim_status tool_experiment_read(struct tool_experiment *experiment,
                                     struct sim_config *config,
                                     struct sim_error *err) {
  struct model_preset *preset;
  *experiment = (struct tool_experiment){0};
  if (gather(config, &preset, err) == SIM_OK) {
    read_values(experiment, config, preset, err);
  }
  model_preset_destroy(preset);
  return err->status;
}

static enum sim_status open_config(struct sim_config **config,
                                   const struct tool_source *source,
                                   struct sim_error *err) {
  if (sim_config_load(config, source->file, err)) {
    return err->status;
  }
  for (size_t i = 0; i < source->n_sets && err->status == SIM_OK; i++) {
    sim_config_set(*config, source->sets[i], err);
  }
  return err->status;
}

enum sim_status tool_experiment_load(struct tool_experiment *experiment,
                                     const char *file, const char *const *sets,
                                     size_t n_sets, struct sim_error *err) {
  const struct tool_source source = {file, sets, n_sets};
  struct sim_config *config;
  *experiment = (struct tool_experiment){0};
  if (open_config(&config, &source, err) == SIM_OK) {
    tool_experiment_read(experiment, config, err);
  }
  sim_config_destroy(config);
  return err->status;
}

enum sim_status tool_experiment_blame(const struct tool_source *source,
                                      const char *key, struct sim_error *err,
                                      const char *format, ...) {
  char text[sizeof err->message];
  struct sim_error ignored = {0};  // it was read before
  struct sim_config *config;
  struct model_preset *preset = NULL;
  struct sim_where where = {source->file, 0, key};
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (open_config(&config, source, &ignored) == SIM_OK &&
      gather(config, &preset, &ignored) == SIM_OK) {
    where = sim_config_where(config, key);
  }
  sim_error_at(err, SIM_ECONFIG, &where, "%s", text);
  model_preset_destroy(preset);
  sim_config_destroy(config);
  return err->status;
}

char *tool_experiment_text(const struct tool_experiment *experiment,
                           const char *run_folder) {
  char *text = NULL;
  size_t n;
  FILE *stream = open_memstream(&text, &n);
  if (!stream) {
    return NULL;
  }
  sim_param_write(stream, tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                  tool_experiment_use(experiment), experiment, run_folder);
  fclose(stream);
  return text;
}
