/* models/preset_file.c -- a preset beneath the experiment's own chip
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/preset_file.h"

#include <stdlib.h>
#include <string.h>

#include "circuits/preset.h"
#include "sim/memory.h"
#include "sim/units.h"

struct model_preset {
  char name[SIM_TEXT_MAX];  // as the experiment has it
  struct sim_config *config;
};

// Not a key of a chip.
static const char *const own_keys[] = {"valid", NULL};

/* --- reading --- */

/* The names there are, for a message. */
static const char *list_names(char *text, size_t size) {
  size_t n = 0;
  text[0] = '\0';
  for (const struct circuit_preset *p = circuit_presets; p->name; p++) {
    n += (size_t)snprintf(text + n, n < size ? size - n : 0, "%s%s",
                          n ? ", " : "", p->name);
  }
  return text;
}

static enum sim_status load_shipped(struct model_preset *preset,
                                    const struct sim_node *node,
                                    struct sim_error *err) {
  char text[512], file[SIM_TEXT_MAX + 16];
  const struct circuit_preset *shipped = circuit_preset_find(node->text);
  if (!shipped) {
    return sim_error_at(err, SIM_ECONFIG, &node->where,
                        "must be %s, or the path of a .yaml file, got %.100s",
                        list_names(text, sizeof text),
                        node->text[0] ? node->text : "an empty text");
  }
  snprintf(file, sizeof file, MODEL_PRESET_FILE "%s", shipped->name);
  return sim_config_parse(&preset->config, shipped->text, strlen(shipped->text),
                          file, "", err);
}

static enum sim_status load_own(struct model_preset *preset,
                                const struct sim_node *node,
                                struct sim_error *err) {
  char path[SIM_TEXT_MAX];
  const bool is_beside = node->directory[0] && node->text[0] != '/';
  if ((size_t)snprintf(path, sizeof path, "%s%s%s",
                       is_beside ? node->directory : "", is_beside ? "/" : "",
                       node->text) >= sizeof path) {
    return sim_error_at(err, SIM_ECONFIG, &node->where, "path is too long");
  }
  if (sim_config_load(&preset->config, path, err)) {
    struct sim_error inner = *err;
    return sim_error_at(err, inner.status, &node->where, "%s", inner.message);
  }
  return SIM_OK;
}

/* A mistyped key at the top: `valid` is one of a preset, others are a chip's,
 * but for those that say which chip. */
static enum sim_status check_keys(const struct model_preset *preset,
                                  struct sim_error *err) {
  struct sim_param keys[MODEL_CHIP_N_PARAMS + 1] = {{.name = "valid"}};
  memcpy(keys + 1, model_chip_table, sizeof model_chip_table);
  const size_t n = sizeof keys / sizeof keys[0];
  const struct sim_node *top = sim_config_root(preset->config);
  for (const struct sim_node *node = top->first; node; node = node->next) {
    char hint[400];
    if (!sim_param_find(keys, n, node->key, SIM_USE_ALL)) {
      sim_param_hint(keys, n, node->key, SIM_USE_ALL, hint, sizeof hint);
      return sim_error_at(err, SIM_ECONFIG, &node->where,
                          "unknown key of a preset%s", hint);
    }
    if (strcmp(node->key, "preset") == 0 || strcmp(node->key, "number") == 0) {
      return sim_error_at(err, SIM_ECONFIG, &node->where,
                          "belongs into an experiment, not into a preset, got "
                          "%.100s",
                          node->text ? node->text : "more than one value");
    }
  }
  return SIM_OK;
}

/* Nobody can judge numbers without knowing whence they are. */
static enum sim_status check_origin(const struct model_preset *preset,
                                    struct sim_error *err) {
  static const char *const keys[] = {"technology", "source", "condition"};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (!sim_config_text(preset->config, keys[i])) {
      const struct sim_where where = sim_config_where(preset->config, keys[i]);
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "is required in a preset and missing");
    }
  }
  return SIM_OK;
}

enum sim_status model_preset_apply(struct model_preset **out,
                                   struct sim_config *config,
                                   struct sim_error *err) {
  const struct sim_node *node = sim_config_find(config, "chip.preset");
  *out = NULL;
  if (!node || !node->text || strcmp(node->text, "none") == 0 ||
      strcmp(node->text, "ideal") == 0) {
    return SIM_OK;
  }
  struct model_preset *preset = sim_alloc(1, sizeof *preset, err);
  if (!preset) {
    return err->status;
  }
  snprintf(preset->name, sizeof preset->name, "%s", node->text);
  if ((sim_path_is_name(node->text) ? load_shipped : load_own)(preset, node,
                                                               err) ||
      check_origin(preset, err) || check_keys(preset, err) ||
      sim_config_inherit_section(config, "chip", preset->config, own_keys,
                                 err)) {
    model_preset_destroy(preset);
    return err->status;
  }
  *out = preset;
  return SIM_OK;
}

void model_preset_destroy(struct model_preset *preset) {
  if (preset) {
    sim_config_destroy(preset->config);
    free(preset);
  }
}

/* --- valid ranges --- */

struct guard {
  const char *name;                 // of the preset
  const struct sim_config *config;  // of the experiment
  struct sim_error *err;
};

/* Both ends of a range; false unless it is a list of two quantities. */
static bool read_range(const struct sim_node *node, const char *unit,
                       double range[2]) {
  const struct sim_node *item = node->first;
  if (node->kind != SIM_NODE_LIST || node->n != 2) {
    return false;
  }
  for (int k = 0; k < 2; k++, item = item->next) {
    if (!item->text || sim_unit_parse(item->text, unit, &range[k])) {
      return false;
    }
  }
  return range[0] <= range[1];
}

/* What a range is written as: its ends, or what is there instead. */
static const char *show_range(const struct sim_node *node, char *text,
                              size_t size) {
  size_t n = 0;
  text[0] = '\0';
  if (node->kind != SIM_NODE_LIST) {
    return node->text ? node->text : "a section of keys";
  }
  for (const struct sim_node *item = node->first; item; item = item->next) {
    n += (size_t)snprintf(text + n, n < size ? size - n : 0, "%s%.40s",
                          n ? ", " : "[", item->text ? item->text : "...");
  }
  snprintf(text + n, n < size ? size - n : 0, "]");
  return text;
}

/* Is the value within the range that `node` holds? */
static enum sim_status check_value(const struct guard *guard,
                                   const struct sim_param *param,
                                   const struct sim_node *node,
                                   const void *base) {
  char key[SIM_CONFIG_PATH + 8], low[SIM_UNIT_TEXT], high[SIM_UNIT_TEXT],
      got[SIM_UNIT_TEXT];
  const char *unit = param->unit ? param->unit : "1";
  char shown[128];
  double range[2];
  if (param->kind != SIM_REAL) {
    return sim_error_at(guard->err, SIM_ECONFIG, &node->where,
                        "cannot have a range, it is not one number");
  }
  if (!read_range(node, unit, range)) {
    return sim_error_at(guard->err, SIM_ECONFIG, &node->where,
                        "must be the lowest and the highest value, [LOW, HIGH] "
                        "in %s, got %.100s",
                        unit, show_range(node, shown, sizeof shown));
  }
  const double value = *(const double *)((const char *)base + param->offset);
  if (!(value < range[0] || value > range[1])) {  // a word is NAN
    return SIM_OK;
  }
  snprintf(key, sizeof key, "chip%s", node->path + strlen("valid"));
  const struct sim_where where = sim_config_where(guard->config, key);
  return sim_error_at(guard->err, SIM_ECONFIG, &where,
                      "must be within %s to %s, for which the preset %.200s "
                      "holds, got %s",
                      sim_unit_format(range[0], unit, low),
                      sim_unit_format(range[1], unit, high), guard->name,
                      sim_unit_format(value, unit, got));
}

/* The ranges of `section`, for the values of `table` below `base`. */
static enum sim_status check_section(const struct guard *guard,
                                     const struct sim_param *table, size_t n,
                                     const struct sim_node *section,
                                     const void *base) {
  for (const struct sim_node *node = section->first; node; node = node->next) {
    char hint[300];
    const struct sim_param *param =
        sim_param_find(table, n, node->key, SIM_USE_ALL);
    enum sim_status status;
    if (!param) {
      sim_param_hint(table, n, node->key, SIM_USE_ALL, hint, sizeof hint);
      status = sim_error_at(guard->err, SIM_ECONFIG, &node->where,
                            "unknown key%s", hint);
    } else if (param->kind == SIM_SECTION && node->kind == SIM_NODE_SECTION) {
      status = check_section(guard, param->section, param->n_section, node,
                             (const char *)base + param->offset);
    } else if (param->kind == SIM_SECTION) {
      status = sim_error_at(guard->err, SIM_ECONFIG, &node->where,
                            "must be a section of keys, got %.100s",
                            node->text ? node->text : "a list");
    } else {
      status = check_value(guard, param, node, base);
    }
    if (status) {
      return status;
    }
  }
  return SIM_OK;
}

enum sim_status model_preset_check(const struct model_preset *preset,
                                   const struct model_chip_params *chip,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const struct sim_node *valid =
      preset ? sim_config_find(preset->config, "valid") : NULL;
  const struct guard guard = {preset ? preset->name : NULL, config, err};
  if (!valid) {
    return SIM_OK;
  }
  if (valid->kind != SIM_NODE_SECTION) {
    return sim_error_at(err, SIM_ECONFIG, &valid->where,
                        "must be a section of keys with a range each, such as "
                        "\"coupling: {g_max: [1 uS, 10 uS]}\"");
  }
  return check_section(&guard, model_chip_table, MODEL_CHIP_N_PARAMS, valid,
                       chip);
}
