/* sim/param_parts.h -- what the files about parameter tables share (internal)
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_PARAM_PARTS_H
#define SIM_PARAM_PARTS_H

#include "sim/param.h"

#define SIM_SHOWN 64  // bytes of a received value in a message, with the end

/* The unit of a table entry; "1" when it has none. */
const char *sim_param_unit(const struct sim_param *param);

bool sim_param_is_list(const struct sim_param *param);

/* Does an experiment of the kinds in `use` have this key? */
bool sim_param_is_used(const struct sim_param *param, unsigned use);

/* The key in use that `name` may have been meant to be: at most two letters
 * added, left out or changed. NULL when none is that near. */
const struct sim_param *sim_param_nearest(const struct sim_param *table,
                                          size_t n, const char *name,
                                          unsigned use);

/* Store one item of text (the whole value, or item `index` of a list) in the
 * field of `param` below `base`; NULL when it is good, else the broken rule,
 * which may lie in `rule`. */
const char *sim_param_store(const struct sim_param *param, const char *text,
                            size_t index, void *base, char rule[256]);

/* Store the word that stands in place of numbers, or the number of items. */
void sim_param_store_word(const struct sim_param *param, void *base);
void sim_param_store_length(const struct sim_param *param, size_t n,
                            void *base);

/* Does this value stand for the word? */
bool sim_param_is_word(const struct sim_param *param, const void *value);

/* Write the `range` of a number, or choices, as a rule: ">= 2", "a | b". Empty
 * when everything is allowed. */
void sim_param_range(const struct sim_param *param, char *range, size_t size);

/* Write `path` as seen from `directory` into `out`; unchanged when that is
 * not possible within `size` bytes. */
void sim_path_relative(const char *path, const char *directory, char *out,
                       size_t size);

/* Do both lead to the same place? */
bool sim_path_is_same(const char *left, const char *right);

#endif
