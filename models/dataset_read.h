/* models/dataset_read.h -- the readers behind models/dataset.c
 *
 * Each reader fills a set with values as they stand in the file. What it has
 * filled before a failure is released by the caller.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef MODELS_DATASET_READ_H
#define MODELS_DATASET_READ_H

#include <stdint.h>
#include <zlib.h>

#include "models/dataset.h"

/* A regular file, gzip undone if there is any. */
struct model_stream {
  const char *file;
  gzFile gz;
  uint64_t n_stored;  // [B] size on the disk
};

enum sim_status model_stream_open(struct model_stream *stream, const char *file,
                                  struct sim_error *err);

/* Up to `size` bytes; fewer only at the end of the file. */
enum sim_status model_stream_read(struct model_stream *stream, void *bytes,
                                  size_t size, size_t *n,
                                  struct sim_error *err);

/* A stream that was never opened is fine. */
void model_stream_close(struct model_stream *stream);

/* Refuse no values, too many, or another number of them to a sample than
 * `wanted_dim` (0: any). */
enum sim_status model_dataset_check_size(size_t n, size_t dim,
                                         size_t wanted_dim,
                                         const struct sim_where *where,
                                         struct sim_error *err);

/* Set the sizes and allocate the values. */
enum sim_status model_dataset_allot(struct model_dataset *set, size_t n,
                                    size_t dim, struct sim_error *err);

/* The full scale that the file suggests; `is_bound` when values must lie
 * inside. */
struct model_full_scale {
  double low, high;
  bool is_bound;
};

/* `stream` stands at the first byte. */
enum sim_status model_dataset_read_csv(
    struct model_dataset *set, struct model_full_scale *scale,
    struct model_stream *stream, const struct model_dataset_source *source,
    struct sim_error *err);

enum sim_status model_dataset_read_idx(
    struct model_dataset *set, struct model_full_scale *scale,
    struct model_stream *stream, const struct model_dataset_source *source,
    struct sim_error *err);

/* The file is regular and begins with the signature. `scale` is left alone
 * when the source brings its own. */
enum sim_status model_dataset_read_hdf5(
    struct model_dataset *set, struct model_full_scale *scale,
    const struct model_dataset_source *source, struct sim_error *err);

#endif
