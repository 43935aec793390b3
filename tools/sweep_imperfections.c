/* tools/sweep_imperfections.c -- an axis that switches a chip's imperfections
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_imperfections.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"
#include "tools/sweep_load.h"

#define NONE "none"
#define ALL "all"
#define FABRICATION "fabrication"
#define OPERATION "operation"
#define ONLY "only "
#define WITHOUT "without "

static enum sim_status switch_off(const struct tool_imperfection *one,
                                  struct sim_config *config,
                                  struct sim_error *err) {
  for (size_t i = 0; one->off[i]; i++) {
    if (sim_config_set(config, one->off[i], err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* --- which are on --- */

/* The experiment `base` without one (NULL: with all). */
static enum sim_status load_without(const struct tool_imperfection *one,
                                    const char *base,
                                    struct tool_experiment *experiment,
                                    struct sim_error *err) {
  struct sim_config *config;
  if (tool_sweep_config(&config, err)) {
    return err->status;
  }
  if (!one || switch_off(one, config, err) == SIM_OK) {
    tool_sweep_read(experiment, config, base, err);
  }
  sim_config_destroy(config);
  return err->status;
}

enum sim_status tool_sweep_imperfections_find(
    struct tool_sweep_imperfections *on, const char *base,
    struct sim_error *err) {
  struct sim_difference first;
  struct tool_experiment *pair = sim_alloc(2, sizeof *pair, err);
  *on = (struct tool_sweep_imperfections){0};
  if (!pair || load_without(NULL, base, &pair[0], err)) {
    free(pair);
    return err->status;
  }
  for (size_t i = 0; i < TOOL_N_IMPERFECTIONS; i++) {
    if (load_without(&tool_imperfections[i], base, &pair[1], err)) {
      break;
    }
    if (sim_param_differs(model_chip_table, MODEL_CHIP_N_PARAMS, SIM_USE_ALL,
                          &pair[0].chip, &pair[1].chip, NULL, &first)) {
      on->index[on->n++] = i;
    }
  }
  free(pair);
  return err->status;
}

/* --- words --- */

static bool has_kind(const struct tool_sweep_imperfections *on,
                     bool is_fabricated) {
  for (size_t i = 0; i < on->n; i++) {
    if (tool_imperfections[on->index[i]].is_fabricated == is_fabricated) {
      return true;
    }
  }
  return false;
}

/* Words before those of single ones; returns how many. */
static size_t common_words(const struct tool_sweep_imperfections *on,
                           const char *words[4]) {
  size_t n = 0;
  words[n++] = NONE;
  words[n++] = ALL;
  if (has_kind(on, true)) {
    words[n++] = FABRICATION;
  }
  if (has_kind(on, false)) {
    words[n++] = OPERATION;
  }
  return n;
}

size_t tool_sweep_imperfections_count(
    const struct tool_sweep_imperfections *on) {
  const char *words[4];
  return common_words(on, words) + 2 * on->n;
}

void tool_sweep_imperfections_word(const struct tool_sweep_imperfections *on,
                                   size_t i, char word[SIM_ITEM_MAX]) {
  const char *words[4];
  const size_t n_common = common_words(on, words);
  if (i < n_common) {
    strcpy(word, words[i]);
    return;
  }
  const bool is_only = i - n_common < on->n;
  const size_t at = i - n_common - (is_only ? 0 : on->n);
  snprintf(word, SIM_ITEM_MAX, "%s%s", is_only ? ONLY : WITHOUT,
           tool_imperfections[on->index[at]].name);
}

/* "a, b, c" */
static void list_names(const struct tool_sweep_imperfections *on, char *text,
                       size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (size_t i = 0; i < on->n && used < size; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                             tool_imperfections[on->index[i]].name);
  }
}

enum sim_status tool_sweep_imperfections_check(
    const struct tool_sweep_imperfections *on, const char *word,
    struct sim_error *err) {
  char known[SIM_ITEM_MAX], names[512];
  const size_t n = tool_sweep_imperfections_count(on);
  for (size_t i = 0; i < n; i++) {
    tool_sweep_imperfections_word(on, i, known);
    if (strcmp(known, word) == 0) {
      return SIM_OK;
    }
  }
  list_names(on, names, sizeof names);
  return sim_error_set(err, SIM_ECONFIG,
                       "must be none, all, fabrication, operation, only or "
                       "without one of what is on (%s), got %s",
                       names, word);
}

enum sim_status tool_sweep_imperfections_apply(
    const struct tool_sweep_imperfections *on, const char *word,
    struct sim_config *config, struct sim_error *err) {
  for (size_t i = 0; i < on->n; i++) {
    const struct tool_imperfection *one = &tool_imperfections[on->index[i]];
    if (!tool_sweep_word_keeps(word, one) && switch_off(one, config, err)) {
      return err->status;
    }
  }
  return SIM_OK;
}

/* --- words alone --- */

/* What follows `prefix`; NULL for a word that begins otherwise. */
static const char *after(const char *word, const char *prefix) {
  const size_t n = strlen(prefix);
  return strncmp(word, prefix, n) == 0 ? word + n : NULL;
}

bool tool_sweep_word_keeps(const char *word,
                           const struct tool_imperfection *one) {
  const char *only = after(word, ONLY), *without = after(word, WITHOUT);
  if (only) {
    return strcmp(only, one->name) == 0;
  }
  if (without) {
    return strcmp(without, one->name) != 0;
  }
  if (strcmp(word, FABRICATION) == 0 || strcmp(word, OPERATION) == 0) {
    return (strcmp(word, FABRICATION) == 0) == one->is_fabricated;
  }
  return strcmp(word, ALL) == 0;
}

const char *tool_sweep_word_only(const char *word) {
  return after(word, ONLY);
}

bool tool_sweep_word_rest(const char *word, char rest[SIM_ITEM_MAX]) {
  static const char *const pairs[][2] = {
      {ALL, NONE}, {FABRICATION, OPERATION}, {OPERATION, FABRICATION}};
  const char *only = after(word, ONLY);
  if (only) {
    snprintf(rest, SIM_ITEM_MAX, WITHOUT "%.200s", only);
    return true;
  }
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    if (strcmp(word, pairs[i][0]) == 0) {
      strcpy(rest, pairs[i][1]);
      return true;
    }
  }
  return false;
}
