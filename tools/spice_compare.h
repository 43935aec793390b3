/* tools/spice_compare.h -- how far simrun and ngspice are apart
 *
 * Full scale is voltage_unit; voltages here are in that unit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_COMPARE_H
#define TOOL_SPICE_COMPARE_H

#include "tools/spice_sample.h"

/* Largest |a - b| of n numbers; NaN if one is. */
double tool_spice_distance(size_t n, const double *a, const double *b);

/* Largest |a/b - 1| of n numbers. */
double tool_spice_deviation(size_t n, const double *a, const double *b);

/* Cosine of the angle between two vectors. */
double tool_spice_cosine(size_t n, const double *a, const double *b);

/* [tau] since when all nodes are within 1 % of the farthest way that one of
 * them goes, of where they are at the end of trace (n_points x n_nodes). */
double tool_spice_settling_time(const struct tool_spice_grid *grid,
                                size_t n_nodes, const double *trace);

#endif
