/* sim/param_write.c -- the values of a table as an experiment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/param_parts.h"
#include "sim/units.h"
#include "sim/yaml_write.h"

struct writer {
  FILE *file;
  unsigned use;
  const char *run_dir;  // nullable
};

/* ------------------------------------------------------------- values */

static void print_real(FILE *file, double value, const char *unit) {
  char text[SIM_UNIT_TEXT];
  fputs(sim_unit_format(value, unit, text), file);
}

static void print_reals(FILE *file, const struct sim_reals *list,
                        const char *unit) {
  fputc('[', file);
  for (size_t i = 0; i < list->n; i++) {
    fputs(i ? ", " : "", file);
    print_real(file, list->v[i], unit);
  }
  fputc(']', file);
}

static void print_counts(FILE *file, const struct sim_counts *list) {
  fputc('[', file);
  for (size_t i = 0; i < list->n; i++) {
    fprintf(file, "%s%zu", i ? ", " : "", list->v[i]);
  }
  fputc(']', file);
}

static void print_texts(FILE *file, const struct sim_texts *list) {
  fputc('[', file);
  for (size_t i = 0; i < list->n; i++) {
    fputs(i ? ", " : "", file);
    sim_yaml_write_text(file, list->v[i]);
  }
  fputc(']', file);
}

/* A path that reads like the word or a name is written as a path. */
static void print_path(FILE *file, const struct sim_param *param,
                       const char *path, const char *run_dir) {
  char relative[SIM_TEXT_MAX];
  if (param->has_names && sim_path_is_name(path)) {
    sim_yaml_write_text(file, path);
    return;
  }
  if (run_dir && path[0] && path[0] != '/') {
    sim_path_relative(path, run_dir, relative, sizeof relative - 2);
    path = relative;
  }
  if ((param->word && strcmp(path, param->word) == 0) ||
      (param->has_names && sim_path_is_name(path))) {
    memmove(relative + 2, path, strlen(path) + 1);
    memcpy(relative, "./", 2);
  }
  sim_yaml_write_text(file, path);
}

static void print_value(FILE *file, const struct sim_param *param,
                        const void *value, const char *run_dir) {
  if (sim_param_is_word(param, value)) {
    sim_yaml_write_text(file, param->word);
    return;
  }
  switch (param->kind) {
    case SIM_REAL:
      print_real(file, *(const double *)value, sim_param_unit(param));
      break;
    case SIM_COUNT:
      fprintf(file, "%zu", *(const size_t *)value);
      break;
    case SIM_SEED:
      fprintf(file, "%" PRIu64, *(const uint64_t *)value);
      break;
    case SIM_BOOL:
      fputs(*(const bool *)value ? "true" : "false", file);
      break;
    case SIM_CHOICE:
      sim_yaml_write_text(file, param->choices[*(const int *)value]);
      break;
    case SIM_TEXT:
      sim_yaml_write_text(file, value);
      break;
    case SIM_PATH:
      print_path(file, param, value, run_dir);
      break;
    case SIM_REALS:
      print_reals(file, value, sim_param_unit(param));
      break;
    case SIM_COUNTS:
      print_counts(file, value);
      break;
    case SIM_TEXTS:
      print_texts(file, value);
      break;
    case SIM_TIME: {
      const struct sim_time *time = value;
      print_real(file, time->value, time->is_tau ? "1" : "s");
      fputs(time->is_tau ? " tau" : "", file);
      break;
    }
    case SIM_SECTION:
      break;
  }
}

const char *sim_param_format(const struct sim_param *param, const void *value,
                             char *text, size_t size) {
  char *whole = NULL;
  size_t n = 0;
  FILE *file = open_memstream(&whole, &n);
  text[0] = '\0';
  if (file) {
    print_value(file, param, value, NULL);
    if (fclose(file) == 0) {
      snprintf(text, size, "%s", whole);
    }
    free(whole);
  }
  return text;
}

/* ----------------------------------------------------------- sections */

static void write_table(const struct writer *w, const struct sim_param *table,
                        size_t n, const char *base, int indent);

static bool has_keys_in_use(const struct sim_param *param, unsigned use) {
  for (size_t i = 0; i < param->n_section; i++) {
    if (sim_param_is_used(&param->section[i], use)) {
      return true;
    }
  }
  return false;
}

static void write_param(const struct writer *w, const struct sim_param *param,
                        const char *base, int indent) {
  if (param->kind == SIM_SECTION) {
    if (has_keys_in_use(param, w->use)) {
      fprintf(w->file, "%*s%s:\n", indent, "", param->name);
      write_table(w, param->section, param->n_section, base + param->offset,
                  indent + 2);
    }
    return;
  }
  fprintf(w->file, "%*s%s: ", indent, "", param->name);
  print_value(w->file, param, base + param->offset, w->run_dir);
  fputc('\n', w->file);
}

static void write_table(const struct writer *w, const struct sim_param *table,
                        size_t n, const char *base, int indent) {
  for (size_t i = 0; i < n; i++) {
    if (sim_param_is_used(&table[i], w->use)) {
      write_param(w, &table[i], base, indent);
    }
  }
}

void sim_param_write(FILE *file, const struct sim_param *table, size_t n,
                     unsigned use, const void *values, const char *run_dir) {
  const struct writer w = {file, use, run_dir};
  write_table(&w, table, n, values, 0);
}
