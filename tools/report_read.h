/* tools/report_read.h -- a run's result file, to be shown
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_REPORT_READ_H
#define TOOL_REPORT_READ_H

#include <stddef.h>

#include "sim/result.h"

/* Open the run.h5 of a folder for reading, with a block begun. The caller
 * destroys *result, NULL on failure. */
enum sim_status tool_report_open(struct sim_result **result, const char *folder,
                                 struct sim_error *err);

/* A series (*n) of the file, or a single number; NULL when there is none. The
 * caller frees it. */
double *tool_report_series(struct sim_result *result, const char *path,
                           size_t *n);

#endif
