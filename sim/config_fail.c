/* sim/config_fail.c -- what is wrong with an experiment file, in our words
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "sim/config_reading.h"

enum sim_status sim_config_fail_at(const struct sim_config_reading *r,
                                   const struct sim_spot *spot,
                                   const char *text) {
  char path[SIM_CONFIG_PATH + 8];
  const char *dot = spot->parent[0] && spot->key ? "." : "";
  snprintf(path, sizeof path, "%s%s%s%s", r->file ? "" : "--set ", spot->parent,
           dot, spot->key ? spot->key : "");
  const struct sim_where where = {r->file, spot->line, path};
  return sim_error_at(r->err, SIM_ECONFIG, &where, "%s", text);
}

enum sim_status sim_config_fail_number(const struct sim_config_reading *r,
                                       const struct sim_spot *spot,
                                       const char *before, int number,
                                       const char *after) {
  char text[200];
  snprintf(text, sizeof text, "%s%d%s", before, number, after);
  return sim_config_fail_at(r, spot, text);
}

int sim_config_line(yaml_mark_t mark) {
  return (int)mark.line + 1;
}

/* Does white space before the first word of a line (from 1) hold a tab? */
static bool is_tab_indented(const struct sim_config_reading *r, int line) {
  const char *at = r->text, *end = r->text + r->n;
  for (int i = 1; at && i < line; i++) {
    at = memchr(at, '\n', (size_t)(end - at));
    at = at ? at + 1 : NULL;
  }
  for (; at && at < end && (*at == ' ' || *at == '\t'); at++) {
    if (*at == '\t') {
      return true;
    }
  }
  return false;
}

/* libyaml's wording to ours: a part of its context and of its problem. What
 * ends in a blank wants the line where the context began. */
static const struct {
  const char *context, *problem, *ours;
} plain_words[] = {
    {"flow sequence", "",
     "\"[\" is not closed, or a comma is missing; opened on line "},
    {"flow mapping", "",
     "\"{\" is not closed, or a comma is missing; opened on line "},
    {"quoted scalar", "unexpected", "quote is not closed; opened on line "},
    {"simple key", "", "\":\" is missing after the key of line "},
    {"block mapping", "",
     "indentation does not fit the section that starts on line "},
    {"block collection", "",
     "indentation does not fit the list that starts on line "},
    {"", "document start", "indentation does not fit the keys before it"},
    {"", "mapping values are not allowed",
     "\":\" is not expected here; check the indentation, or put the value in "
     "quotes"},
    {"", "cannot start any token",
     "a value cannot begin like this; put it in quotes"},
};

enum sim_status sim_config_fail_syntax(struct sim_config_reading *r) {
  const yaml_parser_t *p = &r->parser;
  const char *context = p->context ? p->context : "";
  const char *problem = p->problem ? p->problem : "";
  struct sim_spot spot = *r->top;
  spot.line = sim_config_line(p->problem_mark);
  if (p->error == YAML_MEMORY_ERROR) {
    return sim_error_set(r->err, SIM_EFAIL,
                         "out of memory: the YAML reader was refused");
  }
  if (is_tab_indented(r, spot.line)) {
    return sim_config_fail_at(r, &spot,
                              "a tab is used for indentation; use spaces");
  }
  for (size_t i = 0; i < sizeof plain_words / sizeof plain_words[0]; i++) {
    const char *ours = plain_words[i].ours;
    if (strstr(context, plain_words[i].context) &&
        strstr(problem, plain_words[i].problem)) {
      return ours[strlen(ours) - 1] == ' '
                 ? sim_config_fail_number(r, &spot, ours,
                                          sim_config_line(p->context_mark), "")
                 : sim_config_fail_at(r, &spot, ours);
    }
  }
  char text[200];
  snprintf(text, sizeof text, "is not valid YAML: %s", problem);
  return sim_config_fail_at(r, &spot, text);
}
