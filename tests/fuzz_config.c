/* tests/fuzz_config.c -- hostile experiments and options (libFuzzer)
 *
 * The input is an experiment; what follows a byte 0x01, if there is one, is an
 * argument of --set. Whatever is accepted must survive being written and read
 * again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/config.h"
#include "tests/sample_params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_round_trip(const struct values *values, unsigned use) {
  struct sim_error err = {0};
  struct values again = *values;
  struct sim_config *config;
  struct sim_difference first;
  char *text = NULL;
  size_t n = 0;
  FILE *file = open_memstream(&text, &n);
  sim_param_write(file, table, N, use, values, NULL);
  fclose(file);
  if (sim_config_parse(&config, text, n, "again", "", &err) ||
      sim_config_read(config, table, N, use, &again, &err) ||
      sim_param_differs(table, N, use, values, &again, NULL, &first)) {
    fprintf(stderr, "%s\n%s", err.message, text);
    abort();
  }
  sim_config_destroy(config);
  free(text);
}

static void read_all(const struct sim_config *config) {
  struct sim_error err = {0};
  struct values values = {0};
  for (unsigned use = TRAIN; use <= GENERATE; use++) {
    if (sim_config_read(config, table, N, use, &values, &err) == SIM_OK) {
      check_round_trip(&values, use);
    }
  }
}

static void set_option(struct sim_config *config, const uint8_t *data,
                       size_t n) {
  struct sim_error err = {0};
  char *option = calloc(n + 1, 1);
  if (option) {
    memcpy(option, data, n);
    sim_config_set(config, option, &err);
    read_all(config);
    free(option);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static const char start[] = START;
  struct sim_error err = {0};
  struct sim_config *config, *other;
  const uint8_t *mark = n ? memchr(data, 1, n) : NULL;
  const size_t n_text = mark ? (size_t)(mark - data) : n;
  const char *text = n ? (const char *)data : "";
  if (sim_config_parse(&other, text, n_text, "fuzz", "x", &err) != SIM_OK) {
    other = NULL;
  }
  if (sim_config_parse(&config, start, sizeof start - 1, "a", "", &err)) {
    abort();
  }
  if (mark) {
    set_option(config, mark + 1, n - n_text - 1);
  }
  if (other) {
    read_all(other);
    sim_config_inherit(other, config, &err);
    read_all(other);
  }
  sim_config_destroy(other);
  sim_config_destroy(config);
  return 0;
}
