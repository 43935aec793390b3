/* tools/check_noise.h -- the noise of a chip, in simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_CHECK_NOISE_H
#define TOOL_CHECK_NOISE_H

#include <stdio.h>

#include "tools/setup.h"

/* Print what each active source does at the operating point of the first
 * sample (tools/check_sources.h): its strength, rms of a node's voltage in
 * volts and model units, rms of one read, in voltage and in velocity; and all
 * of them together. Says why where that is not known. *is_shown: there is a
 * table. */
enum sim_status tool_check_noise(FILE *file, const struct tool_setup *setup,
                                 bool *is_shown, struct sim_error *err);

#endif
