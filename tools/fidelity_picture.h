/* tools/fidelity_picture.h -- fidelity.png from /train/gradient
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_FIDELITY_PICTURE_H
#define TOOL_FIDELITY_PICTURE_H

#include "sim/error.h"

/* Cosine and norm ratio of the audits of a training run, block by block.
 * Without gnuplot, or without audits, there is no picture and that is no
 * failure. */
enum sim_status tool_fidelity_picture(const char *folder,
                                      struct sim_error *err);

#endif
