/* sim/clock.h -- a steady clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

/* [s] of a clock that never jumps; only differences mean something. */
double sim_clock_now(void);

#endif
