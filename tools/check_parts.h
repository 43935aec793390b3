/* tools/check_parts.h -- errors of converters, memory and devices, in
 * simrun --check
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_CHECK_PARTS_H
#define TOOL_CHECK_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "models/chip.h"

/* Print the rms of what is drawn anew at every conversion (sampling noise,
 * quantisation of a busy signal: circuits/converter.h), stored state
 * (circuits/hold.h), write and reading of a device
 * (circuits/conductance_noise.h), in SI and in model units; nothing where all
 * of it is off. With `is_rest`, only what the table of tools/check_noise.h has
 * no row for. */
void tool_check_parts(FILE *file, const struct model_chip *chip, bool is_rest);

#endif
