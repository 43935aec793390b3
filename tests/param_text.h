/* tests/param_text.h -- the sample table read from text
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_PARAM_TEXT_H
#define TESTS_PARAM_TEXT_H

#include <string.h>

#include "tests/check.h"
#include "tests/sample_params.h"

static inline struct sim_config *parse(const char *text) {
  struct sim_error err = {0};
  struct sim_config *config;
  CHECK_OK(sim_config_parse(&config, text, strlen(text), "a.yaml",
                            "experiments", &err),
           err);
  return config;
}

static inline struct values read_values(const char *text) {
  struct sim_error err = {0};
  struct values values = {0};
  struct sim_config *config = parse(text);
  CHECK_OK(sim_config_read(config, table, N, TRAIN, &values, &err), err);
  sim_config_destroy(config);
  return values;
}

/* The config is destroyed. */
static inline void check_config_refused(struct sim_config *config,
                                        const char *message) {
  struct sim_error err = {0};
  struct values values = {0};
  CHECK_FAILS(sim_config_read(config, table, N, TRAIN, &values, &err), err,
              SIM_ECONFIG, message);
  sim_config_destroy(config);
}

static inline void check_refused(const char *text, const char *message) {
  check_config_refused(parse(text), message);
}

#endif
