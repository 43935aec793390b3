/* tools/deployment_store.c -- /deployment of a result file, and its table
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/deployment_store.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "sim/memory.h"

#define CHIP "/deployment/chip"
#define N TOOL_DEPLOYMENT_N_MEASURES

const char *const tool_stage_names[TOOL_N_STAGES] = {"ideal", "ex_situ",
                                                     "retuned", "in_situ"};

size_t tool_deployment_n_chips(const struct tool_deployment_store *store,
                               enum tool_stage stage) {
  return stage == TOOL_IDEAL ? 1 : store->n_chips;
}

static struct tool_deployment_row *row_of(
    const struct tool_deployment_store *store, enum tool_stage stage,
    size_t chip) {
  return &store->rows[stage * store->n_chips + chip];
}

/* Measure m of a row. */
static double *value_of(const struct tool_deployment_store *store,
                        enum tool_stage stage, size_t chip, size_t m) {
  return (double *)row_of(store, stage, chip) + m;
}

bool tool_deployment_is_done(const struct tool_deployment_store *store,
                             enum tool_stage stage, size_t chip) {
  return !isnan(row_of(store, stage, chip)->loss);
}

/* Measure m of all chips, into values (n_chips). */
static void gather(const struct tool_deployment_store *store,
                   enum tool_stage stage, size_t m, double *values) {
  for (size_t c = 0; c < tool_deployment_n_chips(store, stage); c++) {
    values[c] = *value_of(store, stage, c, m);
  }
}

/* --- the result file --- */

static struct sim_dataset dataset_of(const struct tool_deployment_store *store,
                                     enum tool_stage stage, size_t m,
                                     char path[64]) {
  snprintf(path, 64, "/deployment/%s/%s", tool_stage_names[stage],
           tool_deployment_measures[m].name);
  return (struct sim_dataset){
      .path = path,
      .unit = tool_deployment_measures[m].unit,
      .long_name = tool_deployment_measures[m].long_name,
      .rank = 1,
      .shape = {tool_deployment_n_chips(store, stage)},
      .scales = {stage == TOOL_IDEAL ? NULL : CHIP}};
}

static enum sim_status write_stage(const struct tool_deployment_store *store,
                                   enum tool_stage stage,
                                   struct sim_error *err) {
  double *values = sim_alloc_doubles(store->n_chips, err);
  for (size_t m = 0; values && m < N; m++) {
    char path[64];
    const struct sim_dataset d = dataset_of(store, stage, m, path);
    gather(store, stage, m, values);
    sim_result_write(store->result, &d, values, err);
  }
  free(values);
  return err->status;
}

static enum sim_status make(const struct tool_deployment_store *store,
                            const struct tool_experiment *e,
                            struct sim_error *err) {
  const struct sim_dataset chip = {.path = CHIP,
                                   .unit = "1",
                                   .long_name = "chip.number",
                                   .rank = 1,
                                   .shape = {store->n_chips},
                                   .is_scale = 1};
  double *numbers = sim_alloc_doubles(store->n_chips, err);
  if (!numbers) {
    return err->status;
  }
  for (size_t c = 0; c < store->n_chips; c++) {
    numbers[c] = (double)(e->chip.number + c);
  }
  sim_result_write(store->result, &chip, numbers, err);
  free(numbers);
  for (int s = 0; s < TOOL_N_STAGES && !err->status; s++) {
    write_stage(store, (enum tool_stage)s, err);
  }
  return err->status;
}

static enum sim_status read_stage(const struct tool_deployment_store *store,
                                  enum tool_stage stage,
                                  struct sim_error *err) {
  double *values = sim_alloc_doubles(store->n_chips, err);
  for (size_t m = 0; values && m < N && !err->status; m++) {
    char path[64];
    const struct sim_dataset d = dataset_of(store, stage, m, path);
    if (sim_result_read(store->result, path, 1, d.shape, values, err)) {
      break;
    }
    for (size_t c = 0; c < d.shape[0]; c++) {
      *value_of(store, stage, c, m) = values[c];
    }
  }
  free(values);
  return err->status;
}

static enum sim_status open_store(const struct tool_deployment_store *store,
                                  const struct tool_experiment *e,
                                  struct sim_error *err) {
  if (sim_result_begin(store->result, err)) {
    return err->status;
  }
  if (!sim_result_has(store->result, CHIP)) {
    make(store, e, err);
  } else {
    for (int s = 0; s < TOOL_N_STAGES && !err->status; s++) {
      read_stage(store, (enum tool_stage)s, err);
    }
  }
  return sim_result_end(store->result, err);
}

enum sim_status tool_deployment_store_init(struct tool_deployment_store *store,
                                           const struct tool_experiment *e,
                                           struct sim_result *result,
                                           struct sim_error *err) {
  const size_t n = e->deployment.chips;
  *store = (struct tool_deployment_store){
      .result = result,
      .n_chips = n,
      .rows = sim_alloc(TOOL_N_STAGES * n, sizeof *store->rows, err)};
  if (!store->rows) {
    return err->status;
  }
  for (size_t i = 0; i < TOOL_N_STAGES * n * N; i++) {
    ((double *)store->rows)[i] = NAN;
  }
  if (open_store(store, e, err)) {
    tool_deployment_store_finish(store);
  }
  return err->status;
}

void tool_deployment_store_finish(struct tool_deployment_store *store) {
  free(store->rows);
  *store = (struct tool_deployment_store){0};
}

enum sim_status tool_deployment_store_row(struct tool_deployment_store *store,
                                          enum tool_stage stage, size_t chip,
                                          const struct tool_deployment_row *row,
                                          struct sim_error *err) {
  *row_of(store, stage, chip) = *row;
  if (sim_result_begin(store->result, err)) {
    return err->status;
  }
  sim_result_set_durable(store->result, true);
  write_stage(store, stage, err);
  sim_result_end(store->result, err);
  sim_result_set_durable(store->result, false);
  return err->status;
}

/* --- for people --- */

/* Mean over the chips, and standard deviation of more than one. */
static void print_cell(FILE *file, size_t n, const double *values) {
  const double mean = gsl_stats_mean(values, 1, n);
  char text[64];
  if (isnan(mean)) {
    snprintf(text, sizeof text, "-");
  } else if (n > 1) {
    snprintf(text, sizeof text, "%.4g +- %.2g", mean,
             gsl_stats_sd(values, 1, n));
  } else {
    snprintf(text, sizeof text, "%.4g", mean);
  }
  fprintf(file, "  %18s", text);
}

void tool_deployment_print_table(FILE *file,
                                 const struct tool_deployment_store *store) {
  struct sim_error ignored = {0};
  double *values = sim_alloc_doubles(store->n_chips, &ignored);
  fprintf(file, "%-12s", "");
  for (int s = 0; s < TOOL_N_STAGES; s++) {
    fprintf(file, "  %18s", tool_stage_names[s]);
  }
  fputc('\n', file);
  for (size_t m = 0; values && m < N; m++) {
    fprintf(file, "%-12s", tool_deployment_measures[m].title);
    for (int s = 0; s < TOOL_N_STAGES; s++) {
      const enum tool_stage stage = (enum tool_stage)s;
      gather(store, stage, m, values);
      print_cell(file, tool_deployment_n_chips(store, stage), values);
    }
    fputc('\n', file);
  }
  free(values);
}

void tool_deployment_print_csv(FILE *file,
                               const struct tool_deployment_store *store,
                               size_t first_chip) {
  fprintf(file, "stage,chip");
  for (size_t m = 0; m < N; m++) {
    fprintf(file, ",%s", tool_deployment_measures[m].name);
  }
  fputc('\n', file);
  for (int s = 0; s < TOOL_N_STAGES; s++) {
    const enum tool_stage stage = (enum tool_stage)s;
    for (size_t c = 0; c < tool_deployment_n_chips(store, stage); c++) {
      fprintf(file, "%s,%zu", tool_stage_names[s], first_chip + c);
      for (size_t m = 0; m < N; m++) {
        fprintf(file, ",%.8g", *value_of(store, stage, c, m));
      }
      fputc('\n', file);
    }
  }
}
