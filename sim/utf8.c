/* sim/utf8.c -- the bytes of UTF-8 text, checked
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/utf8.h"

#include <string.h>

/* Length announced by a first byte, 0 for a byte that cannot be first. */
static size_t sequence_length(unsigned char first) {
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return 2;
  }
  if (first >= 0xe0 && first <= 0xef) {
    return 3;
  }
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t sim_utf8_decode(const char *text, size_t n, uint32_t *code) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char *bytes = (const unsigned char *)text;
  const size_t length = sequence_length(bytes[0]);
  if (length == 0 || length > n) {
    return 0;
  }
  uint32_t value = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) {
    if ((bytes[i] & 0xc0) != 0x80) {
      return 0;
    }
    value = value << 6 | (bytes[i] & 0x3fu);
  }
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest[length] || value > 0x10ffff || is_surrogate) {
    return 0;
  }
  *code = value;
  return length;
}

bool sim_utf8_is_printable(uint32_t code) {
  if (code < 0x20) {
    return code == '\t' || code == '\n' || code == '\r';
  }
  if (code >= 0x7f && code < 0xa0) {
    return code == 0x85;
  }
  return code != 0xfeff && code != 0xfffe && code != 0xffff;
}

const char *sim_utf8_show(const char *text, char *shown, size_t size) {
  size_t n = strlen(text), used = 0;
  while (n > 0) {
    uint32_t code = 0;
    size_t length = sim_utf8_decode(text, n, &code);
    const bool is_plain = length && code >= 0x20 && code != 0x85 &&
                          code != 0x2028 && code != 0x2029 &&
                          sim_utf8_is_printable(code);
    length = length ? length : 1;
    if (used + length + 4 > size && n + used + 1 > size) {
      memcpy(shown + used, "...", 4);
      return shown;
    }
    if (is_plain) {
      memcpy(shown + used, text, length);
      used += length;
    } else {
      shown[used++] = '?';
    }
    text += length;
    n -= length;
  }
  shown[used] = '\0';
  return shown;
}
