/* sim/param_read.c -- from an experiment to the values of a table
 *
 * A section is read in the order of the file, so that the first mistake there
 * is the one reported; keys that are not written follow.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/param_parts.h"
#include "sim/utf8.h"
#include "sim/yaml_write.h"

#define N_MARKS 128  // keys of one table

struct reader {
  const struct sim_config *config;
  unsigned use;
  struct sim_error *err;
};

/* ------------------------------------------------------------- values */

static const char *describe_node(const struct sim_node *node, char *shown,
                                 size_t size) {
  switch (node->kind) {
    case SIM_NODE_LIST:
      return "a list";
    case SIM_NODE_SECTION:
      return "a section of keys";
    default:
      return node->text[0] ? sim_utf8_show(node->text, shown, size)
                           : "an empty text";
  }
}

static enum sim_status fail(const struct reader *r, const struct sim_node *node,
                            const char *rule) {
  char shown[SIM_SHOWN];
  return sim_error_at(r->err, SIM_ECONFIG, &node->where, "%s, got %s", rule,
                      describe_node(node, shown, sizeof shown));
}

/* "key:" with nothing after it, or YAML's words for that. */
static bool is_null(const struct sim_node *node) {
  return node->kind == SIM_NODE_VALUE && node->is_plain &&
         (!node->text[0] || strcmp(node->text, "~") == 0 ||
          strcmp(node->text, "null") == 0);
}

/* Put the directory of the file before a relative path. */
static enum sim_status resolve_path(const struct reader *r,
                                    const struct sim_node *node, char *path) {
  const char *directory = node->directory;
  char joined[SIM_TEXT_MAX];
  if (path[0] == '/' || path[0] == '\0' || directory[0] == '\0') {
    return SIM_OK;
  }
  const char *slash = strcmp(directory, "/") == 0 ? "" : "/";
  const int n =
      snprintf(joined, sizeof joined, "%s%s%s", directory, slash, path);
  if (n >= (int)sizeof joined) {
    return fail(r, node, "must be at most 1023 bytes long with its directory");
  }
  strcpy(path, joined);
  return SIM_OK;
}

/* A list or a section as a text. */
static enum sim_status read_shown(const struct reader *r,
                                  const struct sim_param *param,
                                  const struct sim_node *node, size_t index,
                                  void *base) {
  char *text = NULL, rule[256];
  size_t n;
  FILE *file = open_memstream(&text, &n);
  if (!file) {
    return sim_error_set(r->err, SIM_EFAIL, "out of memory");
  }
  sim_yaml_write_node(file, node);
  if (fclose(file)) {
    free(text);
    return sim_error_set(r->err, SIM_EFAIL, "out of memory");
  }
  const char *broken = sim_param_store(param, text, index, base, rule);
  free(text);
  return broken ? sim_error_at(r->err, SIM_ECONFIG, &node->where, "%s", broken)
                : SIM_OK;
}

static enum sim_status read_item(const struct reader *r,
                                 const struct sim_param *param,
                                 const struct sim_node *node, size_t index,
                                 void *base) {
  char rule[256];
  if (is_null(node)) {
    return sim_error_at(r->err, SIM_ECONFIG, &node->where, "has no value");
  }
  if (node->kind != SIM_NODE_VALUE) {
    return param->kind == SIM_TEXTS ? read_shown(r, param, node, index, base)
                                    : fail(r, node, "must be one value");
  }
  const char *broken = sim_param_store(param, node->text, index, base, rule);
  if (broken) {
    return fail(r, node, broken);
  }
  const bool is_name = param->has_names && sim_path_is_name(node->text);
  return param->kind == SIM_PATH && !is_name
             ? resolve_path(r, node, (char *)base + param->offset)
             : SIM_OK;
}

/* ------------------------------------------------------------- lists */

static size_t most_items(const struct sim_param *param) {
  assert(param->max_items <= SIM_LIST_MAX);
  return param->max_items ? param->max_items : SIM_LIST_MAX;
}

static size_t fewest_items(const struct sim_param *param) {
  return param->min_items ? param->min_items : 1;
}

static enum sim_status check_length(const struct reader *r,
                                    const struct sim_param *param,
                                    const struct sim_node *node, size_t n) {
  const size_t most = most_items(param), fewest = fewest_items(param);
  const char *rule = n < fewest ? "at least" : "at most";
  const size_t bound = n < fewest ? fewest : most;
  if (n >= fewest && n <= most) {
    return SIM_OK;
  }
  return sim_error_at(r->err, SIM_ECONFIG, &node->where,
                      "must be a list of %s%s%zu item%s, got %zu",
                      fewest == most ? "" : rule, fewest == most ? "" : " ",
                      bound, bound == 1 ? "" : "s", n);
}

static enum sim_status read_list(const struct reader *r,
                                 const struct sim_param *param,
                                 const struct sim_node *node, void *base) {
  const bool is_one = node->kind == SIM_NODE_VALUE;
  if (node->kind == SIM_NODE_SECTION) {
    return fail(r, node, "must be a list or one value");
  }
  const size_t n = is_one ? 1 : node->n;
  const struct sim_node *item = is_one ? node : node->first;
  if (is_one) {  // what is no number is no list of one either
    const enum sim_status status = read_item(r, param, item, 0, base);
    if (status != SIM_OK) {
      return status;
    }
  }
  if (check_length(r, param, node, n) != SIM_OK) {
    return SIM_ECONFIG;
  }
  for (size_t i = 0; i < n && !is_one; i++, item = item->next) {
    const enum sim_status status = read_item(r, param, item, i, base);
    if (status != SIM_OK) {
      return status;
    }
  }
  sim_param_store_length(param, n, base);
  return SIM_OK;
}

/* ---------------------------------------------------------- defaults */

/* Copy the next item of "[a, b]" into `item` and step behind it; false at the
 * end. */
static bool next_item(const char **at, char *item, size_t size) {
  *at += strspn(*at, "[, ");
  size_t n = strcspn(*at, ",]");
  if (n == 0 || n >= size) {
    return false;
  }
  memcpy(item, *at, n);
  *at += n;
  while (n > 0 && item[n - 1] == ' ') {
    n--;
  }
  item[n] = '\0';
  return true;
}

static const char *store_initial_list(const struct sim_param *param, void *base,
                                      char rule[256]) {
  char item[SIM_SHOWN];
  const char *at = param->initial;
  const char *broken = NULL;
  size_t n = 0;
  while (!broken && n < SIM_LIST_MAX && next_item(&at, item, sizeof item)) {
    broken = sim_param_store(param, item, n++, base, rule);
  }
  sim_param_store_length(param, n, base);
  return broken;
}

/* A key of the table that the file does not have. */
static enum sim_status fail_missing(const struct reader *r,
                                    const struct sim_param *param,
                                    const char *path) {
  const struct sim_where where = sim_config_where(r->config, path);
  const char *unit = sim_param_unit(param);
  const bool has_unit = strcmp(unit, "1") != 0;
  return sim_error_at(r->err, SIM_ECONFIG, &where,
                      "is required and missing (%s%s%s%s)", param->help,
                      has_unit ? ", in " : "", has_unit ? unit : "",
                      param->kind == SIM_SECTION ? ", a section" : "");
}

static enum sim_status fill_initial(const struct reader *r,
                                    const struct sim_param *param,
                                    const char *path, void *base) {
  char rule[256];
  if (!param->initial) {
    return fail_missing(r, param, path);
  }
  if (param->word && strcmp(param->initial, param->word) == 0) {
    sim_param_store_word(param, base);
    return SIM_OK;
  }
  const char *broken =
      sim_param_is_list(param)
          ? store_initial_list(param, base, rule)
          : sim_param_store(param, param->initial, 0, base, rule);
  if (broken) {
    const struct sim_where where = sim_config_where(r->config, path);
    return sim_error_at(r->err, SIM_ECONFIG, &where, "default: %s, got %s",
                        broken, param->initial);
  }
  return SIM_OK;
}

/* ----------------------------------------------------------- sections */

static enum sim_status read_section(const struct reader *r,
                                    const struct sim_param *table, size_t n,
                                    const struct sim_node *node,
                                    const char *path, void *base);

static enum sim_status read_param(const struct reader *r,
                                  const struct sim_param *param,
                                  const struct sim_node *node, void *base) {
  if (param->kind == SIM_SECTION) {
    if (node->kind != SIM_NODE_SECTION && !is_null(node)) {
      return fail(r, node, "must be a section of keys");
    }
    return read_section(r, param->section, param->n_section, node, node->path,
                        (char *)base + param->offset);
  }
  if (node->kind == SIM_NODE_VALUE && param->word &&
      strcmp(node->text, param->word) == 0) {
    sim_param_store_word(param, base);
    return SIM_OK;
  }
  return sim_param_is_list(param) ? read_list(r, param, node, base)
                                  : read_item(r, param, node, 0, base);
}

static enum sim_status fail_unknown(const struct reader *r,
                                    const struct sim_param *table, size_t n,
                                    const struct sim_node *node) {
  char hint[300];
  sim_param_hint(table, n, node->key, r->use, hint, sizeof hint);
  return sim_error_at(r->err, SIM_ECONFIG, &node->where, "unknown key%s", hint);
}

/* Read the keys that are written, and mark them. */
static enum sim_status read_written(const struct reader *r,
                                    const struct sim_param *table, size_t n,
                                    const struct sim_node *section, void *base,
                                    bool is_read[N_MARKS]) {
  for (const struct sim_node *node = section->first; node; node = node->next) {
    const struct sim_param *param = sim_param_find(table, n, node->key, r->use);
    enum sim_status status = SIM_OK;
    if (!param) {
      status = fail_unknown(r, table, n, node);
    } else if (sim_param_is_used(param, r->use)) {
      is_read[param - table] = true;
      status = read_param(r, param, node, base);
    } else if (!node->is_inherited) {
      status = sim_error_at(r->err, SIM_ECONFIG, &node->where,
                            "is not used by this kind of experiment");
    }
    if (status != SIM_OK) {
      return status;
    }
  }
  return SIM_OK;
}

/* Fill in what is not written at `path`. */
static enum sim_status read_missing(const struct reader *r,
                                    const struct sim_param *param,
                                    const char *path, void *base) {
  char below[SIM_CONFIG_PATH];
  snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "." : "",
           param->name);
  if (param->kind == SIM_SECTION) {
    return read_section(r, param->section, param->n_section, NULL, below,
                        (char *)base + param->offset);
  }
  return fill_initial(r, param, below, base);
}

/* `node` is NULL for a section that the file does not have. */
static enum sim_status read_section(const struct reader *r,
                                    const struct sim_param *table, size_t n,
                                    const struct sim_node *node,
                                    const char *path, void *base) {
  bool is_read[N_MARKS] = {false};
  assert(n <= N_MARKS);
  enum sim_status status = SIM_OK;
  if (node) {
    status = read_written(r, table, n, node, base, is_read);
  }
  for (size_t i = 0; status == SIM_OK && i < n; i++) {
    if (!is_read[i] && sim_param_is_used(&table[i], r->use)) {
      status = read_missing(r, &table[i], path, base);
    }
  }
  return status;
}

enum sim_status sim_config_read(const struct sim_config *config,
                                const struct sim_param *table, size_t n,
                                unsigned use, void *out,
                                struct sim_error *err) {
  const struct reader r = {config, use, err};
  return read_section(&r, table, n, sim_config_root(config), "", out);
}

enum sim_status sim_param_parse(const struct sim_param *param, const char *text,
                                const struct sim_where *where, void *value,
                                struct sim_error *err) {
  struct sim_param bare = *param;
  char rule[256], shown[SIM_SHOWN];
  assert(param->kind != SIM_SECTION && !sim_param_is_list(param));
  bare.offset = 0;
  if (param->word && strcmp(text, param->word) == 0) {
    sim_param_store_word(&bare, value);
    return SIM_OK;
  }
  const char *broken = sim_param_store(&bare, text, 0, value, rule);
  return broken
             ? sim_error_at(err, SIM_ECONFIG, where, "%s, got %s", broken,
                            text[0] ? sim_utf8_show(text, shown, sizeof shown)
                                    : "an empty text")
             : SIM_OK;
}
