/* circuits/staircase.h -- a measured curve of conductance against pulses
 *
 * A text file, one line a pulse: its number, the conductance [S] after it on
 * the way up and, in a third column, on the way down from the top. Without
 * the third column the way down is the way up backwards. `#` starts a
 * comment. The ends must be those of the window to 1 %.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_STAIRCASE_H
#define CIRCUIT_STAIRCASE_H

#include <stddef.h>

#include "sim/error.h"

enum circuit_direction { CIRCUIT_UP, CIRCUIT_DOWN };

/* One way. */
struct circuit_staircase {
  size_t n;   // points
  double *x;  // [1] (n) increasing from 0 to 1, owned; NULL: none
};

/* Both ways from `file`. Mistakes there are SIM_ECONFIG with its line. On
 * failure nothing is left to finish. */
enum sim_status circuit_staircase_load(struct circuit_staircase staircase[2],
                                       const char *file, double g_min,
                                       double g_max, struct sim_error *err);
void circuit_staircase_finish(struct circuit_staircase staircase[2]);

/* |dx| from x to where one more pulse leads, linear between the points. */
double circuit_staircase_step(const struct circuit_staircase *staircase,
                              enum circuit_direction direction, double x);

#endif
