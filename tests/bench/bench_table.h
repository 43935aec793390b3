/* tests/bench/bench_table.h -- a table of numbers, for people and for programs
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_BENCH_TABLE_H
#define TESTS_BENCH_TABLE_H

#include <stdio.h>

#define BENCH_MAX_ROWS 40
#define BENCH_MAX_COLUMNS 12

struct bench_column {
  const char *key;      // in JSON
  const char *heading;  // of the table
  int decimals;
  const char *unit;  // after the number
};

struct bench_table {
  const char *key;    // in JSON
  const char *title;  // sentence above it
  const char *label;  // heading of the first column
  const struct bench_column *columns;
  int n_columns, n_rows;
  char name[BENCH_MAX_ROWS][64];
  double value[BENCH_MAX_ROWS][BENCH_MAX_COLUMNS];  // finite
};

/* Add a row of n_columns values and show it on stderr, so that one sees how far
 * it is. */
void bench_table_add(struct bench_table *table, const char *name,
                     const double *values);

/* As Markdown to stdout, and as a member of the open JSON object, if any. */
void bench_table_print(const struct bench_table *table, FILE *json);

#endif
