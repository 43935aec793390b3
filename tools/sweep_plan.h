/* tools/sweep_plan.h -- the points of a sweep and their settings
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_PLAN_H
#define TOOL_SWEEP_PLAN_H

#include "tools/experiment.h"
#include "tools/sweep_imperfections.h"

struct tool_sweep_axis {
  const struct tool_sweep_axis_params *params;  // not owned
  const struct sim_param *param;  // of the key; NULL: a word or sections
  char name[2];                   // "x", "y" or "z"
  bool is_of_imperfections;
  size_t n;                        // settings on a grid, or of a list
  size_t stride;                   // points between two settings of a grid
  char (*settings)[SIM_ITEM_MAX];  // (n) of a list, owned; NULL: a range
  size_t *stratum;  // (n_points) of a Latin hypercube, owned, else NULL
};

struct tool_sweep_plan {
  const struct tool_experiment *experiment;  // not owned
  size_t n_axes;
  size_t n_points;
  struct tool_sweep_axis axes[TOOL_SWEEP_AXES];
  char *base;  // text of the experiment whose settings change, owned
  struct tool_sweep_imperfections imperfections;  // for an axis of these
  char blamed[16];  // key of the sweep that init failed at, "x.values"; or ""
};

/* Is there an i-th axis? */
bool tool_sweep_has_axis(const struct tool_sweep_params *sweep, size_t i);

/* The plan of a checked sweep. Nothing is left to finish on failure, but
 * `blamed` may be looked at. */
enum sim_status tool_sweep_plan_init(struct tool_sweep_plan *plan,
                                     const struct tool_experiment *experiment,
                                     struct sim_error *err);
void tool_sweep_plan_finish(struct tool_sweep_plan *plan);

/* Write the setting of an axis at a point, as a file has it, into `text` and
 * return `text`. A Latin hypercube (McKay, Beckman, Conover, Technometrics 21
 * (1979) 239) has one point in each of n_points equal parts of each axis. */
const char *tool_sweep_setting(const struct tool_sweep_plan *plan, size_t axis,
                               size_t point, char text[SIM_ITEM_MAX]);

/* What an axis changes: its key, "sources" or "settings". */
const char *tool_sweep_axis_label(const struct tool_sweep_axis *axis);

/* A setting as a number in the unit of the key (of a time, in tau or s as it is
 * written); of settings that are not all numbers, its place in the list. */
double tool_sweep_coordinate(const struct tool_sweep_plan *plan, size_t axis,
                             size_t point);

/* Are the settings of an axis numbers, with one unit? */
bool tool_sweep_is_numeric(const struct tool_sweep_axis *axis);

/* "tau", or the unit of tool_sweep_coordinate. */
const char *tool_sweep_unit(const struct tool_sweep_plan *plan, size_t axis);

/* Write "chip.coupling.levels=16, learning.nudge=0.1" into `text`, with six
 * digits of what lies within a range. */
const char *tool_sweep_point_name(const struct tool_sweep_plan *plan,
                                  size_t point, char *text, size_t size);

/* Read the experiment of one run, with the settings of a point, on a chip. Its
 * kind is what is measured. */
enum sim_status tool_sweep_load(const struct tool_sweep_plan *plan,
                                size_t point, size_t chip,
                                struct tool_experiment *run,
                                struct sim_error *err);

/* Put what an axis sets at a point into `config`. */
enum sim_status tool_sweep_put_axis(const struct tool_sweep_plan *plan,
                                    size_t axis, size_t point,
                                    struct sim_config *config,
                                    struct sim_error *err);

#endif
