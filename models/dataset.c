/* models/dataset.c -- samples to learn from, read from HDF5, CSV or IDX
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/dataset_read.h"
#include "sim/memory.h"

#define N_MAGIC 8u  // [B] enough to tell the kind

enum kind { KIND_CSV, KIND_IDX, KIND_HDF5 };

void model_dataset_finish(struct model_dataset *set) {
  free(set->values);
  free(set->labels);
  *set = (struct model_dataset){0};
}

enum sim_status model_dataset_check_size(size_t n, size_t dim,
                                         size_t wanted_dim,
                                         const struct sim_where *where,
                                         struct sim_error *err) {
  if (n == 0 || dim == 0) {
    return sim_error_at(err, SIM_EIO, where, "holds no values (%zu x %zu)", n,
                        dim);
  }
  if (wanted_dim && dim != wanted_dim) {
    return sim_error_at(err, SIM_EIO, where,
                        "expected %zu values per sample, got %zu", wanted_dim,
                        dim);
  }
  if (n > MODEL_DATASET_MAX_VALUES / dim) {
    return sim_error_at(err, SIM_EIO, where,
                        "expected at most %zu values, got %zu x %zu",
                        MODEL_DATASET_MAX_VALUES, n, dim);
  }
  return SIM_OK;
}

enum sim_status model_dataset_allot(struct model_dataset *set, size_t n,
                                    size_t dim, struct sim_error *err) {
  set->n = n;
  set->dim = dim;
  set->values = sim_alloc_doubles(n * dim, err);
  return set->values ? SIM_OK : err->status;
}

static bool is_interval(const double *ends) {
  return isfinite(ends[0]) && isfinite(ends[1]) && ends[0] < ends[1] &&
         isfinite(ends[1] - ends[0]);
}

static enum sim_status check_source(const struct model_dataset_source *source,
                                    struct sim_error *err) {
  const struct sim_where where = {.file = source->file};
  if (!is_interval(source->range)) {
    return sim_error_at(err, SIM_ECONFIG, &where,
                        "range must be finite with low < high, got [%g, %g]",
                        source->range[0], source->range[1]);
  }
  if (source->has_full_scale && !is_interval(source->full_scale)) {
    return sim_error_at(
        err, SIM_ECONFIG, &where,
        "full scale must be finite with low < high, got [%g, %g]",
        source->full_scale[0], source->full_scale[1]);
  }
  return SIM_OK;
}

static enum kind kind_of(const unsigned char *magic, size_t n) {
  if (n == N_MAGIC && memcmp(magic, "\211HDF\r\n\032\n", N_MAGIC) == 0) {
    return KIND_HDF5;
  }
  // two zero bytes, a type code from 8 to 14, the number of axes
  const bool is_idx = n >= 4 && magic[0] == 0 && magic[1] == 0 &&
                      magic[2] >= 8 && magic[2] <= 14 && magic[3] >= 1;
  return is_idx ? KIND_IDX : KIND_CSV;
}

static enum sim_status read_kind(struct model_stream *stream, enum kind *kind,
                                 struct sim_error *err) {
  unsigned char magic[N_MAGIC];
  size_t n;
  if (model_stream_read(stream, magic, sizeof magic, &n, err)) {
    return err->status;
  }
  *kind = kind_of(magic, n);
  if (*kind == KIND_HDF5 && !gzdirect(stream->gz)) {
    return sim_error_at(err, SIM_EIO, &(struct sim_where){.file = stream->file},
                        "HDF5 inside gzip cannot be read, unpack it first");
  }
  if (gzrewind(stream->gz) != 0) {
    return sim_error_at(err, SIM_EIO, &(struct sim_where){.file = stream->file},
                        "cannot be read from its beginning again");
  }
  return SIM_OK;
}

static enum sim_status read_file(struct model_dataset *set,
                                 struct model_full_scale *scale,
                                 struct model_stream *stream,
                                 const struct model_dataset_source *source,
                                 struct sim_error *err) {
  enum kind kind = KIND_CSV;
  if (model_stream_open(stream, source->file, err) ||
      read_kind(stream, &kind, err)) {
    return err->status;
  }
  if (source->labels_file && kind != KIND_IDX) {
    return sim_error_at(err, SIM_ECONFIG,
                        &(struct sim_where){.file = source->file},
                        "a file of labels goes with IDX only, this is %s",
                        kind == KIND_CSV ? "CSV" : "HDF5");
  }
  switch (kind) {
    case KIND_IDX:
      return model_dataset_read_idx(set, scale, stream, source, err);
    case KIND_HDF5:
      return model_dataset_read_hdf5(set, scale, source, err);
    default:
      return model_dataset_read_csv(set, scale, stream, source, err);
  }
}

/* Every value is a finite number and, if that is asked, on the scale. */
static enum sim_status check_values(const struct model_dataset *set,
                                    const struct model_full_scale *scale,
                                    const char *file, struct sim_error *err) {
  const struct sim_where where = {.file = file};
  for (size_t k = 0; k < set->n * set->dim; k++) {
    const double x = set->values[k];
    const size_t record = k / set->dim, column = k % set->dim;
    if (!isfinite(x)) {
      return sim_error_at(
          err, SIM_EIO, &where,
          "record %zu, value %zu: expected a finite number, got %g", record,
          column, x);
    }
    if (scale->is_bound && !(x >= scale->low && x <= scale->high)) {
      return sim_error_at(err, SIM_EIO, &where,
                          "record %zu, value %zu: expected %g to %g "
                          "(valid_range), got %g",
                          record, column, scale->low, scale->high, x);
    }
  }
  return SIM_OK;
}

static enum sim_status rescale(struct model_dataset *set,
                               const struct model_full_scale *scale,
                               const struct model_dataset_source *source,
                               struct sim_error *err) {
  const double ends[2] = {scale->low, scale->high};
  if (!is_interval(ends)) {
    return sim_error_at(err, SIM_EIO, &(struct sim_where){.file = source->file},
                        "no full scale in [%g, %g]: give one", scale->low,
                        scale->high);
  }
  const double a = source->range[0], b = source->range[1];
  for (size_t k = 0; k < set->n * set->dim; k++) {
    const double part =
        (set->values[k] - scale->low) / (scale->high - scale->low);
    set->values[k] = a + (b - a) * part;
  }
  return SIM_OK;
}

static void count_classes(struct model_dataset *set) {
  int highest = -1;
  for (size_t i = 0; set->labels && i < set->n; i++) {
    highest = set->labels[i] > highest ? set->labels[i] : highest;
  }
  set->n_classes = (size_t)(highest + 1);
}

enum sim_status model_dataset_load(struct model_dataset *set,
                                   const struct model_dataset_source *source,
                                   struct sim_error *err) {
  *set = (struct model_dataset){0};
  struct model_full_scale scale = {0};
  struct model_stream stream = {0};
  if (check_source(source, err)) {
    return err->status;
  }
  enum sim_status status = read_file(set, &scale, &stream, source, err);
  model_stream_close(&stream);
  if (source->has_full_scale) {
    scale = (struct model_full_scale){source->full_scale[0],
                                      source->full_scale[1], false};
  }
  status = status ? status : check_values(set, &scale, source->file, err);
  status = status ? status : rescale(set, &scale, source, err);
  if (status) {
    model_dataset_finish(set);
    return status;
  }
  count_classes(set);
  return SIM_OK;
}
