/* models/dataset_idx.c -- IDX: big-endian sizes, then unsigned bytes
 *
 *   0 0 type n_axes | size of each axis, 4 bytes | values, last axis fastest
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "models/dataset_read.h"
#include "sim/memory.h"

#define UNSIGNED_BYTES 8u  // type code
#define MAX_AXES 3u
#define MAX_RATIO 1032u  // deflate never packs tighter than this

struct header {
  unsigned n_axes;
  size_t size[MAX_AXES];  // n, then dim or h and w; 1 for absent axes
};

static enum sim_status read_sizes(struct header *header,
                                  struct model_stream *stream,
                                  struct sim_error *err) {
  unsigned char bytes[4 * MAX_AXES];
  size_t n;
  if (model_stream_read(stream, bytes, 4 * header->n_axes, &n, err)) {
    return err->status;
  }
  if (n < 4 * header->n_axes) {
    return sim_error_at(err, SIM_EIO, &(struct sim_where){.file = stream->file},
                        "is cut off inside the IDX header");
  }
  for (unsigned k = 0; k < header->n_axes; k++) {
    const unsigned char *b = bytes + (size_t)4 * k;
    header->size[k] =
        (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
  }
  return SIM_OK;
}

static enum sim_status read_header(struct header *header, unsigned min_axes,
                                   unsigned max_axes,
                                   struct model_stream *stream,
                                   struct sim_error *err) {
  unsigned char magic[4] = {0};
  size_t n;
  if (model_stream_read(stream, magic, sizeof magic, &n, err)) {
    return err->status;
  }
  const unsigned n_axes = magic[3];
  if (magic[0] || magic[1] || magic[2] != UNSIGNED_BYTES || n_axes < min_axes ||
      n_axes > max_axes) {
    return sim_error_at(err, SIM_EIO, &(struct sim_where){.file = stream->file},
                        "expected IDX magic 00 00 08 %02x%s, got "
                        "%02x %02x %02x %02x",
                        min_axes, max_axes > min_axes ? " or 03" : "", magic[0],
                        magic[1], magic[2], magic[3]);
  }
  *header = (struct header){n_axes, {1, 1, 1}};
  return read_sizes(header, stream, err);
}

/* `n` records of `size` bytes and nothing after them. The caller frees. */
static enum sim_status read_records(unsigned char **bytes, size_t n,
                                    size_t size, struct model_stream *stream,
                                    struct sim_error *err) {
  const struct sim_where where = {.file = stream->file};
  // do not ask for memory that such a file cannot fill
  if (n * size / MAX_RATIO > stream->n_stored) {
    return sim_error_at(err, SIM_EIO, &where,
                        "is cut off: the header promises %zu records of %zu "
                        "bytes, the file has %llu bytes",
                        n, size, (unsigned long long)stream->n_stored);
  }
  *bytes = sim_alloc(n * size + 1, 1, err);
  size_t got;
  if (!*bytes || model_stream_read(stream, *bytes, n * size + 1, &got, err)) {
    return err->status;
  }
  if (got < n * size) {
    return sim_error_at(err, SIM_EIO, &where,
                        "is cut off in record %zu: expected %zu bytes, got %zu",
                        got / size, n * size, got);
  }
  if (got > n * size) {
    return sim_error_at(err, SIM_EIO, &where,
                        "goes on after %zu records of %zu bytes", n, size);
  }
  return SIM_OK;
}

static enum sim_status read_images(struct model_dataset *set,
                                   struct model_stream *stream,
                                   size_t wanted_dim, struct sim_error *err) {
  struct header header;
  if (read_header(&header, 2, MAX_AXES, stream, err)) {
    return err->status;
  }
  const size_t n = header.size[0], dim = header.size[1] * header.size[2];
  const struct sim_where where = {.file = stream->file};
  if (model_dataset_check_size(n, dim, wanted_dim, &where, err)) {
    return err->status;
  }
  unsigned char *bytes = NULL;
  enum sim_status status = read_records(&bytes, n, dim, stream, err);
  status = status ? status : model_dataset_allot(set, n, dim, err);
  for (size_t k = 0; !status && k < n * dim; k++) {
    set->values[k] = bytes[k];
  }
  free(bytes);
  return status;
}

static enum sim_status read_label_bytes(struct model_dataset *set,
                                        struct model_stream *stream,
                                        struct sim_error *err) {
  struct header header;
  if (read_header(&header, 1, 1, stream, err)) {
    return err->status;
  }
  if (header.size[0] != set->n) {
    return sim_error_at(err, SIM_EIO, &(struct sim_where){.file = stream->file},
                        "expected %zu labels, one per image, got %zu", set->n,
                        header.size[0]);
  }
  unsigned char *bytes = NULL;
  enum sim_status status = read_records(&bytes, set->n, 1, stream, err);
  if (!status) {
    set->labels = sim_alloc(set->n, sizeof(int), err);
    status = set->labels ? SIM_OK : err->status;
  }
  for (size_t i = 0; !status && i < set->n; i++) {
    set->labels[i] = bytes[i];
  }
  free(bytes);
  return status;
}

enum sim_status model_dataset_read_idx(
    struct model_dataset *set, struct model_full_scale *scale,
    struct model_stream *stream, const struct model_dataset_source *source,
    struct sim_error *err) {
  *scale = (struct model_full_scale){0, 255, false};
  enum sim_status status = read_images(set, stream, source->dim, err);
  if (status || !source->labels_file) {
    return status;
  }
  struct model_stream labels;
  status = model_stream_open(&labels, source->labels_file, err);
  status = status ? status : read_label_bytes(set, &labels, err);
  model_stream_close(&labels);
  return status;
}
