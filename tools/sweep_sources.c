/* tools/sweep_sources.c -- an axis of a sweep that switches sources of error
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_sources.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "tools/sweep_load.h"

#define ONLY "only "
#define WITHOUT "without "

static enum sim_status switch_off(const struct tool_source *source,
                                  struct sim_config *config,
                                  struct sim_error *err) {
  for (size_t i = 0; source->off[i]; i++) {
    if (sim_config_set(config, source->off[i], err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* --- which are on --- */

/* The experiment `base` without a source (NULL: with all). */
static enum sim_status load_without(const struct tool_source *source,
                                    const char *base,
                                    struct tool_experiment *experiment,
                                    struct sim_error *err) {
  struct sim_config *config;
  if (tool_sweep_config(&config, err)) {
    return err->status;
  }
  if (!source || switch_off(source, config, err) == SIM_OK) {
    tool_sweep_read(experiment, config, base, err);
  }
  sim_config_destroy(config);
  return err->status;
}

enum sim_status tool_sweep_sources_find(struct tool_sweep_sources *sources,
                                        const char *base,
                                        struct sim_error *err) {
  struct sim_difference first;
  struct tool_experiment *pair = sim_alloc(2, sizeof *pair, err);
  *sources = (struct tool_sweep_sources){0};
  if (!pair || load_without(NULL, base, &pair[0], err)) {
    free(pair);
    return err->status;
  }
  for (size_t i = 0; i < TOOL_N_SOURCES; i++) {
    if (load_without(&tool_sources[i], base, &pair[1], err)) {
      break;
    }
    if (sim_param_differs(model_chip_table, MODEL_CHIP_N_PARAMS, SIM_USE_ALL,
                          &pair[0].chip, &pair[1].chip, NULL, &first)) {
      sources->index[sources->n++] = i;
    }
  }
  free(pair);
  return err->status;
}

/* --- words --- */

static bool has_kind(const struct tool_sweep_sources *sources,
                     bool is_fabricated) {
  for (size_t i = 0; i < sources->n; i++) {
    if (tool_sources[sources->index[i]].is_fabricated == is_fabricated) {
      return true;
    }
  }
  return false;
}

/* Words before those of single sources; returns how many. */
static size_t common_words(const struct tool_sweep_sources *sources,
                           const char *words[4]) {
  size_t n = 0;
  words[n++] = "none";
  words[n++] = "all";
  if (has_kind(sources, true)) {
    words[n++] = "fabrication";
  }
  if (has_kind(sources, false)) {
    words[n++] = "operation";
  }
  return n;
}

size_t tool_sweep_sources_count(const struct tool_sweep_sources *sources) {
  const char *words[4];
  return common_words(sources, words) + 2 * sources->n;
}

void tool_sweep_sources_word(const struct tool_sweep_sources *sources, size_t i,
                             char word[SIM_ITEM_MAX]) {
  const char *words[4];
  const size_t n_common = common_words(sources, words);
  if (i < n_common) {
    strcpy(word, words[i]);
    return;
  }
  const bool is_only = i - n_common < sources->n;
  const size_t at = i - n_common - (is_only ? 0 : sources->n);
  snprintf(word, SIM_ITEM_MAX, "%s%s", is_only ? ONLY : WITHOUT,
           tool_sources[sources->index[at]].name);
}

/* "a, b, c" */
static void list_names(const struct tool_sweep_sources *sources, char *text,
                       size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < sources->n && used < size; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                             tool_sources[sources->index[i]].name);
  }
}

enum sim_status tool_sweep_sources_check(
    const struct tool_sweep_sources *sources, const char *word,
    struct sim_error *err) {
  char known[SIM_ITEM_MAX], names[512];
  const size_t n = tool_sweep_sources_count(sources);
  for (size_t i = 0; i < n; i++) {
    tool_sweep_sources_word(sources, i, known);
    if (strcmp(known, word) == 0) {
      return SIM_OK;
    }
  }
  list_names(sources, names, sizeof names);
  return sim_error_set(err, SIM_ECONFIG,
                       "must be none, all, fabrication, operation, only or "
                       "without one of what is on (%s), got %s",
                       names, word);
}

bool tool_sweep_sources_keeps(const char *word,
                              const struct tool_source *source) {
  if (strncmp(word, ONLY, strlen(ONLY)) == 0) {
    return strcmp(word + strlen(ONLY), source->name) == 0;
  }
  if (strncmp(word, WITHOUT, strlen(WITHOUT)) == 0) {
    return strcmp(word + strlen(WITHOUT), source->name) != 0;
  }
  if (strcmp(word, "fabrication") == 0 || strcmp(word, "operation") == 0) {
    return (word[0] == 'f') == source->is_fabricated;
  }
  return strcmp(word, "all") == 0;
}

enum sim_status tool_sweep_sources_apply(
    const struct tool_sweep_sources *sources, const char *word,
    struct sim_config *config, struct sim_error *err) {
  for (size_t i = 0; i < sources->n; i++) {
    const struct tool_source *source = &tool_sources[sources->index[i]];
    if (!tool_sweep_sources_keeps(word, source) &&
        switch_off(source, config, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}
