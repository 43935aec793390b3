/* sim/result_read.c -- datasets read back, and what a file holds
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>

#include "sim/memory.h"
#include "sim/result_hdf5.h"

int sim_result_has(struct sim_result *r, const char *path) {
  return sim_h5_exists(r, path);
}

enum sim_status sim_result_shape(struct sim_result *r, const char *path,
                                 size_t *rank, size_t shape[3],
                                 struct sim_error *err) {
  const hid_t dataset = sim_h5_open_dataset(r, path, err);
  if (dataset < 0) {
    return err->status;
  }
  const enum sim_status status =
      sim_h5_shape(r, dataset, path, rank, shape, err);
  sim_h5_close(r, dataset);
  return status;
}

enum sim_status sim_result_rows(struct sim_result *r, const char *path,
                                size_t *n_rows, struct sim_error *err) {
  size_t rank = 0, shape[3] = {0};
  if (sim_result_shape(r, path, &rank, shape, err) != SIM_OK) {
    return err->status;
  }
  if (rank == 0) {
    return sim_h5_refuse(r, path, err, "is a single value without rows");
  }
  *n_rows = shape[0];
  return SIM_OK;
}

/* ---- whole datasets ---- */

static enum sim_status check_numbers(struct sim_result *r, hid_t dataset,
                                     const char *path, struct sim_error *err) {
  const hid_t type = H5Dget_type(dataset);
  const H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
  sim_h5_close(r, type);
  return class == H5T_INTEGER || class == H5T_FLOAT
             ? SIM_OK
             : sim_h5_refuse(r, path, err, "does not hold numbers");
}

static enum sim_status read_open(struct sim_result *r, hid_t dataset,
                                 const char *path, hid_t memory_type,
                                 void *values, struct sim_error *err) {
  if (check_numbers(r, dataset, path, err) != SIM_OK) {
    return err->status;
  }
  if (H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) <
      0) {
    return sim_h5_fail(r, path, "cannot read", err);
  }
  return SIM_OK;
}

static enum sim_status read_whole(struct sim_result *r, const char *path,
                                  size_t rank, const size_t *shape,
                                  hid_t memory_type, void *values,
                                  struct sim_error *err) {
  const hid_t dataset = sim_h5_open_dataset(r, path, err);
  if (dataset < 0) {
    return err->status;
  }
  enum sim_status status =
      sim_h5_check_shape(r, dataset, path, rank, shape, 0, err);
  if (status == SIM_OK) {
    status = read_open(r, dataset, path, memory_type, values, err);
  }
  sim_h5_close(r, dataset);
  return status;
}

enum sim_status sim_result_read(struct sim_result *r, const char *path,
                                size_t rank, const size_t *shape,
                                double *values, struct sim_error *err) {
  return read_whole(r, path, rank, shape, H5T_NATIVE_DOUBLE, values, err);
}

enum sim_status sim_result_read_bytes(struct sim_result *r, const char *path,
                                      size_t rank, const size_t *shape,
                                      uint8_t *values, struct sim_error *err) {
  return read_whole(r, path, rank, shape, H5T_NATIVE_UINT8, values, err);
}

/* Product of the shape; SIM_EIO when it is above `limit`. */
static enum sim_status count_values(const struct sim_result *r,
                                    const char *path, size_t rank,
                                    const size_t *shape, size_t limit,
                                    size_t *n, struct sim_error *err) {
  *n = 1;
  for (size_t i = 0; i < rank; i++) {
    if (shape[i] && *n > limit / shape[i]) {
      return sim_h5_refuse(r, path, err, "has more than %zu values", limit);
    }
    *n *= shape[i];
  }
  return SIM_OK;
}

static enum sim_status load_open(struct sim_result *r, hid_t dataset,
                                 const char *path, size_t limit, size_t *rank,
                                 size_t shape[3], double **values,
                                 struct sim_error *err) {
  size_t n;
  if (sim_h5_shape(r, dataset, path, rank, shape, err) != SIM_OK ||
      count_values(r, path, *rank, shape, limit, &n, err) != SIM_OK) {
    return err->status;
  }
  *values = sim_alloc_doubles(n, err);
  if (!*values) {
    return err->status;
  }
  if (read_open(r, dataset, path, H5T_NATIVE_DOUBLE, *values, err) != SIM_OK) {
    free(*values);
    *values = NULL;
    return err->status;
  }
  return SIM_OK;
}

enum sim_status sim_result_load(struct sim_result *r, const char *path,
                                size_t limit, size_t *rank, size_t shape[3],
                                double **values, struct sim_error *err) {
  *values = NULL;
  const hid_t dataset = sim_h5_open_dataset(r, path, err);
  if (dataset < 0) {
    return err->status;
  }
  const enum sim_status status =
      load_open(r, dataset, path, limit, rank, shape, values, err);
  sim_h5_close(r, dataset);
  return status;
}

/* ---- some rows ---- */

static enum sim_status check_rows(struct sim_result *r, hid_t dataset,
                                  const char *path, size_t first, size_t n_rows,
                                  size_t row_size, struct sim_error *err) {
  size_t rank = 0, shape[3] = {0}, n;
  if (sim_h5_shape(r, dataset, path, &rank, shape, err) != SIM_OK) {
    return err->status;
  }
  if (rank == 0 || first > shape[0] || n_rows > shape[0] - first) {
    return sim_h5_refuse(r, path, err,
                         "has %zu rows, %zu from row %zu on are "
                         "needed",
                         rank ? shape[0] : 0, n_rows, first);
  }
  if (count_values(r, path, rank - 1, shape + 1, SIZE_MAX, &n, err) != SIM_OK) {
    return err->status;
  }
  return n == row_size
             ? check_numbers(r, dataset, path, err)
             : sim_h5_refuse(r, path, err, "has rows of %zu values, want %zu",
                             n, row_size);
}

enum sim_status sim_result_read_rows(struct sim_result *r, const char *path,
                                     size_t first, size_t n_rows,
                                     size_t row_size, double *values,
                                     struct sim_error *err) {
  hid_t in_file = H5I_INVALID_HID, in_memory = H5I_INVALID_HID;
  const hid_t dataset = sim_h5_open_dataset(r, path, err);
  if (dataset < 0) {
    return err->status;
  }
  enum sim_status status =
      check_rows(r, dataset, path, first, n_rows, row_size, err);
  if (status == SIM_OK) {
    status = sim_h5_select_rows(r, dataset, path, first, n_rows, &in_file,
                                &in_memory, err);
  }
  if (status == SIM_OK && H5Dread(dataset, H5T_NATIVE_DOUBLE, in_memory,
                                  in_file, H5P_DEFAULT, values) < 0) {
    status = sim_h5_fail(r, path, "cannot read", err);
  }
  sim_h5_close(r, in_memory);
  sim_h5_close(r, in_file);
  sim_h5_close(r, dataset);
  return status;
}

/* ---- groups ---- */

static hid_t open_group(struct sim_result *r, const char *path) {
  return sim_h5_exists(r, path) ? H5Gopen2(r->file, path, H5P_DEFAULT)
                                : H5I_INVALID_HID;
}

size_t sim_result_n_members(struct sim_result *r, const char *group) {
  H5G_info_t info;
  const hid_t id = open_group(r, group);
  const int is_known = id >= 0 && H5Gget_info(id, &info) >= 0;
  sim_h5_close(r, id);
  return is_known ? (size_t)info.nlinks : 0;
}

void sim_result_member(struct sim_result *r, const char *group, size_t index,
                       char *name, size_t size) {
  const hid_t id = open_group(r, group);
  name[0] = '\0';
  if (id >= 0 && H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, index,
                                    name, size, H5P_DEFAULT) < 0) {
    name[0] = '\0';
  }
  sim_h5_close(r, id);
}
