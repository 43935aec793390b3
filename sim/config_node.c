/* sim/config_node.c -- how the tree of an experiment is held
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/config_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

#define BLOCK_BYTES 16384u
#define OPTION "--set "

struct sim_block {
  struct sim_block *next;
  size_t size, used;  // bytes of data
  _Alignas(max_align_t) char data[];
};

struct sim_name {
  struct sim_name *next;
  const char *text;
};

/* ------------------------------------------------------------ storage */

static struct sim_block *add_block(struct sim_config *config, size_t size,
                                   struct sim_error *err) {
  struct sim_block *block = sim_alloc(1, sizeof *block + size, err);
  if (block) {
    block->size = size;
    block->next = config->blocks;
    config->blocks = block;
  }
  return block;
}

void *sim_config_alloc(struct sim_config *config, size_t n,
                       struct sim_error *err) {
  const size_t unit = _Alignof(max_align_t);
  const size_t bytes = (n + unit - 1) / unit * unit;
  struct sim_block *block = config->blocks;
  if (!block || block->size - block->used < bytes) {
    block = add_block(config, bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES, err);
    if (!block) {
      return NULL;
    }
  }
  void *start = block->data + block->used;
  block->used += bytes;
  return start;
}

const char *sim_config_copy(struct sim_config *config, const char *text,
                            size_t n, struct sim_error *err) {
  char *copy = sim_config_alloc(config, n + 1, err);
  return copy ? memcpy(copy, text, n) : NULL;
}

const char *sim_config_name(struct sim_config *config, const char *name,
                            struct sim_error *err) {
  for (struct sim_name *kept = config->names; kept; kept = kept->next) {
    if (kept->text == name || strcmp(kept->text, name) == 0) {
      return kept->text;
    }
  }
  struct sim_name *kept = sim_config_alloc(config, sizeof *kept, err);
  const char *text =
      kept ? sim_config_copy(config, name, strlen(name), err) : NULL;
  if (text) {
    *kept = (struct sim_name){config->names, text};
    config->names = kept;
  }
  return text;
}

void sim_config_destroy(struct sim_config *config) {
  if (!config) {
    return;
  }
  for (struct sim_block *block = config->blocks; block;) {
    struct sim_block *next = block->next;
    free(block);
    block = next;
  }
  free(config);
}

/* -------------------------------------------------------------- nodes */

/* "before LIMIT after", at the section around the spot. */
static enum sim_status fail_limit(const struct sim_spot *spot,
                                  const char *before, unsigned limit,
                                  const char *after, struct sim_error *err) {
  char parent[SIM_CONFIG_PATH + sizeof OPTION];
  snprintf(parent, sizeof parent, "%s%s", spot->file ? "" : OPTION,
           spot->parent);
  const struct sim_where where = {spot->file, spot->line, parent};
  return sim_error_at(err, SIM_ECONFIG, &where, "%s%u%s", before, limit, after);
}

static enum sim_status check_limits(const struct sim_config *config,
                                    const struct sim_spot *spot,
                                    struct sim_error *err) {
  if (spot->depth > SIM_CONFIG_DEPTH) {
    return fail_limit(spot, "is nested deeper than the limit of ",
                      SIM_CONFIG_DEPTH, " levels", err);
  }
  if (config->n_nodes >= SIM_CONFIG_NODES) {
    return fail_limit(spot, "has more values than the limit of ",
                      SIM_CONFIG_NODES, ", repeated aliases counted", err);
  }
  return SIM_OK;
}

/* Write the dotted path of `spot`; false when it is too long. */
static bool compose_path(const struct sim_spot *spot,
                         char path[SIM_CONFIG_PATH]) {
  const char *dot = spot->parent[0] ? "." : "";
  int n;
  if (spot->key) {
    n = snprintf(path, SIM_CONFIG_PATH, "%s%s%s", spot->parent, dot, spot->key);
  } else if (spot->is_item) {
    n = snprintf(path, SIM_CONFIG_PATH, "%s[%zu]", spot->parent, spot->index);
  } else {
    n = snprintf(path, SIM_CONFIG_PATH, "%s", spot->parent);
  }
  return n < SIM_CONFIG_PATH;
}

/* Fill path, key and where of `node`. */
static bool set_place(struct sim_config *config, struct sim_node *node,
                      const struct sim_spot *spot,
                      const char path[SIM_CONFIG_PATH], struct sim_error *err) {
  char shown[SIM_CONFIG_PATH + sizeof OPTION];
  const int n_option = spot->file ? 0 : (int)strlen(OPTION);
  const int n = snprintf(shown, sizeof shown, "%.*s%s", n_option, OPTION, path);
  const char *kept = sim_config_copy(config, shown, (size_t)n, err);
  if (!kept) {
    return false;
  }
  node->path = kept + n_option;
  if (spot->key) {
    node->key = kept + (size_t)n - strlen(spot->key);
  }
  node->where = (struct sim_where){spot->file, spot->line, kept};
  return true;
}

struct sim_node *sim_node_make(struct sim_config *config,
                               enum sim_node_kind kind,
                               const struct sim_spot *spot,
                               struct sim_error *err) {
  char path[SIM_CONFIG_PATH];
  if (check_limits(config, spot, err) != SIM_OK) {
    return NULL;
  }
  if (!compose_path(spot, path)) {
    fail_limit(spot, "has a key whose path is longer than ",
               SIM_CONFIG_PATH - 1, " bytes", err);
    return NULL;
  }
  struct sim_node *node = sim_config_alloc(config, sizeof *node, err);
  if (!node || !set_place(config, node, spot, path, err)) {
    return NULL;
  }
  node->kind = kind;
  node->directory = spot->directory;
  config->n_nodes++;
  return node;
}

void sim_node_open_section(struct sim_node *node) {
  if (node->is_plain && !node->text[0]) {
    node->kind = SIM_NODE_SECTION;
    node->text = NULL;
    node->is_plain = false;
  }
}

void sim_node_append(struct sim_node *parent, struct sim_node *child) {
  if (parent->last) {
    parent->last->next = child;
  } else {
    parent->first = child;
  }
  parent->last = child;
  parent->n++;
}

struct sim_node *sim_node_child(const struct sim_node *parent, const char *key,
                                size_t n) {
  for (struct sim_node *child = parent->first; child; child = child->next) {
    if (child->key && strncmp(child->key, key, n) == 0 && !child->key[n]) {
      return child;
    }
  }
  return NULL;
}

/* ------------------------------------------------------------- copies */

static struct sim_node *copy_children(struct sim_config *config,
                                      const struct sim_node *from,
                                      struct sim_node *to, int depth,
                                      bool is_inherited,
                                      struct sim_error *err) {
  size_t index = 0;
  for (const struct sim_node *child = from->first; child; child = child->next) {
    const struct sim_spot spot = {to->where.file,    to->directory, to->path,
                                  child->key,        index++,       !child->key,
                                  child->where.line, depth + 1};
    struct sim_node *copy =
        sim_node_copy(config, child, &spot, is_inherited, err);
    if (!copy) {
      return NULL;
    }
    sim_node_append(to, copy);
  }
  return to;
}

/* Take over the names of another config's node. */
static bool adopt_names(struct sim_config *config, const struct sim_node *from,
                        struct sim_spot *spot, struct sim_error *err) {
  const char *file = from->where.file;
  spot->file = file ? sim_config_name(config, file, err) : NULL;
  spot->directory = sim_config_name(config, from->directory, err);
  spot->line = from->where.line;
  return spot->directory && (!file || spot->file);
}

struct sim_node *sim_node_copy(struct sim_config *config,
                               const struct sim_node *from,
                               const struct sim_spot *spot, bool is_inherited,
                               struct sim_error *err) {
  struct sim_spot at = *spot;
  if (is_inherited && !adopt_names(config, from, &at, err)) {
    return NULL;
  }
  struct sim_node *to = sim_node_make(config, from->kind, &at, err);
  if (!to) {
    return NULL;
  }
  to->is_plain = from->is_plain;
  to->is_inherited = is_inherited;
  to->text = from->text;
  if (is_inherited && from->text) {
    to->text = sim_config_copy(config, from->text, strlen(from->text), err);
    if (!to->text) {
      return NULL;
    }
  }
  return copy_children(config, from, to, at.depth, is_inherited, err);
}
