/* tools/transients.h -- every node's voltage during the phases of a sample
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_TRANSIENTS_H
#define TOOL_TRANSIENTS_H

#include "models/learning.h"
#include "tools/run.h"
#include "tools/setup.h"

/* Reject a record section that gives no transient, or too many points. Done
 * before a run writes anything. */
enum sim_status tool_transients_check(const struct tool_setup *setup,
                                      struct sim_error *err);

/* Run the phases of the first record.transients samples of the batch once
 * more, as one tile, and write them to /transients/<first>, <first + 1>, ...;
 * `epoch` is noted with them. */
enum sim_status tool_transients_record(const struct tool_setup *setup,
                                       struct tool_run *run,
                                       const struct model_batch *batch,
                                       uint64_t epoch, size_t first,
                                       struct sim_error *err);

#endif
