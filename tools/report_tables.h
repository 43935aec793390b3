/* tools/report_tables.h -- tables of a report
 *
 * Each writes nothing when the result file, in an open block, has no such
 * results.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_REPORT_TABLES_H
#define TOOL_REPORT_TABLES_H

#include <stdio.h>

#include "sim/result.h"

/* The last audit of a training run, block by block. */
void tool_report_audits(FILE *page, struct sim_result *result);

/* Where the heat of a sample and of an image arises. */
void tool_report_heat(FILE *page, struct sim_result *result);

/* Means over the chips of what the stages of a deployment came to. */
void tool_report_deployment(FILE *page, struct sim_result *result);

#endif
