/* tools/noise_picture.h -- noise_budget.png and the tables of the report
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_NOISE_PICTURE_H
#define TOOL_NOISE_PICTURE_H

#include <stdio.h>

#include "sim/error.h"
#include "sim/result.h"

/* The sources' shares of the gradient's noise, sorted, and bias and noise over
 * the nudge, drawn by gnuplot from /noise_budget of run.h5 in the folder.
 * Without gnuplot or a budget there is no picture and that is no failure. */
enum sim_status tool_noise_picture(const char *folder, struct sim_error *err);

/* The tables of a budget, if there is one, as HTML. */
void tool_noise_page(FILE *page, struct sim_result *result);

#endif
