/* sim/config_node.h -- how the tree of an experiment is held (internal)
 *
 * Nodes and texts lie in blocks that the config owns and frees together.
 * Nothing is freed singly; a replaced node stays behind unseen.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_CONFIG_NODE_H
#define SIM_CONFIG_NODE_H

#include "sim/config.h"

struct sim_block;  // storage
struct sim_name;   // a file or directory name, kept once

struct sim_config {
  struct sim_block *blocks;
  struct sim_name *names;
  struct sim_node *root;
  size_t n_nodes;  // made so far
};

/* Where a node comes from and goes to. */
struct sim_spot {
  const char *file;       // kept by the config; NULL: the --set option
  const char *directory;  // kept by the config
  const char *parent;     // dotted path of the section or list around it
  const char *key;        // nullable: the top and list items have none
  size_t index;           // of a list item, when key is NULL
  bool is_item;
  int line;
  int depth;  // of the node: 0 at the top
};

/* `n` bytes, zeroed and aligned for pointers; NULL without memory. */
void *sim_config_alloc(struct sim_config *config, size_t n,
                       struct sim_error *err);

/* A copy of `n` bytes of text, terminated. */
const char *sim_config_copy(struct sim_config *config, const char *text,
                            size_t n, struct sim_error *err);

/* The one kept copy of a file or directory name. */
const char *sim_config_name(struct sim_config *config, const char *name,
                            struct sim_error *err);

/* A new node, not yet in a section; NULL when memory, depth, path or number of
 * nodes run out. */
struct sim_node *sim_node_make(struct sim_config *config,
                               enum sim_node_kind kind,
                               const struct sim_spot *spot,
                               struct sim_error *err);

/* "chip:" with nothing after it becomes a section, ready to be filled. */
void sim_node_open_section(struct sim_node *node);

/* Add `child` at the end of a section or list. */
void sim_node_append(struct sim_node *parent, struct sim_node *child);

/* The child called `key` (n bytes); NULL when there is none. */
struct sim_node *sim_node_child(const struct sim_node *parent, const char *key,
                                size_t n);

/* A deep copy of `from` at `spot`, whose file and directory are used when
 * `from` lies in the same config (an alias); with is_inherited they
 * come from `from`. Text is shared within a config. */
struct sim_node *sim_node_copy(struct sim_config *config,
                               const struct sim_node *from,
                               const struct sim_spot *spot, bool is_inherited,
                               struct sim_error *err);

/* Follow `path` as far as it exists; *is_whole tells whether to its end. */
struct sim_node *sim_config_follow(const struct sim_config *config,
                                   const char *path, bool *is_whole);

/* Refuse a text that is too large or is none; `where` is its start, whose line
 * is counted on from 1 (0: there are no lines). */
enum sim_status sim_config_check_text(const char *text, size_t n,
                                      struct sim_where where,
                                      struct sim_error *err);

/* Read one YAML document into nodes (sim/config_read.c). `spot` says where its
 * top goes. *out is NULL for a document without content. */
enum sim_status sim_config_events(struct sim_config *config, const char *text,
                                  size_t n, const struct sim_spot *spot,
                                  struct sim_node **out, struct sim_error *err);

#endif
