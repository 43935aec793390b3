/* sim/config_read.c -- from YAML events to nodes
 *
 * libyaml delivers a stream of events; each limit is checked as soon as its
 * event arrives, so hostile text costs no more than its first excess. An
 * alias repeats the nodes of its anchor, which therefore count again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "sim/config_node.h"

#define CORE_TAG "tag:yaml.org,2002:"

struct anchor {
  struct anchor *next;
  const char *name;
  const struct sim_node *node;  // NULL while it is being read
};

struct reading {
  struct sim_config *config;
  struct sim_error *err;
  const char *text;
  size_t n;
  const char *file;            // NULL for --set
  const struct sim_spot *top;  // where the document goes
  struct anchor *anchors;
  int n_aliases;
  yaml_parser_t parser;
};

static struct sim_node *read_node(struct reading *r, yaml_event_t *event,
                                  const struct sim_spot *spot);

/* ------------------------------------------------------------- errors */

static enum sim_status fail_at(const struct reading *r,
                               const struct sim_spot *spot, const char *text) {
  char path[SIM_CONFIG_PATH + 8];
  const char *dot = spot->parent[0] && spot->key ? "." : "";
  snprintf(path, sizeof path, "%s%s%s%s", r->file ? "" : "--set ", spot->parent,
           dot, spot->key ? spot->key : "");
  const struct sim_where where = {r->file, spot->line, path};
  return sim_error_at(r->err, SIM_ECONFIG, &where, "%s", text);
}

/* A number in place of %d, e.g. a limit. */
static enum sim_status fail_number(const struct reading *r,
                                   const struct sim_spot *spot,
                                   const char *before, int number,
                                   const char *after) {
  char text[200];
  snprintf(text, sizeof text, "%s%d%s", before, number, after);
  return fail_at(r, spot, text);
}

static int line_of(yaml_mark_t mark) {
  return (int)mark.line + 1;
}

/* Does white space before the first word of a line (from 1) hold a tab? */
static bool is_tab_indented(const struct reading *r, int line) {
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

static enum sim_status fail_syntax(struct reading *r) {
  const yaml_parser_t *p = &r->parser;
  const char *context = p->context ? p->context : "";
  const char *problem = p->problem ? p->problem : "";
  struct sim_spot spot = *r->top;
  spot.line = line_of(p->problem_mark);
  if (p->error == YAML_MEMORY_ERROR) {
    return sim_error_set(r->err, SIM_EFAIL,
                         "out of memory: the YAML reader was refused");
  }
  if (is_tab_indented(r, spot.line)) {
    return fail_at(r, &spot, "a tab is used for indentation; use spaces");
  }
  for (size_t i = 0; i < sizeof plain_words / sizeof plain_words[0]; i++) {
    const char *ours = plain_words[i].ours;
    if (strstr(context, plain_words[i].context) &&
        strstr(problem, plain_words[i].problem)) {
      return ours[strlen(ours) - 1] == ' '
                 ? fail_number(r, &spot, ours, line_of(p->context_mark), "")
                 : fail_at(r, &spot, ours);
    }
  }
  char text[200];
  snprintf(text, sizeof text, "is not valid YAML: %s", problem);
  return fail_at(r, &spot, text);
}

/* The caller deletes the event, also after a failure. */
static bool next_event(struct reading *r, yaml_event_t *event) {
  if (yaml_parser_parse(&r->parser, event)) {
    return true;
  }
  memset(event, 0, sizeof *event);
  fail_syntax(r);
  return false;
}

/* --------------------------------------------------- tags and anchors */

static bool check_tag(const struct reading *r, const struct sim_spot *spot,
                      const yaml_char_t *tag) {
  static const char *const known[] = {"str",  "int", "float", "bool",
                                      "null", "seq", "map"};
  const char *text = (const char *)tag;
  if (!text || strcmp(text, "!") == 0) {
    return true;
  }
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (strncmp(text, CORE_TAG, strlen(CORE_TAG)) == 0 &&
        strcmp(text + strlen(CORE_TAG), known[i]) == 0) {
      return true;
    }
  }
  fail_at(r, spot, "tags (a word after \"!\") are not supported");
  return false;
}

/* Note an anchor, if there is one; *out may then be filled with its node. */
static bool add_anchor(struct reading *r, const yaml_char_t *name,
                       struct anchor **out) {
  *out = NULL;
  if (!name) {
    return true;
  }
  struct anchor *anchor = sim_config_alloc(r->config, sizeof *anchor, r->err);
  const char *text = (const char *)name;
  if (!anchor || !(anchor->name = sim_config_copy(r->config, text, strlen(text),
                                                  r->err))) {
    return false;
  }
  anchor->next = r->anchors;
  r->anchors = *out = anchor;
  return true;
}

static struct sim_node *read_alias(struct reading *r, const char *name,
                                   const struct sim_spot *spot) {
  if (++r->n_aliases > SIM_CONFIG_ALIASES) {
    fail_number(r, spot, "is one alias (*name) more than the limit of ",
                SIM_CONFIG_ALIASES, "");
    return NULL;
  }
  const struct anchor *anchor = r->anchors;
  while (anchor && strcmp(anchor->name, name) != 0) {
    anchor = anchor->next;
  }
  if (!anchor || !anchor->node) {
    fail_at(r, spot,
            anchor ? "is an alias (*name) of a section that it lies in"
                   : "is an alias (*name) without an anchor (&name) before it");
    return NULL;
  }
  return sim_node_copy(r->config, anchor->node, spot, false, r->err);
}

/* ------------------------------------------------- values, lists, sections */

static struct sim_node *read_value(struct reading *r, const yaml_event_t *event,
                                   const struct sim_spot *spot) {
  const char *text = (const char *)event->data.scalar.value;
  const size_t n = event->data.scalar.length;
  if (n > SIM_CONFIG_SCALAR) {
    fail_number(r, spot, "is longer than the limit of ", SIM_CONFIG_SCALAR,
                " bytes");
    return NULL;
  }
  if (memchr(text, '\0', n)) {
    fail_at(r, spot, "has a zero byte");
    return NULL;
  }
  struct sim_node *node =
      sim_node_make(r->config, SIM_NODE_VALUE, spot, r->err);
  if (!node || !(node->text = sim_config_copy(r->config, text, n, r->err))) {
    return NULL;
  }
  node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  return node;
}

static struct sim_node *read_list(struct reading *r,
                                  const struct sim_spot *spot) {
  struct sim_node *list = sim_node_make(r->config, SIM_NODE_LIST, spot, r->err);
  bool is_done = false;
  while (list && !is_done) {
    yaml_event_t event;
    is_done = next_event(r, &event) && event.type == YAML_SEQUENCE_END_EVENT;
    if (!is_done) {
      struct sim_spot at = *spot;
      at.parent = list->path;
      at.key = NULL;
      at.is_item = true;
      at.index = list->n;
      at.line = line_of(event.start_mark);
      at.depth = spot->depth + 1;
      struct sim_node *item = read_node(r, &event, &at);
      if (item) {
        sim_node_append(list, item);
      } else {
        list = NULL;
      }
    }
    yaml_event_delete(&event);
  }
  return list;
}

static bool check_key_text(const struct reading *r, const yaml_event_t *event,
                           const struct sim_spot *spot) {
  if (event->type != YAML_SCALAR_EVENT) {
    fail_at(r, spot, "a key must be a word, got a list, section or alias");
    return false;
  }
  const unsigned char *key = event->data.scalar.value;
  const size_t n = event->data.scalar.length;
  for (size_t i = 0; i < n; i++) {
    if (key[i] < 0x20 || key[i] == 0x7f) {
      fail_at(r, spot, "a key must be a word, got a control character in it");
      return false;
    }
  }
  if (n == 0) {
    fail_at(r, spot, "a key must be a word, got nothing before \":\"");
    return false;
  }
  if (strcmp((const char *)key, "<<") == 0) {
    fail_at(r, spot, "merge keys (<<) are not supported");
    return false;
  }
  return true;
}

static bool check_key(const struct reading *r, const yaml_event_t *event,
                      const struct sim_node *section,
                      const struct sim_spot *spot) {
  if (!check_key_text(r, event, spot)) {
    return false;
  }
  const char *key = (const char *)event->data.scalar.value;
  struct sim_spot at = *spot;
  at.key = key;
  const struct sim_node *twin = sim_node_child(section, key, strlen(key));
  if (twin && r->file) {
    fail_number(r, &at, "is written twice, first on line ", twin->where.line,
                "");
    return false;
  }
  if (twin) {
    fail_at(r, &at, "is written twice");
    return false;
  }
  if (section->n >= SIM_CONFIG_KEYS) {
    fail_number(r, &at, "is one key more than the limit of ", SIM_CONFIG_KEYS,
                " in a section");
    return false;
  }
  return check_tag(r, &at, event->data.scalar.tag);
}

/* Read the value that belongs to `key` and put it into the section. */
static bool read_entry(struct reading *r, const yaml_event_t *key,
                       struct sim_node *section, int depth) {
  struct sim_spot at = {.file = section->where.file,
                        .directory = section->directory,
                        .parent = section->path,
                        .line = line_of(key->start_mark),
                        .depth = depth + 1};
  struct anchor *anchor;
  if (!check_key(r, key, section, &at) ||
      !add_anchor(r, key->data.scalar.anchor, &anchor)) {
    return false;
  }
  at.key = (const char *)key->data.scalar.value;
  yaml_event_t event;
  struct sim_node *child = NULL;
  if (next_event(r, &event)) {
    child = read_node(r, &event, &at);
  }
  yaml_event_delete(&event);
  if (child) {
    sim_node_append(section, child);
  }
  return child;
}

static struct sim_node *read_section(struct reading *r,
                                     const struct sim_spot *spot) {
  struct sim_node *section =
      sim_node_make(r->config, SIM_NODE_SECTION, spot, r->err);
  bool is_done = !section;
  while (!is_done) {
    yaml_event_t key;
    if (!next_event(r, &key)) {
      return NULL;
    }
    is_done = key.type == YAML_MAPPING_END_EVENT;
    const bool is_good = is_done || read_entry(r, &key, section, spot->depth);
    yaml_event_delete(&key);
    if (!is_good) {
      return NULL;
    }
  }
  return section;
}

static struct sim_node *read_anchored(struct reading *r,
                                      const yaml_event_t *event,
                                      const struct sim_spot *spot) {
  switch (event->type) {
    case YAML_SCALAR_EVENT:
      return check_tag(r, spot, event->data.scalar.tag)
                 ? read_value(r, event, spot)
                 : NULL;
    case YAML_SEQUENCE_START_EVENT:
      return check_tag(r, spot, event->data.sequence_start.tag)
                 ? read_list(r, spot)
                 : NULL;
    default:
      return check_tag(r, spot, event->data.mapping_start.tag)
                 ? read_section(r, spot)
                 : NULL;
  }
}

static const yaml_char_t *anchor_of(const yaml_event_t *event) {
  switch (event->type) {
    case YAML_SCALAR_EVENT:
      return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
      return event->data.sequence_start.anchor;
    default:
      return event->data.mapping_start.anchor;
  }
}

/* The node that starts with `event`; an event of no type is a failure that has
 * its message already. */
static struct sim_node *read_node(struct reading *r, yaml_event_t *event,
                                  const struct sim_spot *spot) {
  if (event->type == YAML_NO_EVENT) {
    return NULL;
  }
  if (event->type == YAML_ALIAS_EVENT) {
    return read_alias(r, (const char *)event->data.alias.anchor, spot);
  }
  struct anchor *anchor;
  if (!add_anchor(r, anchor_of(event), &anchor)) {
    return NULL;
  }
  struct sim_node *node = read_anchored(r, event, spot);
  if (anchor) {
    anchor->node = node;
  }
  return node;
}

/* ----------------------------------------------------------- document */

/* Take events up to and including one of `type`; false at any other type. */
static bool skip_event(struct reading *r, yaml_event_type_t type, int *line) {
  yaml_event_t event;
  const bool is_good = next_event(r, &event);
  const bool is_match = is_good && event.type == type;
  *line = line_of(event.start_mark);
  yaml_event_delete(&event);
  return is_match;
}

static enum sim_status read_end(struct reading *r, const struct sim_spot *top) {
  struct sim_spot spot = *top;
  if (!skip_event(r, YAML_DOCUMENT_END_EVENT, &spot.line)) {
    return r->err->status;
  }
  r->err->status = SIM_OK;
  if (skip_event(r, YAML_STREAM_END_EVENT, &spot.line)) {
    return SIM_OK;
  }
  return r->err->status ? r->err->status
                        : fail_at(r, &spot,
                                  "a second document starts here; only one "
                                  "is read");
}

static enum sim_status read_document(struct reading *r,
                                     const struct sim_spot *spot,
                                     struct sim_node **out) {
  yaml_event_t event;
  struct sim_spot top = *spot;
  int line;
  *out = NULL;
  if (!skip_event(r, YAML_STREAM_START_EVENT, &line)) {
    return r->err->status;
  }
  bool is_good = next_event(r, &event);
  const bool is_empty = is_good && event.type == YAML_STREAM_END_EVENT;
  yaml_event_delete(&event);
  if (!is_good || is_empty) {
    return is_good ? SIM_OK : r->err->status;
  }
  is_good = next_event(r, &event);
  if (spot->file) {
    top.line = line_of(event.start_mark);
  }
  *out = is_good ? read_node(r, &event, &top) : NULL;
  yaml_event_delete(&event);
  return *out ? read_end(r, spot) : r->err->status;
}

enum sim_status sim_config_events(struct sim_config *config, const char *text,
                                  size_t n, const struct sim_spot *spot,
                                  struct sim_node **out,
                                  struct sim_error *err) {
  struct reading r = {.config = config,
                      .err = err,
                      .text = text,
                      .n = n,
                      .file = spot->file,
                      .top = spot};
  err->status = SIM_OK;
  if (!yaml_parser_initialize(&r.parser)) {
    return sim_error_set(err, SIM_EFAIL,
                         "out of memory: the YAML reader was refused");
  }
  yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
  const enum sim_status status = read_document(&r, spot, out);
  yaml_parser_delete(&r.parser);
  return status;
}
