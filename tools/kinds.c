/* tools/kinds.c -- kinds of experiment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tools/kinds.h"

#include <string.h>

#define MEASURED                                                         \
  "train", "generate", "gradient", "transient", "device", "spice_check", \
      "noise_budget", "deployment"

const char *const tool_kind_names[] = {MEASURED, "sweep", NULL};
const char *const tool_measured_names[] = {MEASURED, NULL};

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
