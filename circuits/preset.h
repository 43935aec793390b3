/* circuits/preset.h -- the presets that come with the program
 *
 * circuits/presets/NAME.yaml, one a technology: the keys of `chip`, and
 * technology, source, condition and `valid`, the ranges within which the
 * source holds. The build puts their text into the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef CIRCUIT_PRESET_H
#define CIRCUIT_PRESET_H

struct circuit_preset {
  const char *name;
  const char *text;  // YAML
};

/* In alphabetical order; the last has no name. */
extern const struct circuit_preset circuit_presets[];

/* NULL when there is none of that name. */
const struct circuit_preset *circuit_preset_find(const char *name);

#endif
