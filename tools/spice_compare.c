/* tools/spice_compare.c -- how far simrun and ngspice are apart
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_compare.h"

#include <cblas.h>
#include <math.h>

#include "sim/vmath.h"

#define SETTLED 0.01  // of the farthest way

double tool_spice_distance(size_t n, const double *a, const double *b) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    largest = sim_larger(largest, fabs(a[i] - b[i]));
  }
  return largest;
}

double tool_spice_deviation(size_t n, const double *a, const double *b) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    largest = sim_larger(largest, fabs(a[i] / b[i] - 1.0));
  }
  return largest;
}

double tool_spice_cosine(size_t n, const double *a, const double *b) {
  const double aa = cblas_ddot((int)n, a, 1, a, 1);
  const double bb = cblas_ddot((int)n, b, 1, b, 1);
  return cblas_ddot((int)n, a, 1, b, 1) / sqrt(aa * bb);
}

double tool_spice_settling_time(const struct tool_spice_grid *grid,
                                size_t n_nodes, const double *trace) {
  const double *end = trace + (grid->n_points - 1) * n_nodes;
  double farthest = 0;
  for (size_t k = 0; k < grid->n_points; k++) {
    farthest =
        fmax(farthest, tool_spice_distance(n_nodes, trace + k * n_nodes, end));
  }
  // From the end backwards, to the first point outside the band; between it
  // and its neighbour the distance decays about exponentially.
  const double band = SETTLED * farthest;
  double inside = 0;
  for (size_t k = grid->n_points; k-- > 0;) {
    const double outside =
        tool_spice_distance(n_nodes, trace + k * n_nodes, end);
    if (outside > band) {
      const double share =
          inside > 0 ? log(outside / band) / log(outside / inside) : 1.0;
      const double t = tool_spice_grid_time(grid, k);
      return t + share * (tool_spice_grid_time(grid, k + 1) - t);
    }
    inside = outside;
  }
  return 0;
}
