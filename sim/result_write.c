/* sim/result_write.c -- datasets, their scales, and series that grow
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <hdf5_hl.h>
#include <string.h>

#include "sim/result_hdf5.h"

#define CHUNK ((size_t)16384)          // values in a chunk, at most
#define MAX_CHUNK_ROWS ((size_t)1024)  // of a series

/* ---- a new dataset ---- */

/* The whole shape, or about a thousand rows of a series; then halved along the
 * longest axis until it is small enough. */
static void choose_chunk(const struct sim_dataset *d, hsize_t *chunk) {
  hsize_t n = 1;
  for (size_t i = 0; i < d->rank; i++) {
    chunk[i] = d->shape[i] ? d->shape[i] : MAX_CHUNK_ROWS;
    n *= chunk[i];
  }
  while (n > CHUNK) {
    size_t longest = 0;
    for (size_t i = 1; i < d->rank; i++) {
      longest = chunk[i] > chunk[longest] ? i : longest;
    }
    n /= chunk[longest];
    chunk[longest] = (chunk[longest] + 1) / 2;
    n *= chunk[longest];
  }
}

/* Can this dataset be chunked? One without values cannot, but for a series. */
static int is_chunked(const struct sim_dataset *d, int is_series) {
  int has_values = 1;
  for (size_t i = 0; i < d->rank; i++) {
    has_values = has_values && (d->shape[i] > 0 || (is_series && i == 0));
  }
  return d->rank > 0 && has_values;
}

static hid_t make_space(const struct sim_dataset *d, int is_series) {
  hsize_t extent[3] = {0}, most[3] = {0};
  for (size_t i = 0; i < d->rank; i++) {
    extent[i] = d->shape[i];
    most[i] = is_series && i == 0 ? H5S_UNLIMITED : d->shape[i];
  }
  return d->rank ? H5Screate_simple((int)d->rank, extent, most)
                 : H5Screate(H5S_SCALAR);
}

/* Creation list: no time stamps; chunks with checksums. */
static hid_t make_list(const struct sim_dataset *d, int is_series) {
  hsize_t chunk[3] = {0};
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  int is_good = list >= 0 && H5Pset_obj_track_times(list, 0) >= 0;
  if (is_good && is_chunked(d, is_series)) {
    choose_chunk(d, chunk);
    is_good = H5Pset_chunk(list, (int)d->rank, chunk) >= 0 &&
              H5Pset_fletcher32(list) >= 0;
  }
  if (!is_good && list >= 0) {
    H5Pclose(list);
  }
  return is_good ? list : H5I_INVALID_HID;
}

static hid_t create(struct sim_result *r, const struct sim_dataset *d,
                    hid_t type, int is_series, struct sim_error *err) {
  const hid_t space = make_space(d, is_series);
  const hid_t list = make_list(d, is_series);
  hid_t dataset = H5I_INVALID_HID;
  if (space >= 0 && list >= 0) {
    dataset =
        H5Dcreate2(r->file, d->path, type, space, r->links, list, H5P_DEFAULT);
  }
  if (dataset < 0) {
    sim_h5_fail(r, d->path, "cannot create the dataset", err);
  }
  sim_h5_close(r, list);
  sim_h5_close(r, space);
  return dataset;
}

/* ---- its description ---- */

static enum sim_status attach(struct sim_result *r, hid_t dataset,
                              const char *path, size_t axis,
                              const char *scale_path, struct sim_error *err) {
  const hid_t scale = sim_h5_open_dataset(r, scale_path, err);
  if (scale < 0) {
    return err->status;
  }
  enum sim_status status = SIM_OK;
  // Attaching again changes nothing.
  if (H5DSattach_scale(dataset, scale, (unsigned)axis) < 0) {
    status = sim_h5_fail(r, path, "cannot attach a scale", err);
  }
  sim_h5_close(r, scale);
  return status;
}

static enum sim_status attach_all(struct sim_result *r, hid_t dataset,
                                  const struct sim_dataset *d,
                                  struct sim_error *err) {
  for (size_t i = 0; i < d->rank; i++) {
    if (d->scales[i] &&
        attach(r, dataset, d->path, i, d->scales[i], err) != SIM_OK) {
      return err->status;
    }
  }
  return SIM_OK;
}

static enum sim_status describe(struct sim_result *r, hid_t dataset,
                                const struct sim_dataset *d,
                                struct sim_error *err) {
  if (sim_h5_set_text(r, dataset, d->path, "units", d->unit, err) != SIM_OK) {
    return err->status;
  }
  if (d->long_name && sim_h5_set_text(r, dataset, d->path, "long_name",
                                      d->long_name, err) != SIM_OK) {
    return err->status;
  }
  if (d->is_scale && H5DSset_scale(dataset, strrchr(d->path, '/') + 1) < 0) {
    return sim_h5_fail(r, d->path, "cannot make a scale", err);
  }
  return attach_all(r, dataset, d, err);
}

static hid_t create_described(struct sim_result *r, const struct sim_dataset *d,
                              hid_t type, int is_series,
                              struct sim_error *err) {
  const hid_t dataset = create(r, d, type, is_series, err);
  if (dataset >= 0 && describe(r, dataset, d, err) != SIM_OK) {
    sim_h5_close(r, dataset);
    return H5I_INVALID_HID;
  }
  return dataset;
}

static void check_promises(const struct sim_dataset *d) {
  assert(d->path[0] == '/' && d->unit && d->rank <= SIM_RESULT_MAX_RANK);
  assert(!d->is_scale || d->rank == 1);
  // Some readers turn times in other units into whole nanoseconds.
  assert(strcmp(d->unit, "seconds") != 0 && strcmp(d->unit, "ns") != 0);
  (void)d;
}

/* The dataset, made if need be; its shape is checked from axis `is_series` on.
 * Negative on failure. */
static hid_t open_or_create(struct sim_result *r, const struct sim_dataset *d,
                            hid_t type, int is_series, struct sim_error *err) {
  check_promises(d);
  if (!sim_h5_exists(r, d->path)) {
    return create_described(r, d, type, is_series, err);
  }
  const hid_t dataset = sim_h5_open_dataset(r, d->path, err);
  if (dataset >= 0 && sim_h5_check_shape(r, dataset, d->path, d->rank, d->shape,
                                         (size_t)is_series, err) != SIM_OK) {
    sim_h5_close(r, dataset);
    return H5I_INVALID_HID;
  }
  return dataset;
}

/* ---- whole datasets ---- */

static enum sim_status write_whole(struct sim_result *r,
                                   const struct sim_dataset *d, hid_t file_type,
                                   hid_t memory_type, const void *values,
                                   struct sim_error *err) {
  if (sim_h5_ready(r, err) != SIM_OK) {
    return err->status;
  }
  const hid_t dataset = open_or_create(r, d, file_type, 0, err);
  if (dataset < 0) {
    return err->status;
  }
  enum sim_status status = SIM_OK;
  if (H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) <
      0) {
    status = sim_h5_fail(r, d->path, "cannot write", err);
  }
  sim_h5_close(r, dataset);
  return status;
}

enum sim_status sim_result_write(struct sim_result *r,
                                 const struct sim_dataset *d,
                                 const double *values, struct sim_error *err) {
  return sim_h5_written(
      r, write_whole(r, d, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values, err),
      err);
}

enum sim_status sim_result_write_bytes(struct sim_result *r,
                                       const struct sim_dataset *d,
                                       const uint8_t *values,
                                       struct sim_error *err) {
  return sim_h5_written(
      r, write_whole(r, d, H5T_STD_U8LE, H5T_NATIVE_UINT8, values, err), err);
}

enum sim_status sim_result_write_number(struct sim_result *r, const char *path,
                                        const char *unit, const char *long_name,
                                        double value, struct sim_error *err) {
  return sim_result_write_array(r, path, unit, long_name, 0, NULL, &value, err);
}

enum sim_status sim_result_write_array(struct sim_result *r, const char *path,
                                       const char *unit, const char *long_name,
                                       size_t rank, const size_t *shape,
                                       const double *values,
                                       struct sim_error *err) {
  struct sim_dataset d = {
      .path = path, .unit = unit, .long_name = long_name, .rank = rank};
  for (size_t i = 0; i < rank; i++) {
    d.shape[i] = shape[i];
  }
  return sim_result_write(r, &d, values, err);
}

enum sim_status sim_result_attach(struct sim_result *r, const char *path,
                                  size_t axis, const char *scale,
                                  struct sim_error *err) {
  if (sim_h5_ready(r, err) != SIM_OK) {
    return err->status;
  }
  const hid_t dataset = sim_h5_open_dataset(r, path, err);
  if (dataset < 0) {
    return sim_h5_written(r, err->status, err);
  }
  const enum sim_status status = attach(r, dataset, path, axis, scale, err);
  sim_h5_close(r, dataset);
  return sim_h5_written(r, status, err);
}

/* ---- series ---- */

/* Set the number of rows of an open dataset. */
static enum sim_status set_rows(struct sim_result *r, hid_t dataset,
                                const char *path, size_t n_rows,
                                struct sim_error *err) {
  size_t rank = 0, shape[3] = {0};
  if (sim_h5_shape(r, dataset, path, &rank, shape, err) != SIM_OK) {
    return err->status;
  }
  const hsize_t extent[3] = {n_rows, shape[1], shape[2]};
  return H5Dset_extent(dataset, extent) < 0
             ? sim_h5_fail(r, path, "cannot change the number of rows", err)
             : SIM_OK;
}

static enum sim_status write_rows(struct sim_result *r, hid_t dataset,
                                  const char *path, size_t first, size_t n_rows,
                                  const double *rows, struct sim_error *err) {
  hid_t in_file, in_memory;
  enum sim_status status = sim_h5_select_rows(r, dataset, path, first, n_rows,
                                              &in_file, &in_memory, err);
  if (status == SIM_OK && H5Dwrite(dataset, H5T_NATIVE_DOUBLE, in_memory,
                                   in_file, H5P_DEFAULT, rows) < 0) {
    status = sim_h5_fail(r, path, "cannot write", err);
  }
  sim_h5_close(r, in_memory);
  sim_h5_close(r, in_file);
  return status;
}

static enum sim_status append_rows(struct sim_result *r, hid_t dataset,
                                   const char *path, const double *rows,
                                   size_t n_rows, struct sim_error *err) {
  size_t rank = 0, shape[3] = {0};
  if (n_rows == 0) {
    return SIM_OK;
  }
  if (sim_h5_shape(r, dataset, path, &rank, shape, err) != SIM_OK ||
      set_rows(r, dataset, path, shape[0] + n_rows, err) != SIM_OK) {
    return err->status;
  }
  return write_rows(r, dataset, path, shape[0], n_rows, rows, err);
}

enum sim_status sim_result_append(struct sim_result *r,
                                  const struct sim_dataset *d,
                                  const double *rows, size_t n_rows,
                                  struct sim_error *err) {
  assert(d->rank >= 1 && d->shape[0] == 0);
  if (sim_h5_ready(r, err) != SIM_OK) {
    return err->status;
  }
  const hid_t dataset = open_or_create(r, d, H5T_IEEE_F64LE, 1, err);
  const enum sim_status status =
      dataset < 0 ? err->status
                  : append_rows(r, dataset, d->path, rows, n_rows, err);
  sim_h5_close(r, dataset);
  return sim_h5_written(r, status, err);
}

static enum sim_status truncate_rows(struct sim_result *r, const char *path,
                                     size_t n_rows, struct sim_error *err) {
  size_t n_now;
  if (sim_result_rows(r, path, &n_now, err) != SIM_OK) {
    return err->status;
  }
  if (n_now < n_rows) {
    return sim_h5_refuse(r, path, err, "has %zu rows, %zu are needed", n_now,
                         n_rows);
  }
  const hid_t dataset = sim_h5_open_dataset(r, path, err);
  if (dataset < 0) {
    return err->status;
  }
  const enum sim_status status = set_rows(r, dataset, path, n_rows, err);
  sim_h5_close(r, dataset);
  return status;
}

enum sim_status sim_result_truncate(struct sim_result *r, const char *path,
                                    size_t n_rows, struct sim_error *err) {
  if (sim_h5_ready(r, err) != SIM_OK) {
    return err->status;
  }
  return sim_h5_written(r, truncate_rows(r, path, n_rows, err), err);
}
