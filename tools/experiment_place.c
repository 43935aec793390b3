/* tools/experiment_place.c -- where the keys stand that are checked late
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "models/preset_file.h"
#include "tools/experiment_parts.h"

static const char *const placed_keys[TOOL_N_PLACES] = {
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
    "data.file",
    "data.labels_file",
    "network.table",
    "chip.coupling.pulse.table",
    "chip.coupling.g_max",
    "chip.coupling.drift.nu",
    "chip.coupling.retention.time",
    "chip.dac.range",
    "chip.velocity_adc.range",
    "chip.output_adc.range",
    "chip.noise",
    "chip.noise.thermal",
    "chip.noise.excess",
    "chip.noise.flicker_current",
    "chip.noise.flicker_band",
    "chip.noise.traps_per_decade",
    "chip.noise.telegraph_current",
    "chip.noise.telegraph_capture",
    "chip.noise.telegraph_emission",
    "chip.noise.trap_energy",
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
    "sweep.collect",
    "noise_budget.samples",
    "network.layers",
    "learning.nudge",
    "energy.every",
    "energy.tolerance",
    "energy.dac",
    "energy.adc",
    "energy.supply",
    "energy.amplifier_current",
    "energy.mac",
};

void tool_experiment_keep_places(struct tool_experiment *experiment,
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

/* Index of a key that is there. */
static size_t index_of(const char *key) {
  size_t i = 0;
  while (strcmp(placed_keys[i], key) != 0) {
    i++;
    assert(i < TOOL_N_PLACES);
  }
  return i;
}

bool tool_experiment_is_shipped(const struct tool_experiment *experiment,
                                const char *key) {
  const char *file = experiment->places[index_of(key)].file;
  return strncmp(file, MODEL_PRESET_FILE, strlen(MODEL_PRESET_FILE)) == 0;
}

enum sim_status tool_experiment_fail(const struct tool_experiment *experiment,
                                     const char *key, struct sim_error *err,
                                     const char *format, ...) {
  char text[sizeof err->message];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const struct tool_place *place = &experiment->places[index_of(key)];
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
