/* sim/rawfile.c -- the raw file that SPICE programs leave
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sim/rawfile.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "sim/memory.h"

#define MAX_BYTES ((size_t)1 << 32)
#define MAX_PLOTS 4096u

/* The file while it is read. */
struct reader {
  const char *path;
  const char *at, *end;
  struct sim_error *err;
};

static enum sim_status fail(const struct reader *in, const char *what) {
  return sim_error_set(in->err, SIM_EIO, "%s: %s", in->path, what);
}

static enum sim_status fail_plot(const struct reader *in,
                                 const struct sim_raw_plot *plot,
                                 size_t n_read) {
  return sim_error_set(in->err, SIM_EIO,
                       "%s: ends after %zu of the %zu points of \"%s\"",
                       in->path, n_read, plot->n_points, plot->name);
}

bool sim_raw_looks_like(const char *bytes, size_t n) {
  static const char first[] = "Title:";
  return n >= sizeof first - 1 && strncasecmp(bytes, first, 6) == 0;
}

/* --- header --- */

/* The next line without its end in `line` (size), cut when it is longer;
 * false at the end of the file. */
static bool next_line(struct reader *in, char *line, size_t size) {
  if (in->at == in->end) {
    return false;
  }
  const char *stop = memchr(in->at, '\n', (size_t)(in->end - in->at));
  const size_t n = (size_t)((stop ? stop : in->end) - in->at);
  const size_t kept = n < size - 1 ? n : size - 1;
  memcpy(line, in->at, kept);
  line[kept] = '\0';
  line[strcspn(line, "\r")] = '\0';
  in->at = stop ? stop + 1 : in->end;
  return true;
}

/* What follows `key` in the line, without blanks around; NULL: another key. */
static char *after_key(char *line, const char *key) {
  const size_t n = strlen(key);
  if (strncasecmp(line, key, n) != 0) {
    return NULL;
  }
  char *value = line + n + strspn(line + n, " \t");
  for (size_t i = strlen(value); i > 0 && isspace((unsigned char)value[i - 1]);
       i--) {
    value[i - 1] = '\0';
  }
  return value;
}

/* "\t0\tv(out)\tvoltage", as many as there are variables. */
static enum sim_status read_variables(struct reader *in,
                                      struct sim_raw_plot *plot) {
  char line[1024];
  if (plot->n_variables == 0) {
    return fail(in, "a plot has no variables");
  }
  plot->variables =
      sim_alloc(plot->n_variables, sizeof *plot->variables, in->err);
  for (size_t i = 0; i < plot->n_variables && plot->variables; i++) {
    if (!next_line(in, line, sizeof line) ||
        sscanf(line, "%*s %63s", plot->variables[i]) != 1) {
      return fail(in, "ends in the list of variables");
    }
    for (char *c = plot->variables[i]; *c; c++) {
      *c = (char)tolower((unsigned char)*c);
    }
  }
  return in->err->status;
}

static enum sim_status read_size(struct reader *in, const char *text,
                                 size_t *size) {
  char *end;
  errno = 0;
  const unsigned long long n = strtoull(text, &end, 10);
  if (errno || end == text || *end || *text == '-' || n > MAX_BYTES) {
    return fail(in, "holds a number of variables or points that is none");
  }
  *size = (size_t)n;
  return SIM_OK;
}

/* One line of the header; *values says how the values follow. */
static enum sim_status read_key(struct reader *in, char *line,
                                struct sim_raw_plot *plot, int *values) {
  char *value;
  if ((value = after_key(line, "Plotname:"))) {
    snprintf(plot->name, sizeof plot->name, "%.63s", value);
  } else if ((value = after_key(line, "Flags:"))) {
    return strstr(value, "complex")
               ? fail(in, "holds complex values; only real ones are read")
               : SIM_OK;
  } else if ((value = after_key(line, "No. Variables:"))) {
    return read_size(in, value, &plot->n_variables);
  } else if ((value = after_key(line, "No. Points:"))) {
    return read_size(in, value, &plot->n_points);
  } else if (after_key(line, "Variables:")) {
    return read_variables(in, plot);
  } else if (after_key(line, "Binary:")) {
    *values = 'b';
  } else if (after_key(line, "Values:")) {
    *values = 'a';
  }
  return SIM_OK;
}

/* --- values --- */

static enum sim_status read_binary(struct reader *in,
                                   struct sim_raw_plot *plot) {
  const size_t n_values = plot->n_points * plot->n_variables;
  const size_t left = (size_t)(in->end - in->at) / sizeof(double);
  if (n_values > left) {
    return fail_plot(in, plot, left / plot->n_variables);
  }
  memcpy(plot->values, in->at, n_values * sizeof(double));
  in->at += n_values * sizeof(double);
  return SIM_OK;
}

/* A point is its number and the values; blanks of any kind between them. */
static enum sim_status read_ascii(struct reader *in,
                                  struct sim_raw_plot *plot) {
  for (size_t k = 0; k < plot->n_points; k++) {
    for (size_t i = 0; i <= plot->n_variables; i++) {
      char *end;
      const double value = strtod(in->at, &end);
      if (end == in->at || end == in->end) {
        return fail_plot(in, plot, k);
      }
      if (i > 0) {
        plot->values[k * plot->n_variables + i - 1] = value;
      }
      in->at = end;
    }
  }
  while (in->at < in->end && isspace((unsigned char)*in->at)) {
    in->at++;
  }
  return SIM_OK;
}

static enum sim_status check_finite(const struct reader *in,
                                    const struct sim_raw_plot *plot) {
  for (size_t i = 0; i < plot->n_points * plot->n_variables; i++) {
    if (!isfinite(plot->values[i])) {
      return fail(in, "holds a value that is not finite");
    }
  }
  return SIM_OK;
}

static enum sim_status read_values(struct reader *in, int kind,
                                   struct sim_raw_plot *plot) {
  const size_t n_bytes = (size_t)(in->end - in->at);
  if (plot->n_points == 0 || !plot->variables) {
    return fail(in, "promises no points: the simulation was not finished");
  }
  // No value takes less than a byte, whatever the header promises.
  if (plot->n_points > n_bytes / plot->n_variables) {
    return fail_plot(in, plot, 0);
  }
  plot->values = sim_alloc_doubles(plot->n_points * plot->n_variables, in->err);
  if (!plot->values) {
    return in->err->status;
  }
  const enum sim_status status =
      kind == 'b' ? read_binary(in, plot) : read_ascii(in, plot);
  return status ? status : check_finite(in, plot);
}

/* --- plots --- */

static void finish_plot(struct sim_raw_plot *plot) {
  free(plot->variables);
  free(plot->values);
}

static enum sim_status read_plot(struct reader *in, struct sim_raw_plot *plot) {
  char line[1024];
  int values = 0;
  *plot = (struct sim_raw_plot){0};
  if (!sim_raw_looks_like(in->at, (size_t)(in->end - in->at))) {
    return fail(in, "is not a raw file of SPICE");
  }
  while (!values) {
    if (!next_line(in, line, sizeof line)) {
      return fail(in, "ends in the header of a plot");
    }
    if (read_key(in, line, plot, &values)) {
      return in->err->status;
    }
  }
  return read_values(in, values, plot);
}

static enum sim_status read_plots(struct reader *in, struct sim_raw *raw) {
  if (in->at == in->end) {
    return fail(in, "is empty");
  }
  raw->plots = sim_alloc(MAX_PLOTS, sizeof *raw->plots, in->err);
  while (raw->plots && in->at < in->end && raw->n_plots < MAX_PLOTS) {
    const enum sim_status status = read_plot(in, &raw->plots[raw->n_plots++]);
    if (status) {
      return status;
    }
  }
  return in->at < in->end ? fail(in, "holds too many plots") : in->err->status;
}

enum sim_status sim_raw_load(struct sim_raw *raw, const char *path,
                             struct sim_error *err) {
  char *bytes;
  size_t n;
  *raw = (struct sim_raw){0};
  if (sim_file_read(path, MAX_BYTES, &bytes, &n, err)) {
    return err->status;
  }
  struct reader in = {path, bytes, bytes + n, err};
  const enum sim_status status = read_plots(&in, raw);
  free(bytes);
  if (status) {
    sim_raw_finish(raw);
  }
  return status;
}

void sim_raw_finish(struct sim_raw *raw) {
  for (size_t i = 0; i < raw->n_plots; i++) {
    finish_plot(&raw->plots[i]);
  }
  free(raw->plots);
  *raw = (struct sim_raw){0};
}

const struct sim_raw_plot *sim_raw_find(const struct sim_raw *raw,
                                        const char *name, size_t index) {
  for (size_t i = 0; i < raw->n_plots; i++) {
    if (strcasecmp(raw->plots[i].name, name) == 0 && index-- == 0) {
      return &raw->plots[i];
    }
  }
  return NULL;
}

size_t sim_raw_variable(const struct sim_raw_plot *plot, const char *name) {
  size_t i = 0;
  while (i < plot->n_variables && strcasecmp(plot->variables[i], name) != 0) {
    i++;
  }
  return i;
}
