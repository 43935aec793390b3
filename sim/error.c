/* sim/error.c -- what went wrong, in one line a person can act on
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum sim_status sim_error_set(struct sim_error *err, enum sim_status status,
                              const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  err->status = status;
  return status;
}

/* Write "file:line: path: ", leaving out what is unknown; return its length,
 * at most size - 1. */
static size_t write_place(char *text, size_t size,
                          const struct sim_where *where) {
  text[0] = '\0';
  size_t n = 0;
  if (where->file && where->line > 0) {
    n += (size_t)snprintf(text, size, "%s:%d: ", where->file, where->line);
  } else if (where->file) {
    n += (size_t)snprintf(text, size, "%s: ", where->file);
  }
  n = n < size ? n : size - 1;
  if (where->path && where->path[0]) {
    n += (size_t)snprintf(text + n, size - n, "%s: ", where->path);
  }
  return n < size ? n : size - 1;
}

enum sim_status sim_error_at(struct sim_error *err, enum sim_status status,
                             const struct sim_where *where, const char *format,
                             ...) {
  const size_t n = write_place(err->message, sizeof err->message, where);
  va_list args;
  va_start(args, format);
  vsnprintf(err->message + n, sizeof err->message - n, format, args);
  va_end(args);
  err->status = status;
  return status;
}
