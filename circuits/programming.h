/* circuits/programming.h -- laws by which conductances reach their targets
 *
 * A law is a table of operations and one line in the registry. `ideal` puts
 * the target there, rounded to the levels that the device has and kept
 * inside its window.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_PROGRAMMING_H
#define CIRCUIT_PROGRAMMING_H

#include <stddef.h>

/* What a device can be set to. */
struct circuit_window {
  double g_min;     // [S] lowest conductance
  double g_max;     // [S] highest conductance, > g_min
  size_t n_levels;  // equally spaced values, both ends counted; 0: continuous
};

struct circuit_programming_ops {
  const char *name;  // value of `chip.coupling.programming`
  /* Bring conductances g (n) [S] to target (n) [S] as well as the devices
   * can; returns how many targets lay outside the window. */
  size_t (*write)(const struct circuit_window *window, size_t n,
                  const double *target, double *g);
};

/* Names, NULL-terminated, in the order of the registry. */
extern const char *const circuit_programming_names[];
const struct circuit_programming_ops *circuit_programming_at(size_t index);

#endif
