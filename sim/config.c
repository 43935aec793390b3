/* sim/config.c -- an experiment file as a tree of nodes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/config.h"

#include <errno.h>
#include <fcntl.h>
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

enum sim_status sim_config_check_text(const char *text, size_t n,
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
  enum sim_status status = sim_config_check_text(text, n, start, err);
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

/* ------------------------------------------------------------ looking */

const struct sim_node *sim_config_root(const struct sim_config *config) {
  return config->root;
}

struct sim_node *sim_config_follow(const struct sim_config *config,
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
  const struct sim_node *node = sim_config_follow(config, path, &is_whole);
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
