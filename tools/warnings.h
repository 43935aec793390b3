/* tools/warnings.h -- settings that are allowed and make little sense
 *
 * What is wrong is an error (tools/experiment_check.c). These are experiments
 * that run, and whose result somebody may misread: a converter whose step or
 * range does not fit what it converts, devices that cannot hold what they are
 * asked for, values of a noise that is off.
 *
 * A converter is judged by velocities, targets and noise images, whose rms is
 * about 1 (models/flow.h), and by what the nudge does to a visible node,
 *   d = 2 beta alpha lambda |v - u|/(1 + lambda),   |v - u| = 1,
 * between the plus and the minus phase; outputs of hidden nodes differ by less.
 *
 * The nudge of a noisy chip is judged by the gradient it leaves to be measured
 * (tools/nudge_noise.h).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_WARNINGS_H
#define TOOL_WARNINGS_H

#include "tools/setup.h"

/* `text` is "FILE:LINE: KEY: what is odd", valid during the call. */
typedef void tool_warning_taker(const char *text, void *context);

/* Tell every warning about a finished setup. */
void tool_warnings(const struct tool_setup *setup, tool_warning_taker *take,
                   void *context);

#endif
