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

// Not keys of a chip.
static const char *const own_keys[] = {"valid", "preset", "number", NULL};

/* --- reading --- */

static bool is_path(const char *name) {
  const size_t n = strlen(name);
  return strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".yaml") == 0);
}

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
                        list_names(text, sizeof text), node->text);
  }
  snprintf(file, sizeof file, "preset %s", shipped->name);
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
  return sim_config_load(&preset->config, path, err);
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
  if ((is_path(node->text) ? load_own : load_shipped)(preset, node, err) ||
      check_origin(preset, err) ||
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

struct visit {
  const struct model_preset *preset;
  const struct sim_config *config;
  size_t n_seen;
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

static int check_leaf(const struct sim_leaf *leaf, void *context) {
  struct visit *v = context;
  char path[SIM_CONFIG_PATH + 8], low[SIM_UNIT_TEXT], high[SIM_UNIT_TEXT],
      got[SIM_UNIT_TEXT];
  double range[2];
  snprintf(path, sizeof path, "valid.%s", leaf->path);
  const struct sim_node *node = sim_config_find(v->preset->config, path);
  if (!node) {
    return 0;
  }
  const char *unit = leaf->param->unit ? leaf->param->unit : "1";
  v->n_seen++;
  if (leaf->param->kind != SIM_REAL || !read_range(node, unit, range)) {
    sim_error_at(v->err, SIM_ECONFIG, &node->where,
                 "must be the lowest and the highest value, [LOW, HIGH] in %s",
                 unit);
    return 1;
  }
  const double value = *(const double *)leaf->value;
  if (!(value < range[0] || value > range[1])) {  // a word is NAN
    return 0;
  }
  snprintf(path, sizeof path, "chip.%s", leaf->path);
  const struct sim_where where = sim_config_where(v->config, path);
  sim_error_at(v->err, SIM_ECONFIG, &where,
               "must be within %s to %s, for which the preset %.200s holds, "
               "got %s",
               sim_unit_format(range[0], unit, low),
               sim_unit_format(range[1], unit, high), v->preset->name,
               sim_unit_format(value, unit, got));
  return 1;
}

static size_t count_leaves(const struct sim_node *node) {
  size_t n = 0;
  if (node->kind != SIM_NODE_SECTION) {
    return 1;
  }
  for (const struct sim_node *child = node->first; child; child = child->next) {
    n += count_leaves(child);
  }
  return n;
}

enum sim_status model_preset_check(const struct model_preset *preset,
                                   const struct model_chip_params *chip,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  const struct sim_node *valid =
      preset ? sim_config_find(preset->config, "valid") : NULL;
  struct visit v = {preset, config, 0, err};
  if (!valid) {
    return SIM_OK;
  }
  if (sim_param_visit(model_chip_table, MODEL_CHIP_N_PARAMS, SIM_USE_ALL, chip,
                      check_leaf, &v)) {
    return err->status;
  }
  return v.n_seen == count_leaves(valid)
             ? SIM_OK
             : sim_error_at(err, SIM_ECONFIG, &valid->where,
                            "names %zu keys, of which the chip has %zu",
                            count_leaves(valid), v.n_seen);
}
