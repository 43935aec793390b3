/* sim/config.c -- an experiment file as a tree of nodes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/config_node.h"
#include "sim/memory.h"
#include "sim/utf8.h"

/* ----------------------------------------------------- text, unparsed */

/* libyaml compares each directive with all before it, and we need none. */
static bool is_directive(const char *text, size_t at) {
  return text[at] == '%' && (at == 0 || text[at - 1] == '\n');
}

/* Bytes of the mark that some editors put before the text. */
static size_t byte_order_mark(const char *text, size_t n) {
  return n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* The file is of bearable size and is text. */
static enum sim_status check_text(const char *text, size_t n,
                                  struct sim_where where,
                                  struct sim_error *err) {
  if (n > SIM_CONFIG_BYTES) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "is larger than the limit of %u bytes",
                        SIM_CONFIG_BYTES);
  }
  for (size_t i = byte_order_mark(text, n); i < n;) {
    uint32_t code;
    const size_t length = sim_utf8_decode(text + i, n - i, &code);
    if (length == 0) {
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "is not text: byte 0x%02x is not valid UTF-8",
                          (unsigned char)text[i]);
    }
    if (!sim_utf8_is_printable(code)) {
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "is not text: it has the control character 0x%02x",
                          (unsigned)code);
    }
    if (is_directive(text, i)) {
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "directives (lines that start with %%) are not "
                          "supported");
    }
    where.line += where.line && code == '\n';
    i += length;
  }
  return SIM_OK;
}

/* ----------------------------------------------------- reading a file */

/* Read at most `size` bytes. */
static enum sim_status read_bytes(int fd, char *text, size_t size, size_t *n,
                                  const struct sim_where *where,
                                  struct sim_error *err) {
  *n = 0;
  while (*n < size) {
    const ssize_t got = read(fd, text + *n, size - *n);
    if (got == 0) {
      break;
    }
    if (got < 0 && errno != EINTR) {
      return sim_error_at(err, errno == EISDIR ? SIM_ECONFIG : SIM_EIO, where,
                          "cannot be read: %s", strerror(errno));
    }
    *n += got > 0 ? (size_t)got : 0;
  }
  return SIM_OK;
}

/* Everything up to the last slash: "" for "a.yaml", "/" for "/a.yaml". The
 * caller frees it. */
static char *directory_of(const char *file, struct sim_error *err) {
  const char *slash = strrchr(file, '/');
  const size_t n = !slash ? 0 : slash == file ? 1 : (size_t)(slash - file);
  char *directory = sim_alloc(n + 1, 1, err);
  return directory ? memcpy(directory, file, n) : NULL;
}

static enum sim_status load_from(struct sim_config **out, int fd,
                                 const char *file, struct sim_error *err) {
  const struct sim_where where = {file, 0, NULL};
  const size_t size = SIM_CONFIG_BYTES + 1;
  char *text = sim_alloc(size, 1, err);
  char *directory = text ? directory_of(file, err) : NULL;
  size_t n;
  enum sim_status status = SIM_EFAIL;
  if (directory) {
    status = read_bytes(fd, text, size, &n, &where, err);
  }
  if (status == SIM_OK) {
    status = sim_config_parse(out, text, n, file, directory, err);
  }
  free(directory);
  free(text);
  return status;
}

enum sim_status sim_config_load(struct sim_config **out, const char *file,
                                struct sim_error *err) {
  *out = NULL;
  const int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const struct sim_where where = {file, 0, NULL};
    return sim_error_at(err, SIM_ECONFIG, &where, "cannot be opened: %s",
                        strerror(errno));
  }
  const enum sim_status status = load_from(out, fd, file, err);
  close(fd);
  return status;
}

/* ------------------------------------------------------------ parsing */

static enum sim_status parse_into(struct sim_config *config, const char *text,
                                  size_t n, const char *name,
                                  const char *directory,
                                  struct sim_error *err) {
  struct sim_spot top = {.parent = ""};
  top.file = sim_config_name(config, name, err);
  top.directory = top.file ? sim_config_name(config, directory, err) : NULL;
  if (!top.directory) {
    return err->status;
  }
  const struct sim_where where = {top.file, 0, NULL};
  const struct sim_where start = {top.file, n > SIM_CONFIG_BYTES ? 0 : 1, NULL};
  enum sim_status status = check_text(text, n, start, err);
  if (status == SIM_OK) {
    const size_t n_mark = byte_order_mark(text, n);
    status = sim_config_events(config, text + n_mark, n - n_mark, &top,
                               &config->root, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  const struct sim_node *root = config->root;
  if (!root || (root->text && root->is_plain && !root->text[0])) {
    return sim_error_at(err, SIM_ECONFIG, &where, "is empty");
  }
  if (root->kind != SIM_NODE_SECTION) {
    return sim_error_at(err, SIM_ECONFIG, &root->where,
                        "must start with a key, such as \"experiment: train\"");
  }
  config->root->where.line = 0;  // what is missing at the top has no line
  return SIM_OK;
}

enum sim_status sim_config_parse(struct sim_config **out, const char *text,
                                 size_t n, const char *name,
                                 const char *directory, struct sim_error *err) {
  *out = NULL;
  struct sim_config *config = sim_alloc(1, sizeof *config, err);
  if (!config) {
    return SIM_EFAIL;
  }
  const enum sim_status status =
      parse_into(config, text, n, name, directory, err);
  if (status != SIM_OK) {
    sim_config_destroy(config);
    return status;
  }
  *out = config;
  return SIM_OK;
}

/* "chip:" with nothing after it becomes a section, ready to be filled. */
static void open_section(struct sim_node *node) {
  if (node->is_plain && !node->text[0]) {
    node->kind = SIM_NODE_SECTION;
    node->text = NULL;
    node->is_plain = false;
  }
}

/* ------------------------------------------------------------ looking */

const struct sim_node *sim_config_root(const struct sim_config *config) {
  return config->root;
}

/* Follow `path` as far as it exists; *is_whole tells whether to its end. */
static struct sim_node *follow(const struct sim_config *config,
                               const char *path, bool *is_whole) {
  struct sim_node *node = config->root;
  while (*path) {
    const size_t n = strcspn(path, ".");
    struct sim_node *child = sim_node_child(node, path, n);
    if (!child) {
      *is_whole = false;
      return node;
    }
    node = child;
    path += n;
    path += *path == '.';
  }
  *is_whole = true;
  return node;
}

const struct sim_node *sim_config_find(const struct sim_config *config,
                                       const char *path) {
  bool is_whole;
  const struct sim_node *node = follow(config, path, &is_whole);
  return is_whole ? node : NULL;
}

bool sim_config_has(const struct sim_config *config, const char *path) {
  return sim_config_find(config, path);
}

const char *sim_config_text(const struct sim_config *config, const char *path) {
  const struct sim_node *node = sim_config_find(config, path);
  return node ? node->text : NULL;
}

/* The line of the last node on the way to `path` that stands in a file: one
 * that --set put there has none. */
static struct sim_where nearest(const struct sim_config *config,
                                const char *path) {
  const struct sim_node *node = config->root;
  struct sim_where where = node->where;
  while (node && *path) {
    const size_t n = strcspn(path, ".");
    node = sim_node_child(node, path, n);
    if (node && node->where.file) {
      where = node->where;
    }
    path += n;
    path += *path == '.';
  }
  return where;
}

struct sim_where sim_config_where(const struct sim_config *config,
                                  const char *path) {
  const struct sim_node *node = sim_config_find(config, path);
  if (node) {
    return node->where;
  }
  const struct sim_where around = nearest(config, path);
  return (struct sim_where){around.file, around.line, path};
}

/* ---------------------------------------------------------- the --set option
 */

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
  if (check_text(value, strlen(value), where, err) != SIM_OK ||
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
  struct sim_node *section = follow(config, spot.parent, &is_whole);
  open_section(section);
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

/* ------------------------------------------------------- inheriting */

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
      open_section(own);
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
