/* tools/sweep_store.c -- /sweep of a result file
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "tools/sweep_statistics.h"

#define CHIP "/sweep/chip"
#define STATE "/sweep/state"
#define QUANTILE "/sweep/quantile"
#define FAILURES "/sweep/failures"

/* --- scales --- */

static void axis_path(const struct tool_sweep_plan *plan, size_t i,
                      char path[32]) {
  snprintf(path, 32, "/sweep/axes/%s", plan->axes[i].name);
}

/* "10 nS; 20 nS; 50 nS" */
static void write_settings(struct tool_sweep_store *s, const char *path,
                           const struct tool_sweep_axis *axis,
                           struct sim_error *err) {
  const size_t size = axis->n * (SIM_ITEM_MAX + 2) + 1;
  char *text = axis->settings ? sim_alloc(size, 1, err) : NULL;
  size_t used = 0;
  for (size_t i = 0; text && i < axis->n; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "; " : "",
                             axis->settings[i]);
  }
  if (text) {
    sim_result_set_text(s->result, path, "settings", text, err);
  }
  free(text);
}

static void write_axis(struct tool_sweep_store *s, size_t i,
                       struct sim_error *err) {
  const struct tool_sweep_axis *axis = &s->plan->axes[i];
  char path[32];
  axis_path(s->plan, i, path);
  const struct sim_dataset d = {.path = path,
                                .unit = tool_sweep_unit(s->plan, i),
                                .long_name = tool_sweep_axis_label(axis),
                                .rank = 1,
                                .shape = {s->n_points},
                                .is_scale = 1};
  for (size_t p = 0; p < s->n_points; p++) {
    s->work[p] = tool_sweep_coordinate(s->plan, i, p);
  }
  sim_result_write(s->result, &d, s->work, err);
  sim_result_set_text(s->result, path, "settings_are",
                      tool_sweep_is_numeric(axis) ? "numbers" : "words", err);
  write_settings(s, path, axis, err);
}

static void write_scales(struct tool_sweep_store *s, struct sim_error *err) {
  const struct tool_experiment *e = s->plan->experiment;
  const struct sim_dataset chip = {.path = CHIP,
                                   .unit = "1",
                                   .long_name = "number of the chip",
                                   .rank = 1,
                                   .shape = {s->n_chips},
                                   .is_scale = 1};
  const struct sim_dataset quantile = {.path = QUANTILE,
                                       .unit = "1",
                                       .long_name = "share of chips below",
                                       .rank = 1,
                                       .shape = {e->sweep.quantiles.n},
                                       .is_scale = 1};
  for (size_t i = 0; i < s->plan->n_axes; i++) {
    write_axis(s, i, err);
  }
  for (size_t c = 0; c < s->n_chips; c++) {
    s->sorted[c] = (double)(e->chip.number + c);
  }
  sim_result_write(s->result, &chip, s->sorted, err);
  sim_result_write(s->result, &quantile, e->sweep.quantiles.v, err);
}

/* --- datasets over the points --- */

/* Of (points), or (points, columns) with their scale. */
static void write_points(struct tool_sweep_store *s, const char *path,
                         const char *long_name, const char *columns,
                         size_t n_columns, const double *values,
                         struct sim_error *err) {
  char axis[32];
  axis_path(s->plan, 0, axis);
  const struct sim_dataset d = {.path = path,
                                .unit = "1",
                                .long_name = long_name,
                                .rank = columns ? 2 : 1,
                                .shape = {s->n_points, n_columns},
                                .scales = {axis, columns}};
  sim_result_write(s->result, &d, values, err);
  for (size_t i = 1; i < s->plan->n_axes; i++) {
    axis_path(s->plan, i, axis);
    sim_result_attach(s->result, path, 0, axis, err);
  }
}

static const double *chips_of(const struct tool_sweep_store *s, size_t item,
                              size_t point) {
  return s->values + (item * s->n_points + point) * s->n_chips;
}

static struct tool_summary summarise(struct tool_sweep_store *s, size_t item,
                                     size_t point) {
  memcpy(s->sorted, chips_of(s, item, point), s->n_chips * sizeof *s->sorted);
  return tool_summarise(s->n_chips, s->sorted);
}

static void write_summary(struct tool_sweep_store *s, size_t item,
                          const char *group, struct sim_error *err) {
  double *mean = s->work, *deviation = mean + s->n_points;
  double *n = deviation + s->n_points;
  char path[SIM_CONFIG_PATH + SIM_ITEM_MAX];
  for (size_t p = 0; p < s->n_points; p++) {
    const struct tool_summary found = summarise(s, item, p);
    mean[p] = found.mean;
    deviation[p] = found.standard_deviation;
    n[p] = (double)found.n;
  }
  snprintf(path, sizeof path, "%s/mean", group);
  write_points(s, path, "mean over the chips", NULL, 0, mean, err);
  snprintf(path, sizeof path, "%s/standard_deviation", group);
  write_points(s, path, "over the chips, with n - 1", NULL, 0, deviation, err);
  snprintf(path, sizeof path, "%s/n", group);
  write_points(s, path, "chips with a finite value", NULL, 0, n, err);
}

static void write_quantiles(struct tool_sweep_store *s, size_t item,
                            const char *group, struct sim_error *err) {
  const struct sim_reals *shares = &s->plan->experiment->sweep.quantiles;
  char path[SIM_CONFIG_PATH + SIM_ITEM_MAX];
  for (size_t p = 0; p < s->n_points; p++) {
    const struct tool_summary found = summarise(s, item, p);
    for (size_t q = 0; q < shares->n; q++) {
      s->work[p * shares->n + q] =
          tool_quantile(found.n, s->sorted, shares->v[q]);
    }
  }
  snprintf(path, sizeof path, "%s/quantiles", group);
  write_points(s, path, "over the chips", QUANTILE, shares->n, s->work, err);
}

static void write_item(struct tool_sweep_store *s, size_t item,
                       const char *unit, struct sim_error *err) {
  static const char *const with_unit[] = {"values", "mean",
                                          "standard_deviation", "quantiles"};
  const struct tool_sweep_item *kept = &s->items->item[item];
  char group[SIM_ITEM_MAX + 32], path[SIM_CONFIG_PATH + SIM_ITEM_MAX];
  snprintf(group, sizeof group, "/sweep/results/%s", kept->name);
  snprintf(path, sizeof path, "%s/values", group);
  write_points(s, path, kept->text, CHIP, s->n_chips, chips_of(s, item, 0),
               err);
  write_summary(s, item, group, err);
  write_quantiles(s, item, group, err);
  for (size_t i = 0; unit && i < sizeof with_unit / sizeof with_unit[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", group, with_unit[i]);
    sim_result_set_text(s->result, path, "units", unit, err);
  }
}

/* Chips that were run at a point, and how many of them are good. A failed one
 * is not. */
static size_t count_good(const struct tool_sweep_store *s, size_t point,
                         size_t *n_run) {
  size_t n_good = 0;
  *n_run = 0;
  for (size_t c = 0; c < s->n_chips; c++) {
    const enum tool_sweep_state state = tool_sweep_store_state(s, point, c);
    double of_run[SIM_LIST_MAX];
    for (size_t i = 0; i < s->items->n; i++) {
      of_run[i] = chips_of(s, i, point)[c];
    }
    *n_run += state != TOOL_NOT_RUN;
    n_good += state == TOOL_DONE && tool_sweep_items_pass(s->items, of_run);
  }
  return n_good;
}

static void write_yield(struct tool_sweep_store *s, struct sim_error *err) {
  const double confidence = s->plan->experiment->sweep.confidence;
  double *share = s->work, *low = share + s->n_points;
  double *high = low + s->n_points;
  if (s->items->n_limits == 0) {
    return;
  }
  for (size_t p = 0; p < s->n_points; p++) {
    size_t n;
    const size_t n_good = count_good(s, p, &n);
    const struct tool_interval found = tool_wilson(n_good, n, confidence);
    share[p] = n > 0 ? (double)n_good / (double)n : (double)NAN;
    low[p] = found.low;
    high[p] = found.high;
  }
  write_points(s, "/sweep/yield/share", "chips that keep all limits", NULL, 0,
               share, err);
  write_points(s, "/sweep/yield/low", "lower end of the Wilson interval", NULL,
               0, low, err);
  write_points(s, "/sweep/yield/high", "upper end of the Wilson interval", NULL,
               0, high, err);
  sim_result_set_double(s->result, "/sweep/yield", "confidence", confidence,
                        err);
}

/* Everything that changes with a run; `units` is nullable. */
static void write_all(struct tool_sweep_store *s, char *const *units,
                      struct sim_error *err) {
  write_points(s, STATE, "0 not run yet, 1 done, 2 failed", CHIP, s->n_chips,
               s->state, err);
  for (size_t i = 0; i < s->items->n; i++) {
    write_item(s, i, units ? units[i] : NULL, err);
  }
  write_yield(s, err);
}

/* --- birth and death --- */

static enum sim_status read_back(struct tool_sweep_store *s,
                                 struct sim_error *err) {
  const size_t shape[2] = {s->n_points, s->n_chips};
  char path[SIM_CONFIG_PATH + SIM_ITEM_MAX];
  if (sim_result_read(s->result, STATE, 2, shape, s->state, err)) {
    return err->status;
  }
  for (size_t i = 0; i < s->items->n; i++) {
    snprintf(path, sizeof path, "/sweep/results/%s/values",
             s->items->item[i].name);
    if (sim_result_read(s->result, path, 2, shape,
                        s->values + i * s->n_points * s->n_chips, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

static enum sim_status open_store(struct tool_sweep_store *s,
                                  struct sim_error *err) {
  const size_t n_values = s->items->n * s->n_points * s->n_chips;
  for (size_t i = 0; i < n_values; i++) {
    s->values[i] = (double)NAN;
  }
  if (sim_result_begin(s->result, err)) {
    return err->status;
  }
  if (sim_result_has(s->result, STATE)) {
    read_back(s, err);
  } else {
    write_scales(s, err);
    write_all(s, NULL, err);
  }
  struct sim_error later = {0};
  const enum sim_status status = sim_result_end(s->result, &later);
  return err->status ? err->status
         : status    ? sim_error_set(err, status, "%s", later.message)
                     : SIM_OK;
}

enum sim_status tool_sweep_store_init(struct tool_sweep_store *store,
                                      const struct tool_sweep_plan *plan,
                                      const struct tool_sweep_items *items,
                                      struct sim_result *result,
                                      struct sim_error *err) {
  const struct tool_sweep_params *sweep = &plan->experiment->sweep;
  const size_t n_runs = plan->n_points * sweep->chips;
  const size_t n_columns = sweep->quantiles.n > 3 ? sweep->quantiles.n : 3;
  *store = (struct tool_sweep_store){
      .plan = plan,
      .items = items,
      .result = result,
      .n_points = plan->n_points,
      .n_chips = sweep->chips,
      .state = sim_alloc_doubles(n_runs, err),
      .values = sim_alloc_doubles(items->n * n_runs, err),
      .work = sim_alloc_doubles(plan->n_points * n_columns, err),
      .sorted = sim_alloc_doubles(sweep->chips, err),
  };
  sim_result_set_durable(result, true);
  if (!store->state || !store->values || !store->work || !store->sorted ||
      open_store(store, err)) {
    tool_sweep_store_finish(store);
    return err->status;
  }
  return SIM_OK;
}

void tool_sweep_store_finish(struct tool_sweep_store *store) {
  free(store->state);
  free(store->values);
  free(store->work);
  free(store->sorted);
  *store = (struct tool_sweep_store){0};
}

/* --- runs --- */

enum tool_sweep_state tool_sweep_store_state(
    const struct tool_sweep_store *store, size_t point, size_t chip) {
  return (enum tool_sweep_state)store->state[point * store->n_chips + chip];
}

size_t tool_sweep_store_count(const struct tool_sweep_store *store,
                              enum tool_sweep_state state) {
  size_t n = 0;
  for (size_t i = 0; i < store->n_points * store->n_chips; i++) {
    n += store->state[i] == (double)state;
  }
  return n;
}

enum sim_status tool_sweep_store_done(struct tool_sweep_store *store,
                                      size_t point, size_t chip,
                                      const double *values, char *const *units,
                                      struct sim_error *err) {
  const size_t n_runs = store->n_points * store->n_chips;
  const size_t run = point * store->n_chips + chip;
  store->state[run] = TOOL_DONE;
  for (size_t i = 0; i < store->items->n; i++) {
    store->values[i * n_runs + run] = values[i];
  }
  if (sim_result_begin(store->result, err)) {
    return err->status;
  }
  write_all(store, units, err);
  return sim_result_end(store->result, err);
}

enum sim_status tool_sweep_store_failed(struct tool_sweep_store *store,
                                        size_t point, size_t chip,
                                        const char *message,
                                        struct sim_error *err) {
  char name[64];
  store->state[point * store->n_chips + chip] = TOOL_FAILED;
  if (sim_result_begin(store->result, err)) {
    return err->status;
  }
  write_all(store, NULL, err);
  snprintf(name, sizeof name, "point_%zu_chip_%zu", point,
           store->plan->experiment->chip.number + chip);
  sim_result_set_text(store->result, FAILURES, name, message, err);
  return sim_result_end(store->result, err);
}
