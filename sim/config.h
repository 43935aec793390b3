/* sim/config.h -- an experiment file as a tree of nodes
 *
 * The YAML we accept is small on purpose: one document, a mapping at the top,
 * keys that are words, and limits on everything. Each node knows its file,
 * line and dotted path, so that every later message can name the place.
 * Values stay text until a parameter table reads them (sim/param.h).
 *
 * Refused: duplicate keys, merge keys, directives, tags beyond the core ones,
 * control characters, invalid UTF-8, further documents.
 *
 * A config owns its nodes and their texts; they live until it is destroyed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/error.h"

#define SIM_CONFIG_BYTES (1u << 20)  // size of a file
#define SIM_CONFIG_DEPTH 32          // sections and lists inside one another
#define SIM_CONFIG_SCALAR 4096       // bytes of one value
#define SIM_CONFIG_NODES 20000       // with those that aliases repeat
#define SIM_CONFIG_ALIASES 100       // uses of *name
#define SIM_CONFIG_KEYS 1000         // keys of one section
#define SIM_CONFIG_PATH 256          // bytes of a dotted path, with the end

enum sim_node_kind { SIM_NODE_VALUE, SIM_NODE_LIST, SIM_NODE_SECTION };

struct sim_node {
  enum sim_node_kind kind;
  struct sim_where where;  // for messages; of --set: {NULL, 0, "--set a.b"}
  const char *path;        // dotted, "" at the top; items end in "[0]"
  const char *key;         // nullable: the top and list items have none
  const char *text;        // of a value, else NULL
  const char *directory;   // relative paths start here, "" is the current one
  bool is_plain;           // a value without quotes
  bool is_inherited;       // came in by sim_config_inherit
  size_t n;                // items of a list, keys of a section
  struct sim_node *first;  // of those, in file order
  struct sim_node *last;
  struct sim_node *next;  // after this one, in the same list or section
};

struct sim_config;

/* Read the experiment `file`. Fails with SIM_ECONFIG when it is missing or
 * wrong, SIM_EIO when reading breaks off, SIM_EFAIL without memory; *out is
 * then NULL. The caller destroys *out. */
enum sim_status sim_config_load(struct sim_config **out, const char *file,
                                struct sim_error *err);

/* The same from `n` bytes of memory. Messages call it `name`; relative paths
 * start at `directory` ("" is the current one). Nothing is kept of the
 * arguments. */
enum sim_status sim_config_parse(struct sim_config **out, const char *text,
                                 size_t n, const char *name,
                                 const char *directory, struct sim_error *err);

/* Replace or insert one key from "dotted.key=value", the value written as in
 * the file. Messages about it say "--set dotted.key". On failure the
 * config is as before. */
enum sim_status sim_config_set(struct sim_config *config,
                               const char *assignment, struct sim_error *err);

/* Copy what `base` has and `config` lacks, section by section. The copies keep
 * their places and directories; a table that does not use one for this kind
 * of experiment passes over it in silence. `base` may go afterwards. After a
 * failure (no memory, too many nodes) destroy `config`. */
enum sim_status sim_config_inherit(struct sim_config *config,
                                   const struct sim_config *base,
                                   struct sim_error *err);

/* The same for one section of `config`, from the top of `base`, without the
 * keys in `skip` (NULL-terminated). A section that is missing is left so. */
enum sim_status sim_config_inherit_section(struct sim_config *config,
                                           const char *section,
                                           const struct sim_config *base,
                                           const char *const *skip,
                                           struct sim_error *err);

/* The top section; never NULL. */
const struct sim_node *sim_config_root(const struct sim_config *config);

/* The node at a dotted path, "" for the top; NULL when there is none. */
const struct sim_node *sim_config_find(const struct sim_config *config,
                                       const char *path);
bool sim_config_has(const struct sim_config *config, const char *path);

/* The text of the value at `path`; NULL when there is none or it is a section
 * or a list. */
const char *sim_config_text(const struct sim_config *config, const char *path);

/* Where to point a message about `path`: its place or, when it is not
 * written, the line of the nearest section around it. Valid while `config`
 * and the string `path` are. */
struct sim_where sim_config_where(const struct sim_config *config,
                                  const char *path);

/* Nullable: config. */
void sim_config_destroy(struct sim_config *config);

#endif
