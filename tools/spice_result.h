/* tools/spice_result.h -- what a comparison with ngspice leaves in run.h5
 *
 * For an open block; failures are kept by sim/result.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SPICE_RESULT_H
#define TOOL_SPICE_RESULT_H

#include "tools/run.h"

/* A dataset of rank 0 to 2; `scale` (nullable) is that of its first axis. */
void tool_spice_write(struct tool_run *run, struct sim_error *err,
                      const char *path, const char *unit, const char *long_name,
                      size_t rank, const size_t *shape, const char *scale,
                      const double *values);

/* values (n) times `factor` as a (rows x n/rows) array. */
void tool_spice_write_scaled(struct tool_run *run, struct sim_error *err,
                             const char *path, const char *unit, double factor,
                             const char *long_name, size_t rows, size_t n,
                             const char *scale, const double *values);

/* A scale (n) of other datasets. */
void tool_spice_write_axis(struct tool_run *run, struct sim_error *err,
                           const char *path, const char *unit,
                           const char *long_name, size_t n,
                           const double *values);

/* /spice/difference/<name>, and a line for the log. */
void tool_spice_report(struct tool_run *run, struct sim_error *err,
                       const char *name, const char *long_name, double value);

#endif
