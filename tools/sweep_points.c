/* tools/sweep_points.c -- is every point of a sweep possible?
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_points.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "tools/sweep_load.h"
#include "tools/sweep_plan.h"

struct spot {
  const struct tool_sweep_plan *plan;
  const struct tool_source *source;
  size_t point;
  struct tool_experiment *run;  // room for one
};

/* "sweep.x.KEY" */
static void name_place(const struct tool_sweep_axis *axis, const char *key,
                       char path[SIM_CONFIG_PATH]) {
  snprintf(path, SIM_CONFIG_PATH, "sweep.%s.%s", axis->name, key);
}

/* --- one key on two axes --- */

/* The first value of a section that `other` has too; NULL for none. */
static const char *find_common(const struct sim_node *section,
                               const struct sim_config *other) {
  for (const struct sim_node *at = section->first; at; at = at->next) {
    const char *path = at->kind == SIM_NODE_SECTION ? find_common(at, other)
                       : sim_config_has(other, at->path) ? at->path
                                                         : NULL;
    if (path) {
      return path;
    }
  }
  return NULL;
}

static const char *describe_axis(const struct tool_sweep_axis *axis,
                                 char text[SIM_TEXT_MAX + 64]) {
  snprintf(text, SIM_TEXT_MAX + 64, "%s (%s%s)", axis->name,
           tool_sweep_axis_label(axis),
           axis->is_of_imperfections ? ", which switches it" : "");
  return text;
}

static enum sim_status refuse_common(const struct spot *spot, size_t i,
                                     size_t j, const char *common,
                                     struct sim_error *err) {
  const struct tool_sweep_axis *axes = spot->plan->axes;
  char path[SIM_CONFIG_PATH];
  char first[SIM_TEXT_MAX + 64], second[SIM_TEXT_MAX + 64];
  name_place(&axes[j],
             axes[j].param || axes[j].is_of_imperfections ? "key" : "values",
             path);
  return tool_experiment_blame(
      spot->source, path, err,
      "%s is set by two axes, %.200s and %.200s, as at point %zu", common,
      describe_axis(&axes[i], first), describe_axis(&axes[j], second),
      spot->point);
}

/* What each axis sets by itself, side by side. */
static enum sim_status check_common(const struct spot *spot,
                                    struct sim_error *err) {
  struct sim_config *own[TOOL_SWEEP_AXES] = {0};
  for (size_t j = 0; j < spot->plan->n_axes && !err->status; j++) {
    if (tool_sweep_config(&own[j], err) ||
        tool_sweep_put_axis(spot->plan, j, spot->point, own[j], err)) {
      break;
    }
    for (size_t i = 0; i < j && !err->status; i++) {
      const char *common = find_common(sim_config_root(own[j]), own[i]);
      if (common) {
        refuse_common(spot, i, j, common, err);
      }
    }
  }
  for (size_t j = 0; j < TOOL_SWEEP_AXES; j++) {
    sim_config_destroy(own[j]);
  }
  return err->status;
}

/* --- a point that cannot be --- */

/* KEY of "--set KEY: text", "sweep.base:98: KEY: text" or "KEY: text", "" for
 * other messages; returns the text behind it. */
static const char *split(const char *message, char key[SIM_CONFIG_PATH]) {
  static const char set[] = "--set ", base[] = TOOL_SWEEP_BASE ":";
  const char *at = message;
  if (strncmp(at, set, strlen(set)) == 0) {
    at += strlen(set);
  } else if (strncmp(at, base, strlen(base)) == 0) {
    at += strcspn(at, " ");
    at += *at == ' ';
  }
  const size_t n =
      strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_.");  // without [0]
  const char *end = strstr(at, ": ");
  key[0] = '\0';
  if (n == 0 || n >= SIM_CONFIG_PATH || !end || at + n + 4 < end) {
    return message;
  }
  snprintf(key, SIM_CONFIG_PATH, "%.*s", (int)n, at);
  return end + 2;
}

/* The axis that sets `key` at the point; n_axes for none. */
static size_t find_axis(const struct spot *spot, const char *key) {
  const size_t n = spot->plan->n_axes;
  size_t found = n;
  for (size_t i = 0; i < n && found == n; i++) {
    struct sim_error ignored = {0};
    struct sim_config *own;
    if (tool_sweep_config(&own, &ignored) == SIM_OK) {
      tool_sweep_put_axis(spot->plan, i, spot->point, own, &ignored);
      found = sim_config_has(own, key) ? i : n;
      sim_config_destroy(own);
    }
  }
  return found;
}

/* Which end of a range is wrong: with `from` in place of the setting, is the
 * point possible? */
static const char *find_end(const struct spot *spot, size_t axis) {
  struct tool_sweep_plan trial = *spot->plan;
  struct sim_error ignored = {0};
  char from[1][SIM_ITEM_MAX];
  snprintf(from[0], SIM_ITEM_MAX, "%.*s", SIM_ITEM_MAX - 1,
           trial.axes[axis].params->from);
  trial.axes[axis].settings = from;
  trial.axes[axis].n = 1;
  return tool_sweep_load(&trial, spot->point, 0, spot->run, &ignored) == SIM_OK
             ? "to"
             : "from";
}

static const char *key_of_axis(const struct spot *spot, size_t i) {
  const struct tool_sweep_axis *axis = &spot->plan->axes[i];
  if (axis->params->values.n > 0) {
    return "values";
  }
  return axis->is_of_imperfections ? "key" : find_end(spot, i);
}

static enum sim_status refuse_point(const struct spot *spot,
                                    const char *message,
                                    struct sim_error *err) {
  const struct tool_sweep_plan *plan = spot->plan;
  char key[SIM_CONFIG_PATH], path[SIM_CONFIG_PATH], name[4 * SIM_ITEM_MAX];
  const char *text = split(message, key);
  const size_t axis = key[0] ? find_axis(spot, key) : plan->n_axes;
  tool_sweep_point_name(plan, spot->point, name, sizeof name);
  if (axis < plan->n_axes) {
    name_place(&plan->axes[axis], key_of_axis(spot, axis), path);
    return tool_experiment_blame(spot->source, path, err,
                                 "point %zu (%.300s): %s: %.400s", spot->point,
                                 name, key, text);
  }
  return tool_experiment_blame(spot->source, key[0] ? key : "sweep", err,
                               "at point %zu (%.300s) of the sweep: %.400s",
                               spot->point, name, text);
}

static enum sim_status check_point(const struct spot *spot,
                                   struct sim_error *err) {
  struct sim_error reason = {0};
  if (check_common(spot, err)) {
    return err->status;
  }
  return tool_sweep_load(spot->plan, spot->point, 0, spot->run, &reason)
             ? refuse_point(spot, reason.message, err)
             : SIM_OK;
}

enum sim_status tool_sweep_check_points(const struct tool_experiment *sweep,
                                        const struct tool_source *source,
                                        struct sim_error *err) {
  struct tool_sweep_plan plan;
  struct spot spot = {&plan, source, 0, sim_alloc(1, sizeof *sweep, err)};
  if (!spot.run) {
    return err->status;
  }
  if (tool_sweep_plan_init(&plan, sweep, err) == SIM_OK) {
    for (; spot.point < plan.n_points && !err->status; spot.point++) {
      check_point(&spot, err);
    }
    tool_sweep_plan_finish(&plan);
  }
  free(spot.run);
  return err->status;
}
