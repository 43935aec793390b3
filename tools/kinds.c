/* tools/kinds.c -- kinds of experiment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/kinds.h"

#include <string.h>

const char *const tool_kind_names[] = {
    "train",       "generate", "gradient",     "transient",  "device",
    "spice_check", "sweep",    "noise_budget", "deployment", NULL};

unsigned tool_kind_use(int kind) {
  return 1u << kind | (kind == TOOL_DEPLOYMENT ? TOOL_USE(TRAIN) : 0);
}

int tool_kind_find(const char *word) {
  for (int i = 0; i < TOOL_N_KINDS; i++) {
    if (word && strcmp(tool_kind_names[i], word) == 0) {
      return i;
    }
  }
  return -1;
}
