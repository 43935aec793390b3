/* tools/deployment_row.h -- what a stage of a deployment came to
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_DEPLOYMENT_ROW_H
#define TOOL_DEPLOYMENT_ROW_H

#include "tools/run.h"
#include "tools/setup.h"

/* Of one chip. Doubles only, one for each measure, in the same order; NAN for
 * what was not measured. */
struct tool_deployment_row {
  double loss;          // [1] of one batch that no stage was trained with
  double cosine;        // [1] of its measured gradient and the adjoint
  double norm_ratio;    // [1]
  double frechet;       // [1] of the samples of the last horizon
  double precision;     // [1]
  double recall;        // [1]
  double saturated;     // [1] devices asked for more than their window holds
  double pulses;        // [1] of all writes since the chip was new
  double write_energy;  // [J] of these
  double energy;        // [J] of them and of all phases of training there
};

struct tool_deployment_measure {
  const char *name, *unit, *long_name;
  const char *title;  // of a column, at most 12 characters
};
#define TOOL_DEPLOYMENT_N_MEASURES \
  (sizeof(struct tool_deployment_row) / sizeof(double))
extern const struct tool_deployment_measure
    tool_deployment_measures[TOOL_DEPLOYMENT_N_MEASURES];

/* What the first write of the setup's chip did. */
void tool_deployment_row_write(struct tool_deployment_row *row,
                               const struct tool_setup *setup);

/* Add what a finished run, training or not, wrote and drew. `is_digital`: it
 * was trained on the digital reference. */
enum sim_status tool_deployment_row_read(struct tool_deployment_row *row,
                                         struct sim_result *result,
                                         bool is_digital,
                                         struct sim_error *err);

/* Measure loss and gradient of the chip as it is, on the batch of an epoch. */
enum sim_status tool_deployment_row_measure(struct tool_deployment_row *row,
                                            const struct tool_setup *setup,
                                            uint64_t epoch,
                                            struct sim_error *err);

#endif
