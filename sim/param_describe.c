/* sim/param_describe.c -- what every key means, for people to read
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "sim/param_parts.h"

#define WIDTH 80
#define KEY_WIDTH 20  // column at which the explanation starts

/* Print words, wrapped at WIDTH, further lines indented; `column` is where
 * the first word starts. */
static void print_wrapped(FILE *file, const char *text, size_t column,
                          size_t indent) {
  bool is_first = true;
  while (*(text += strspn(text, " "))) {
    const size_t n = strcspn(text, " ");
    if (!is_first && column + 1 + n > WIDTH) {
      fprintf(file, "\n%*s", (int)indent, "");
      column = indent;
    } else if (!is_first) {
      fputc(' ', file);
      column++;
    }
    fprintf(file, "%.*s", (int)n, text);
    column += n;
    text += n;
    is_first = false;
  }
  fputc('\n', file);
}

static const char *kind_words(enum sim_kind kind) {
  switch (kind) {
    case SIM_REAL:
      return "number";
    case SIM_COUNT:
      return "whole number";
    case SIM_SEED:
      return "whole number of up to 64 bits";
    case SIM_BOOL:
      return "true | false";
    case SIM_CHOICE:
      return "";
    case SIM_TEXT:
      return "text";
    case SIM_PATH:
      return "path, relative to the file it is written in";
    case SIM_REALS:
      return "number or list of numbers";
    case SIM_COUNTS:
      return "whole number or list of whole numbers";
    case SIM_TEXTS:
      return "text or list of texts";
    case SIM_TIME:
      return "time in tau or s";
    case SIM_SECTION:
      break;
  }
  return "section";
}

/* Write "number in S, > 0, or all; default 10 uS". */
static void compose_rule(const struct sim_param *param, char *text,
                         size_t size) {
  char range[160];
  memset(text, 0, size);
  FILE *out = fmemopen(text, size - 1, "w");
  if (!out) {
    return;
  }
  fputs(param->has_names ? "name, or " : "", out);
  fputs(kind_words(param->kind), out);
  for (size_t i = 0; param->kind == SIM_CHOICE && param->choices[i]; i++) {
    fprintf(out, "%s%s", i ? " | " : "", param->choices[i]);
  }
  if (param->unit && strcmp(param->unit, "1") != 0) {
    fprintf(out, " in %s", param->unit);
  }
  sim_param_range(param, range, sizeof range);
  fprintf(out, "%s%s", range[0] ? ", " : "", range);
  if (sim_param_is_list(param)) {
    const size_t most = param->max_items ? param->max_items : SIM_LIST_MAX;
    const bool is_exact = param->min_items == most;
    fprintf(out, ", %s %zu items", is_exact ? "exactly" : "at most", most);
  }
  if (param->word) {
    fprintf(out, ", or %s", param->word);
  }
  if (param->initial) {
    fprintf(out, "; default %s", param->initial[0] ? param->initial : "empty");
  } else {
    fprintf(out, "; required%s%s", param->unless ? " unless " : "",
            param->unless ? param->unless : "");
  }
  fclose(out);
}

static void print_key(FILE *file, const struct sim_param *param,
                      const char *name) {
  char rule[1024];
  const size_t n = strlen(name);
  fprintf(file, "  %s", name);
  if (n + 3 > KEY_WIDTH) {
    fprintf(file, "\n%*s", KEY_WIDTH, "");
  } else {
    fprintf(file, "%*s", KEY_WIDTH - 2 - (int)n, "");
  }
  print_wrapped(file, param->help ? param->help : "", KEY_WIDTH, KEY_WIDTH);
  compose_rule(param, rule, sizeof rule);
  fprintf(file, "%*s", KEY_WIDTH, "");
  print_wrapped(file, rule, KEY_WIDTH, KEY_WIDTH);
}

/* The keys of a table, then its sections, each under its dotted path. */
static void print_table(FILE *file, const struct sim_param *table, size_t n,
                        const char *path) {
  for (size_t i = 0; i < n; i++) {
    if (table[i].kind != SIM_SECTION) {
      print_key(file, &table[i], table[i].name);
    }
  }
  for (size_t i = 0; i < n; i++) {
    char below[SIM_CONFIG_PATH];
    if (table[i].kind == SIM_SECTION) {
      const int used = snprintf(below, sizeof below, "%s%s%s", path,
                                path[0] ? "." : "", table[i].name);
      fprintf(file, "\n%s: ", below);
      print_wrapped(file, table[i].help ? table[i].help : "", (size_t)used + 2,
                    4);
      print_table(file, table[i].section, table[i].n_section, below);
    }
  }
}

/* ---------------------------------------------------------- one key */

enum sim_status sim_param_describe(FILE *file, const struct sim_param *table,
                                   size_t n, const char *key,
                                   struct sim_error *err) {
  if (!key) {
    print_table(file, table, n, "");
    return SIM_OK;
  }
  const struct sim_param *param =
      sim_param_lookup(table, n, SIM_USE_ALL, key, err);
  if (!param) {
    return err->status;
  }
  if (param->kind != SIM_SECTION) {
    print_key(file, param, key);
    return SIM_OK;
  }
  fprintf(file, "%s: ", key);
  print_wrapped(file, param->help ? param->help : "", strlen(key) + 2, 4);
  print_table(file, param->section, param->n_section, key);
  return SIM_OK;
}
