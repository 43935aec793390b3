/* tools/check_sources.h -- what every source of noise of a chip does to its
 * nodes and to a read of the velocity, at the operating point of one sample
 *
 * Noise currents by models/stationary_noise.h, stationary; errors of the
 * devices that writing and reading leave, and steps of the DAC, by
 * models/response.h, as they stand still while a phase lasts. The velocity ADC
 * adds to the read alone. Variances of all of them add up.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_CHECK_SOURCES_H
#define TOOL_CHECK_SOURCES_H

#include "models/device_errors.h"
#include "models/stationary_noise.h"
#include "tools/setup.h"

/* Noise currents, errors of devices, steps of the DAC, the velocity ADC twice.
 */
#define TOOL_MAX_SOURCES \
  ((size_t)MODEL_N_STATIONARY + (size_t)MODEL_N_DEVICE_ERRORS + 3u)

struct tool_check_source {
  const char *name;
  const char *unit;  // of the strength: A/rtHz, A, S or V
  double *strength;  // [unit] (n_layers) rms over a layer; 0: none there
  double *node;      // [1] (n_nodes) variance of the voltages
  double *read;      // [1] (n_nodes) the same of an average over the window
};

struct tool_check_sources {
  size_t n;
  struct tool_check_source source[TOOL_MAX_SOURCES];  // owned
};

/* Those that are on. The caller finishes *found; on failure nothing is left to
 * finish. SIM_EFAIL where the chip has no stable operating point. */
enum sim_status tool_check_sources_find(struct tool_check_sources *found,
                                        const struct tool_setup *setup,
                                        struct sim_error *err);
void tool_check_sources_finish(struct tool_check_sources *found);

/* How a sample is brought to rest without noise: at once where there is an
 * energy, else in time. */
struct model_settling tool_check_quietly(const struct tool_setup *setup);

/* Is any of them on? Quick. */
bool tool_check_sources_any(const struct tool_setup *setup);

#endif
