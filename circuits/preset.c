/* circuits/preset.c -- the presets that come with the program
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "circuits/preset.h"

#include <stddef.h>
#include <string.h>

const struct circuit_preset *circuit_preset_find(const char *name) {
  for (const struct circuit_preset *p = circuit_presets; p->name; p++) {
    if (strcmp(p->name, name) == 0) {
      return p;
    }
  }
  return NULL;
}
