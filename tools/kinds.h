/* tools/kinds.h -- kinds of experiment
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TOOL_KINDS_H
#define TOOL_KINDS_H

/* Kinds of experiment, in the order of the words. */
enum tool_kind {
  TOOL_TRAIN,
  TOOL_GENERATE,
  TOOL_GRADIENT,
  TOOL_TRANSIENT,
  TOOL_DEVICE,
  TOOL_SPICE_CHECK,
  TOOL_NOISE_BUDGET,
  TOOL_DEPLOYMENT,
  TOOL_SWEEP,  // the last one, of all others
  TOOL_N_KINDS,
};
extern const char *const tool_kind_names[];
extern const char *const tool_measured_names[];  // all but sweep

/* Kind of a word (nullable), -1 for none. */
int tool_kind_find(const char *word);

/* Bit of a kind in the `uses` of a key: TOOL_USE(TRAIN). */
#define TOOL_USE(kind) (1u << TOOL_##kind)

/* Bits of the keys that a kind has; a deployment has those of training. */
unsigned tool_kind_use(int kind);

#endif
