/* tests/sweep_experiment.h -- experiments to sweep, from a text and by hand
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_SWEEP_EXPERIMENT_H
#define TESTS_SWEEP_EXPERIMENT_H

#include <string.h>

#include "tests/check.h"
#include "tools/experiment.h"

#define COMMON                                     \
  "name: a\n"                                      \
  "data: {file: rings.csv, full_scale: [-1, 1]}\n" \
  "network: {layers: [2, 8, 8]}\n"

/* Read an experiment; static, as it is large. */
static inline struct tool_experiment *read_experiment(const char *text) {
  static struct tool_experiment e;
  struct sim_config *config;
  struct sim_error err = {0};
  CHECK_OK(sim_config_parse(&config, text, strlen(text), "a.yaml", "dir", &err),
           err);
  CHECK_OK(tool_experiment_read(&e, config, &err), err);
  sim_config_destroy(config);
  return &e;
}

static inline struct tool_experiment *read_sweep(const char *chip) {
  char text[2000];
  snprintf(text, sizeof text,
           "experiment: sweep\n" COMMON
           "sweep: {measure: gradient, x: {values: [{seed: 2}]}}\n%s",
           chip);
  return read_experiment(text);
}

/* The text of the gradient experiment; the caller frees it. */
static inline char *base_of(const char *chip) {
  char text[2000];
  snprintf(text, sizeof text, "experiment: gradient\n" COMMON "%s", chip);
  return tool_experiment_text(read_experiment(text), NULL);
}

/* A sweep of gradients with no axis yet; static, as it is large. */
static inline struct tool_experiment *make_sweep(void) {
  static struct tool_experiment e;
  memset(&e, 0, sizeof e);
  e.kind = TOOL_SWEEP;
  e.seed = 5;
  e.sweep.measure = TOOL_GRADIENT;
  e.sweep.chips = 1;
  for (size_t i = 0; i < TOOL_SWEEP_AXES; i++) {
    strcpy(e.sweep.axes[i].key, "none");
  }
  return &e;
}

#endif
