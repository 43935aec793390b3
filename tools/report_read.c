/* tools/report_read.c -- a run's result file, to be shown
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/report_read.h"

#include <stdlib.h>

#include "sim/file.h"

#define MAX_VALUES 100000000u

enum sim_status tool_report_open(struct sim_result **result, const char *folder,
                                 struct sim_error *err) {
  char *path = sim_path_join(folder, "run.h5", err);
  *result = NULL;
  if (path && sim_result_open(result, path, SIM_RESULT_READ, err) == SIM_OK &&
      sim_result_begin(*result, err)) {
    sim_result_destroy(*result);
    *result = NULL;
  }
  free(path);
  return err->status;
}

double *tool_report_series(struct sim_result *result, const char *path,
                           size_t *n) {
  struct sim_error ignored = {0};
  size_t rank, shape[3];
  double *values = NULL;
  *n = 0;
  if (sim_result_has(result, path) &&
      sim_result_load(result, path, MAX_VALUES, &rank, shape, &values,
                      &ignored) == SIM_OK) {
    *n = rank == 1 ? shape[0] : rank == 0;
  }
  return values;
}
