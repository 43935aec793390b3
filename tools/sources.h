/* tools/sources.h -- what is not ideal about a chip, source by source
 *
 * A source of error is a set of keys of the chip's section and the values with
 * which it is off. Fabrication is what differs from chip to chip and stays as
 * it was made; operation is what happens when the chip is used: noise,
 * converters, writes and aging.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_SOURCES_H
#define TOOL_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

struct tool_source {
  const char *name;
  bool is_fabricated;
  const char *const *off;  // "dotted.key=value" each, ends with NULL
};

#define TOOL_N_SOURCES 29
extern const struct tool_source tool_sources[TOOL_N_SOURCES];

/* Index of a source, TOOL_N_SOURCES for none. */
size_t tool_source_find(const char *name);

#endif
