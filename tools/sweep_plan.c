/* tools/sweep_plan.c -- the points of a sweep and their settings
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_plan.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "sim/random.h"
#include "sim/units.h"
#include "tools/sweep_load.h"
#include "tools/sweep_number.h"

/* --- the plan --- */

bool tool_sweep_has_axis(const struct tool_sweep_params *sweep, size_t i) {
  return strcmp(sweep->axes[i].key, "none") != 0 || sweep->axes[i].values.n > 0;
}

static enum sim_status copy_settings(struct tool_sweep_axis *axis,
                                     struct sim_error *err) {
  const struct sim_texts *values = &axis->params->values;
  axis->n = values->n;
  axis->settings = sim_alloc(axis->n, sizeof *axis->settings, err);
  if (axis->settings) {
    memcpy(axis->settings, values->v, axis->n * sizeof *axis->settings);
  }
  return err->status;
}

/* The words that are written, or all. */
static enum sim_status add_imperfections(struct tool_sweep_plan *plan,
                                         struct tool_sweep_axis *axis,
                                         struct sim_error *err) {
  struct tool_sweep_imperfections *on = &plan->imperfections;
  if (tool_sweep_imperfections_find(on, plan->base, err)) {
    return err->status;
  }
  if (on->n == 0) {
    return sim_error_set(err, SIM_ECONFIG,
                         "must have a chip with an imperfection to switch its "
                         "sources");
  }
  for (size_t i = 0; i < axis->params->values.n; i++) {
    if (tool_sweep_imperfections_check(on, axis->params->values.v[i], err)) {
      return err->status;
    }
  }
  if (axis->params->values.n > 0) {
    return copy_settings(axis, err);
  }
  axis->n = tool_sweep_imperfections_count(on);
  axis->settings = sim_alloc(axis->n, sizeof *axis->settings, err);
  for (size_t i = 0; axis->settings && i < axis->n; i++) {
    tool_sweep_imperfections_word(on, i, axis->settings[i]);
  }
  return err->status;
}

static enum sim_status add_axis(struct tool_sweep_plan *plan, size_t i,
                                struct sim_error *err) {
  const struct tool_experiment *e = plan->experiment;
  const struct tool_sweep_axis_params *params = &e->sweep.axes[i];
  if (!tool_sweep_has_axis(&e->sweep, i)) {
    return SIM_OK;
  }
  struct tool_sweep_axis *axis = &plan->axes[plan->n_axes++];
  *axis = (struct tool_sweep_axis){
      .params = params,
      .name = {(char)('x' + i), '\0'},
      .is_of_imperfections = strcmp(params->key, TOOL_IMPERFECTIONS_KEY) == 0,
      .n = params->points,
  };
  if (axis->is_of_imperfections) {
    snprintf(plan->blamed, sizeof plan->blamed, "%s.%s", axis->name,
             params->values.n > 0 ? "values" : "key");
    return add_imperfections(plan, axis, err);
  }
  if (strcmp(params->key, "none") != 0) {
    axis->param = tool_sweep_key(e, params->key, err);
  }
  if (err->status == SIM_OK && params->values.n > 0) {
    copy_settings(axis, err);
  }
  return err->status;
}

/* The last axis changes fastest. */
static void lay_grid(struct tool_sweep_plan *plan) {
  plan->n_points = 1;
  for (size_t i = plan->n_axes; i-- > 0;) {
    plan->axes[i].stride = plan->n_points;
    plan->n_points *= plan->axes[i].n;
  }
}

static enum sim_status draw_hypercube(struct tool_sweep_plan *plan,
                                      struct sim_error *err) {
  const struct tool_experiment *e = plan->experiment;
  plan->n_points = e->sweep.points;
  for (size_t i = 0; i < plan->n_axes; i++) {
    struct tool_sweep_axis *axis = &plan->axes[i];
    const struct sim_address address = {
        .seed = e->seed, .purpose = SIM_DRAW_POINTS, .device = i};
    struct sim_stream stream;
    axis->stratum = sim_alloc(plan->n_points, sizeof *axis->stratum, err);
    if (!axis->stratum) {
      return err->status;
    }
    for (size_t p = 0; p < plan->n_points; p++) {
      axis->stratum[p] = p;
    }
    gsl_ran_shuffle(sim_stream_open(&stream, &address), axis->stratum,
                    plan->n_points, sizeof *axis->stratum);
  }
  return SIM_OK;
}

/* What is measured, without the sweep around it. */
static char *base_text(const struct tool_experiment *experiment) {
  struct tool_experiment *base = malloc(sizeof *base);
  char *text = NULL;
  if (base) {
    *base = *experiment;
    base->kind = experiment->sweep.measure;
    text = tool_experiment_text(base, NULL);
  }
  free(base);
  return text;
}

enum sim_status tool_sweep_plan_init(struct tool_sweep_plan *plan,
                                     const struct tool_experiment *experiment,
                                     struct sim_error *err) {
  *plan = (struct tool_sweep_plan){.experiment = experiment,
                                   .base = base_text(experiment)};
  enum sim_status status =
      plan->base ? SIM_OK : sim_error_set(err, SIM_EFAIL, "out of memory");
  for (size_t i = 0; status == SIM_OK && i < TOOL_SWEEP_AXES; i++) {
    status = add_axis(plan, i, err);
  }
  if (status == SIM_OK) {
    plan->blamed[0] = '\0';
    if (experiment->sweep.design == TOOL_GRID) {
      lay_grid(plan);
    } else {
      status = draw_hypercube(plan, err);
    }
  }
  if (status) {
    tool_sweep_plan_finish(plan);
  }
  return status;
}

void tool_sweep_plan_finish(struct tool_sweep_plan *plan) {
  for (size_t i = 0; i < plan->n_axes; i++) {
    free(plan->axes[i].settings);
    free(plan->axes[i].stratum);
    plan->axes[i].settings = NULL;
    plan->axes[i].stratum = NULL;
  }
  free(plan->base);
  plan->base = NULL;
}

/* --- settings --- */

/* [1] of the way along an axis, in [0, 1]. */
static double fraction(const struct tool_sweep_plan *plan, size_t i,
                       size_t point) {
  const struct tool_sweep_axis *axis = &plan->axes[i];
  if (!axis->stratum) {
    return (double)(point / axis->stride % axis->n) / (double)(axis->n - 1);
  }
  const struct sim_address address = {.seed = plan->experiment->seed,
                                      .purpose = SIM_DRAW_POINTS,
                                      .epoch = 1,
                                      .sample = point,
                                      .device = i};
  uint64_t bits[4];
  sim_random_block(&address, 0, bits);
  const double inside = (double)(bits[0] >> 11) * 0x1p-53;
  return ((double)axis->stratum[point] + inside) / (double)plan->n_points;
}

/* Which of the settings in the list. */
static size_t list_index(const struct tool_sweep_plan *plan, size_t i,
                         size_t point) {
  const struct tool_sweep_axis *axis = &plan->axes[i];
  return axis->stratum ? axis->stratum[point] * axis->n / plan->n_points
                       : point / axis->stride % axis->n;
}

/* Both ends are hit exactly; what is between them is rounded to 12 digits, so
 * that it reads well. */
static double between(const struct tool_sweep_axis_params *params, double from,
                      double to, double f) {
  char text[32];
  if (f == 0 || f == 1) {
    return f == 0 ? from : to;
  }
  snprintf(text, sizeof text, "%.12g",
           params->spacing == TOOL_LINEAR ? from + f * (to - from)
                                          : from * pow(to / from, f));
  return strtod(text, NULL);
}

/* A number of a range; of whole ones the nearest. */
static struct tool_sweep_number range_number(const struct tool_sweep_plan *plan,
                                             size_t i, size_t point) {
  const struct tool_sweep_axis *axis = &plan->axes[i];
  struct tool_sweep_number from = {0}, to = {0};
  tool_sweep_number_read(axis->param, axis->params->from, &from);
  tool_sweep_number_read(axis->param, axis->params->to, &to);
  from.value =
      between(axis->params, from.value, to.value, fraction(plan, i, point));
  from.value = from.is_whole ? round(from.value) : from.value;
  return from;
}

const char *tool_sweep_setting(const struct tool_sweep_plan *plan, size_t axis,
                               size_t point, char text[SIM_ITEM_MAX]) {
  const struct tool_sweep_axis *a = &plan->axes[axis];
  if (a->settings) {
    return strcpy(text, a->settings[list_index(plan, axis, point)]);
  }
  const struct tool_sweep_number number = range_number(plan, axis, point);
  return tool_sweep_number_format(&number, text);
}

bool tool_sweep_is_numeric(const struct tool_sweep_axis *axis) {
  struct tool_sweep_number first = {0}, next = {0};
  for (size_t i = 0; axis->settings && i < axis->n; i++) {
    if (!axis->param ||
        !tool_sweep_number_read(axis->param, axis->settings[i], &next) ||
        (i > 0 && strcmp(next.unit, first.unit) != 0)) {
      return false;
    }
    first = next;
  }
  return true;
}

double tool_sweep_coordinate(const struct tool_sweep_plan *plan, size_t axis,
                             size_t point) {
  const struct tool_sweep_axis *a = &plan->axes[axis];
  struct tool_sweep_number number = {0};
  if (!a->settings) {
    return range_number(plan, axis, point).value;
  }
  const size_t i = list_index(plan, axis, point);
  if (!tool_sweep_is_numeric(a)) {
    return (double)i;
  }
  tool_sweep_number_read(a->param, a->settings[i], &number);
  return number.value;
}

const char *tool_sweep_unit(const struct tool_sweep_plan *plan, size_t axis) {
  const struct tool_sweep_axis *a = &plan->axes[axis];
  struct tool_sweep_number number = {.unit = "1"};
  if (!tool_sweep_is_numeric(a)) {
    return "1";
  }
  tool_sweep_number_read(
      a->param, a->settings ? a->settings[0] : a->params->from, &number);
  return number.unit;
}

const char *tool_sweep_axis_label(const struct tool_sweep_axis *axis) {
  return axis->is_of_imperfections || axis->param ? axis->params->key
                                                  : "settings";
}

/* A setting for people: six digits of what lies within a range. */
static const char *short_setting(const struct tool_sweep_plan *plan,
                                 size_t axis, size_t point,
                                 char text[SIM_ITEM_MAX]) {
  char rounded[32];
  if (plan->axes[axis].settings) {
    return tool_sweep_setting(plan, axis, point, text);
  }
  struct tool_sweep_number number = range_number(plan, axis, point);
  snprintf(rounded, sizeof rounded, "%.6g", number.value);
  number.value = number.is_whole ? number.value : strtod(rounded, NULL);
  return tool_sweep_number_format(&number, text);
}

const char *tool_sweep_point_name(const struct tool_sweep_plan *plan,
                                  size_t point, char *text, size_t size) {
  char setting[SIM_ITEM_MAX];
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < plan->n_axes && used < size; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s%s=%s", i ? ", " : "",
                             tool_sweep_axis_label(&plan->axes[i]),
                             short_setting(plan, i, point, setting));
  }
  return text;
}

/* --- experiments --- */

enum sim_status tool_sweep_put_axis(const struct tool_sweep_plan *plan,
                                    size_t axis, size_t point,
                                    struct sim_config *config,
                                    struct sim_error *err) {
  const struct tool_sweep_axis *a = &plan->axes[axis];
  char text[SIM_ITEM_MAX];
  tool_sweep_setting(plan, axis, point, text);
  return a->is_of_imperfections
             ? tool_sweep_imperfections_apply(&plan->imperfections, text,
                                              config, err)
             : tool_sweep_put(plan->experiment, a->params->key, text, config,
                              err);
}

/* What the run is above the base. */
static enum sim_status put_settings(const struct tool_sweep_plan *plan,
                                    size_t point, size_t chip,
                                    struct sim_config *config,
                                    struct sim_error *err) {
  char text[SIM_ITEM_MAX];
  snprintf(text, sizeof text, "chip.number=%zu",
           plan->experiment->chip.number + chip);
  sim_config_set(config, text, err);
  for (size_t i = 0; i < plan->n_axes && err->status == SIM_OK; i++) {
    tool_sweep_put_axis(plan, i, point, config, err);
  }
  return err->status;
}

enum sim_status tool_sweep_load(const struct tool_sweep_plan *plan,
                                size_t point, size_t chip,
                                struct tool_experiment *run,
                                struct sim_error *err) {
  struct sim_config *config;
  if (tool_sweep_config(&config, err)) {
    return err->status;
  }
  if (put_settings(plan, point, chip, config, err) == SIM_OK &&
      tool_sweep_read(run, config, plan->base, err) == SIM_OK) {
    // Later messages name what the user wrote, not the text of the base.
    memcpy(run->places, plan->experiment->places, sizeof run->places);
  }
  sim_config_destroy(config);
  return err->status;
}
