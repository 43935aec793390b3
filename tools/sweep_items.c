/* tools/sweep_items.c -- the numbers a sweep keeps of each run
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_items.h"

#include <ctype.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/datasets.h"

#define MAX_VALUES 100000000u

static const struct {
  int kind;
  const char *text;
} defaults[] = {
    {TOOL_TRAIN, "/train/loss[-10:]"},
    {TOOL_TRAIN, "/quality/frechet[0]"},
    {TOOL_GENERATE, "/quality/frechet[0]"},
    {TOOL_GENERATE, "/quality/precision[0]"},
    {TOOL_GENERATE, "/quality/recall[0]"},
    {TOOL_GENERATE, "/quality/coverage[0]"},
    {TOOL_GRADIENT, "/gradient/cosine"},
    {TOOL_GRADIENT, "/gradient/relative_error"},
};

/* --- reading the keys --- */

/* Read "[1,-2]" or "[-10:]" or nothing; false when it is none of these. */
static bool read_indices(struct tool_sweep_item *item, const char *at) {
  char after = '[';
  while (*at == after && item->n_indices < 3 && !item->is_mean) {
    char *end;
    item->index[item->n_indices] = strtol(at + 1, &end, 10);
    if (end == at + 1 || isspace((unsigned char)at[1])) {
      return false;
    }
    item->n_indices++;
    item->is_mean = *end == ':' && item->n_indices == 1;
    at = end + item->is_mean;
    after = ',';
  }
  return item->n_indices == 0 ? *at == '\0' : strcmp(at, "]") == 0;
}

/* "/train/loss" is train_loss; the second item of that path train_loss_2. */
static void name_item(struct tool_sweep_items *items,
                      struct tool_sweep_item *item) {
  size_t n_same = 1;
  for (size_t i = 0; i < items->n; i++) {
    n_same += strcmp(items->item[i].path, item->path) == 0;
  }
  const int n = snprintf(item->name, sizeof item->name, "%s", item->path + 1);
  for (char *c = item->name; *c; c++) {
    *c = *c == '/' ? '_' : *c;
  }
  if (n_same > 1) {
    snprintf(item->name + n, sizeof item->name - (size_t)n, "_%zu", n_same);
  }
}

static enum sim_status add_item(struct tool_sweep_items *items, int kind,
                                const char *text, bool is_required,
                                struct sim_error *err) {
  struct tool_sweep_item item = {.is_required = is_required};
  const size_t n = strcspn(text, "[");
  snprintf(item.text, sizeof item.text, "%s", text);
  snprintf(item.path, sizeof item.path, "%.*s", (int)n, text);
  // The name may get a number.
  if (text[0] != '/' || n < 2 || n > SIM_ITEM_MAX - 4 || text[n - 1] == '/' ||
      !read_indices(&item, text + n)) {
    return sim_error_set(err, SIM_ECONFIG,
                         "must be datasets such as /gradient/cosine, "
                         "/quality/frechet[0] or /train/loss[-10:], got %s",
                         text);
  }
  if (tool_dataset_check(kind, item.path, item.n_indices, text, err)) {
    return err->status;
  }
  name_item(items, &item);
  items->item[items->n++] = item;
  return SIM_OK;
}

static enum sim_status add_items(struct tool_sweep_items *items,
                                 const struct tool_experiment *sweep,
                                 struct sim_error *err) {
  const struct sim_texts *wanted = &sweep->sweep.collect;
  const int kind = sweep->sweep.measure;
  for (size_t i = 0; i < wanted->n; i++) {
    if (add_item(items, kind, wanted->v[i], true, err)) {
      return err->status;
    }
  }
  const size_t n = sizeof defaults / sizeof defaults[0];
  for (size_t i = 0; wanted->n == 0 && i < n; i++) {
    if (defaults[i].kind == kind) {
      add_item(items, kind, defaults[i].text, false, err);
    }
  }
  return items->n > 0 ? SIM_OK
                      : sim_error_set(err, SIM_ECONFIG,
                                      "must name what is kept of the kind %s, "
                                      "got auto",
                                      tool_kind_names[kind]);
}

/* Read ">= 0.9" after the item's text. */
static bool read_relation(const char *at, struct tool_sweep_limit *limit) {
  static const struct {
    const char *sign;
    enum tool_sweep_relation relation;
  } signs[] = {{">=", TOOL_AT_LEAST},
               {"<=", TOOL_AT_MOST},
               {">", TOOL_ABOVE},
               {"<", TOOL_BELOW}};
  at += strspn(at, " ");
  for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
    const size_t n = strlen(signs[i].sign);
    if (strncmp(at, signs[i].sign, n) == 0) {
      char *end;
      limit->relation = signs[i].relation;
      limit->bound = strtod(at + n, &end);
      return end != at + n && *end == '\0' && isfinite(limit->bound);
    }
  }
  return false;
}

/* "/gradient/cosine, /gradient/relative_error" */
static void list_items(const struct tool_sweep_items *items, char *text,
                       size_t size) {
  size_t used = 0;
  for (size_t i = 0; i < items->n && used < size; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                             items->item[i].text);
  }
}

static enum sim_status add_limit(struct tool_sweep_items *items,
                                 const char *text, struct sim_error *err) {
  struct tool_sweep_limit limit;
  char collected[512];
  size_t n = strcspn(text, "<>=!");
  const bool is_limit = read_relation(text + n, &limit);
  while (n > 0 && text[n - 1] == ' ') {
    n--;
  }
  if (!is_limit || n == 0) {
    return sim_error_set(err, SIM_ECONFIG,
                         "must be limits such as \"%s >= 0.9\" (or <=, >, <), "
                         "got %s",
                         items->item[0].text, text);
  }
  for (limit.item = 0; limit.item < items->n; limit.item++) {
    const char *item = items->item[limit.item].text;
    if (strlen(item) == n && strncmp(item, text, n) == 0) {
      break;
    }
  }
  if (limit.item == items->n) {
    list_items(items, collected, sizeof collected);
    return sim_error_set(err, SIM_ECONFIG,
                         "must be of what is collected (%s), got %s", collected,
                         text);
  }
  items->limit[items->n_limits++] = limit;
  return SIM_OK;
}

enum sim_status tool_sweep_items_read(struct tool_sweep_items *items,
                                      const struct tool_experiment *sweep,
                                      const char **key, struct sim_error *err) {
  const struct sim_texts *pass = &sweep->sweep.pass;
  *items = (struct tool_sweep_items){0};
  *key = "collect";
  if (add_items(items, sweep, err)) {
    return err->status;
  }
  *key = "pass";
  for (size_t i = 0; i < pass->n; i++) {
    if (add_limit(items, pass->v[i], err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* --- reading a result file --- */

/* The item of an array that the indices mean; false when it has none. */
static bool locate(const struct tool_sweep_item *item, size_t rank,
                   const size_t shape[3], size_t *at) {
  *at = 0;
  for (size_t i = 0; i < rank; i++) {
    const long n = (long)shape[i];
    long index = item->index[i] < 0 ? item->index[i] + n : item->index[i];
    if (item->is_mean && index < 0) {
      index = 0;  // fewer than asked for: all
    }
    if (index < 0 || index >= n) {
      return false;
    }
    *at = *at * shape[i] + (size_t)index;
  }
  return rank == item->n_indices;
}

/* The nearest group around a dataset that is missing, and what it has. */
static enum sim_status miss(const struct tool_sweep_item *item,
                            struct sim_result *run, struct sim_error *err) {
  char group[SIM_ITEM_MAX], name[64], members[512] = "nothing";
  strcpy(group, item->path);
  do {
    *strrchr(group, '/') = '\0';
  } while (group[0] && !sim_result_has(run, group));
  const char *at = group[0] ? group : "/";
  const size_t n = sim_result_n_members(run, at);
  size_t used = 0;
  for (size_t i = 0; i < n && used < sizeof members; i++) {
    sim_result_member(run, at, i, name, sizeof name);
    used += (size_t)snprintf(members + used, sizeof members - used, "%s%s",
                             i ? ", " : "", name);
  }
  return sim_error_set(err, SIM_EFAIL, "the run has no %s; in %s it has %s",
                       item->path, at, members);
}

static enum sim_status collect(const struct tool_sweep_item *item,
                               struct sim_result *run, double *value,
                               char **unit, struct sim_error *err) {
  size_t rank, shape[3], at;
  double *values;
  *value = (double)NAN;
  if (!sim_result_has(run, item->path)) {
    return item->is_required ? miss(item, run, err) : SIM_OK;
  }
  if (sim_result_get_text(run, item->path, "units", unit, err) ||
      sim_result_load(run, item->path, MAX_VALUES, &rank, shape, &values,
                      err)) {
    return err->status;
  }
  if (!locate(item, rank, shape, &at)) {
    sim_error_set(err, SIM_EFAIL, "the run has no %s: %s has %zu %s",
                  item->text, item->path, rank > 0 ? shape[0] : 1,
                  rank > 1 ? "rows" : "values");
  } else {
    *value = item->is_mean ? gsl_stats_mean(values + at, 1, shape[0] - at)
                           : values[at];
  }
  free(values);
  return err->status;
}

enum sim_status tool_sweep_items_collect(const struct tool_sweep_items *items,
                                         struct sim_result *run, double *values,
                                         char **units, struct sim_error *err) {
  for (size_t i = 0; i < items->n; i++) {
    if (collect(&items->item[i], run, &values[i], &units[i], err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

bool tool_sweep_items_pass(const struct tool_sweep_items *items,
                           const double *values) {
  bool is_good = true;
  for (size_t i = 0; i < items->n_limits; i++) {
    const struct tool_sweep_limit *limit = &items->limit[i];
    const double v = values[limit->item];
    const bool keeps[] = {[TOOL_AT_LEAST] = v >= limit->bound,
                          [TOOL_AT_MOST] = v <= limit->bound,
                          [TOOL_ABOVE] = v > limit->bound,
                          [TOOL_BELOW] = v < limit->bound};
    is_good = is_good && keeps[limit->relation];
  }
  return is_good;
}
