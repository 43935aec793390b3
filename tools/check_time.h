/* tools/check_time.h -- how long training will take, in simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_CHECK_TIME_H
#define TOOL_CHECK_TIME_H

#include "tools/setup.h"

struct tool_time {
  double epoch;     // [s] with the first weights
  double audit;     // [s] of one audit of the gradient, 0 without
  size_t n_audits;  // of all epochs
  double all;       // [s]
};

/* Settle one tile of samples, and audit its gradient if training will do so.
 * A failure of the chip is one here. */
enum sim_status tool_check_time(const struct tool_setup *setup,
                                struct tool_time *time, struct sim_error *err);

#endif
