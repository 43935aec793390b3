/* tools/imperfections.h -- what is not ideal about a chip, one by one
 *
 * An imperfection is a set of keys of the chip's section and the values with
 * which it is off. Fabrication is what differs from chip to chip and stays as
 * it was made; operation is what happens when the chip is used: noise,
 * converters, writes and aging.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_IMPERFECTIONS_H
#define TOOL_IMPERFECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct tool_imperfection {
  const char *name;
  bool is_fabricated;
  const char *const *off;  // "dotted.key=value" each, ends with NULL
};

#define TOOL_N_IMPERFECTIONS 29
extern const struct tool_imperfection tool_imperfections[TOOL_N_IMPERFECTIONS];

/* simrun --describe sources: all of them with their keys. */
void tool_imperfections_describe(FILE *file);

/* Index of an imperfection, TOOL_N_IMPERFECTIONS for none. */
size_t tool_imperfection_find(const char *name);

#endif
