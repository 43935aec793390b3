/* sim/config_set.c -- one key of an experiment from the --set option
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "sim/config_node.h"
#include "sim/utf8.h"

static enum sim_status fail_option(const char *key, size_t n,
                                   struct sim_error *err, const char *text) {
  char shown[SIM_CONFIG_PATH];
  char copy[SIM_CONFIG_PATH];
  n = n < sizeof copy ? n : sizeof copy - 1;
  memcpy(copy, key, n);
  copy[n] = '\0';
  return sim_error_set(err, SIM_ECONFIG, "--set %s: %s",
                       sim_utf8_show(copy, shown, sizeof shown), text);
}

static enum sim_status check_option(const char *key, size_t n, bool has_value,
                                    struct sim_error *err) {
  if (!has_value) {
    return fail_option(key, n, err, "must have the form KEY=VALUE");
  }
  if (n >= SIM_CONFIG_PATH) {
    return fail_option(key, n, err, "is longer than the limit of 255 bytes");
  }
  bool is_start = true;
  for (size_t i = 0; i < n; i++) {
    if ((unsigned char)key[i] <= ' ' || (is_start && key[i] == '.')) {
      is_start = true;
      break;
    }
    is_start = key[i] == '.';
  }
  return is_start ? fail_option(key, n, err,
                                "must be a key such as chip.coupling.levels")
                  : SIM_OK;
}

/* The value of an option as a node for the path parent.key. */
static struct sim_node *parse_value(struct sim_config *config,
                                    const char *value,
                                    const struct sim_spot *spot,
                                    struct sim_error *err) {
  char path[SIM_CONFIG_PATH + 8];
  const struct sim_where where = {NULL, 0, path};
  snprintf(path, sizeof path, "--set %s%s%s", spot->parent,
           spot->parent[0] ? "." : "", spot->key);
  struct sim_node *node;
  if (sim_config_check_text(value, strlen(value), where, err) != SIM_OK ||
      sim_config_events(config, value, strlen(value), spot, &node, err) !=
          SIM_OK) {
    return NULL;
  }
  if (!node && (node = sim_node_make(config, SIM_NODE_VALUE, spot, err))) {
    node->text = "";
    node->is_plain = true;
  }
  return node;
}

/* Put `node` where a child of the same key is, or at the end. */
static void put_child(struct sim_node *section, struct sim_node *node) {
  struct sim_node **link = &section->first;
  for (; *link; link = &(*link)->next) {
    if (strcmp((*link)->key, node->key) == 0) {
      node->next = (*link)->next;
      section->last = section->last == *link ? node : section->last;
      *link = node;
      return;
    }
  }
  sim_node_append(section, node);
}

/* Put sections around `node` for those parts of its path that do not exist
 * yet below `section`; returns the outermost. `section->path` is a
 * prefix of the path of `node`. */
static struct sim_node *wrap(struct sim_config *config,
                             const struct sim_node *section,
                             struct sim_node *node, struct sim_error *err) {
  const size_t n_kept = strlen(section->path);
  char parent[SIM_CONFIG_PATH];
  snprintf(parent, sizeof parent, "%s", node->path);
  char *dot;
  while ((dot = strrchr(parent, '.')) && (size_t)(dot - parent) > n_kept) {
    *dot = '\0';
    char *split = strrchr(parent, '.');
    struct sim_spot spot = {.directory = "", .parent = "", .key = parent};
    if (split) {
      *split = '\0';
      spot.parent = parent;
      spot.key = split + 1;
    }
    struct sim_node *around =
        sim_node_make(config, SIM_NODE_SECTION, &spot, err);
    if (!around) {
      return NULL;
    }
    sim_node_append(around, node);
    node = around;
    if (split) {
      *split = '.';
    }
  }
  return node;
}

static int count_parts(const char *path) {
  int n = 1;
  for (; *path; path++) {
    n += *path == '.';
  }
  return n;
}

/* `path` is a checked key. */
static enum sim_status set_path(struct sim_config *config, char *path,
                                const char *value, struct sim_error *err) {
  char *dot = strrchr(path, '.');
  struct sim_spot spot = {.directory = "",
                          .parent = dot ? path : "",
                          .key = dot ? dot + 1 : path,
                          .depth = count_parts(path)};
  if (dot) {
    *dot = '\0';
  }
  bool is_whole;
  struct sim_node *section = sim_config_follow(config, spot.parent, &is_whole);
  sim_node_open_section(section);
  if (section->kind != SIM_NODE_SECTION) {
    char text[SIM_CONFIG_PATH + 40];
    snprintf(text, sizeof text, "\"%s\" is a value, not a section of keys",
             section->path);
    if (dot) {
      *dot = '.';
    }
    return fail_option(path, strlen(path), err, text);
  }
  struct sim_node *node = parse_value(config, value, &spot, err);
  node = node ? wrap(config, section, node, err) : NULL;
  if (!node) {
    return err->status;
  }
  put_child(section, node);
  return SIM_OK;
}

enum sim_status sim_config_set(struct sim_config *config,
                               const char *assignment, struct sim_error *err) {
  const size_t n = strcspn(assignment, "=");
  const enum sim_status status =
      check_option(assignment, n, assignment[n] == '=', err);
  if (status != SIM_OK) {
    return status;
  }
  char path[SIM_CONFIG_PATH];
  memcpy(path, assignment, n);
  path[n] = '\0';
  return set_path(config, path, assignment + n + 1, err);
}
