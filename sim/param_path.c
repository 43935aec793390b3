/* sim/param_path.c -- file paths as seen from another directory
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/param_parts.h"

/* Write the absolute path of `path` into `out`. What exists of it is resolved
 * through symbolic links, what does not is appended. False when it is too
 * long or the current directory is gone. */
static bool make_absolute(const char *path, char out[PATH_MAX]) {
  char whole[PATH_MAX], head[PATH_MAX];  // head: as much as exists
  const int n =
      snprintf(whole, sizeof whole, "%s%s", path[0] == '/' ? "" : "./", path);
  if (n >= PATH_MAX) {
    return false;
  }
  strcpy(head, whole);
  while (!realpath(head, out)) {
    char *slash = strrchr(head, '/');
    if (!slash) {
      return false;
    }
    if (slash == head) {  // nothing below the root exists
      strcpy(out, whole);
      return true;
    }
    *slash = '\0';
  }
  const size_t used = strcmp(out, "/") == 0 ? 0 : strlen(out);
  const char *tail = whole + strlen(head);
  if (used + strlen(tail) >= PATH_MAX) {
    return false;
  }
  if (*tail) {
    strcpy(out + used, tail);
  }
  return true;
}

/* Bytes of the directories that both absolute paths begin with. */
static size_t common_length(const char *a, const char *b) {
  size_t common = 0;
  for (size_t i = 0;; i++) {
    const bool ends_a = a[i] == '\0' || a[i] == '/';
    const bool ends_b = b[i] == '\0' || b[i] == '/';
    if (ends_a && ends_b) {
      common = i;
    }
    if (a[i] != b[i] || a[i] == '\0') {
      return common;
    }
  }
}

/* From the directory `from` to `to`, both absolute. */
static bool step_over(const char *from, const char *to, char *out,
                      size_t size) {
  const size_t common = common_length(from, to);
  size_t used = 0;
  out[0] = '\0';
  for (const char *at = from + common; *at; at++) {
    if (*at == '/' && at[1]) {
      if (used + 4 > size) {
        return false;
      }
      memcpy(out + used, "../", 4);
      used += 3;
    }
  }
  const char *rest = to + common + (to[common] == '/');
  if (used + strlen(rest) + 2 > size) {
    return false;
  }
  strcpy(out + used, rest);
  if (!*rest) {  // the directory itself, or one above: no slash at the end
    strcpy(used ? out + used - 1 : out, used ? "" : ".");
  }
  return true;
}

void sim_path_relative(const char *path, const char *directory, char *out,
                       size_t size) {
  char from[PATH_MAX], to[PATH_MAX];
  const bool is_relative = make_absolute(directory, from) &&
                           make_absolute(path, to) &&
                           step_over(from, to, out, size);
  if (!is_relative) {
    snprintf(out, size, "%s", path);
  }
}

bool sim_path_is_name(const char *text) {
  const size_t n = strlen(text), n_end = strlen(".yaml");
  return !strchr(text, '/') &&
         !(n > n_end && strcmp(text + n - n_end, ".yaml") == 0);
}

bool sim_path_is_same(const char *left, const char *right) {
  char a[PATH_MAX], b[PATH_MAX];
  if (strcmp(left, right) == 0) {
    return true;
  }
  return left[0] && right[0] && make_absolute(left, a) &&
         make_absolute(right, b) && strcmp(a, b) == 0;
}
