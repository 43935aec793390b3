/* sim/result_attribute.c -- texts and single numbers attached to objects
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "sim/memory.h"
#include "sim/result_hdf5.h"

// HDF5 refuses attributes of more than 64 KiB.
#define MAX_ATTRIBUTE ((size_t)60 * 1024)
#define MAX_TEXT ((size_t)64 * 1024 * 1024)  // [B] read back

/* ---- setting ---- */

hid_t sim_h5_text_type(size_t n_bytes) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (type >= 0 && (H5Tset_size(type, n_bytes ? n_bytes : 1) < 0 ||
                    H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
                    H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
    H5Tclose(type);
    return H5I_INVALID_HID;
  }
  return type;
}

/* Write the attribute of an open object; an old one is replaced. */
static enum sim_status put(struct sim_result *r, hid_t object, const char *path,
                           const char *name, hid_t file_type, hid_t memory_type,
                           const void *value, struct sim_error *err) {
  const hid_t space = H5Screate(H5S_SCALAR);
  const htri_t is_there = H5Aexists(object, name);
  hid_t attribute = H5I_INVALID_HID;
  enum sim_status status = SIM_OK;
  if (space < 0 || is_there < 0 ||
      (is_there > 0 && H5Adelete(object, name) < 0)) {
    status = sim_h5_fail(r, path, "cannot replace an attribute", err);
    goto done;
  }
  attribute =
      H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0 || H5Awrite(attribute, memory_type, value) < 0) {
    status = sim_h5_fail(r, path, "cannot write an attribute", err);
  }
done:
  sim_h5_close(r, attribute);
  sim_h5_close(r, space);
  return status;
}

enum sim_status sim_h5_set_text(struct sim_result *r, hid_t object,
                                const char *path, const char *name,
                                const char *text, struct sim_error *err) {
  const hid_t type = sim_h5_text_type(strlen(text));
  const enum sim_status status =
      type < 0 ? sim_h5_fail(r, path, "cannot describe a text", err)
               : put(r, object, path, name, type, type, text, err);
  sim_h5_close(r, type);
  return status;
}

/* The object, or a new group of that name. */
static hid_t open_or_make(struct sim_result *r, const char *path,
                          struct sim_error *err) {
  if (sim_h5_exists(r, path)) {
    return sim_h5_open(r, path, err);
  }
  const hid_t group =
      H5Gcreate2(r->file, path, r->links, H5P_DEFAULT, H5P_DEFAULT);
  if (group < 0) {
    sim_h5_fail(r, path, "cannot make the group", err);
  }
  return group;
}

static enum sim_status put_number(struct sim_result *r, const char *path,
                                  const char *name, hid_t file_type,
                                  hid_t memory_type, const void *value,
                                  struct sim_error *err) {
  if (sim_h5_ready(r, err) != SIM_OK) {
    return err->status;
  }
  const hid_t object = open_or_make(r, path, err);
  if (object < 0) {
    return err->status;
  }
  const enum sim_status status =
      put(r, object, path, name, file_type, memory_type, value, err);
  sim_h5_close(r, object);
  return status;
}

enum sim_status sim_result_set_double(struct sim_result *r, const char *object,
                                      const char *name, double value,
                                      struct sim_error *err) {
  const enum sim_status status = put_number(r, object, name, H5T_IEEE_F64LE,
                                            H5T_NATIVE_DOUBLE, &value, err);
  return sim_h5_written(r, status, err);
}

enum sim_status sim_result_set_uint64(struct sim_result *r, const char *object,
                                      const char *name, uint64_t value,
                                      struct sim_error *err) {
  const enum sim_status status = put_number(r, object, name, H5T_STD_U64LE,
                                            H5T_NATIVE_UINT64, &value, err);
  return sim_h5_written(r, status, err);
}

/* A dataset of one string. */
static enum sim_status put_long_text(struct sim_result *r, const char *path,
                                     const char *text, struct sim_error *err) {
  const hid_t type = sim_h5_text_type(strlen(text));
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  hid_t dataset = H5I_INVALID_HID;
  enum sim_status status = SIM_OK;
  if (type < 0 || space < 0 || list < 0 ||
      H5Pset_obj_track_times(list, 0) < 0) {
    status = sim_h5_fail(r, path, "cannot describe a text", err);
    goto done;
  }
  dataset = H5Dcreate2(r->file, path, type, space, r->links, list, H5P_DEFAULT);
  if (dataset < 0 ||
      H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0) {
    status = sim_h5_fail(r, path, "cannot write the text", err);
  }
done:
  sim_h5_close(r, dataset);
  sim_h5_close(r, list);
  sim_h5_close(r, space);
  sim_h5_close(r, type);
  return status;
}

/* Is there a dataset of one string at this path? */
static int is_text_dataset(const struct sim_result *r, const char *path) {
  const hid_t object = sim_h5_exists(r, path)
                           ? H5Oopen(r->file, path, H5P_DEFAULT)
                           : H5I_INVALID_HID;
  const hid_t type = object >= 0 && H5Iget_type(object) == H5I_DATASET
                         ? H5Dget_type(object)
                         : H5I_INVALID_HID;
  const int is_text = type >= 0 && H5Tget_class(type) == H5T_STRING;
  if (type >= 0) {
    H5Tclose(type);
  }
  if (object >= 0) {
    H5Oclose(object);
  }
  return is_text;
}

/* Remove what an earlier, longer or shorter text of that name left. */
static enum sim_status remove_text(struct sim_result *r, hid_t object,
                                   const char *name, const char *path,
                                   struct sim_error *err) {
  const htri_t is_attribute = H5Aexists(object, name);
  if (is_attribute < 0 || (is_attribute > 0 && H5Adelete(object, name) < 0) ||
      (is_text_dataset(r, path) && H5Ldelete(r->file, path, H5P_DEFAULT) < 0)) {
    return sim_h5_fail(r, path, "cannot replace the text", err);
  }
  return SIM_OK;
}

/* Put the text where one of its length belongs; `path` is object/name. */
static enum sim_status put_text(struct sim_result *r, const char *object,
                                const char *name, const char *path,
                                const char *text, struct sim_error *err) {
  const hid_t id = open_or_make(r, object, err);
  if (id < 0) {
    return err->status;
  }
  const int is_group = H5Iget_type(id) == H5I_GROUP;
  const int is_long = is_group && strlen(text) > MAX_ATTRIBUTE;
  enum sim_status status =
      is_group ? remove_text(r, id, name, path, err) : SIM_OK;
  if (status == SIM_OK) {
    status = is_long ? put_long_text(r, path, text, err)
                     : sim_h5_set_text(r, id, object, name, text, err);
  }
  sim_h5_close(r, id);
  return status;
}

enum sim_status sim_result_set_text(struct sim_result *r, const char *object,
                                    const char *name, const char *text,
                                    struct sim_error *err) {
  if (sim_h5_ready(r, err) != SIM_OK) {
    return err->status;
  }
  char *path = sim_path_join(object, name, err);
  const enum sim_status status =
      path ? put_text(r, object, name, path, text, err) : err->status;
  free(path);
  return sim_h5_written(r, status, err);
}

/* ---- getting ---- */

/* The attribute of that name; negative on failure. */
static hid_t open_attribute(struct sim_result *r, const char *path,
                            const char *name, struct sim_error *err) {
  const hid_t object = sim_h5_open(r, path, err);
  if (object < 0) {
    return object;
  }
  hid_t attribute = H5I_INVALID_HID;
  if (H5Aexists(object, name) <= 0) {
    sim_h5_refuse(r, path, err, "has no attribute %s", name);
  } else if ((attribute = H5Aopen(object, name, H5P_DEFAULT)) < 0) {
    sim_h5_fail(r, path, "cannot open an attribute", err);
  }
  sim_h5_close(r, object);
  return attribute;
}

/* One number of this class? */
static int is_one(hid_t space, hid_t type, H5T_class_t class) {
  return space >= 0 && type >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
         H5Tget_class(type) == class;
}

static enum sim_status get_number(struct sim_result *r, const char *path,
                                  const char *name, H5T_class_t class,
                                  hid_t memory_type, void *value,
                                  struct sim_error *err) {
  const hid_t attribute = open_attribute(r, path, name, err);
  if (attribute < 0) {
    return err->status;
  }
  const hid_t space = H5Aget_space(attribute);
  const hid_t type = H5Aget_type(attribute);
  enum sim_status status = SIM_OK;
  if (!is_one(space, type, class)) {
    status =
        sim_h5_refuse(r, path, err, "attribute %s is not %s", name,
                      class == H5T_FLOAT ? "one number" : "one whole number");
  } else if (H5Aread(attribute, memory_type, value) < 0) {
    status = sim_h5_fail(r, path, "cannot read an attribute", err);
  }
  sim_h5_close(r, type);
  sim_h5_close(r, space);
  sim_h5_close(r, attribute);
  return status;
}

enum sim_status sim_result_get_double(struct sim_result *r, const char *object,
                                      const char *name, double *value,
                                      struct sim_error *err) {
  return get_number(r, object, name, H5T_FLOAT, H5T_NATIVE_DOUBLE, value, err);
}

enum sim_status sim_result_get_uint64(struct sim_result *r, const char *object,
                                      const char *name, uint64_t *value,
                                      struct sim_error *err) {
  return get_number(r, object, name, H5T_INTEGER, H5T_NATIVE_UINT64, value,
                    err);
}

/* A terminated buffer for a text of this type; NULL on failure. */
static char *make_buffer(struct sim_result *r, const char *path,
                         const char *name, hid_t space, hid_t type,
                         struct sim_error *err) {
  const size_t size = type < 0 ? 0 : H5Tget_size(type);
  if (!is_one(space, type, H5T_STRING) || H5Tis_variable_str(type) != 0 ||
      size == 0 || size > MAX_TEXT) {
    sim_h5_refuse(r, path, err, "%s is not a text of fixed length", name);
    return NULL;
  }
  return sim_alloc(size + 1, 1, err);
}

/* Read the text of an open attribute or dataset. */
static enum sim_status read_text(struct sim_result *r, hid_t object,
                                 const char *path, const char *name,
                                 char **text, struct sim_error *err) {
  const int is_attribute = H5Iget_type(object) == H5I_ATTR;
  const hid_t space =
      is_attribute ? H5Aget_space(object) : H5Dget_space(object);
  const hid_t type = is_attribute ? H5Aget_type(object) : H5Dget_type(object);
  enum sim_status status = SIM_OK;
  *text = make_buffer(r, path, name, space, type, err);
  if (!*text) {
    status = err->status;
  } else if ((is_attribute ? H5Aread(object, type, *text)
                           : H5Dread(object, type, H5S_ALL, H5S_ALL,
                                     H5P_DEFAULT, *text)) < 0) {
    status = sim_h5_fail(r, path, "cannot read a text", err);
    free(*text);
    *text = NULL;
  }
  sim_h5_close(r, type);
  sim_h5_close(r, space);
  return status;
}

enum sim_status sim_result_get_text(struct sim_result *r, const char *object,
                                    const char *name, char **text,
                                    struct sim_error *err) {
  *text = NULL;
  char *path = sim_path_join(object, name, err);
  if (!path) {
    return err->status;
  }
  const hid_t id = is_text_dataset(r, path)
                       ? sim_h5_open_dataset(r, path, err)
                       : open_attribute(r, object, name, err);
  const enum sim_status status =
      id < 0 ? err->status : read_text(r, id, object, name, text, err);
  sim_h5_close(r, id);
  free(path);
  return status;
}
