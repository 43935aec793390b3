/* tools/sweep_report.h -- a sweep in words and tables
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_REPORT_H
#define TOOL_SWEEP_REPORT_H

#include <stdio.h>

#include "tools/run.h"

/* Write a table of the points into report.html: settings, means with standard
 * deviations, yield. Nothing for a result file, in an open block, without
 * /sweep. */
void tool_sweep_page(FILE *page, struct sim_result *result);

/* Say how many chips keep the limits, at each point or, of many points, at the
 * best and the worst. Nothing without limits. */
enum sim_status tool_sweep_say_yield(struct tool_run *run,
                                     struct sim_error *err);

#endif
