/* tests/bench/bench_table.c -- a table of numbers, for people and for programs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/bench/bench_table.h"

#include <assert.h>
#include <string.h>

void bench_table_add(struct bench_table *table, const char *name,
                     const double *values) {
  assert(table->n_rows < BENCH_MAX_ROWS &&
         table->n_columns <= BENCH_MAX_COLUMNS);
  snprintf(table->name[table->n_rows], sizeof *table->name, "%s", name);
  memcpy(table->value[table->n_rows++], values,
         (size_t)table->n_columns * sizeof *values);
  fprintf(stderr, "%s: %s\n", table->key, name);
}

static void print_markdown(const struct bench_table *table) {
  printf("%s:\n\n| %s |", table->title, table->label);
  for (int c = 0; c < table->n_columns; c++) {
    printf(" %s |", table->columns[c].heading);
  }
  printf("\n|---|");
  for (int c = 0; c < table->n_columns; c++) {
    printf("--:|");
  }
  for (int r = 0; r < table->n_rows; r++) {
    printf("\n| %s |", table->name[r]);
    for (int c = 0; c < table->n_columns; c++) {
      const struct bench_column *column = &table->columns[c];
      printf(" %.*f%s |", column->decimals, table->value[r][c], column->unit);
    }
  }
  printf("\n\n");
  fflush(stdout);
}

static void print_json(const struct bench_table *table, FILE *json) {
  fprintf(json, ",\n  \"%s\": [", table->key);
  for (int r = 0; r < table->n_rows; r++) {
    fprintf(json, "%s\n    {\"name\": \"%s\"", r ? "," : "", table->name[r]);
    for (int c = 0; c < table->n_columns; c++) {
      fprintf(json, ", \"%s\": %.6g", table->columns[c].key,
              table->value[r][c]);
    }
    fprintf(json, "}");
  }
  fprintf(json, "\n  ]");
}

void bench_table_print(const struct bench_table *table, FILE *json) {
  print_markdown(table);
  if (json) {
    print_json(table, json);
  }
}
