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
#include "tools/sweep_number.h"

#define MAX_SETS 72  // of --set, and ours

/* --- the plan --- */

static bool is_list(const struct tool_sweep_axis *axis) {
  return axis->params->values.n > 0;
}

static enum sim_status add_axis(struct tool_sweep_plan *plan, size_t i,
                                struct sim_error *err) {
  const struct tool_experiment *e = plan->experiment;
  const struct tool_sweep_axis_params *params = &e->sweep.axes[i];
  if (strcmp(params->key, "none") == 0) {
    return SIM_OK;
  }
  struct tool_sweep_axis *axis = &plan->axes[plan->n_axes++];
  *axis = (struct tool_sweep_axis){
      .params = params,
      .param = sim_param_lookup(tool_experiment_table, TOOL_EXPERIMENT_N_PARAMS,
                                tool_experiment_use(e), params->key, err),
      .name = {(char)('x' + i), '\0'},
      .n = params->values.n ? params->values.n : params->points,
  };
  return axis->param ? SIM_OK : err->status;
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

enum sim_status tool_sweep_plan_init(struct tool_sweep_plan *plan,
                                     const struct tool_experiment *experiment,
                                     struct sim_error *err) {
  *plan = (struct tool_sweep_plan){.experiment = experiment};
  enum sim_status status = SIM_OK;
  for (size_t i = 0; status == SIM_OK && i < TOOL_SWEEP_AXES; i++) {
    status = add_axis(plan, i, err);
  }
  if (status == SIM_OK) {
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
    free(plan->axes[i].stratum);
    plan->axes[i].stratum = NULL;
  }
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
  if (is_list(a)) {
    return strcpy(text, a->params->values.v[list_index(plan, axis, point)]);
  }
  const struct tool_sweep_number number = range_number(plan, axis, point);
  return tool_sweep_number_format(&number, text);
}

/* Are all settings of a list numbers, with one unit? */
static bool is_numeric(const struct tool_sweep_axis *axis) {
  struct tool_sweep_number first = {0}, next = {0};
  for (size_t i = 0; i < axis->params->values.n; i++) {
    if (!tool_sweep_number_read(axis->param, axis->params->values.v[i],
                                &next) ||
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
  if (!is_list(a)) {
    return range_number(plan, axis, point).value;
  }
  const size_t i = list_index(plan, axis, point);
  if (!is_numeric(a)) {
    return (double)i;
  }
  tool_sweep_number_read(a->param, a->params->values.v[i], &number);
  return number.value;
}

const char *tool_sweep_unit(const struct tool_sweep_plan *plan, size_t axis) {
  const struct tool_sweep_axis *a = &plan->axes[axis];
  struct tool_sweep_number number = {.unit = "1"};
  if (is_list(a) && !is_numeric(a)) {
    return "1";
  }
  tool_sweep_number_read(
      a->param, is_list(a) ? a->params->values.v[0] : a->params->from, &number);
  return number.unit;
}

const char *tool_sweep_point_name(const struct tool_sweep_plan *plan,
                                  size_t point, char *text, size_t size) {
  char setting[SIM_ITEM_MAX];
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < plan->n_axes && used < size; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s%s=%s", i ? ", " : "",
                             plan->axes[i].params->key,
                             tool_sweep_setting(plan, i, point, setting));
  }
  return text;
}

/* --- experiments --- */

enum sim_status tool_sweep_load(const struct tool_sweep_plan *plan,
                                size_t point, size_t chip, const char *file,
                                const char *const *sets, size_t n_sets,
                                struct tool_experiment *run,
                                struct sim_error *err) {
  char own[TOOL_SWEEP_AXES + 1][SIM_CONFIG_PATH + SIM_ITEM_MAX];
  char setting[SIM_ITEM_MAX];
  const char *all[MAX_SETS];
  size_t n = 0;
  for (; n < n_sets && n < MAX_SETS - TOOL_SWEEP_AXES - 1; n++) {
    all[n] = sets[n];
  }
  snprintf(own[0], sizeof own[0], "chip.number=%zu",
           plan->experiment->chip.number + chip);
  all[n++] = own[0];
  for (size_t i = 0; i < plan->n_axes; i++) {
    snprintf(own[i + 1], sizeof own[i + 1], "%.*s=%s", SIM_CONFIG_PATH - 1,
             plan->axes[i].params->key,
             tool_sweep_setting(plan, i, point, setting));
    all[n++] = own[i + 1];
  }
  const enum sim_status status = tool_experiment_load(run, file, all, n, err);
  run->kind = plan->experiment->sweep.measure;
  return status;
}

enum sim_status tool_sweep_check_points(const struct tool_experiment *sweep,
                                        const char *file,
                                        const char *const *sets, size_t n_sets,
                                        struct sim_error *err) {
  struct tool_sweep_plan plan;
  struct tool_experiment *run = sim_alloc(1, sizeof *run, err);
  if (!run) {
    return err->status;
  }
  if (tool_sweep_plan_init(&plan, sweep, err) == SIM_OK) {
    for (size_t p = 0; p < plan.n_points; p++) {
      char reason[sizeof err->message];
      if (tool_sweep_load(&plan, p, 0, file, sets, n_sets, run, err)) {
        memcpy(reason, err->message, sizeof reason);
        tool_experiment_fail(sweep, "sweep", err, "point %zu: %.480s", p,
                             reason);
        break;
      }
    }
    tool_sweep_plan_finish(&plan);
  }
  free(run);
  return err->status;
}
