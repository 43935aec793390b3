/* tools/sweep_table.h -- sweep.csv: a line for each point
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_TABLE_H
#define TOOL_SWEEP_TABLE_H

#include "tools/sweep_data.h"

/* Write `text` as a field of a CSV line, in quotes where it has to be. */
void tool_csv_field(FILE *file, const char *text);

/* Write sweep.csv into `folder`: settings, and of each result its mean,
 * standard deviation and number of chips, then the yield. */
enum sim_status tool_sweep_table_write(const char *folder,
                                       const struct tool_sweep_data *data,
                                       struct sim_error *err);

#endif
