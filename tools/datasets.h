/* tools/datasets.h -- what the kinds of experiment write into run.h5
 *
 * A list for those who ask for a dataset before there is one. Whether a run
 * has it may depend on its keys (energy.samples, gradient.modes, ...).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DATASETS_H
#define TOOL_DATASETS_H

#include <stddef.h>

#include "sim/error.h"

/* Fail with SIM_ECONFIG when no run of this kind (enum tool_kind) has the
 * dataset `path` with so many axes; the message says what is there instead.
 * `text` is what was asked for. */
enum sim_status tool_dataset_check(int kind, const char *path, size_t rank,
                                   const char *text, struct sim_error *err);

#endif
