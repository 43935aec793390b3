/* sim/yaml_write.c -- texts and nodes as an experiment file has them
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/yaml_write.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "sim/utf8.h"

/* Can `text` stand without quotes, as a word that is no number, truth value
 * or null to any YAML reader? */
static bool is_plain_word(const char *text) {
  static const char *const others[] = {"null", "true", "false", "yes", "no",
                                       "on",   "off",  "y",     "n"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (strcasecmp(text, others[i]) == 0) {
      return false;
    }
  }
  const size_t n = strspn(text,
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789_-./");
  const char first = text[0];
  return n && !text[n] &&
         ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
          first == '/' || (first == '.' && (text[1] == '/' || text[1] == '.')));
}

static void print_character(FILE *file, const char *text, size_t length,
                            uint32_t code) {
  if (code == '"' || code == '\\') {
    fprintf(file, "\\%c", (char)code);
  } else if (code >= 0x20 && code != 0x85 && code != 0x2028 && code != 0x2029 &&
             sim_utf8_is_printable(code)) {
    fwrite(text, 1, length, file);
  } else {
    fprintf(file, code < 0x100 ? "\\x%02" PRIx32 : "\\u%04" PRIx32, code);
  }
}

void sim_yaml_write_text(FILE *file, const char *text) {
  if (is_plain_word(text)) {
    fputs(text, file);
    return;
  }
  fputc('"', file);
  for (size_t n = strlen(text), length = 0; n > 0; n -= length) {
    uint32_t code = 0xfffd;
    length = sim_utf8_decode(text, n, &code);
    length = length ? length : 1;
    print_character(file, text, length, code);
    text += length;
  }
  fputc('"', file);
}

/* Can `text`, which stood without quotes, do so between brackets too? */
static bool is_bare(const char *text) {
  const size_t n = strspn(text,
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789_-+./ ");
  return n > 0 && !text[n];
}

void sim_yaml_write_node(FILE *file, const struct sim_node *node) {
  if (node->kind == SIM_NODE_VALUE) {
    if (node->is_plain && is_bare(node->text)) {
      fputs(node->text, file);
    } else {
      sim_yaml_write_text(file, node->text);
    }
    return;
  }
  const bool is_section = node->kind == SIM_NODE_SECTION;
  fputc(is_section ? '{' : '[', file);
  for (const struct sim_node *at = node->first; at; at = at->next) {
    if (is_section) {
      sim_yaml_write_text(file, at->key);
      fputs(": ", file);
    }
    sim_yaml_write_node(file, at);
    fputs(at->next ? ", " : "", file);
  }
  fputc(is_section ? '}' : ']', file);
}
