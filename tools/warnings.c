/* tools/warnings.c -- settings that are allowed and make little sense
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/warnings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/units.h"
#include "tools/nudge_noise.h"

#define NARROW 2.0  // times the signal's rms: a range that is smaller is told

struct teller {
  const struct tool_setup *setup;
  tool_warning_taker *take;
  void *context;
};

static void tell(const struct teller *t, const char *key, const char *text) {
  struct sim_error place = {0};
  tool_experiment_fail(t->setup->experiment, key, &place, "%s", text);
  t->take(place.message, t->context);
}

/* The same, unless the key stands in a preset that ships with the program: that
 * has its devices' values whether or not the experiment makes use of them. */
static void tell_own(const struct teller *t, const char *key,
                     const char *text) {
  if (!tool_experiment_is_shipped(t->setup->experiment, key)) {
    tell(t, key, text);
  }
}

/* --- converters --- */

/* What a converter works on. */
struct signal {
  const char *key;   // of the converter's range
  const char *name;  // of the signal
  double rms;        // [V] of it
  double coarse;     // [1] of the rms: a step that is larger is told
};

static void judge_step(const struct teller *t, const struct signal *signal,
                       const struct circuit_converter_params *p) {
  const double step = 2.0 * p->range / exp2((double)p->bits);
  char text[256], range[SIM_UNIT_TEXT];
  if (step <= signal->coarse * signal->rms) {
    return;
  }
  snprintf(text, sizeof text,
           "a step of %.3g mV (%zu bits over +-%s) is %.2g times the rms of "
           "%s, about %.2g mV: choose a smaller range or more bits",
           1e3 * step, p->bits, sim_unit_format(p->range, "V", range),
           step / signal->rms, signal->name, 1e3 * signal->rms);
  tell(t, signal->key, text);
}

static void judge_range(const struct teller *t, const struct signal *signal,
                        const struct circuit_converter_params *p) {
  char text[256], range[SIM_UNIT_TEXT];
  if (p->range >= NARROW * signal->rms) {
    return;
  }
  snprintf(text, sizeof text,
           "+-%s is %.2g times the rms of %s, about %.2g mV: much will be "
           "clipped",
           sim_unit_format(p->range, "V", range), p->range / signal->rms,
           signal->name, 1e3 * signal->rms);
  tell(t, signal->key, text);
}

/* [V] that 1 of velocity moves a visible node by. */
static double velocity_unit(const struct tool_experiment *e) {
  return e->chip.voltage_unit / model_learning_gain(&e->learning);
}

static void judge_velocity(const struct teller *t) {
  const struct tool_experiment *e = t->setup->experiment;
  const struct circuit_converter_params *p = &e->chip.periphery.velocity_adc;
  const struct signal velocity = {"chip.velocity_adc.range", "a displacement",
                                  velocity_unit(e), 0.25};
  if (p->bits > 0) {
    judge_step(t, &velocity, p);
    judge_range(t, &velocity, p);
  }
}

/* Springs are set to noise images, quadratic nudges to where the velocity would
 * be its target. */
static void judge_anchors(const struct teller *t) {
  const struct tool_experiment *e = t->setup->experiment;
  const struct circuit_converter_params *p = &e->chip.periphery.dac;
  const struct signal image = {"chip.dac.range", "a noise image",
                               e->chip.voltage_unit, 0.25};
  const struct signal target = {"chip.dac.range",
                                "a nudge's distance from its spring",
                                velocity_unit(e), 0.25};
  const bool has_target = e->kind != TOOL_GENERATE &&
                          e->learning.nudge_kind == MODEL_QUADRATIC &&
                          e->learning.nudged_states == MODEL_MEASURED;
  if (p->bits > 0) {
    judge_step(t, has_target ? &target : &image, p);
    judge_range(t, &image, p);
  }
}

/* Roundings of many samples average out where the difference of two outputs is
 * not far below a step. */
static void judge_outputs(const struct teller *t) {
  const struct tool_experiment *e = t->setup->experiment;
  const struct circuit_converter_params *p = &e->chip.periphery.output_adc;
  const struct model_learning *rule = &e->learning;
  const double moved =
      2.0 * rule->nudge * model_learning_gain(rule) / (1.0 + rule->spring);
  const struct signal difference = {"chip.output_adc.range",
                                    "what the nudge moves an output by",
                                    moved * e->chip.voltage_unit, 4.0};
  if (p->bits > 0 && e->kind != TOOL_GENERATE) {
    judge_step(t, &difference, p);
  }
}

/* --- values without effect --- */

/* What is off, and makes this key of the chip idle; NULL: nothing. */
static const char *switch_of(const struct model_chip_params *chip,
                             const char *path) {
  const struct model_noise_params *noise = &chip->noise;
  const struct model_periphery_params *around = &chip->periphery;
  const struct {
    const char *key, *needs;
    bool is_on;
  } rules[] = {
      {"noise.excess", "chip.noise.thermal", noise->thermal},
      {"noise.flicker_current", "chip.noise.flicker", noise->flicker},
      {"noise.flicker_band", "chip.noise.flicker", noise->flicker},
      {"noise.traps_per_decade", "chip.noise.flicker", noise->flicker},
      {"noise.telegraph_current", "chip.noise.telegraph", noise->telegraph},
      {"noise.telegraph_capture", "chip.noise.telegraph", noise->telegraph},
      {"noise.telegraph_emission", "chip.noise.telegraph", noise->telegraph},
      {"noise.trap_energy", "chip.noise.flicker and telegraph",
       noise->flicker || noise->telegraph},
      {"dac.range", "chip.dac.bits", around->dac.bits > 0},
      {"velocity_adc.range", "chip.velocity_adc.bits",
       around->velocity_adc.bits > 0},
      {"output_adc.range", "chip.output_adc.bits", around->output_adc.bits > 0},
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    if (strcmp(path, rules[i].key) == 0) {
      return rules[i].is_on ? NULL : rules[i].needs;
    }
  }
  return NULL;
}

/* Does the key differ from its default? */
static bool is_set(const struct sim_leaf *leaf) {
  const char *unit = leaf->param->unit ? leaf->param->unit : "1";
  char text[128];
  double initial;
  if (leaf->param->kind == SIM_REALS) {
    return strcmp(sim_param_format(leaf->param, leaf->value, text, sizeof text),
                  leaf->param->initial) != 0;
  }
  if (leaf->param->kind == SIM_COUNT) {
    return (double)*(const size_t *)leaf->value !=
           strtod(leaf->param->initial, NULL);
  }
  return leaf->param->kind == SIM_REAL &&
         !sim_unit_parse(leaf->param->initial, unit, &initial) &&
         *(const double *)leaf->value != initial;
}

static int judge_leaf(const struct sim_leaf *leaf, void *context) {
  const struct teller *t = context;
  const char *needs = switch_of(&t->setup->experiment->chip, leaf->path);
  char key[SIM_CONFIG_PATH + 8], text[128];
  if (needs && is_set(leaf)) {
    snprintf(key, sizeof key, "chip.%s", leaf->path);
    snprintf(text, sizeof text, "does nothing while %s %s %s", needs,
             strstr(needs, " and ") ? "are" : "is",
             strstr(needs, "bits") ? "0" : "false");
    tell(t, key, text);
  }
  return 0;
}

/* Of all keys in use, those that are prices. */
static int judge_price(const struct sim_leaf *leaf, void *context) {
  if (strncmp(leaf->path, "energy.", 7) == 0 && is_set(leaf)) {
    tell(context, leaf->path, "does nothing while energy.samples is 0");
  }
  return 0;
}

/* --- devices --- */

static void judge_window(const struct teller *t) {
  const struct circuit_stuck_params *stuck =
      &t->setup->experiment->chip.coupling.stuck;
  const bool is_stuck =
      stuck->low + stuck->high + stuck->open + stuck->anywhere > 0;
  char text[128];
  if (t->setup->n_saturated > 0) {
    snprintf(text, sizeof text, "%zu devices%s cannot hold the first weights",
             t->setup->n_saturated,
             is_stuck ? ", chip.coupling.stuck among them," : "");
    tell(t, "chip.coupling.g_max", text);
  }
}

/* Aging goes on during `age` alone. */
static void judge_aging(const struct teller *t) {
  const struct circuit_coupling_params *c =
      &t->setup->experiment->chip.coupling;
  static const char text[] = "does nothing while chip.coupling.age is 0 s";
  if (c->age > 0) {
    return;
  }
  if (circuit_aging_is_on(&c->drift,
                          &(struct circuit_retention_params){.time = NAN})) {
    tell_own(t, "chip.coupling.drift.nu", text);
  }
  if (!isnan(c->retention.time)) {
    tell_own(t, "chip.coupling.retention.time", text);
  }
}

static void judge_pulses(const struct teller *t) {
  const struct circuit_coupling_params *c =
      &t->setup->experiment->chip.coupling;
  if (strcmp(c->pulse.table, "none") != 0 && c->programming == CIRCUIT_IDEAL &&
      c->first_write == CIRCUIT_FIRST_SAME) {
    tell(t, "chip.coupling.pulse.table",
         "does nothing while chip.coupling.programming is ideal");
  }
}

static void judge_memory(const struct teller *t) {
  const struct tool_experiment *e = t->setup->experiment;
  if (!circuit_hold_is_ideal(&e->chip.periphery.memory) &&
      e->kind != TOOL_GENERATE && e->learning.protocol != MODEL_SNAPSHOT) {
    tell(t, "chip.memory.capacitance",
         "does nothing unless learning.protocol is snapshot");
  }
}

/* --- noise --- */

/* The nudge that would make the gradient of an epoch as large as its noise,
 * where there is one: noise falls as 1/nudge. */
static void say_nudge(const struct model_learning *rule, double ratio,
                      char *text, size_t size) {
  const double gain = model_learning_gain(rule), nudge = rule->nudge / ratio;
  const bool is_bounded =
      rule->phases == 3 && rule->nudge_kind == MODEL_QUADRATIC;
  if (is_bounded && nudge * gain * gain >= rule->spring) {
    snprintf(text, size, "none below its limit");
  } else {
    snprintf(text, size, "%.2g", nudge);
  }
}

static void say_window(double window, char *text, size_t size) {
  if (isnan(window)) {
    snprintf(text, size, "none up to 300 tau");
  } else {
    snprintf(text, size, "%g tau, in phases that are longer by as much",
             window);
  }
}

/* Not knowing is no reason to warn. */
static void judge_nudge(const struct teller *t) {
  const struct model_learning *rule = &t->setup->experiment->learning;
  struct sim_error ignored = {0};
  struct tool_nudge_noise found;
  char nudge[64], window[96], text[512];
  if (!tool_nudge_noise_applies(t->setup) ||
      tool_nudge_noise_find(t->setup, &found, &ignored) || !(found.batch < 1)) {
    return;
  }
  say_nudge(rule, found.batch, nudge, sizeof nudge);
  say_window(found.window, window, sizeof window);
  snprintf(text, sizeof text,
           "the gradient of %zu samples is %.2g times its noise, that of one "
           "sample %.2g times: updates will be mostly noise (a nudge that "
           "would do: %s; a learning.readout_window: %s)",
           found.n_batch, found.batch, found.sample, nudge, window);
  tell(t, "learning.nudge", text);
}

void tool_warnings(const struct tool_setup *setup, tool_warning_taker *take,
                   void *context) {
  const struct tool_experiment *e = setup->experiment;
  struct teller t = {setup, take, context};
  if (e->kind == TOOL_DEVICE) {
    return;
  }
  judge_window(&t);
  judge_aging(&t);
  judge_pulses(&t);
  judge_memory(&t);
  judge_velocity(&t);
  judge_anchors(&t);
  judge_outputs(&t);
  judge_nudge(&t);
  if (e->energy.samples == 0) {
    sim_param_visit(tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                    tool_experiment_use(e), e, judge_price, &t);
  }
  sim_param_visit(model_chip_table, MODEL_CHIP_N_PARAMS, SIM_USE_ALL, &e->chip,
                  judge_leaf, &t);
}
