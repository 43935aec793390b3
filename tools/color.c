/* tools/color.c -- colour of messages on a terminal
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tool_color_parse(const char *word, enum tool_color *color) {
  static const char *const words[] = {"auto", "always", "never"};
  for (int i = 0; i < 3; i++) {
    if (strcmp(word, words[i]) == 0) {
      *color = (enum tool_color)i;
      return 0;
    }
  }
  return -1;
}

bool tool_color_wanted(enum tool_color color, FILE *stream) {
  const char *no_color = getenv("NO_COLOR");
  if (color != TOOL_COLOR_AUTO) {
    return color == TOOL_COLOR_ALWAYS;
  }
  return isatty(fileno(stream)) && !(no_color && no_color[0]);
}
