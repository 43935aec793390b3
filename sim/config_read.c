/* sim/config_read.c -- from YAML events to nodes
 *
 * libyaml delivers a stream of events; each limit is checked as soon as its
 * event arrives, so hostile text costs no more than its first excess. An
 * alias repeats the nodes of its anchor, which therefore count again.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "sim/config_reading.h"

#define CORE_TAG "tag:yaml.org,2002:"

static struct sim_node *read_node(struct sim_config_reading *r,
                                  yaml_event_t *event,
                                  const struct sim_spot *spot);

/* ------------------------------------------------------------- events */

/* The caller deletes the event, also after a failure. */
static bool next_event(struct sim_config_reading *r, yaml_event_t *event) {
  if (yaml_parser_parse(&r->parser, event)) {
    return true;
  }
  memset(event, 0, sizeof *event);
  sim_config_fail_syntax(r);
  return false;
}

/* --------------------------------------------------- tags and anchors */

static bool check_tag(const struct sim_config_reading *r,
                      const struct sim_spot *spot, const yaml_char_t *tag) {
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
  sim_config_fail_at(r, spot, "tags (a word after \"!\") are not supported");
  return false;
}

/* Note an anchor, if there is one; *out may then be filled with its node. */
static bool add_anchor(struct sim_config_reading *r, const yaml_char_t *name,
                       struct sim_anchor **out) {
  *out = NULL;
  if (!name) {
    return true;
  }
  struct sim_anchor *anchor =
      sim_config_alloc(r->config, sizeof *anchor, r->err);
  const char *text = (const char *)name;
  if (!anchor || !(anchor->name = sim_config_copy(r->config, text, strlen(text),
                                                  r->err))) {
    return false;
  }
  anchor->next = r->anchors;
  r->anchors = *out = anchor;
  return true;
}

static struct sim_node *read_alias(struct sim_config_reading *r,
                                   const char *name,
                                   const struct sim_spot *spot) {
  if (++r->n_aliases > SIM_CONFIG_ALIASES) {
    sim_config_fail_number(r, spot,
                           "is one alias (*name) more than the limit of ",
                           SIM_CONFIG_ALIASES, "");
    return NULL;
  }
  const struct sim_anchor *anchor = r->anchors;
  while (anchor && strcmp(anchor->name, name) != 0) {
    anchor = anchor->next;
  }
  if (!anchor || !anchor->node) {
    sim_config_fail_at(
        r, spot,
        anchor ? "is an alias (*name) of a section that it lies in"
               : "is an alias (*name) without an anchor (&name) before it");
    return NULL;
  }
  return sim_node_copy(r->config, anchor->node, spot, false, r->err);
}

/* ------------------------------------------------- values, lists, sections */

static struct sim_node *read_value(struct sim_config_reading *r,
                                   const yaml_event_t *event,
                                   const struct sim_spot *spot) {
  const char *text = (const char *)event->data.scalar.value;
  const size_t n = event->data.scalar.length;
  if (n > SIM_CONFIG_SCALAR) {
    sim_config_fail_number(r, spot, "is longer than the limit of ",
                           SIM_CONFIG_SCALAR, " bytes");
    return NULL;
  }
  if (memchr(text, '\0', n)) {
    sim_config_fail_at(r, spot, "has a zero byte");
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

static struct sim_node *read_list(struct sim_config_reading *r,
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
      at.line = sim_config_line(event.start_mark);
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

static bool check_key_text(const struct sim_config_reading *r,
                           const yaml_event_t *event,
                           const struct sim_spot *spot) {
  if (event->type != YAML_SCALAR_EVENT) {
    sim_config_fail_at(r, spot,
                       "a key must be a word, got a list, section or alias");
    return false;
  }
  const unsigned char *key = event->data.scalar.value;
  const size_t n = event->data.scalar.length;
  for (size_t i = 0; i < n; i++) {
    if (key[i] < 0x20 || key[i] == 0x7f) {
      sim_config_fail_at(r, spot,
                         "a key must be a word, got a control character in it");
      return false;
    }
  }
  if (n == 0) {
    sim_config_fail_at(r, spot,
                       "a key must be a word, got nothing before \":\"");
    return false;
  }
  if (strcmp((const char *)key, "<<") == 0) {
    sim_config_fail_at(r, spot, "merge keys (<<) are not supported");
    return false;
  }
  return true;
}

static bool check_key(const struct sim_config_reading *r,
                      const yaml_event_t *event, const struct sim_node *section,
                      const struct sim_spot *spot) {
  if (!check_key_text(r, event, spot)) {
    return false;
  }
  const char *key = (const char *)event->data.scalar.value;
  struct sim_spot at = *spot;
  at.key = key;
  const struct sim_node *twin = sim_node_child(section, key, strlen(key));
  if (twin && r->file) {
    sim_config_fail_number(r, &at, "is written twice, first on line ",
                           twin->where.line, "");
    return false;
  }
  if (twin) {
    sim_config_fail_at(r, &at, "is written twice");
    return false;
  }
  if (section->n >= SIM_CONFIG_KEYS) {
    sim_config_fail_number(r, &at, "is one key more than the limit of ",
                           SIM_CONFIG_KEYS, " in a section");
    return false;
  }
  return check_tag(r, &at, event->data.scalar.tag);
}

/* Read the value that belongs to `key` and put it into the section. */
static bool read_entry(struct sim_config_reading *r, const yaml_event_t *key,
                       struct sim_node *section, int depth) {
  struct sim_spot at = {.file = section->where.file,
                        .directory = section->directory,
                        .parent = section->path,
                        .line = sim_config_line(key->start_mark),
                        .depth = depth + 1};
  struct sim_anchor *anchor;
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

static struct sim_node *read_section(struct sim_config_reading *r,
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

static struct sim_node *read_anchored(struct sim_config_reading *r,
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
static struct sim_node *read_node(struct sim_config_reading *r,
                                  yaml_event_t *event,
                                  const struct sim_spot *spot) {
  if (event->type == YAML_NO_EVENT) {
    return NULL;
  }
  if (event->type == YAML_ALIAS_EVENT) {
    return read_alias(r, (const char *)event->data.alias.anchor, spot);
  }
  struct sim_anchor *anchor;
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
static bool skip_event(struct sim_config_reading *r, yaml_event_type_t type,
                       int *line) {
  yaml_event_t event;
  const bool is_good = next_event(r, &event);
  const bool is_match = is_good && event.type == type;
  *line = sim_config_line(event.start_mark);
  yaml_event_delete(&event);
  return is_match;
}

static enum sim_status read_end(struct sim_config_reading *r,
                                const struct sim_spot *top) {
  struct sim_spot spot = *top;
  if (!skip_event(r, YAML_DOCUMENT_END_EVENT, &spot.line)) {
    return r->err->status;
  }
  r->err->status = SIM_OK;
  if (skip_event(r, YAML_STREAM_END_EVENT, &spot.line)) {
    return SIM_OK;
  }
  return r->err->status
             ? r->err->status
             : sim_config_fail_at(r, &spot,
                                  "a second document starts here; only one "
                                  "is read");
}

static enum sim_status read_document(struct sim_config_reading *r,
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
    top.line = sim_config_line(event.start_mark);
  }
  *out = is_good ? read_node(r, &event, &top) : NULL;
  yaml_event_delete(&event);
  return *out ? read_end(r, spot) : r->err->status;
}

enum sim_status sim_config_events(struct sim_config *config, const char *text,
                                  size_t n, const struct sim_spot *spot,
                                  struct sim_node **out,
                                  struct sim_error *err) {
  struct sim_config_reading r = {.config = config,
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
