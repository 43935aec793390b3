/* tools/color.h -- colour of messages on a terminal
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_COLOR_H
#define TOOL_COLOR_H

#include <stdbool.h>
#include <stdio.h>

enum tool_color { TOOL_COLOR_AUTO, TOOL_COLOR_ALWAYS, TOOL_COLOR_NEVER };

/* The words auto, always and never; -1 for another one, 0 if known. */
int tool_color_parse(const char *word, enum tool_color *color);

/* Should `stream` be coloured? auto: on a terminal, unless NO_COLOR is set and
 * not empty. */
bool tool_color_wanted(enum tool_color color, FILE *stream);

#endif
