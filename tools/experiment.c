/* tools/experiment.c -- everything an experiment file can say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/experiment.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "models/preset_file.h"
#include "sim/file.h"
#include "tools/sweep_plan.h"

const char *const tool_kind_names[] = {"train",     "generate", "gradient",
                                       "transient", "device",   "spice_check",
                                       "sweep",     NULL};

#define TRAIN (1u << TOOL_TRAIN)
#define GENERATE (1u << TOOL_GENERATE)
#define GRADIENT (1u << TOOL_GRADIENT)
#define TRANSIENT (1u << TOOL_TRANSIENT)
#define DEVICE (1u << TOOL_DEVICE)
#define SPICE_CHECK (1u << TOOL_SPICE_CHECK)
#define SWEEP (1u << TOOL_SWEEP)
#define NETWORKS (~(DEVICE | SWEEP))  // all kinds that settle a network

// clang-format off
#define DATA(f) SIM_FIELD(struct tool_data_params, f)
static const struct sim_param data_table[] = {
    {.name = "file", .kind = SIM_PATH, DATA(file),
     .help = "images, relative to the experiment's folder; HDF5, CSV or IDX"},
    {.name = "labels_file", .kind = SIM_PATH, DATA(labels_file),
     .initial = "none", .word = "none",
     .help = "classes of an IDX file of images"},
    {.name = "images", .kind = SIM_TEXT, DATA(images), .initial = "images",
     .help = "name of the images in an HDF5 file"},
    {.name = "labels", .kind = SIM_TEXT, DATA(labels), .initial = "labels",
     .help = "name of the classes in an HDF5 file"},
    {.name = "range", .kind = SIM_REALS, DATA(range), .min_items = 2,
     .max_items = 2, .initial = "[-1, 1]",
     .help = "what black and white are for the network"},
    {.name = "full_scale", .kind = SIM_REALS, DATA(full_scale),
     .min_items = 2, .max_items = 2, .initial = "auto", .word = "auto",
     .help = "what black and white are in the file; auto: the attribute "
             "valid_range (HDF5), 0 to 255 (IDX), least and largest (CSV)"},
};

#define TRAINING(f) SIM_FIELD(struct tool_train_params, f)
static const struct sim_param train_table[] = {
    {.name = "epochs", .kind = SIM_COUNT, TRAINING(epochs),
     SIM_WITHIN(1, 1e9), .initial = "2000", .help = "updates of the weights"},
    {.name = "batch", .kind = SIM_COUNT, TRAINING(batch), SIM_WITHIN(1, 1e9),
     .initial = "all", .word = "all", .help = "samples of an epoch"},
    {.name = "checkpoint_every", .kind = SIM_COUNT,
     TRAINING(checkpoint_every), SIM_WITHIN(1, 1e9), .initial = "50",
     .help = "epochs between two checkpoints"},
    {.name = "preview_every", .kind = SIM_COUNT, TRAINING(preview_every),
     SIM_WITHIN(0, 1e9), .initial = "50",
     .help = "epochs between two sheets of samples; 0: only at the end"},
    {.name = "preview_samples", .kind = SIM_COUNT,
     TRAINING(preview_samples), SIM_WITHIN(1, 1e6), .initial = "100",
     .help = "samples drawn for a preview"},
};

#define AUDIT(f) SIM_FIELD(struct tool_gradient_params, f)
static const char *const audits[] = {"auto", "always", "never", NULL};
static const struct sim_param gradient_table[] = {
    {.name = "audit", .kind = SIM_CHOICE, AUDIT(audit), .choices = audits,
     .initial = "auto", .uses = TRAIN,
     .help = "audits while training, whose results do not depend on them; "
             "auto: of a chip with noise, with errors of converters, memory "
             "or sources, or without an energy"},
    {.name = "every", .kind = SIM_COUNT, AUDIT(every), SIM_WITHIN(1, 1e9),
     .initial = "100", .uses = TRAIN,
     .help = "epochs between two audits; the first epoch has one as well"},
    {.name = "samples", .kind = SIM_COUNT, AUDIT(samples),
     SIM_WITHIN(1, 1e9), .initial = "256",
     .help = "samples of an audit, the first of an epoch; while training, at "
             "most those of the batch"},
    {.name = "epoch", .kind = SIM_COUNT, AUDIT(epoch), SIM_WITHIN(0, 1e15),
     .initial = "0", .uses = GRADIENT, .help = "epoch whose draws make the batch"},
    {.name = "reference", .kind = SIM_TIME, AUDIT(reference), SIM_ABOVE(0),
     .initial = "3000 tau",
     .help = "longest settling of the adjoint's reference states"},
    {.name = "until", .kind = SIM_REAL, AUDIT(until), SIM_ABOVE(0),
     .initial = "1e-8",
     .help = "residual at which the reference states are settled"},
    {.name = "modes", .kind = SIM_COUNT, AUDIT(modes),
     SIM_WITHIN(0, TOOL_MAX_MODES), .initial = "0", .uses = GRADIENT,
     .help = "slowest settling modes (poles) of each sample around its "
             "reference state, with their time constants; equal ones count "
             "once"},
    {.name = "compare_transient", .kind = SIM_BOOL, AUDIT(compare_transient),
     .initial = "false", .uses = GRADIENT,
     .help = "settle each sample twice to `until`, as an operating point and "
             "in time for at most `reference`, and count those that end in "
             "different equilibria: a node more than 1e-3 voltage_unit "
             "apart"},
};

#define RECORD(f) SIM_FIELD(struct tool_record_params, f)
static const struct sim_param record_table[] = {
    {.name = "transients", .kind = SIM_COUNT, RECORD(transients),
     SIM_WITHIN(0, 32), .initial = "0", .uses = TRAIN | TRANSIENT,
     .help = "samples of the batch whose transients are kept"},
    {.name = "every", .kind = SIM_COUNT, RECORD(every), SIM_WITHIN(1, 1e9),
     .initial = "100", .uses = TRAIN,
     .help = "epochs between two recordings"},
    {.name = "interval", .kind = SIM_TIME, RECORD(interval), SIM_ABOVE(0),
     .initial = "0.1 tau", .help = "between two points of a transient"},
};

#define ROOT(f) SIM_FIELD(struct tool_experiment, f)
const struct sim_param tool_experiment_table[TOOL_EXPERIMENT_N_PARAMS] = {
    {.name = "experiment", .kind = SIM_CHOICE, ROOT(kind),
     .choices = tool_kind_names, .help = "what is done"},
    {.name = "name", .kind = SIM_TEXT, ROOT(name),
     .help = "of the run; its folder is runs/NAME unless --output says "
             "otherwise"},
    {.name = "seed", .kind = SIM_SEED, ROOT(seed), .initial = "1",
     .help = "of all random draws"},
    {.name = "from", .kind = SIM_PATH, ROOT(from), .initial = "none",
     .word = "none", .uses = GENERATE | GRADIENT | TRANSIENT | SPICE_CHECK,
     .help = "run folder whose weights are used, and whose experiment says "
             "what this file leaves out; none: the weights before training"},
    {.name = "data", .kind = SIM_SECTION, ROOT(data), SIM_TABLE(data_table),
     .uses = NETWORKS,
     .help = "the images"},
    {.name = "network", .kind = SIM_SECTION, ROOT(network),
     .section = model_network_table, .n_section = MODEL_NETWORK_N_PARAMS,
     .uses = NETWORKS,
     .help = "layers and transfer curves"},
    {.name = "chip", .kind = SIM_SECTION, ROOT(chip),
     .section = model_chip_table, .n_section = MODEL_CHIP_N_PARAMS,
     .help = "devices of the chip"},
    {.name = "settle", .kind = SIM_SECTION, ROOT(settle),
     .section = sim_settle_table, .n_section = SIM_SETTLE_N_PARAMS,
     .uses = NETWORKS,
     .help = "how a phase is brought to its end"},
    {.name = "learning", .kind = SIM_SECTION, ROOT(learning),
     .section = model_learning_table, .n_section = MODEL_LEARNING_N_PARAMS,
     .uses = NETWORKS,
     .help = "phases and update of the weights"},
    {.name = "flow", .kind = SIM_SECTION, ROOT(flow),
     .section = model_flow_table, .n_section = MODEL_FLOW_N_PARAMS,
     .uses = TRAIN | GRADIENT | TRANSIENT | SPICE_CHECK,
     .help = "flow matching"},
    {.name = "train", .kind = SIM_SECTION, ROOT(train),
     SIM_TABLE(train_table), .uses = TRAIN, .help = "length of training"},
    {.name = "generate", .kind = SIM_SECTION, ROOT(generate),
     .section = model_generate_table, .n_section = MODEL_GENERATE_N_PARAMS,
     .uses = TRAIN | GENERATE, .help = "samples and their quality"},
    {.name = "gradient", .kind = SIM_SECTION, ROOT(gradient),
     SIM_TABLE(gradient_table), .uses = TRAIN | GRADIENT,
     .help = "audits: the measured gradient beside the adjoint of the same "
             "chip"},
    {.name = "record", .kind = SIM_SECTION, ROOT(record),
     SIM_TABLE(record_table), .uses = TRAIN | TRANSIENT | SPICE_CHECK,
     .help = "transients that are kept"},
    {.name = "device", .kind = SIM_SECTION, ROOT(device),
     .section = tool_device_table, .n_section = TOOL_DEVICE_N_PARAMS,
     .uses = DEVICE, .help = "measurements of single devices"},
    {.name = "energy", .kind = SIM_SECTION, ROOT(energy),
     .section = model_price_table, .n_section = MODEL_PRICE_N_PARAMS,
     .uses = TRAIN | GENERATE | TRANSIENT,
     .help = "joules and seconds of the chip"},
    {.name = "spice_check", .kind = SIM_SECTION, ROOT(spice_check),
     .section = tool_spice_table, .n_section = TOOL_SPICE_N_PARAMS,
     .uses = SPICE_CHECK, .help = "comparison with ngspice"},
    {.name = "sweep", .kind = SIM_SECTION, ROOT(sweep),
     .section = tool_sweep_table, .n_section = TOOL_SWEEP_N_PARAMS,
     .uses = SWEEP, .help = "points, chips, and what is kept of each run; the "
                            "other keys are those of the runs"},
};
// clang-format on

int tool_experiment_measured(const struct tool_experiment *experiment) {
  return experiment->kind == TOOL_SWEEP ? experiment->sweep.measure
                                        : experiment->kind;
}

unsigned tool_experiment_use(const struct tool_experiment *experiment) {
  return 1u << experiment->kind | 1u << tool_experiment_measured(experiment);
}

bool tool_experiment_has_source(const struct tool_experiment *experiment) {
  return experiment->from[0] && strcmp(experiment->from, "none") != 0;
}

/* Index of `word` in the NULL-terminated list, -1 when it is not there. */
static int index_of(const char *const *words, const char *word) {
  for (int i = 0; words[i]; i++) {
    if (word && strcmp(words[i], word) == 0) {
      return i;
    }
  }
  return -1;
}

/* The kind decides which keys there are, so it is read first, alone; an
 * unknown word is reported by the whole reading. */
static unsigned use_of(const struct sim_config *config) {
  const int kind =
      index_of(tool_kind_names, sim_config_text(config, "experiment"));
  const int measured =
      kind == TOOL_SWEEP
          ? index_of(tool_kind_names, sim_config_text(config, "sweep.measure"))
          : kind;
  return kind < 0 || measured < 0 ? SIM_USE_ALL : 1u << kind | 1u << measured;
}

/* --- places --- */

static const char *const placed_keys[TOOL_N_PLACES + 1] = {
    "train.epochs",
    "train.batch",
    "flow.coupling",
    "gradient.samples",
    "gradient.modes",
    "gradient.compare_transient",
    "record.transients",
    "record.interval",
    "learning.readout_window",
    "spice_check.samples",
    "experiment",
    "chip.noise.thermal",
    "chip.noise.flicker",
    "chip.noise.telegraph",
    "chip.dac.bits",
    "chip.dac.gain",
    "chip.dac.offset",
    "chip.velocity_adc.bits",
    "chip.velocity_adc.gain",
    "chip.velocity_adc.offset",
    "chip.velocity_adc.capacitance",
    "chip.output_adc.bits",
    "chip.output_adc.gain",
    "chip.output_adc.offset",
    "chip.output_adc.capacitance",
    "chip.memory.capacitance",
    "chip.memory.leak",
    "chip.memory.injection",
    "chip.memory.injection_spread",
    "chip.memory.gain",
    "sweep",
    NULL};

static void keep_places(struct tool_experiment *experiment,
                        const struct sim_config *config) {
  for (size_t i = 0; i < TOOL_N_PLACES; i++) {
    struct tool_place *place = &experiment->places[i];
    const struct sim_where where = sim_config_where(config, placed_keys[i]);
    snprintf(place->file, sizeof place->file, "%s",
             where.file ? where.file : "");
    snprintf(place->path, sizeof place->path, "%s", where.path);
    place->line = where.line;
  }
}

enum sim_status tool_experiment_fail(const struct tool_experiment *experiment,
                                     const char *key, struct sim_error *err,
                                     const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const int i = index_of(placed_keys, key);
  const struct tool_place *place = &experiment->places[i];
  const struct sim_where where = {place->file[0] ? place->file : NULL,
                                  place->line, place->path};
  return sim_error_at(err, SIM_ECONFIG, &where, "%s", text);
}

void tool_experiment_locate(const struct tool_experiment *experiment,
                            struct sim_error *err) {
  for (size_t i = 0; i < TOOL_N_PLACES; i++) {
    const size_t n = strlen(placed_keys[i]);
    if (strncmp(err->message, placed_keys[i], n) == 0 &&
        strncmp(err->message + n, ": ", 2) == 0) {
      tool_experiment_fail(experiment, placed_keys[i], err, "%s",
                           err->message + n + 2);
      return;
    }
  }
}

/* --- reading --- */

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
    return err->status;
  }
  if (inherit_measure(config, base, err) == SIM_OK) {
    sim_config_inherit(config, base, err);
  }
  sim_config_destroy(base);
  return err->status;
}

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
  if (tool_experiment_measured(experiment) != TOOL_GENERATE ||
      tool_experiment_has_source(experiment)) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "from");
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
  const struct {
    bool is_fine;
    const char *key, *wanted;
  } rules[] = {
      {is_in_time, "settle.analysis", "transient"},
      {sim_integrator_registry[settle->integrator]->takes_noise,
       "settle.integrator", "heun"},
      {isnan(settle->until), "settle.until", "never"},
      {is_measured, "learning.nudged_states", "measured"},
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    if (!rules[i].is_fine && model_noise_is_on(&experiment->chip.noise)) {
      const struct sim_where where = sim_config_where(config, rules[i].key);
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "must be %s for a chip with noise (chip.noise)",
                          rules[i].wanted);
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
                      "fixed duration (settle.until: never)");
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
      check_spice(experiment, config, err)) {
    return err->status;
  }
  return model_learning_check(&experiment->learning, config, err);
}

static enum sim_status check(const struct tool_experiment *experiment,
                             const struct sim_config *config,
                             struct sim_error *err) {
  if (experiment->kind == TOOL_SWEEP &&
      tool_sweep_check(experiment, config, err)) {
    return err->status;
  }
  return check_measured(experiment, config, err);
}

/* Values and their checks, beneath them the preset (nullable). */
static enum sim_status read_values(struct tool_experiment *experiment,
                                   const struct sim_config *config,
                                   const struct model_preset *preset,
                                   struct sim_error *err) {
  if (sim_config_read(config, tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                      use_of(config), experiment, err)) {
    return err->status;
  }
  // All that the base of a sweep said is here now.
  strcpy(experiment->sweep.base, "none");
  keep_places(experiment, config);
  if (model_preset_check(preset, &experiment->chip, config, err)) {
    return err->status;
  }
  if (preset) {  // its values are the experiment's now
    strcpy(experiment->chip.preset, "none");
  }
  return check(experiment, config, err);
}

static enum sim_status read_all(struct tool_experiment *experiment,
                                struct sim_config *config,
                                const char *const *sets, size_t n_sets,
                                struct sim_error *err) {
  struct model_preset *preset;
  for (size_t i = 0; i < n_sets; i++) {
    if (sim_config_set(config, sets[i], err)) {
      return err->status;
    }
  }
  if (inherit_base(config, err) || model_preset_apply(&preset, config, err)) {
    return err->status;
  }
  if (inherit_source(config, err) == SIM_OK) {
    read_values(experiment, config, preset, err);
  }
  model_preset_destroy(preset);
  return err->status;
}

enum sim_status tool_experiment_load(struct tool_experiment *experiment,
                                     const char *file, const char *const *sets,
                                     size_t n_sets, struct sim_error *err) {
  struct sim_config *config;
  *experiment = (struct tool_experiment){0};
  if (sim_config_load(&config, file, err)) {
    return err->status;
  }
  const enum sim_status status =
      read_all(experiment, config, sets, n_sets, err);
  sim_config_destroy(config);
  return status;
}
