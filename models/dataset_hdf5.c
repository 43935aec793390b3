/* models/dataset_hdf5.c -- samples from an HDF5 file
 *
 * What a stranger's file could use to reach beyond itself is refused: filter
 * plug-ins, external links, external and virtual storage.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <hdf5.h>
#include <stdlib.h>

#include "models/dataset_read.h"
#include "sim/memory.h"

#define MAX_RANK 3

struct table {
  hid_t id;
  H5T_class_t type;
  int rank;
  hsize_t size[MAX_RANK];
};

static herr_t refuse_link(const char *parent_file, const char *parent_group,
                          const char *child_file, const char *child_object,
                          unsigned *flags, hid_t access, void *data) {
  (void)parent_file, (void)parent_group, (void)child_file, (void)child_object;
  (void)flags, (void)access, (void)data;
  return -1;
}

static enum sim_status fail(const struct sim_where *where, const char *what,
                            struct sim_error *err) {
  return sim_error_at(err, SIM_EIO, where, "%s", what);
}

/* Is all of the data inside this file? */
static bool is_self_contained(hid_t dataset) {
  const hid_t plan = H5Dget_create_plist(dataset);
  const bool is_good = plan >= 0 && H5Pget_layout(plan) != H5D_VIRTUAL &&
                       H5Pget_external_count(plan) == 0;
  if (plan >= 0) {
    H5Pclose(plan);
  }
  return is_good;
}

static enum sim_status read_shape(struct table *table, int min_rank,
                                  int max_rank, const struct sim_where *where,
                                  struct sim_error *err) {
  const hid_t type = H5Dget_type(table->id), space = H5Dget_space(table->id);
  table->type = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
  table->rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
  if (type >= 0) {
    H5Tclose(type);
  }
  enum sim_status status = SIM_OK;
  if (table->rank < min_rank || table->rank > max_rank) {
    status =
        sim_error_at(err, SIM_EIO, where, "expected %d%s axes, got %d",
                     min_rank, max_rank > min_rank ? " or 3" : "", table->rank);
  } else if (H5Sget_simple_extent_dims(space, table->size, NULL) < 0) {
    status = fail(where, "its size cannot be read", err);
  }
  if (space >= 0) {
    H5Sclose(space);
  }
  return status;
}

static hid_t open_dataset(hid_t file, const char *name) {
  const hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
  if (access < 0) {
    return -1;
  }
  const hid_t id = H5Pset_elink_cb(access, refuse_link, NULL) < 0
                       ? -1
                       : H5Dopen2(file, name, access);
  H5Pclose(access);
  return id;
}

/* The caller closes table->id if it is not negative. */
static enum sim_status open_table(struct table *table, hid_t file, int min_rank,
                                  int max_rank, const struct sim_where *where,
                                  struct sim_error *err) {
  table->id = open_dataset(file, where->path);
  if (table->id < 0) {
    return fail(where, "there is no such dataset in the file", err);
  }
  if (!is_self_contained(table->id)) {
    return fail(where, "its data lie in another file", err);
  }
  return read_shape(table, min_rank, max_rank, where, err);
}

/* Attribute valid_range: two numbers. */
static enum sim_status read_valid_range(struct model_full_scale *scale,
                                        hid_t dataset,
                                        const struct sim_where *where,
                                        struct sim_error *err) {
  double ends[2];
  const hid_t id = H5Aopen(dataset, "valid_range", H5P_DEFAULT);
  if (id < 0) {
    return fail(where,
                "has no attribute valid_range: give the full scale of the "
                "values",
                err);
  }
  const hid_t space = H5Aget_space(id);
  const bool is_read = space >= 0 && H5Sget_simple_extent_npoints(space) == 2 &&
                       H5Aread(id, H5T_NATIVE_DOUBLE, ends) >= 0;
  if (space >= 0) {
    H5Sclose(space);
  }
  H5Aclose(id);
  if (!is_read) {
    return fail(where, "attribute valid_range: expected two numbers", err);
  }
  *scale = (struct model_full_scale){ends[0], ends[1], true};
  return SIM_OK;
}

/* One axis of the size, as the size_t it has to be. */
static size_t axis(const struct table *table, int k) {
  const hsize_t size = k < table->rank ? table->size[k] : 1;
  return size < SIZE_MAX ? (size_t)size : SIZE_MAX;
}

static enum sim_status read_values(struct model_dataset *set,
                                   const struct table *table, size_t wanted_dim,
                                   const struct sim_where *where,
                                   struct sim_error *err) {
  const size_t height = axis(table, 1), width = axis(table, 2);
  if (table->type != H5T_INTEGER && table->type != H5T_FLOAT) {
    return fail(where, "expected integers or floating-point numbers", err);
  }
  if (width && height > MODEL_DATASET_MAX_VALUES / width) {
    return sim_error_at(err, SIM_EIO, where,
                        "expected at most %zu values, got a sample of %zu x "
                        "%zu",
                        MODEL_DATASET_MAX_VALUES, height, width);
  }
  if (model_dataset_check_size(axis(table, 0), height * width, wanted_dim,
                               where, err) ||
      model_dataset_allot(set, axis(table, 0), height * width, err)) {
    return err->status;
  }
  if (H5Dread(table->id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
              set->values) < 0) {
    return fail(where, "the values cannot be read: damaged or cut off", err);
  }
  return SIM_OK;
}

static enum sim_status read_images(struct model_dataset *set,
                                   struct model_full_scale *scale, hid_t file,
                                   const struct model_dataset_source *source,
                                   struct sim_error *err) {
  const char *name = source->images ? source->images : "images";
  const struct sim_where where = {.file = source->file, .path = name};
  struct table table;
  enum sim_status status = open_table(&table, file, 2, MAX_RANK, &where, err);
  if (!status && !source->has_full_scale) {
    status = read_valid_range(scale, table.id, &where, err);
  }
  status = status ? status : read_values(set, &table, source->dim, &where, err);
  if (table.id >= 0) {
    H5Dclose(table.id);
  }
  return status;
}

static enum sim_status convert_labels(struct model_dataset *set,
                                      const long long *raw,
                                      const struct sim_where *where,
                                      struct sim_error *err) {
  set->labels = sim_alloc(set->n, sizeof(int), err);
  if (!set->labels) {
    return err->status;
  }
  for (size_t i = 0; i < set->n; i++) {
    if (raw[i] < 0 || raw[i] >= MODEL_DATASET_MAX_CLASSES) {
      return sim_error_at(err, SIM_EIO, where,
                          "record %zu: expected a class from 0 to %d, got %lld",
                          i, MODEL_DATASET_MAX_CLASSES - 1, raw[i]);
    }
    set->labels[i] = (int)raw[i];
  }
  return SIM_OK;
}

static enum sim_status read_label_table(struct model_dataset *set,
                                        const struct table *table,
                                        const struct sim_where *where,
                                        struct sim_error *err) {
  if (table->type != H5T_INTEGER) {
    return fail(where, "expected integers", err);
  }
  if (axis(table, 0) != set->n) {
    return sim_error_at(err, SIM_EIO, where,
                        "expected %zu labels, one per image, got %zu", set->n,
                        axis(table, 0));
  }
  long long *raw = sim_alloc(set->n, sizeof *raw, err);
  if (!raw) {
    return err->status;
  }
  const bool is_read = H5Dread(table->id, H5T_NATIVE_LLONG, H5S_ALL, H5S_ALL,
                               H5P_DEFAULT, raw) >= 0;
  const enum sim_status status =
      is_read
          ? convert_labels(set, raw, where, err)
          : fail(where, "the labels cannot be read: damaged or cut off", err);
  free(raw);
  return status;
}

static enum sim_status read_labels(struct model_dataset *set, hid_t file,
                                   const struct model_dataset_source *source,
                                   struct sim_error *err) {
  const char *name = source->labels ? source->labels : "labels";
  const struct sim_where where = {.file = source->file, .path = name};
  if (!source->labels && H5Lexists(file, name, H5P_DEFAULT) == 0) {
    return SIM_OK;
  }
  struct table table;
  enum sim_status status = open_table(&table, file, 1, 1, &where, err);
  status = status ? status : read_label_table(set, &table, &where, err);
  if (table.id >= 0) {
    H5Dclose(table.id);
  }
  return status;
}

static enum sim_status read_file(struct model_dataset *set,
                                 struct model_full_scale *scale,
                                 const struct model_dataset_source *source,
                                 struct sim_error *err) {
  const hid_t file = H5Fopen(source->file, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) {
    return fail(&(struct sim_where){.file = source->file},
                "cannot be opened as HDF5: damaged, cut off or being written",
                err);
  }
  enum sim_status status = read_images(set, scale, file, source, err);
  status = status ? status : read_labels(set, file, source, err);
  H5Fclose(file);
  return status;
}

enum sim_status model_dataset_read_hdf5(
    struct model_dataset *set, struct model_full_scale *scale,
    const struct model_dataset_source *source, struct sim_error *err) {
  // our own messages instead of the library's stack of them
  H5E_auto2_t print;
  void *data;
  H5Eget_auto2(H5E_DEFAULT, &print, &data);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
  const enum sim_status status = read_file(set, scale, source, err);
  H5Eset_auto2(H5E_DEFAULT, print, data);
  return status;
}
