/* circuits/programming.c -- laws by which conductances reach their targets
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/programming.h"

#include <float.h>
#include <math.h>

/* A target that misses the window by this part of g_max lies inside: it is
 * the sum of g_min and a weight of the whole window. */
#define ROUNDING (4.0 * DBL_EPSILON)

static double nearest_level(const struct circuit_window *window, double g) {
  if (window->n_levels == 0) {
    return g;
  }
  const double last = (double)(window->n_levels - 1);
  const double span = window->g_max - window->g_min;
  const double part = round((g - window->g_min) / span * last) / last;
  return (1.0 - part) * window->g_min + part * window->g_max;  // ends are exact
}

static size_t write_ideal(const struct circuit_window *window, size_t n,
                          const double *target, double *g) {
  size_t n_outside = 0;
  for (size_t i = 0; i < n; i++) {
    const double inside = fmin(fmax(target[i], window->g_min), window->g_max);
    n_outside += fabs(inside - target[i]) > ROUNDING * window->g_max;
    g[i] = nearest_level(window, inside);
  }
  return n_outside;
}

static const struct circuit_programming_ops laws[] = {
    {"ideal", write_ideal},
};

const char *const circuit_programming_names[] = {"ideal", NULL};

const struct circuit_programming_ops *circuit_programming_at(size_t index) {
  return &laws[index];
}
