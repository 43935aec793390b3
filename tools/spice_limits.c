/* tools/spice_limits.c -- what a chip may have and a netlist cannot say
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_limits.h"

#include <math.h>
#include <string.h>

#include "circuits/spice.h"

struct visit {
  const struct tool_experiment *experiment;
  struct sim_error *err;
};

/* Does this key, by itself, put something between the phases? A range or a
 * time does nothing without its converter or capacitor. */
static bool is_between_phases(const struct sim_leaf *leaf) {
  static const char *const sections[] = {"dac.", "velocity_adc.", "output_adc.",
                                         "memory."};
  bool is_there = false;
  for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
    is_there |= strncmp(leaf->path, sections[i], strlen(sections[i])) == 0;
  }
  if (!is_there || strcmp(leaf->param->name, "range") == 0) {
    return false;
  }
  if (leaf->param->kind == SIM_COUNT) {
    return *(const size_t *)leaf->value > 0;
  }
  return leaf->param->kind == SIM_REAL &&
         fabs(*(const double *)leaf->value) > 0;  // a word is NAN
}

static int check_leaf(const struct sim_leaf *leaf, void *context) {
  const struct visit *v = context;
  char key[SIM_CONFIG_PATH + 8], got[SIM_TEXT_MAX];
  if (!is_between_phases(leaf)) {
    return 0;
  }
  snprintf(key, sizeof key, "chip.%s", leaf->path);
  tool_experiment_fail(
      v->experiment, key, v->err,
      "must be %s for a netlist, which has no %s, got %s", leaf->param->initial,
      strncmp(leaf->path, "memory.", 7) == 0 ? "memory" : "converters",
      sim_param_format(leaf->param, leaf->value, got, sizeof got));
  return 1;
}

enum sim_status tool_spice_check_chip(const struct tool_setup *setup,
                                      struct sim_error *err) {
  struct visit v = {setup->experiment, err};
  if (circuit_spice_check_curve(&setup->chip->transfer, err)) {
    return err->status;
  }
  return sim_param_visit(model_chip_table, MODEL_CHIP_N_PARAMS, SIM_USE_ALL,
                         &setup->experiment->chip, check_leaf, &v)
             ? err->status
             : SIM_OK;
}

static const char no_memory[] =
    "must be false for .noise of a netlist, which has thermal noise only, got "
    "true";

enum sim_status tool_spice_refuse_noise(const struct sim_where *where,
                                        struct sim_error *err) {
  return sim_error_at(err, SIM_ECONFIG, where, "%s", no_memory);
}

enum sim_status tool_spice_check_noise(const struct tool_setup *setup,
                                       struct sim_error *err) {
  const struct model_noise_params *noise = &setup->experiment->chip.noise;
  if (!noise->flicker && !noise->telegraph) {
    return SIM_OK;
  }
  return tool_experiment_fail(
      setup->experiment,
      noise->flicker ? "chip.noise.flicker" : "chip.noise.telegraph", err, "%s",
      no_memory);
}

static void warn(FILE *file, const char *prefix, const struct tool_setup *setup,
                 const char *key) {
  struct sim_error text = {0};
  tool_experiment_fail(setup->experiment, key, &text,
                       "is not in the netlist: its phase is quiet");
  fprintf(file, "%s%s\n", prefix, text.message);
}

void tool_spice_warn(FILE *file, const char *prefix,
                     const struct tool_setup *setup) {
  const struct model_noise_params *noise = &setup->experiment->chip.noise;
  if (noise->thermal) {
    warn(file, prefix, setup, "chip.noise.thermal");
  }
  if (noise->flicker) {
    warn(file, prefix, setup, "chip.noise.flicker");
  }
  if (noise->telegraph) {
    warn(file, prefix, setup, "chip.noise.telegraph");
  }
}
