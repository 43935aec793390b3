/* tools/chip_state.h -- what a chip holds between two writes
 *
 * The conductances and bias currents as they are on the chip, with their age
 * and what was asked of them. With the number of writes, to which all draws of
 * programming are addressed, nothing else is needed to go on bit for bit: a
 * checkpoint holds these arrays, and the ranks send them to each other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_CHIP_STATE_H
#define TOOL_CHIP_STATE_H

#include "models/chip.h"

struct tool_array {
  char path[48];  // in a checkpoint
  const char *unit;
  size_t n;
  double *values;  // of the chip
};

#define TOOL_CHIP_ARRAYS (10 * MODEL_MAX_LAYERS + 2)

/* List the arrays of a chip; returns how many there are. */
size_t tool_chip_arrays(struct model_chip *chip,
                        struct tool_array arrays[TOOL_CHIP_ARRAYS]);

/* The state of rank 0's chip becomes that of all ranks (sim/ranks.h), each of
 * which has to call this. */
void tool_chip_broadcast(struct model_chip *chip);

#endif
