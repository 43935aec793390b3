/* tools/sweep_data.c -- /sweep of a result file, for tables and pictures
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/sweep_data.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memory.h"

#define AXES "/sweep/axes"
#define RESULTS "/sweep/results"
#define YIELD "/sweep/yield"
#define SEPARATOR "; "
#define MAX_VALUES 10000000u

static enum sim_status load(struct sim_result *result, const char *group,
                            const char *name, double **values, size_t shape[3],
                            struct sim_error *err) {
  char path[3 * SIM_ITEM_MAX];
  size_t rank;
  snprintf(path, sizeof path, "%s/%s", group, name);
  return sim_result_load(result, path, MAX_VALUES, &rank, shape, values, err);
}

/* Cut the settings apart. */
static enum sim_status split(struct tool_sweep_scale *scale,
                             struct sim_error *err) {
  scale->n_words = 1;
  for (const char *c = scale->words; (c = strstr(c, SEPARATOR)); c++) {
    scale->n_words++;
  }
  scale->word = sim_alloc(scale->n_words, sizeof *scale->word, err);
  if (!scale->word) {
    return err->status;
  }
  char *at = scale->words;
  for (size_t i = 0; i < scale->n_words; i++) {
    char *end = strstr(at, SEPARATOR);
    scale->word[i] = at;
    if (end) {
      *end = '\0';
      at = end + strlen(SEPARATOR);
    }
  }
  return SIM_OK;
}

static enum sim_status read_scale(struct tool_sweep_data *data,
                                  struct sim_result *result, size_t i,
                                  struct sim_error *err) {
  struct tool_sweep_scale *scale = &data->scale[i];
  char name[32], path[64];
  size_t shape[3] = {0};
  char *kind = NULL;
  sim_result_member(result, AXES, i, name, sizeof name);
  snprintf(path, sizeof path, AXES "/%s", name);
  if (load(result, AXES, name, &scale->at, shape, err) ||
      sim_result_get_text(result, path, "long_name", &scale->name, err) ||
      sim_result_get_text(result, path, "units", &scale->unit, err) ||
      sim_result_get_text(result, path, "settings_are", &kind, err)) {
    return err->status;
  }
  data->n_points = shape[0];
  const bool has_words = strcmp(kind, "words") == 0;
  free(kind);
  if (!has_words) {
    return SIM_OK;
  }
  return sim_result_get_text(result, path, "settings", &scale->words, err)
             ? err->status
             : split(scale, err);
}

/* "/train/loss[-10:]" without the slash before it, and with _ for others. */
static enum sim_status read_label(struct tool_sweep_column *column,
                                  struct sim_result *result, const char *path,
                                  struct sim_error *err) {
  char *text = NULL;
  if (sim_result_get_text(result, path, "long_name", &text, err)) {
    return err->status;
  }
  snprintf(column->label, sizeof column->label, "%s", text + (*text == '/'));
  for (char *c = column->label; *c; c++) {
    *c = *c == '/' ? '_' : *c;
  }
  free(text);
  return SIM_OK;
}

static enum sim_status read_column(struct tool_sweep_data *data,
                                   struct sim_result *result, size_t i,
                                   struct sim_error *err) {
  struct tool_sweep_column *column = &data->column[i];
  char group[2 * SIM_ITEM_MAX], path[3 * SIM_ITEM_MAX];
  size_t shape[3] = {0};
  sim_result_member(result, RESULTS, i, column->name, sizeof column->name);
  snprintf(group, sizeof group, RESULTS "/%s", column->name);
  snprintf(path, sizeof path, "%s/values", group);
  if (load(result, group, "mean", &column->mean, shape, err) ||
      load(result, group, "standard_deviation", &column->deviation, shape,
           err) ||
      load(result, group, "n", &column->n, shape, err) ||
      load(result, group, "values", &column->values, shape, err)) {
    return err->status;
  }
  data->n_chips = shape[1];
  return read_label(column, result, path, err)
             ? err->status
             : sim_result_get_text(result, path, "units", &column->unit, err);
}

static enum sim_status read_yield(struct tool_sweep_data *data,
                                  struct sim_result *result,
                                  struct sim_error *err) {
  size_t shape[3];
  if (!sim_result_has(result, YIELD) ||
      load(result, YIELD, "share", &data->share, shape, err) ||
      load(result, YIELD, "low", &data->low, shape, err)) {
    return err->status;
  }
  return load(result, YIELD, "high", &data->high, shape, err);
}

enum sim_status tool_sweep_data_read(struct tool_sweep_data *data,
                                     struct sim_result *result,
                                     struct sim_error *err) {
  *data = (struct tool_sweep_data){
      .n_scales = sim_result_n_members(result, AXES),
      .n_columns = sim_result_n_members(result, RESULTS)};
  if (data->n_scales > TOOL_SWEEP_AXES || data->n_columns > SIM_LIST_MAX) {
    return sim_error_set(err, SIM_EIO, "/sweep is damaged");
  }
  for (size_t i = 0; i < data->n_scales; i++) {
    if (read_scale(data, result, i, err)) {
      return err->status;
    }
  }
  for (size_t i = 0; i < data->n_columns; i++) {
    if (read_column(data, result, i, err)) {
      return err->status;
    }
  }
  return read_yield(data, result, err);
}

void tool_sweep_data_finish(struct tool_sweep_data *data) {
  for (size_t i = 0; i < TOOL_SWEEP_AXES; i++) {
    struct tool_sweep_scale *scale = &data->scale[i];
    free(scale->name);
    free(scale->unit);
    free(scale->at);
    free(scale->words);
    free(scale->word);
  }
  for (size_t i = 0; i < SIM_LIST_MAX; i++) {
    struct tool_sweep_column *column = &data->column[i];
    free(column->unit);
    free(column->values);
    free(column->mean);
    free(column->deviation);
    free(column->n);
  }
  free(data->share);
  free(data->low);
  free(data->high);
  *data = (struct tool_sweep_data){0};
}

const char *tool_sweep_data_setting(const struct tool_sweep_scale *scale,
                                    size_t point, char *text) {
  const size_t i = (size_t)scale->at[point];
  if (scale->words) {
    return i < scale->n_words ? scale->word[i] : "";
  }
  snprintf(text, 32, "%.12g", scale->at[point]);
  return text;
}
