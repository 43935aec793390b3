/* tools/check.h -- simrun --check: what a run would be, without running it
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

#include <stdio.h>

#include "tools/setup.h"

/* Print the resolved experiment, the points of a sweep (`setup` is then that of
 * its base), the chip's derived quantities, its noise sources, and estimates of
 * memory and time. Of training, one tile is settled to estimate the time; where
 * that fails, the reason is printed instead. Nothing is written. */
enum sim_status tool_check(FILE *file, const struct tool_experiment *experiment,
                           struct tool_setup *setup, struct sim_error *err);

#endif
