/* tests/config_text.h -- experiments given as text, for tests of the reader
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_CONFIG_TEXT_H
#define TESTS_CONFIG_TEXT_H

#include <stdlib.h>
#include <string.h>

#include "sim/config.h"
#include "tests/check.h"

static inline struct sim_config *parse(const char *text) {
  struct sim_error err = {0};
  struct sim_config *config;
  CHECK_OK(sim_config_parse(&config, text, strlen(text), "digits.yaml",
                            "experiments", &err),
           err);
  return config;
}

static inline void check_refused_bytes(const char *text, size_t n,
                                       const char *message) {
  struct sim_error err = {0};
  struct sim_config *config;
  CHECK_FAILS(sim_config_parse(&config, text, n, "a.yaml", "", &err), err,
              SIM_ECONFIG, message);
  assert_null(config);
}

static inline void check_refused(const char *text, const char *message) {
  check_refused_bytes(text, strlen(text), message);
}

/* `n` times `text`, with `before` and `after`; the caller frees it. */
static inline char *repeat(const char *before, const char *text, size_t n,
                           const char *after) {
  const size_t length = strlen(text);
  char *all = malloc(strlen(before) + n * length + strlen(after) + 1);
  CHECK(all);
  char *at = stpcpy(all, before);
  for (size_t i = 0; i < n; i++) {
    memcpy(at, text, length);
    at += length;
  }
  strcpy(at, after);
  return all;
}

static inline void check_where(const struct sim_config *config,
                               const char *path, const char *want) {
  struct sim_error err = {0};
  const struct sim_where where = sim_config_where(config, path);
  sim_error_at(&err, SIM_ECONFIG, &where, "!");
  assert_string_equal(err.message, want);
}

#endif
