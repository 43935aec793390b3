/* sim/utf8.h -- the bytes of UTF-8 text, checked
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_UTF8_H
#define SIM_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at the start of `text` (n bytes, n > 0) into *code.
 * Returns its length in bytes, 0 when the bytes are not valid UTF-8. */
size_t sim_utf8_decode(const char *text, size_t n, uint32_t *code);

/* May this character stand in a YAML file as it is? Tabs and line ends may,
 * other control characters may not. */
bool sim_utf8_is_printable(uint32_t code);

/* Copy `text` into `shown` for a message on one line: without control
 * characters, cut at a whole character with "..." when it does not fit.
 * `size` is at least 8. Returns `shown`. */
const char *sim_utf8_show(const char *text, char *shown, size_t size);

#endif
