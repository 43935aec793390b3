/* sim/param.c -- parameter tables: looking up, visiting, comparing
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/param.h"

#include <assert.h>
#include <string.h>

#include "sim/param_parts.h"
#include "sim/utf8.h"

#define NEAR 2      // letters that a mistyped key may be off
#define LONGEST 64  // longest key that a suggestion is sought for

const char *sim_param_unit(const struct sim_param *param) {
  return param->unit ? param->unit : "1";
}

bool sim_param_is_list(const struct sim_param *param) {
  return param->kind == SIM_REALS || param->kind == SIM_COUNTS ||
         param->kind == SIM_TEXTS;
}

bool sim_param_is_used(const struct sim_param *param, unsigned use) {
  return !param->uses || (param->uses & use);
}

const struct sim_param *sim_param_find(const struct sim_param *table, size_t n,
                                       const char *name, unsigned use) {
  const struct sim_param *found = NULL;
  for (size_t i = 0; i < n; i++) {
    if (strcmp(table[i].name, name) == 0) {
      if (sim_param_is_used(&table[i], use)) {
        return &table[i];
      }
      found = &table[i];
    }
  }
  return found;
}

/* ------------------------------------------------------- suggestions */

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Letters to add, leave out or change to come from `a` to `b`; both are
 * shorter than LONGEST. One row of the usual table is kept. */
static size_t edit_distance(const char *a, const char *b) {
  size_t row[LONGEST];
  const size_t n_b = strlen(b);
  for (size_t j = 0; j <= n_b; j++) {
    row[j] = j;
  }
  for (size_t i = 1; a[i - 1]; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n_b; j++) {
      const size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = smaller(change, smaller(row[j], row[j - 1]) + 1);
    }
  }
  return row[n_b];
}

const struct sim_param *sim_param_nearest(const struct sim_param *table,
                                          size_t n, const char *name,
                                          unsigned use) {
  const struct sim_param *nearest = NULL;
  if (strlen(name) >= LONGEST) {
    return NULL;
  }
  size_t least = smaller(NEAR + 1, strlen(name));
  for (size_t i = 0; i < n; i++) {
    assert(strlen(table[i].name) < LONGEST);
    const size_t distance = edit_distance(name, table[i].name);
    if (sim_param_is_used(&table[i], use) && distance < least) {
      nearest = &table[i];
      least = distance;
    }
  }
  return nearest;
}

void sim_param_hint(const struct sim_param *table, size_t n, const char *name,
                    unsigned use, char *hint, size_t size) {
  const struct sim_param *nearest = sim_param_nearest(table, n, name, use);
  if (nearest) {
    snprintf(hint, size, ", did you mean \"%s\"?", nearest->name);
    return;
  }
  size_t used = (size_t)snprintf(hint, size, "; keys here are");
  const char *comma = " ";
  for (size_t i = 0; i < n; i++) {
    if (sim_param_is_used(&table[i], use)) {
      if (used + strlen(table[i].name) + 8 > size) {
        snprintf(hint + used, size - used, ", ...");
        return;
      }
      used += (size_t)snprintf(hint + used, size - used, "%s%s", comma,
                               table[i].name);
      comma = ", ";
    }
  }
}

static void fail_unknown(const struct sim_param *table, size_t n, unsigned use,
                         const char *key, const char *part,
                         struct sim_error *err) {
  char hint[300], shown[SIM_CONFIG_PATH];
  sim_param_hint(table, n, part, use, hint, sizeof hint);
  sim_error_set(err, SIM_ECONFIG, "%s: unknown key%s",
                sim_utf8_show(key, shown, sizeof shown), hint);
}

const struct sim_param *sim_param_lookup(const struct sim_param *table,
                                         size_t n, unsigned use,
                                         const char *key,
                                         struct sim_error *err) {
  const char *at = key;
  for (;;) {
    char part[SIM_CONFIG_PATH];
    const size_t length = strcspn(at, ".");
    snprintf(part, sizeof part, "%.*s", (int)length, at);
    const struct sim_param *param = sim_param_find(table, n, part, use);
    const bool is_last = at[length] == '\0';
    const bool is_known = param && sim_param_is_used(param, use);
    if (!is_known || (!is_last && param->kind != SIM_SECTION)) {
      fail_unknown(table, n, use, key, is_known ? "" : part, err);
      return NULL;
    }
    if (is_last) {
      return param;
    }
    table = param->section;
    n = param->n_section;
    at += length + 1;
  }
}

/* ---------------------------------------------------------- visiting */

struct walk {
  unsigned use;
  sim_param_visitor *visitor;
  void *context;
  char path[SIM_CONFIG_PATH];
};

static int walk_table(struct walk *walk, const struct sim_param *table,
                      size_t n, const char *base);

static int walk_param(struct walk *walk, const struct sim_param *param,
                      const char *base) {
  if (param->kind == SIM_SECTION) {
    return walk_table(walk, param->section, param->n_section,
                      base + param->offset);
  }
  const struct sim_leaf leaf = {walk->path, param, base + param->offset};
  return walk->visitor(&leaf, walk->context);
}

static int walk_table(struct walk *walk, const struct sim_param *table,
                      size_t n, const char *base) {
  const size_t end = strlen(walk->path);
  int stop = 0;
  for (size_t i = 0; i < n && !stop; i++) {
    if (sim_param_is_used(&table[i], walk->use)) {
      snprintf(walk->path + end, sizeof walk->path - end, "%s%s",
               end ? "." : "", table[i].name);
      stop = walk_param(walk, &table[i], base);
      walk->path[end] = '\0';
    }
  }
  return stop;
}

int sim_param_visit(const struct sim_param *table, size_t n, unsigned use,
                    const void *values, sim_param_visitor *visitor,
                    void *context) {
  struct walk walk = {.use = use, .visitor = visitor, .context = context};
  return walk_table(&walk, table, n, values);
}

/* --------------------------------------------------------- comparing */

struct comparison {
  const char *left, *right;
  const char *const *skip;
  struct sim_difference *first;
};

static bool is_skipped(const char *const *skip, const char *path) {
  for (; skip && *skip; skip++) {
    const size_t n = strlen(*skip);
    if (strncmp(*skip, path, n) == 0 && (path[n] == '\0' || path[n] == '.')) {
      return true;
    }
  }
  return false;
}

static bool is_same_list(const void *left, const void *right, size_t n_left,
                         size_t n_right, size_t size) {
  return n_left == n_right && memcmp(left, right, n_left * size) == 0;
}

static bool is_same_value(enum sim_kind kind, const void *left,
                          const void *right) {
  switch (kind) {
    case SIM_REAL:
      return memcmp(left, right, sizeof(double)) == 0;
    case SIM_COUNT:
      return memcmp(left, right, sizeof(size_t)) == 0;
    case SIM_SEED:
      return memcmp(left, right, sizeof(uint64_t)) == 0;
    case SIM_BOOL:
      return memcmp(left, right, sizeof(bool)) == 0;
    case SIM_CHOICE:
      return memcmp(left, right, sizeof(int)) == 0;
    case SIM_TEXT:
      return strcmp(left, right) == 0;
    case SIM_PATH:
      return sim_path_is_same(left, right);
    case SIM_REALS: {
      const struct sim_reals *a = left, *b = right;
      return is_same_list(a->v, b->v, a->n, b->n, sizeof a->v[0]);
    }
    case SIM_COUNTS: {
      const struct sim_counts *a = left, *b = right;
      return is_same_list(a->v, b->v, a->n, b->n, sizeof a->v[0]);
    }
    case SIM_TEXTS: {
      const struct sim_texts *a = left, *b = right;
      for (size_t i = 0; i < a->n && a->n == b->n; i++) {
        if (strcmp(a->v[i], b->v[i]) != 0) {
          return false;
        }
      }
      return a->n == b->n;
    }
    case SIM_TIME: {
      const struct sim_time *a = left, *b = right;
      return a->is_tau == b->is_tau &&
             memcmp(&a->value, &b->value, sizeof a->value) == 0;
    }
    case SIM_SECTION:
      break;
  }
  return true;
}

static int compare_leaf(const struct sim_leaf *leaf, void *context) {
  struct comparison *pair = context;
  const char *left = leaf->value;
  const char *right = pair->right + (left - pair->left);
  if (is_skipped(pair->skip, leaf->path) ||
      is_same_value(leaf->param->kind, left, right)) {
    return 0;
  }
  snprintf(pair->first->path, sizeof pair->first->path, "%s", leaf->path);
  pair->first->param = leaf->param;
  pair->first->left = left;
  pair->first->right = right;
  return 1;
}

bool sim_param_differs(const struct sim_param *table, size_t n, unsigned use,
                       const void *left, const void *right,
                       const char *const *skip, struct sim_difference *first) {
  struct comparison pair = {left, right, skip, first};
  return sim_param_visit(table, n, use, left, compare_leaf, &pair) != 0;
}
