/* tests/data_files.h -- files of samples for tests, good and bad
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_DATA_FILES_H
#define TESTS_DATA_FILES_H

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "models/dataset.h"
#include "tests/check.h"
#include "tests/folder.h"

static char folder[64];

/* A path in the test folder, good until the fourth call after. */
static inline const char *in_folder(const char *name) {
  static char paths[4][256];
  static int k;
  k = (k + 1) % 4;
  return folder_path(paths[k], folder, name);
}

static inline const char *write_bytes(const char *name, const void *bytes,
                                      size_t n) {
  const char *path = in_folder(name);
  FILE *f = fopen(path, "wb");
  CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
  return path;
}

static inline const char *write_text(const char *name, const char *text) {
  return write_bytes(name, text, strlen(text));
}

static inline const char *write_gz(const char *name, const void *bytes,
                                   size_t n) {
  const char *path = in_folder(name);
  gzFile f = gzopen(path, "wb");
  CHECK(f && gzwrite(f, bytes, (unsigned)n) == (int)n && gzclose(f) == Z_OK);
  return path;
}

/* --- HDF5 files with one dataset, or two --- */

struct h5_data {
  const char *name;
  int rank;
  hsize_t size[4];
  hid_t type;
  const void *values;
  const double *valid_range;  // nullable
};

static inline void put(hid_t file, const struct h5_data *d) {
  const hid_t space = H5Screate_simple(d->rank, d->size, NULL);
  const hid_t id = H5Dcreate2(file, d->name, d->type, space, H5P_DEFAULT,
                              H5P_DEFAULT, H5P_DEFAULT);
  CHECK(H5Dwrite(id, d->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, d->values) >= 0);
  if (d->valid_range) {
    const hsize_t two = 2;
    const hid_t pair = H5Screate_simple(1, &two, NULL);
    const hid_t at = H5Acreate2(id, "valid_range", H5T_NATIVE_DOUBLE, pair,
                                H5P_DEFAULT, H5P_DEFAULT);
    CHECK(H5Awrite(at, H5T_NATIVE_DOUBLE, d->valid_range) >= 0);
    H5Aclose(at);
    H5Sclose(pair);
  }
  H5Dclose(id);
  H5Sclose(space);
}

static inline const char *write_h5(const char *name,
                                   const struct h5_data *images,
                                   const struct h5_data *labels) {
  const char *path = in_folder(name);
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  put(file, images);
  if (labels) {
    put(file, labels);
  }
  CHECK(H5Fclose(file) >= 0);
  return path;
}

/* --- loading --- */

static inline struct model_dataset_source from(const char *file) {
  return (struct model_dataset_source){.file = file, .range = {0, 1}};
}

static inline struct model_dataset load(
    const struct model_dataset_source *source) {
  struct sim_error err = {0};
  struct model_dataset set;
  CHECK_OK(model_dataset_load(&set, source, &err), err);
  return set;
}

/* Loading fails with "file" and `text`, and leaves an empty set. */
static inline void check_fails(const struct model_dataset_source *source,
                               const char *file, enum sim_status status,
                               const char *text) {
  struct sim_error err = {0};
  struct model_dataset set;
  char want[1024];
  snprintf(want, sizeof want, "%s%s", file, text);
  CHECK_FAILS(model_dataset_load(&set, source, &err), err, status, want);
  CHECK(!set.values && !set.labels && set.n == 0);
}

static inline int make_folder(void **state) {
  (void)state;
  folder_make(folder);
  return 0;
}

static inline int remove_folder(void **state) {
  (void)state;
  folder_remove(folder);
  return 0;
}

/* Three samples of two values, once in every kind of file. */
static const char three_csv[] = "0,64,2\n255, 128 ,0\r\n# note\n\n1,2,5\n";
static const unsigned char three_idx[] = {0, 0, 8, 2, 0,  0,   0,   3, 0,
                                          0, 0, 2, 0, 64, 255, 128, 1, 2};
static const unsigned char three_labels[] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 5};

#endif
