/* tools/sweep_load.c -- the experiment of one run of a sweep
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_load.h"

#include <stdlib.h>
#include <string.h>

#include "models/preset_file.h"
#include "sim/file.h"
#include "sim/yaml_write.h"

enum sim_status tool_sweep_config(struct sim_config **out,
                                  struct sim_error *err) {
  return sim_config_parse(out, "{}", 2, "settings", "", err);
}

/* --- keys --- */

/* Keys that say what the sweep itself is, or that it sets. */
static bool is_forbidden(const char *key) {
  static const char *const own[] = {"experiment", "name", "chip.number"};
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
    if (strcmp(key, own[i]) == 0) {
      return true;
    }
  }
  return strncmp(key, "sweep", 5) == 0 && (key[5] == '.' || !key[5]);
}

const struct sim_param *tool_sweep_key(const struct tool_experiment *sweep,
                                       const char *key, struct sim_error *err) {
  const struct sim_param *param =
      sim_param_lookup(tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                       tool_experiment_use(sweep), key, err);
  if (param && (param->kind == SIM_SECTION || is_forbidden(key))) {
    sim_error_set(err, SIM_ECONFIG,
                  "must be a key that the runs may differ in, got %s", key);
    return NULL;
  }
  return param;
}

/* --- putting --- */

static bool is_preset(const char *key) {
  return strcmp(key, "chip.preset") == 0;
}

static bool is_relative_path(const struct sim_param *param, const char *text) {
  const bool is_word = param->word && strcmp(text, param->word) == 0;
  return param->kind == SIM_PATH && text[0] != '/' && !is_word &&
         !(param->has_names && sim_path_is_name(text));
}

/* "key=value" with the value as a file would have it; the caller frees it. */
static char *assignment(const struct tool_experiment *sweep,
                        const struct sim_param *param, const char *key,
                        const struct sim_node *node) {
  char *text = NULL;
  size_t n;
  FILE *file = open_memstream(&text, &n);
  if (!file) {
    return NULL;
  }
  fprintf(file, "%s=", key);
  if (node->text && is_relative_path(param, node->text)) {
    char path[2 * SIM_TEXT_MAX];
    snprintf(path, sizeof path, "%.*s/%.*s", SIM_TEXT_MAX - 1,
             sweep->sweep.folder, SIM_TEXT_MAX - 1, node->text);
    sim_yaml_write_text(file, path);
  } else {
    sim_yaml_write_node(file, node);
  }
  if (fclose(file)) {
    free(text);
    return NULL;
  }
  return text;
}

static enum sim_status put_value(const struct tool_experiment *sweep,
                                 const char *key, const struct sim_node *node,
                                 struct sim_config *config,
                                 struct sim_error *err) {
  const struct sim_param *param = tool_sweep_key(sweep, key, err);
  if (!param) {
    return err->status;
  }
  if (sim_config_has(config, key)) {
    return sim_error_set(err, SIM_ECONFIG, "%s: is set on two axes", key);
  }
  if (is_preset(key) && strcmp(sweep->chip.technology, "ideal") != 0) {
    return sim_error_set(err, SIM_ECONFIG,
                         "%s: needs a chip that has no preset yet, got %s", key,
                         sweep->chip.technology);
  }
  char *text = assignment(sweep, param, key, node);
  if (!text) {
    return sim_error_set(err, SIM_EFAIL, "out of memory");
  }
  sim_config_set(config, text, err);
  free(text);
  return err->status;
}

static enum sim_status put_section(const struct tool_experiment *sweep,
                                   const struct sim_node *section,
                                   struct sim_config *config,
                                   struct sim_error *err) {
  for (const struct sim_node *at = section->first; at; at = at->next) {
    if (at->kind == SIM_NODE_SECTION
            ? put_section(sweep, at, config, err)
            : put_value(sweep, at->path, at, config, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

enum sim_status tool_sweep_put(const struct tool_experiment *sweep,
                               const char *key, const char *setting,
                               struct sim_config *config,
                               struct sim_error *err) {
  const bool is_section = strcmp(key, "none") == 0;
  char text[SIM_ITEM_MAX + 8];
  struct sim_config *part;
  if (is_section && setting[0] != '{') {
    return sim_error_set(err, SIM_ECONFIG,
                         "must be sections such as {chip.coupling.levels: 16}, "
                         "or `key` must say of what these are the values, got "
                         "%s",
                         setting);
  }
  snprintf(text, sizeof text, is_section ? "%s" : "v: %s", setting);
  if (sim_config_parse(&part, text, strlen(text), "settings", "", err)) {
    return err->status;
  }
  const struct sim_node *root = sim_config_root(part);
  if (is_section) {
    put_section(sweep, root, config, err);
  } else {
    put_value(sweep, key, root->first, config, err);
  }
  sim_config_destroy(part);
  return err->status;
}

/* --- reading --- */

enum sim_status tool_sweep_read(struct tool_experiment *run,
                                struct sim_config *config, const char *base,
                                struct sim_error *err) {
  struct model_preset *preset;
  struct sim_config *beneath;
  if (model_preset_apply(&preset, config, err)) {
    return err->status;
  }
  model_preset_destroy(preset);
  if (sim_config_parse(&beneath, base, strlen(base), TOOL_SWEEP_BASE, "",
                       err)) {
    return err->status;
  }
  if (sim_config_inherit(config, beneath, err) == SIM_OK) {
    tool_experiment_read(run, config, err);
  }
  sim_config_destroy(beneath);
  return err->status;
}
