/* tools/sweep_check.c -- is a sweep possible?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_check.h"

#include <string.h>

#include "tools/sweep_items.h"
#include "tools/sweep_load.h"
#include "tools/sweep_number.h"
#include "tools/sweep_plan.h"

#define MAX_RUNS 1e6

struct spot {
  const struct tool_experiment *experiment;
  const struct sim_config *config;
  size_t axis;
};

/* Where "sweep.x.from" is written; `path` has SIM_CONFIG_PATH bytes. */
static struct sim_where place(const struct spot *spot, const char *key,
                              char *path) {
  snprintf(path, SIM_CONFIG_PATH, "sweep.%c.%s", (char)('x' + spot->axis), key);
  return sim_config_where(spot->config, path);
}

static const struct tool_sweep_axis_params *axis_of(const struct spot *spot) {
  return &spot->experiment->sweep.axes[spot->axis];
}

/* Of the key of an axis; NULL for sources and for sections. */
static enum sim_status check_key(const struct spot *spot,
                                 const struct sim_param **param,
                                 struct sim_error *err) {
  const char *key = axis_of(spot)->key;
  char path[SIM_CONFIG_PATH];
  struct sim_error reason = {0};
  *param = NULL;
  if (strcmp(key, "none") == 0 || strcmp(key, TOOL_IMPERFECTIONS_KEY) == 0) {
    return SIM_OK;
  }
  *param = tool_sweep_key(spot->experiment, key, &reason);
  const struct sim_where where = place(spot, "key", path);
  return *param
             ? SIM_OK
             : sim_error_at(err, SIM_ECONFIG, &where, "%.600s", reason.message);
}

/* One end of a range. */
static enum sim_status check_end(const struct spot *spot,
                                 const struct sim_param *param, const char *key,
                                 const char *text,
                                 struct tool_sweep_number *number,
                                 struct sim_error *err) {
  char path[SIM_CONFIG_PATH];
  double value[2];  // room for any number
  const struct sim_where where = place(spot, key, path);
  if (!tool_sweep_is_number(param)) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be left out: %s is not one number, its settings "
                        "go into `values`",
                        axis_of(spot)->key);
  }
  if (strcmp(text, "none") == 0) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "is required and missing (or `values`)");
  }
  if (tool_sweep_number_read(param, text, number)) {
    return SIM_OK;
  }
  return sim_param_parse(param, text, &where, value, err)
             ? err->status
             : sim_error_at(err, SIM_ECONFIG, &where,
                            "must be a number, got %s", text);
}

/* The ends must lie apart, and on the same side of zero for ratios. */
static enum sim_status check_range(const struct spot *spot,
                                   const struct sim_param *param,
                                   struct sim_error *err) {
  const struct tool_sweep_axis_params *axis = axis_of(spot);
  struct tool_sweep_number from, to;
  char path[SIM_CONFIG_PATH];
  if (check_end(spot, param, "from", axis->from, &from, err) ||
      check_end(spot, param, "to", axis->to, &to, err)) {
    return err->status;
  }
  const struct sim_where where = place(spot, "to", path);
  if (strcmp(from.unit, to.unit) != 0) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must be in %s like `from`, got %s", from.unit,
                        axis->to);
  }
  if (from.value == to.value) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must differ from `from`, got %s twice", axis->to);
  }
  if (axis->spacing == TOOL_LOGARITHMIC && !(from.value * to.value > 0)) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "must have the sign of `from`, and neither be 0, for "
                        "logarithmic spacing, got %s to %s",
                        axis->from, axis->to);
  }
  return SIM_OK;
}

static enum sim_status check_value(const struct spot *spot,
                                   const struct sim_param *param,
                                   const char *text, struct sim_error *err) {
  const struct tool_sweep_axis_params *axis = axis_of(spot);
  char path[SIM_CONFIG_PATH];
  double value[SIM_TEXT_MAX / sizeof(double)];  // room for any kind
  struct sim_error reason = {0};
  struct sim_config *scratch;
  const struct sim_where where = place(spot, "values", path);
  const bool is_list =
      param && (param->kind == SIM_REALS || param->kind == SIM_COUNTS ||
                param->kind == SIM_TEXTS);
  if (param && !is_list) {
    return sim_param_parse(param, text, &where, value, err);
  }
  if (tool_sweep_config(&scratch, err)) {
    return err->status;
  }
  if (tool_sweep_put(spot->experiment, axis->key, text, scratch, &reason)) {
    sim_error_at(err, reason.status, &where, "%.600s", reason.message);
  }
  sim_config_destroy(scratch);
  return err->status;
}

/* Settings must differ, and be such as the key takes; sources are looked at
 * where it is known which are on. */
static enum sim_status check_values(const struct spot *spot,
                                    const struct sim_param *param,
                                    struct sim_error *err) {
  const struct tool_sweep_axis_params *axis = axis_of(spot);
  char path[SIM_CONFIG_PATH];
  const struct sim_where where = place(spot, "values", path);
  for (size_t i = 0; i < axis->values.n; i++) {
    const char *text = axis->values.v[i];
    for (size_t j = 0; j < i; j++) {
      if (strcmp(axis->values.v[j], text) == 0) {
        return sim_error_at(err, SIM_ECONFIG, &where,
                            "must differ, got %s twice", text);
      }
    }
    if (strcmp(axis->key, TOOL_IMPERFECTIONS_KEY) != 0 &&
        check_value(spot, param, text, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* Is a key of the sweep written? A resolved experiment, which also says
 * sweep.folder, writes all of them: there only if it is not as by default. */
static bool is_written(const struct sim_config *config, const char *path,
                       const char *initial) {
  const struct sim_node *node = sim_config_find(config, path);
  return node && (!node->text || strcmp(node->text, initial) != 0 ||
                  !sim_config_has(config, "sweep.folder"));
}

/* Keys that do nothing for an axis of this sort. */
static enum sim_status check_idle(const struct spot *spot,
                                  struct sim_error *err) {
  const struct tool_sweep_params *sweep = &spot->experiment->sweep;
  const struct tool_sweep_axis_params *axis = axis_of(spot);
  const bool has_axis = tool_sweep_has_axis(sweep, spot->axis);
  const bool has_range = has_axis && axis->values.n == 0 &&
                         strcmp(axis->key, TOOL_IMPERFECTIONS_KEY) != 0;
  const bool has_count = has_range && sweep->design == TOOL_GRID;
  const char *why = !has_axis            ? "without a key"
                    : axis->values.n > 0 ? "beside `values`"
                    : !has_range         ? "for sources"
                                         : "in a Latin hypercube, which has "
                                           "sweep.points";
  const struct {
    const char *key, *initial;
    bool is_used;
  } keys[] = {{"from", "none", has_range},
              {"to", "none", has_range},
              {"points", "5", has_count},
              {"spacing", "linear", has_range}};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    char path[SIM_CONFIG_PATH];
    const struct sim_where where = place(spot, keys[i].key, path);
    if (!keys[i].is_used && is_written(spot->config, path, keys[i].initial)) {
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "must be left out %s: it does nothing there", why);
    }
  }
  return SIM_OK;
}

static enum sim_status check_design(const struct tool_experiment *e,
                                    const struct sim_config *config,
                                    struct sim_error *err) {
  if (e->sweep.design != TOOL_GRID ||
      !is_written(config, "sweep.points", "16")) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "sweep.points");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be left out on a grid, whose axes have points of "
                      "their own, or `design` must be latin_hypercube, got "
                      "%zu",
                      e->sweep.points);
}

static enum sim_status check_axis(const struct spot *spot,
                                  struct sim_error *err) {
  const struct tool_sweep_axis_params *axis = axis_of(spot);
  const struct sim_param *param;
  const bool has_key = strcmp(axis->key, "none") != 0;
  if (check_key(spot, &param, err) || check_idle(spot, err)) {
    return err->status;
  }
  for (size_t i = 0; i < spot->axis; i++) {
    if (has_key &&
        strcmp(spot->experiment->sweep.axes[i].key, axis->key) == 0) {
      char path[SIM_CONFIG_PATH];
      const struct sim_where where = place(spot, "key", path);
      return sim_error_at(err, SIM_ECONFIG, &where,
                          "must be another key on each axis, got %s twice",
                          axis->key);
    }
  }
  return axis->values.n ? check_values(spot, param, err)
         : param        ? check_range(spot, param, err)
                        : SIM_OK;
}

enum sim_status tool_sweep_check_measure(const struct tool_experiment *e,
                                         const struct sim_config *config,
                                         struct sim_error *err) {
  const struct sim_where where = sim_config_where(config, "sweep.x.key");
  for (size_t i = 0; i < TOOL_SWEEP_AXES; i++) {
    if (tool_sweep_has_axis(&e->sweep, i)) {
      return SIM_OK;
    }
  }
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must be the key that is changed, got none");
}

static enum sim_status check_items(const struct tool_experiment *e,
                                   const struct sim_config *config,
                                   struct sim_error *err) {
  struct tool_sweep_items items;
  struct sim_error reason = {0};
  const char *key;
  char path[SIM_CONFIG_PATH];
  if (tool_sweep_items_read(&items, e, &key, &reason) == SIM_OK) {
    return SIM_OK;
  }
  snprintf(path, sizeof path, "sweep.%s", key);
  const struct sim_where where = sim_config_where(config, path);
  return sim_error_at(err, SIM_ECONFIG, &where, "%.900s", reason.message);
}

/* "3 on x, 10000 on y, 4 chips" */
static void list_sizes(const struct tool_sweep_plan *plan, char *text,
                       size_t size) {
  const struct tool_sweep_params *sweep = &plan->experiment->sweep;
  size_t used = 0;
  if (sweep->design == TOOL_LATIN_HYPERCUBE) {
    used += (size_t)snprintf(text, size, "%zu points, ", sweep->points);
  }
  for (size_t i = 0; sweep->design == TOOL_GRID && i < plan->n_axes; i++) {
    used += (size_t)snprintf(text + used, size - used, "%zu on %s, ",
                             plan->axes[i].n, plan->axes[i].name);
  }
  snprintf(text + used, size - used, "%zu chips", sweep->chips);
}

/* Everything is held in memory and written after each run. */
static enum sim_status check_size(const struct tool_experiment *e,
                                  const struct sim_config *config,
                                  struct sim_error *err) {
  struct tool_sweep_plan plan;
  struct sim_error reason = {0};
  char path[SIM_CONFIG_PATH], sizes[128];
  if (tool_sweep_plan_init(&plan, e, &reason)) {
    snprintf(path, sizeof path, "sweep%s%s", plan.blamed[0] ? "." : "",
             plan.blamed);
    const struct sim_where where = sim_config_where(config, path);
    return sim_error_at(err, reason.status, &where, "%.900s", reason.message);
  }
  const double n_runs = (double)plan.n_points * (double)e->sweep.chips;
  list_sizes(&plan, sizes, sizeof sizes);
  tool_sweep_plan_finish(&plan);
  if (n_runs <= MAX_RUNS) {
    return SIM_OK;
  }
  const struct sim_where where = sim_config_where(config, "sweep");
  return sim_error_at(err, SIM_ECONFIG, &where,
                      "must have at most %.0f runs, got %.0f (%s)", MAX_RUNS,
                      n_runs, sizes);
}

enum sim_status tool_sweep_check(const struct tool_experiment *experiment,
                                 const struct sim_config *config,
                                 struct sim_error *err) {
  struct spot spot = {experiment, config, 0};
  for (; spot.axis < TOOL_SWEEP_AXES; spot.axis++) {
    if (check_axis(&spot, err)) {
      return err->status;
    }
  }
  return check_design(experiment, config, err) ||
                 check_items(experiment, config, err)
             ? err->status
             : check_size(experiment, config, err);
}
