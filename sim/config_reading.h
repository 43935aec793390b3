/* sim/config_reading.h -- a document while it is read (internal)
 *
 * Only sim/config_read.c and sim/config_fail.c use this.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_CONFIG_READING_H
#define SIM_CONFIG_READING_H

#include <yaml.h>

#include "sim/config_node.h"

struct sim_anchor {
  struct sim_anchor *next;
  const char *name;
  const struct sim_node *node;  // NULL while it is being read
};

struct sim_config_reading {
  struct sim_config *config;
  struct sim_error *err;
  const char *text;
  size_t n;
  const char *file;            // NULL for --set
  const struct sim_spot *top;  // where the document goes
  struct sim_anchor *anchors;
  int n_aliases;
  yaml_parser_t parser;
};

/* Line of a place that libyaml names, from 1. */
int sim_config_line(yaml_mark_t mark);

/* SIM_ECONFIG with `text` about what belongs at `spot`. */
enum sim_status sim_config_fail_at(const struct sim_config_reading *r,
                                   const struct sim_spot *spot,
                                   const char *text);

/* The same with a number, e.g. a limit, between two texts. */
enum sim_status sim_config_fail_number(const struct sim_config_reading *r,
                                       const struct sim_spot *spot,
                                       const char *before, int number,
                                       const char *after);

/* The same of what libyaml has stopped at. */
enum sim_status sim_config_fail_syntax(struct sim_config_reading *r);

#endif
