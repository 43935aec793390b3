/* sim/error.h -- what went wrong, in one line a person can act on
 *
 * What can fail returns `enum sim_status` and takes `struct sim_error *err`
 * last. The status is the program's exit code. The message is one line:
 * place, key, rule, value received. A broken promise between our own
 * functions is an assert, not an error.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef SIM_ERROR_H
#define SIM_ERROR_H

#define SIM_PRINTF(format_at, first_at) \
  __attribute__((format(printf, format_at, first_at)))

enum sim_status {
  SIM_OK = 0,
  SIM_EFAIL = 1,         // numerical failure, or no memory
  SIM_ECONFIG = 2,       // bad usage or bad experiment; nothing was written
  SIM_EIO = 3,           // reading or writing failed
  SIM_EINTERRUPT = 130,  // stopped by SIGINT
  SIM_ETERMINATE = 143,  // stopped by SIGTERM
};

struct sim_error {
  enum sim_status status;
  char message[1024];  // empty while status is SIM_OK
};

struct sim_where {
  const char *file;  // nullable: no file is to blame
  int line;          // from 1; 0 means the whole file
  const char *path;  // nullable: dotted key, e.g. "chip.coupling.levels"
};

/* Fill `err` with the formatted text and return `status`. `err` must not be
 * NULL; a later call overwrites. */
enum sim_status sim_error_set(struct sim_error *err, enum sim_status status,
                              const char *format, ...) SIM_PRINTF(3, 4);

/* The same with "file:line: path: " before the text. */
enum sim_status sim_error_at(struct sim_error *err, enum sim_status status,
                             const struct sim_where *where, const char *format,
                             ...) SIM_PRINTF(4, 5);

#endif
