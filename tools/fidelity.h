/* tools/fidelity.h -- how exact the gradients of a training run are
 *
 * Now and then (`gradient.audit`, `gradient.every`) the gradient that the first
 * samples of an epoch's batch measure is compared with the adjoint gradient of
 * the same chip at its settled states, before the update:
 *
 *   /train/gradient/epoch                      which epochs
 *   /train/gradient/cosine, norm_ratio         of the whole gradient
 *   /train/gradient/BLOCK/cosine, norm_ratio   of weight_0, ..., bias_0, ...
 *   /train/gradient/reference_residual, not_minimum, unsolved
 *                                              of the adjoint's states
 *
 * The same draws of noise and converters are met again, and nothing that is
 * learnt depends on it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_FIDELITY_H
#define TOOL_FIDELITY_H

#include "models/agreement.h"
#include "tools/gradient_pair.h"
#include "tools/run.h"

struct tool_fidelity {
  const struct tool_setup *setup;  // not owned
  bool is_on;
  struct tool_gradient_pair pair;  // of the newest audit
  bool has_row;                    // which is not yet in the file
  bool is_known;                   // false: it failed
  uint64_t epoch;
  struct model_agreement whole;  // of the whole gradient, NAN before an audit
};

/* Does `gradient.audit` ask for audits of this chip? */
bool tool_fidelity_is_wanted(const struct tool_setup *setup);

/* Audits of so many epochs. */
size_t tool_fidelity_n_rows(const struct tool_setup *setup, uint64_t n_epochs);

/* Samples of an audit. */
size_t tool_fidelity_n_samples(const struct tool_setup *setup, size_t n_batch);

/* On failure nothing is left to finish. */
enum sim_status tool_fidelity_init(struct tool_fidelity *fidelity,
                                   const struct tool_setup *setup,
                                   struct sim_error *err);
void tool_fidelity_finish(struct tool_fidelity *fidelity);

/* Audit the chip as it is, if this epoch has an audit. An audit that fails
 * numerically is told and shows as NAN; training goes on. */
enum sim_status tool_fidelity_measure(struct tool_fidelity *fidelity,
                                      struct tool_run *run,
                                      const struct model_batch *batch,
                                      uint64_t epoch, struct sim_error *err);

/* Append what was measured since the last call to /train/gradient. */
enum sim_status tool_fidelity_write(struct tool_fidelity *fidelity,
                                    struct tool_run *run,
                                    struct sim_error *err);

/* Cut the series to the audits of the first n_epochs epochs. */
enum sim_status tool_fidelity_truncate(const struct tool_fidelity *fidelity,
                                       struct sim_result *result,
                                       uint64_t n_epochs,
                                       struct sim_error *err);

#endif
