/* sim/result_object.c -- finding objects of a result file, and their shapes
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/result_hdf5.h"

enum { MAX_PATH = 1024 };

/* Only hard links: a soft one may dangle, an external one leaves the file. */
static int is_hard_link(hid_t file, const char *path) {
  H5L_info_t info;
  return H5Lexists(file, path, H5P_DEFAULT) > 0 &&
         H5Lget_info(file, path, &info, H5P_DEFAULT) >= 0 &&
         info.type == H5L_TYPE_HARD;
}

int sim_h5_exists(const struct sim_result *r, const char *path) {
  char part[MAX_PATH];
  const size_t n = strlen(path);
  assert(r->file >= 0 && path[0] == '/');
  if (n >= sizeof part) {
    return 0;
  }
  for (size_t i = 2; n > 1 && i <= n; i++) {
    if (path[i] == '/' || path[i] == '\0') {
      memcpy(part, path, i);
      part[i] = '\0';
      if (!is_hard_link(r->file, part)) {
        return 0;
      }
    }
  }
  return 1;
}

hid_t sim_h5_open(struct sim_result *r, const char *path,
                  struct sim_error *err) {
  if (!sim_h5_exists(r, path)) {
    sim_h5_refuse(r, path, err, "does not exist in the file");
    return H5I_INVALID_HID;
  }
  const hid_t object = H5Oopen(r->file, path, H5P_DEFAULT);
  if (object < 0) {
    sim_h5_fail(r, path, "cannot open", err);
  }
  return object;
}

/* Do the values lie in this file, and not somewhere it points to? */
static int is_self_contained(hid_t dataset) {
  const hid_t list = H5Dget_create_plist(dataset);
  const int is_own = list >= 0 && H5Pget_external_count(list) == 0 &&
                     H5Pget_layout(list) != H5D_VIRTUAL;
  if (list >= 0) {
    H5Pclose(list);
  }
  return is_own;
}

hid_t sim_h5_open_dataset(struct sim_result *r, const char *path,
                          struct sim_error *err) {
  const hid_t dataset = sim_h5_open(r, path, err);
  if (dataset < 0) {
    return dataset;
  }
  if (H5Iget_type(dataset) != H5I_DATASET) {
    sim_h5_refuse(r, path, err, "is not a dataset");
  } else if (!is_self_contained(dataset)) {
    sim_h5_refuse(r, path, err, "keeps its values outside of the file");
  } else {
    return dataset;
  }
  sim_h5_close(r, dataset);
  return H5I_INVALID_HID;
}

/* ---- shapes ---- */

enum sim_status sim_h5_shape(struct sim_result *r, hid_t dataset,
                             const char *path, size_t *rank, size_t shape[3],
                             struct sim_error *err) {
  hsize_t extent[H5S_MAX_RANK];
  const hid_t space = H5Dget_space(dataset);
  const int n_axes =
      space < 0 ? -1 : H5Sget_simple_extent_dims(space, extent, NULL);
  enum sim_status status = SIM_OK;
  if (n_axes < 0) {
    status = sim_h5_fail(r, path, "cannot read the shape", err);
  } else if (n_axes > SIM_RESULT_MAX_RANK) {
    status = sim_h5_refuse(r, path, err, "has %d axes, at most %d are read",
                           n_axes, SIM_RESULT_MAX_RANK);
  }
  sim_h5_close(r, space);
  if (status != SIM_OK) {
    return status;
  }
  *rank = (size_t)n_axes;
  for (size_t i = 0; i < *rank; i++) {
    shape[i] = (size_t)extent[i];
  }
  return SIM_OK;
}

/* "(3, 4)"; what `first` leaves open is "any". */
static void write_shape(char *text, size_t size, size_t rank,
                        const size_t *shape, size_t first) {
  size_t n = (size_t)snprintf(text, size, "(");
  for (size_t i = 0; i < rank && n < size; i++) {
    n += i < first ? (size_t)snprintf(text + n, size - n, "any")
                   : (size_t)snprintf(text + n, size - n, "%zu", shape[i]);
    if (n < size) {
      n += (size_t)snprintf(text + n, size - n, i + 1 < rank ? ", " : "");
    }
  }
  if (n < size) {
    snprintf(text + n, size - n, ")");
  }
}

enum sim_status sim_h5_check_shape(struct sim_result *r, hid_t dataset,
                                   const char *path, size_t rank,
                                   const size_t *shape, size_t first,
                                   struct sim_error *err) {
  size_t found_rank, found[3];
  char have[100], want[100];
  if (sim_h5_shape(r, dataset, path, &found_rank, found, err) != SIM_OK) {
    return err->status;
  }
  int is_same = found_rank == rank;
  for (size_t i = first; i < rank && is_same; i++) {
    is_same = found[i] == shape[i];
  }
  if (is_same) {
    return SIM_OK;
  }
  write_shape(have, sizeof have, found_rank, found, 0);
  write_shape(want, sizeof want, rank, shape, first);
  return sim_h5_refuse(r, path, err, "has shape %s, want %s", have, want);
}

enum sim_status sim_h5_select_rows(struct sim_result *r, hid_t dataset,
                                   const char *path, size_t first,
                                   size_t n_rows, hid_t *in_file,
                                   hid_t *in_memory, struct sim_error *err) {
  size_t rank = 0, shape[3] = {0};
  *in_file = *in_memory = H5I_INVALID_HID;
  if (sim_h5_shape(r, dataset, path, &rank, shape, err) != SIM_OK) {
    return err->status;
  }
  assert(rank >= 1 && first <= shape[0] && n_rows <= shape[0] - first);
  const hsize_t start[3] = {first, 0, 0};
  const hsize_t count[3] = {n_rows, shape[1], shape[2]};
  *in_memory = H5Screate_simple((int)rank, count, NULL);
  *in_file = H5Dget_space(dataset);
  if (*in_memory < 0 || *in_file < 0 ||
      H5Sselect_hyperslab(*in_file, H5S_SELECT_SET, start, NULL, count, NULL) <
          0) {
    return sim_h5_fail(r, path, "cannot select rows", err);
  }
  return SIM_OK;
}
