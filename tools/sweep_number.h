/* tools/sweep_number.h -- settings of an axis as numbers
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_NUMBER_H
#define TOOL_SWEEP_NUMBER_H

#include "sim/param.h"

struct tool_sweep_number {
  double value;      // [unit]
  const char *unit;  // of the table, "tau" or "s" of a time
  bool is_whole;
};

/* Is the key one number (a real, a count, a seed or a time)? */
bool tool_sweep_is_number(const struct sim_param *param);

/* Read a setting; false when it is not a number or not allowed. */
bool tool_sweep_number_read(const struct sim_param *param, const char *text,
                            struct tool_sweep_number *number);

/* Write it as a file has it; reading that gives the same bits. */
const char *tool_sweep_number_format(const struct tool_sweep_number *number,
                                     char text[SIM_ITEM_MAX]);

#endif
