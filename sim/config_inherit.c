/* sim/config_inherit.c -- what an experiment takes over from another one
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "sim/config_node.h"

static bool is_section(const struct sim_node *node) {
  return node->kind == SIM_NODE_SECTION;
}

static bool is_listed(const char *const *list, const char *key) {
  for (; list && *list; list++) {
    if (strcmp(*list, key) == 0) {
      return true;
    }
  }
  return false;
}

static enum sim_status inherit(struct sim_config *config, struct sim_node *to,
                               const struct sim_node *from,
                               const char *const *skip, int depth,
                               struct sim_error *err) {
  for (const struct sim_node *child = from->first; child; child = child->next) {
    if (is_listed(skip, child->key)) {
      continue;
    }
    struct sim_node *own = sim_node_child(to, child->key, strlen(child->key));
    const struct sim_spot spot = {
        .parent = to->path, .key = child->key, .depth = depth + 1};
    enum sim_status status = SIM_OK;
    if (own && is_section(child)) {
      sim_node_open_section(own);
    }
    if (!own) {
      struct sim_node *copy = sim_node_copy(config, child, &spot, true, err);
      status = copy ? SIM_OK : err->status;
      if (copy) {
        sim_node_append(to, copy);
      }
    } else if (is_section(own) && is_section(child)) {
      status = inherit(config, own, child, NULL, depth + 1, err);
    }
    if (status != SIM_OK) {
      return status;
    }
  }
  return SIM_OK;
}

enum sim_status sim_config_inherit(struct sim_config *config,
                                   const struct sim_config *base,
                                   struct sim_error *err) {
  return inherit(config, config->root, base->root, NULL, 0, err);
}

enum sim_status sim_config_inherit_section(struct sim_config *config,
                                           const char *section,
                                           const struct sim_config *base,
                                           const char *const *skip,
                                           struct sim_error *err) {
  struct sim_node *own = sim_node_child(config->root, section, strlen(section));
  return own ? inherit(config, own, base->root, skip, 1, err) : SIM_OK;
}
