/* models/dataset_csv.c -- one sample per line, numbers separated by commas
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/dataset_read.h"
#include "sim/memory.h"

#define BUFFER_SIZE 65536u
#define MAX_LINE ((size_t)1 << 24)  // [B]
#define CELL_SHOWN 40               // characters of a bad cell in a message

struct reader {
  struct model_stream *stream;
  struct sim_where where;  // of the current line
  char *buffer;            // (BUFFER_SIZE) of the stream
  size_t at, n_buffered;   // next character, characters in all
  char *line;              // (room) the current line with '\0'
  size_t room;
  double *cells;  // (n_lines x n_cells), room for n_room
  size_t n_room;
  size_t n_lines;  // that hold samples
  size_t n_cells;  // columns per line, from the first line
  size_t dim;      // of them values; 0 until the first line if not given
};

/* --- growing arrays --- */

/* Make room for n_new elements and keep the n_old first ones. */
static enum sim_status grow(void **array, size_t n_old, size_t n_new,
                            size_t size, struct sim_error *err) {
  void *bigger = sim_alloc(n_new, size, err);
  if (!bigger) {
    return err->status;
  }
  if (n_old) {
    memcpy(bigger, *array, n_old * size);
  }
  free(*array);
  *array = bigger;
  return SIM_OK;
}

/* Room for the cells of one more line. */
static enum sim_status reserve_line(struct reader *r, struct sim_error *err) {
  const size_t n_used = r->n_lines * r->n_cells, n_next = n_used + r->n_cells;
  if (n_next <= r->n_room) {
    return SIM_OK;
  }
  if (n_next > MODEL_DATASET_MAX_VALUES) {
    return sim_error_at(err, SIM_EIO, &r->where, "expected at most %zu values",
                        MODEL_DATASET_MAX_VALUES);
  }
  void *cells = r->cells;
  const size_t n_room = 2 * n_next > 4096 ? 2 * n_next : 4096;
  if (grow(&cells, n_used, n_room, sizeof(double), err)) {
    return err->status;
  }
  r->cells = cells;
  r->n_room = n_room;
  return SIM_OK;
}

/* --- lines --- */

/* The next character, 0 at the end of the file. */
static enum sim_status next_char(struct reader *r, char *c,
                                 struct sim_error *err) {
  *c = 0;
  if (r->at == r->n_buffered) {
    r->at = 0;
    if (model_stream_read(r->stream, r->buffer, BUFFER_SIZE, &r->n_buffered,
                          err)) {
      return err->status;
    }
    if (r->n_buffered == 0) {
      return SIM_OK;
    }
  }
  *c = r->buffer[r->at++];
  if (*c == 0) {
    return sim_error_at(err, SIM_EIO, &r->where,
                        "is not text: it holds a zero byte");
  }
  return SIM_OK;
}

static enum sim_status append(struct reader *r, size_t n, char c,
                              struct sim_error *err) {
  if (n == r->room) {
    if (n >= MAX_LINE) {
      return sim_error_at(err, SIM_EIO, &r->where,
                          "expected at most %zu characters in a line",
                          MAX_LINE - 1);
    }
    void *line = r->line;
    const size_t room = n ? 2 * n : 4096;
    if (grow(&line, n, room, 1, err)) {
      return err->status;
    }
    r->line = line;
    r->room = room;
  }
  r->line[n] = c;
  return SIM_OK;
}

/* The next line without its end; `*is_end` when there was none. */
static enum sim_status next_line(struct reader *r, bool *is_end,
                                 struct sim_error *err) {
  size_t n = 0;
  char c;
  r->where.line++;
  do {
    if (next_char(r, &c, err) || append(r, n, c, err)) {
      return err->status;
    }
    n++;
  } while (c && c != '\n');
  *is_end = c == 0 && n == 1;
  r->line[n - 1] = '\0';
  return SIM_OK;
}

/* --- cells --- */

static char *skip_blanks(char *text) {
  while (isspace((unsigned char)*text)) {
    text++;
  }
  return text;
}

static enum sim_status bad_cell(const struct reader *r, size_t column,
                                const char *expected, const char *cell,
                                struct sim_error *err) {
  const int n = (int)strcspn(cell, ",\r\n");
  return sim_error_at(err, SIM_EIO, &r->where,
                      "column %zu: expected %s, got \"%.*s\"", column, expected,
                      n < CELL_SHOWN ? n : CELL_SHOWN, cell);
}

/* Read one number and step over the comma or to the end of the line. */
static enum sim_status read_cell(const struct reader *r, size_t column,
                                 char **text, double *value,
                                 struct sim_error *err) {
  char *cell = skip_blanks(*text), *end;
  *value = strtod(cell, &end);
  const char *number_end = end;
  end = skip_blanks(end);
  if (number_end == cell || (*end != ',' && *end != '\0')) {
    return bad_cell(r, column, "a number", cell, err);
  }
  if (!isfinite(*value)) {
    return bad_cell(r, column, "a finite number", cell, err);
  }
  *text = *end ? end + 1 : end;
  return SIM_OK;
}

static bool is_class(double x) {
  return x >= 0 && x < MODEL_DATASET_MAX_CLASSES && x == floor(x);
}

static size_t count_cells(const char *line) {
  size_t n = 1;
  for (; *line; line++) {
    n += *line == ',';
  }
  return n;
}

/* The first line fixes the columns; all others have as many. */
static enum sim_status check_cells(struct reader *r, size_t n_cells,
                                   struct sim_error *err) {
  if (r->n_lines == 0) {
    r->dim = r->dim ? r->dim : n_cells;
    r->n_cells = n_cells;
    if (n_cells != r->dim && n_cells != r->dim + 1) {
      return sim_error_at(err, SIM_EIO, &r->where,
                          "expected %zu columns (or %zu with a label), got %zu",
                          r->dim, r->dim + 1, n_cells);
    }
  }
  if (n_cells != r->n_cells) {
    return sim_error_at(err, SIM_EIO, &r->where,
                        "expected %zu columns like the lines before, got %zu",
                        r->n_cells, n_cells);
  }
  return SIM_OK;
}

static enum sim_status read_sample(struct reader *r, struct sim_error *err) {
  if (check_cells(r, count_cells(r->line), err) || reserve_line(r, err)) {
    return err->status;
  }
  double *cells = r->cells + r->n_lines * r->n_cells;
  char *text = r->line;
  for (size_t k = 0; k < r->n_cells; k++) {
    const char *cell = skip_blanks(text);
    if (read_cell(r, k + 1, &text, &cells[k], err)) {
      return err->status;
    }
    if (k >= r->dim && !is_class(cells[k])) {
      return bad_cell(r, k + 1, "a class from 0 to 65535", cell, err);
    }
  }
  r->n_lines++;
  return SIM_OK;
}

static enum sim_status read_lines(struct reader *r, struct sim_error *err) {
  for (;;) {
    bool is_end = true;
    if (next_line(r, &is_end, err)) {
      return err->status;
    }
    if (is_end) {
      return SIM_OK;
    }
    const char first = *skip_blanks(r->line);
    if (first && first != '#' && read_sample(r, err)) {
      return err->status;
    }
  }
}

/* --- the whole --- */

static void copy_values(struct model_dataset *set,
                        struct model_full_scale *scale,
                        const struct reader *r) {
  *scale = (struct model_full_scale){r->cells[0], r->cells[0], false};
  for (size_t k = 0; k < set->n * set->dim; k++) {
    const double x = r->cells[k / r->dim * r->n_cells + k % r->dim];
    set->values[k] = x;
    scale->low = x < scale->low ? x : scale->low;
    scale->high = x > scale->high ? x : scale->high;
  }
}

static enum sim_status hand_over(struct model_dataset *set,
                                 struct model_full_scale *scale,
                                 const struct reader *r,
                                 struct sim_error *err) {
  const struct sim_where where = {.file = r->where.file};
  if (model_dataset_check_size(r->n_lines, r->dim, 0, &where, err) ||
      model_dataset_allot(set, r->n_lines, r->dim, err)) {
    return err->status;
  }
  copy_values(set, scale, r);
  if (r->n_cells == r->dim) {
    return SIM_OK;
  }
  set->labels = sim_alloc(set->n, sizeof(int), err);
  for (size_t i = 0; set->labels && i < set->n; i++) {
    set->labels[i] = (int)r->cells[i * r->n_cells + r->dim];
  }
  return set->labels ? SIM_OK : err->status;
}

enum sim_status model_dataset_read_csv(
    struct model_dataset *set, struct model_full_scale *scale,
    struct model_stream *stream, const struct model_dataset_source *source,
    struct sim_error *err) {
  struct reader r = {
      .stream = stream, .where = {.file = stream->file}, .dim = source->dim};
  r.buffer = sim_alloc(BUFFER_SIZE, 1, err);
  enum sim_status status = r.buffer ? read_lines(&r, err) : err->status;
  status = status ? status : hand_over(set, scale, &r, err);
  free(r.buffer);
  free(r.line);
  free(r.cells);
  return status;
}
