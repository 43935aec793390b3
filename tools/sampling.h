/* tools/sampling.h -- generated samples, their pictures and their quality
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SAMPLING_H
#define TOOL_SAMPLING_H

#include "models/generate.h"
#include "tools/run.h"
#include "tools/setup.h"

/* The share of this rank in samples that all ranks draw; rank 0 gets them. */
enum sim_status tool_sampling_share(const struct tool_setup *setup,
                                    size_t n_samples,
                                    struct model_generated *samples,
                                    struct sim_error *err);

/* Draw n_samples at every horizon; model_generated_finish frees them, also
 * after a failure. */
enum sim_status tool_sampling_draw(const struct tool_setup *setup,
                                   size_t n_samples,
                                   struct model_generated *samples,
                                   struct sim_error *err);

/* samples.png of the last horizon: a sheet when samples are square images, a
 * scatter plot over the data when they are points in a plane, else nothing. */
enum sim_status tool_sampling_picture(const struct tool_setup *setup,
                                      const struct tool_run *run,
                                      const struct model_generated *samples,
                                      struct sim_error *err);

/* All samples the experiment asks for, into /samples, /quality and the
 * pictures; then loss.png and report.html. */
enum sim_status tool_sampling_run(struct tool_setup *setup,
                                  struct tool_run *run, struct sim_error *err);

#endif
