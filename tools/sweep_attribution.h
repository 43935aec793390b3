/* tools/sweep_attribution.h -- which imperfection does it: attribution.csv,
 * attribution.png
 *
 * Of a sweep with an axis of imperfections, chip by chip and then over the
 * chips:
 *
 *   alone     result with this one only, less that of the ideal chip
 *   removed   result with all of them, less that with all but this one
 *
 * and the same for all of fabrication, all of operation and all together. The
 * two differ where imperfections do not simply add.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SWEEP_ATTRIBUTION_H
#define TOOL_SWEEP_ATTRIBUTION_H

#include "tools/sweep_data.h"

/* Mean and standard deviation (n - 1) of column c's difference between the
 * points p and q, over the chips that have both; NAN without any, or where a
 * point is n_points. */
struct tool_sweep_effect {
  double mean, deviation;
};
struct tool_sweep_effect tool_sweep_effect_of(
    const struct tool_sweep_data *data, size_t c, size_t p, size_t q);

/* Write both into `folder`; nothing for a sweep without such an axis. */
enum sim_status tool_sweep_attribution(const char *folder,
                                       const struct tool_sweep_data *data,
                                       struct sim_error *err);

#endif
