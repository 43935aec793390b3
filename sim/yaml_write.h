/* sim/yaml_write.h -- texts and nodes as an experiment file has them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_YAML_WRITE_H
#define SIM_YAML_WRITE_H

#include <stdio.h>

#include "sim/config.h"

/* Write `text` so that it is read as itself: as a word, or in quotes. */
void sim_yaml_write_text(FILE *file, const char *text);

/* Write what `node` holds on one line: "16 nS", "[1, 2]", "{levels: 16}". */
void sim_yaml_write_node(FILE *file, const struct sim_node *node);

#endif
