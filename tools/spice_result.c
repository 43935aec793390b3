/* tools/spice_result.c -- what a comparison with ngspice leaves in run.h5
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/spice_result.h"

#include <stdlib.h>

#include "sim/memory.h"

void tool_spice_write(struct tool_run *run, struct sim_error *err,
                      const char *path, const char *unit, const char *long_name,
                      size_t rank, const size_t *shape, const char *scale,
                      const double *values) {
  const struct sim_dataset d = {
      .path = path,
      .unit = unit,
      .long_name = long_name,
      .rank = rank,
      .shape = {rank > 0 ? shape[0] : 0, rank > 1 ? shape[1] : 0},
      .scales = {scale}};
  sim_result_write(run->result, &d, values, err);
}

void tool_spice_write_scaled(struct tool_run *run, struct sim_error *err,
                             const char *path, const char *unit, double factor,
                             const char *long_name, size_t rows, size_t n,
                             const char *scale, const double *values) {
  const size_t shape[2] = {rows, n / rows};
  double *scaled = sim_alloc_doubles(n, err);
  for (size_t i = 0; i < n && scaled; i++) {
    scaled[i] = factor * values[i];
  }
  if (scaled) {
    tool_spice_write(run, err, path, unit, long_name, 2, shape, scale, scaled);
  }
  free(scaled);
}

void tool_spice_write_axis(struct tool_run *run, struct sim_error *err,
                           const char *path, const char *unit,
                           const char *long_name, size_t n,
                           const double *values) {
  const struct sim_dataset d = {.path = path,
                                .unit = unit,
                                .long_name = long_name,
                                .rank = 1,
                                .shape = {n},
                                .is_scale = 1};
  sim_result_write(run->result, &d, values, err);
}

void tool_spice_report(struct tool_run *run, struct sim_error *err,
                       const char *name, const char *long_name, double value) {
  char path[128];
  snprintf(path, sizeof path, "/spice/difference/%s", name);
  tool_spice_write(run, err, path, "1", long_name, 0, NULL, NULL, &value);
  tool_run_say(run, "%-25s %9.3g  %s", name, value, long_name);
}
