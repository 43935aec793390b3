/* sim/clock.c -- a steady clock
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/clock.h"

#include <time.h>

double sim_clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
